"""Globals of this process alone (``^||name``): kept in memory, gone when the process ends."""

from .arrays import Node
from .values import text


class ProcessPrivate:
    """Trees by name."""

    def __init__(self) -> None:
        self._trees: dict[str, Node] = {}

    def _find(self, name: str, subscripts: tuple[object, ...]) -> Node | None:
        tree = self._trees.get(name)
        return None if tree is None else tree.find(_texts(subscripts))

    def global_get(self, name: str, subscripts: tuple[object, ...]) -> object | None:
        """The value of a node, None when it has none."""
        node = self._find(name, subscripts)
        return None if node is None else node.value

    def global_set(self, name: str, subscripts: tuple[object, ...], value: object) -> None:
        """Give a node a value."""
        self._trees.setdefault(name, Node()).make(_texts(subscripts)).value = value

    def global_kill(self, name: str, subscripts: tuple[object, ...]) -> None:
        """Delete a node and all below it."""
        tree = self._trees.get(name)
        if tree is not None:
            tree.kill(_texts(subscripts))

    def global_data(self, name: str, subscripts: tuple[object, ...]) -> int:
        """``$data``."""
        node = self._find(name, subscripts)
        return 0 if node is None else int(node.value is not None) + 10 * int(bool(node.children))

    def global_order(self, name: str, subscripts: tuple[object, ...], direction: int) -> object:
        """The subscript after (1) or before (-1) the last one given."""
        *above, last = _texts(subscripts) or ("",)
        node = self._find(name, tuple(above))
        return "" if node is None else node.next(last, direction)


def _texts(subscripts: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(text(subscript) for subscript in subscripts)


#: Those of this process.
PROCESS_PRIVATE = ProcessPrivate()
