"""``ns.globals["Name"][1, "a"]``: globals as Python mappings."""

from collections.abc import Callable, Iterator

from isc.py.iscpython_c.globals import Store, Subscript, Value, decode_key, encode_key

from .transactions import BufferedStore


class Node:
    """A global, or a node of one: indexed by subscripts, it reads, writes and deletes."""

    def __init__(
        self, store: Callable[[], Store | BufferedStore], name: str, subscripts: tuple[Subscript, ...] = ()
    ) -> None:
        self._store = store
        self.name = name.removeprefix("^")
        self.subscripts = subscripts

    def _key(self, subscripts: Subscript | tuple[Subscript, ...] = ()) -> bytes:
        more = subscripts if isinstance(subscripts, tuple) else (subscripts,)
        return encode_key(self.name, (*self.subscripts, *more))

    def node(self, *subscripts: Subscript) -> "Node":
        """The node below."""
        return Node(self._store, self.name, (*self.subscripts, *subscripts))

    def __getitem__(self, subscripts: Subscript | tuple[Subscript, ...]) -> Value:
        with self._store().read() as txn:
            value = txn.get(self._key(subscripts))
        if value is None:
            raise KeyError(f"^{self.name}({subscripts}) has no value")
        return value

    def get(self, *subscripts: Subscript, default: Value | None = None) -> Value | None:
        """The value below, `default` when there is none."""
        with self._store().read() as txn:
            value = txn.get(self._key(subscripts))
        return default if value is None else value

    def __setitem__(self, subscripts: Subscript | tuple[Subscript, ...], value: Value) -> None:
        with self._store().write() as txn:
            txn.set(self._key(subscripts), value)

    def set(self, value: Value) -> None:
        """Give this node a value."""
        self[()] = value

    def __delitem__(self, subscripts: Subscript | tuple[Subscript, ...]) -> None:
        with self._store().write() as txn:
            txn.kill(self._key(subscripts))

    def kill(self) -> None:
        """Delete this node and all below it."""
        del self[()]

    def data(self, *subscripts: Subscript) -> int:
        """``$data``."""
        with self._store().read() as txn:
            return txn.data(self._key(subscripts))

    def order(self, after: Subscript | None = None, direction: int = 1) -> Subscript | None:
        """The next subscript below, None at the end."""
        with self._store().read() as txn:
            return txn.order(self._key(), after, direction)

    def increment(self, *subscripts: Subscript, by: int = 1) -> Value:
        """``$increment``."""
        with self._store().write() as txn:
            return txn.increment(self._key(subscripts), by)

    def __iter__(self) -> Iterator[Subscript]:
        at: Subscript | None = None
        while (at := self.order(at)) is not None:
            yield at

    def items(self) -> Iterator[tuple[tuple[Subscript, ...], Value]]:
        """Subscripts and value of this node and every one below, in order."""
        with self._store().read() as txn:
            for key, value in txn.scan(self._key()):
                yield decode_key(key)[1][len(self.subscripts) :], value


class Globals:
    """All globals of a namespace, by name."""

    def __init__(self, store: Callable[[], Store | BufferedStore]) -> None:
        self._store = store

    def __getitem__(self, name: str) -> Node:
        return Node(self._store, name)

    def __iter__(self) -> Iterator[str]:
        at = b"\x00"  # a key cannot be empty
        while True:
            with self._store().read() as txn:
                found = txn._native.seek(at)
            if found is None:
                return
            name = decode_key(found[0])[0]
            yield name
            at = name.encode() + b"\x00\xff"
