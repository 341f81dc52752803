"""``ns.globals["Name"][1, "a"]``: globals as Python mappings.

Subscripts collate as in the language: canonical numbers first, in the order of numbers, then strings. A value is a
string, a number, or the bytes of a ``$LIST``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fnmatch import fnmatchcase

from isc.py.iscpython_c.exceptions import StoreError
from isc.py.iscpython_c.globals import Store, Subscript, Transaction, Value, decode_key, encode_key

from .transactions import BufferedStore
from .zwrite import ZWriteError, line_of, parse_lines, reference

_GLOBAL = re.compile(r"\^?%?[^\W\d][\w.]*")
#: Behind the last subscript there can be.
_BEHIND = b"\xff"


class Node:
    """A global, or a node of one: indexed by subscripts, it reads, writes and deletes."""

    def __init__(
        self, store: Callable[[], Store | BufferedStore], name: str, subscripts: tuple[Subscript, ...] = ()
    ) -> None:
        self._store = store
        self.name = name.removeprefix("^")
        self.subscripts = subscripts

    def __repr__(self) -> str:
        return reference(self.name, self.subscripts)

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
            more = subscripts if isinstance(subscripts, tuple) else (subscripts,)
            raise KeyError(f"{reference(self.name, (*self.subscripts, *more))} has no value")
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

    def kill(self, *subscripts: Subscript) -> None:
        """Delete this node, or the one below, and all below it."""
        del self[subscripts]

    def __contains__(self, subscripts: Subscript | tuple[Subscript, ...]) -> bool:
        with self._store().read() as txn:
            return txn.get(self._key(subscripts)) is not None

    def data(self, *subscripts: Subscript) -> int:
        """``$data``: 0 nothing, 1 a value, 10 nodes below, 11 both."""
        with self._store().read() as txn:
            return txn.data(self._key(subscripts))

    def order(self, after: Subscript | None = None, direction: int = 1) -> Subscript | None:
        """``$order``: the next (1) or previous (-1) subscript below, None at the end; without `after`, or with "", the
        first or the last one.

        Raises:
            ValueError: the direction is another number.
        """
        _checked(direction)
        after = None if after == "" else after
        with self._store().read() as txn:
            return txn.order(self._key(), after, direction)

    def query(self, *subscripts: Subscript, direction: int = 1) -> "Node | None":
        """``$query``: the next (1) or previous (-1) node of the global that has a value, None at the end."""
        _checked(direction)
        with self._store().read() as txn:
            found = txn.query(self._key(subscripts), direction)
        return None if found is None else Node(self._store, *decode_key(found))

    def increment(self, *subscripts: Subscript, by: int | Decimal = 1) -> int | Decimal:
        """``$increment``: adds in one step for all processes, and is never undone; the new value."""
        with self._store().write() as txn:
            return txn.increment(self._key(subscripts), by)

    def merge(self, source: "Node") -> None:
        """``merge``: the value of another node and all below it come here; what is here stays where nothing comes.

        Raises:
            ValueError: one of the nodes is the other or below it.
        """
        shorter = min(len(self.subscripts), len(source.subscripts))
        same = [str(item) for item in self.subscripts[:shorter]] == [str(item) for item in source.subscripts[:shorter]]
        if same and self.name == source.name and self._store().path == source._store().path:
            raise ValueError(f"{self!r} cannot be merged with {source!r}: one is the other, or below it")
        copied = list(source.items())
        with self._store().write() as txn:
            for subscripts, value in copied:
                txn.set(self._key(subscripts), value)

    def __iter__(self) -> Iterator[Subscript]:
        return self.range()

    def range(
        self, start: Subscript | None = None, stop: Subscript | None = None, direction: int = 1
    ) -> Iterator[Subscript]:
        """The subscripts below from `start` to `stop`, both included and both open when None; backward with -1.

        Raises:
            ValueError: the direction is another number.
        """
        _checked(direction)
        return self._range(start, stop, direction)

    def _range(self, start: Subscript | None, stop: Subscript | None, direction: int) -> Iterator[Subscript]:
        at = start
        if at is None or self.data(at) == 0:
            at = self.order(at, direction)
        end = None if stop is None else self._key(stop)
        while at is not None:
            here = self._key(at)
            if end is not None and (here > end if direction == 1 else here < end):
                return
            yield at
            at = self.order(at, direction)

    def items(
        self, start: Subscript | None = None, stop: Subscript | None = None
    ) -> Iterator[tuple[tuple[Subscript, ...], Value]]:
        """Subscripts and value of this node and every one below, in order, in one consistent view.

        With `start` or `stop`, both included: of those below whose first subscript is in between.
        """
        first = None if start is None else self._key(start)
        last = None if stop is None else self._key(stop) + _BEHIND
        with self._store().read() as txn:
            for key, value in txn.scan(self._key(), first, last):
                yield decode_key(key)[1][len(self.subscripts) :], value

    def lines(self) -> Iterator[str]:
        """This node and every one below as ``zwrite`` shows them."""
        for subscripts, value in self.items():
            yield line_of(self.name, (*self.subscripts, *subscripts), value)


class Globals:
    """All globals of a namespace, by name."""

    def __init__(self, store: Callable[[], Store | BufferedStore]) -> None:
        self._store = store

    def __getitem__(self, name: str) -> Node:
        """The global of a name, with or without ``^``.

        Raises:
            StoreError: it is no name.
        """
        if _GLOBAL.fullmatch(name) is None:
            raise StoreError(f"<SYNTAX> {name!r} is no name of a global: a letter or %, then letters, digits and dots")
        return Node(self._store, name)

    def __contains__(self, name: str) -> bool:
        return _GLOBAL.fullmatch(name) is not None and self[name].data() > 0

    def __delitem__(self, name: str) -> None:
        self[name].kill()

    def __iter__(self) -> Iterator[str]:
        at = b"\x01"  # before every name; marks of change begin with a zero
        while True:
            with self._store().read() as txn:
                found = _seek(txn, at)
            if found is None:
                return
            name = decode_key(found)[0]
            yield name
            at = encode_key(name) + _BEHIND

    def named(self, pattern: str) -> list[str]:
        """The names that fit: ``*`` and ``?`` are wildcards, a ``^`` in front is dropped."""
        return [name for name in self if fnmatchcase(name, pattern.removeprefix("^"))]

    def read_lines(self, lines: Iterable[str]) -> int:
        """Set the nodes that lines of ``zwrite`` name, all or, when one of them is none, nothing; how many.

        Raises:
            ZWriteError: a line is no node; tells line and column.
            StoreError: a node cannot be stored.
        """
        count = 0
        with self._store().write() as txn:
            for line, name, subscripts, value in parse_lines(lines):
                try:
                    key = encode_key(name, subscripts)
                except StoreError as error:
                    raise ZWriteError(str(error), line) from error
                txn.set(key, value)
                count += 1
        return count


def _checked(direction: int) -> None:
    if direction not in (1, -1):
        raise ValueError(f"direction {direction!r} is neither 1 (forward) nor -1 (backward)")


def _seek(txn: Transaction, at: bytes) -> bytes | None:
    found = txn._native.seek(at)
    return None if found is None else found[0]
