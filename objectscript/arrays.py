"""The tree of a subscripted local variable: nodes in collation order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .values import collation_key


class Node:
    """A node: a value or None, and the nodes below by subscript."""

    __slots__ = ("_order", "children", "value")

    def __init__(self, value: object | None = None) -> None:
        self.value = value
        self.children: dict[str, Node] = {}
        self._order: list[str] | None = None

    def find(self, subscripts: tuple[str, ...]) -> Node | None:
        """The node at `subscripts`, None when there is none."""
        node: Node | None = self
        for subscript in subscripts:
            node = node.children.get(subscript)  # type: ignore[union-attr]  # left when None
            if node is None:
                return None
        return node

    def make(self, subscripts: tuple[str, ...]) -> Node:
        """The node at `subscripts`, made when there is none."""
        node = self
        for subscript in subscripts:
            below = node.children.get(subscript)
            if below is None:
                below = node.children[subscript] = Node()
                node._order = None
            node = below
        return node

    def kill(self, subscripts: tuple[str, ...]) -> None:
        """Delete a node and all below it; nodes above that are left empty go, too."""
        path = [self]
        for subscript in subscripts:
            below = path[-1].children.get(subscript)
            if below is None:
                return
            path.append(below)
        path[-1].clear()
        for node, subscript in zip(reversed(path[:-1]), reversed(subscripts), strict=True):
            below = node.children[subscript]
            if below.children or below.value is not None:
                return
            del node.children[subscript]
            node._order = None

    def clear(self) -> None:
        """Delete the value and all below."""
        self.value = None
        self.children.clear()
        self._order = None

    def next(self, after: str, direction: int) -> str:
        """The subscript behind (1) or before (-1) `after`; "" is both ends."""
        if self._order is None:
            self._order = sorted(self.children, key=collation_key)
        order = self._order
        if not order:
            return ""
        if after == "":
            return order[0] if direction > 0 else order[-1]
        key = collation_key(after)
        if direction > 0:
            at = bisect_right(order, key, key=collation_key)
            return order[at] if at < len(order) else ""
        at = bisect_left(order, key, key=collation_key)
        return order[at - 1] if at else ""
