"""The tree of a subscripted local variable: nodes in collation order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .values import Number, collation_key


class Node:
    """A node: a value or None, and the nodes below by subscript.

    Their order is made when it is first asked for, and kept from then on.
    """

    __slots__ = ("_hint", "_keys", "_order", "children", "value")

    def __init__(self, value: object | None = None) -> None:
        self.value = value
        self.children: dict[str, Node] = {}
        self._order: list[str] | None = None
        self._keys: list[tuple[int, Number, str]] = []  # of the order, to sort by
        self._hint = 0  # where the last walk stood

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
                if node._order is not None:
                    node._enter(subscript)
            node = below
        return node

    def _enter(self, subscript: str) -> None:
        assert self._order is not None  # the callers have looked
        key = collation_key(subscript)
        at = bisect_left(self._keys, key)
        self._keys.insert(at, key)
        self._order.insert(at, subscript)

    def _leave(self, subscript: str) -> None:
        if self._order is not None:
            at = bisect_left(self._keys, collation_key(subscript))
            del self._keys[at], self._order[at]

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
            node._leave(subscript)

    def clear(self) -> None:
        """Delete the value and all below."""
        self.value = None
        self.children.clear()
        self._order = None

    def next(self, after: str, direction: int) -> str:
        """The subscript behind (1) or before (-1) `after`; "" is both ends."""
        order = self._order
        if order is None:
            pairs = sorted((collation_key(subscript), subscript) for subscript in self.children)
            self._keys = [key for key, _ in pairs]
            order = self._order = [subscript for _, subscript in pairs]
        if not order:
            return ""
        if after == "":
            at = 0 if direction > 0 else len(order) - 1
        elif self._hint < len(order) and order[self._hint] == after:
            at = self._hint + (1 if direction > 0 else -1)
        elif direction > 0:
            at = bisect_right(self._keys, collation_key(after))
        else:
            at = bisect_left(self._keys, collation_key(after)) - 1
        if not 0 <= at < len(order):
            return ""
        self._hint = at
        return order[at]
