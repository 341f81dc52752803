"""Globals in LMDB: names with subscripts, in the collation of the language, over one folder.

Any number of processes read while one writes; a committed transaction is on disk. What globals mean (classes, tables)
is for the rooms above.
"""

import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from . import _native
from .dollar_list import Column, Decoded, read_columns, threads
from .exceptions import StoreError
from .private_folder import private_folder

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Store", "Subscript", "Transaction", "Value", "decode_key", "encode_key", "subscript_key"]

Subscript: TypeAlias = str | int | float | Decimal
Value: TypeAlias = str | int | float | Decimal | bytes

_AFTER = b"\xff"  # behind every subscript's first byte: the end of a subtree
_CHUNK = 1000
_BARE = len(_native.encode_key("x", ()))


def encode_key(name: str, subscripts: Sequence[Subscript] = ()) -> bytes:
    """The key of a node: bytes that sort as the language collates.

    Raises:
        StoreError: the name is no name, a subscript is empty, or all together are too long.
    """
    bare = name.removeprefix("^")
    if not bare or "\0" in bare:
        raise StoreError(f"<SYNTAX> {name!r} is not the name of a global")
    try:
        return _native.encode_key(bare, tuple(map(_subscript_text, subscripts)))
    except _EmptySubscript as error:
        raise StoreError(f"<SUBSCRIPT> a subscript of ^{bare} is the empty string: give it a value") from error


def subscript_key(subscript: Subscript) -> bytes:
    """What a subscript adds to the key of the node above it: for the keys of many nodes below one.

    Raises:
        StoreError: it is empty, or no number that a subscript can be.
    """
    return _native.encode_key("x", (_subscript_text(subscript),))[_BARE:]


def decode_key(key: bytes) -> tuple[str, tuple[Subscript, ...]]:
    """Name and subscripts of a key; numbers come back as int or Decimal.

    Raises:
        StoreError: the bytes are no key.
    """
    name, subscripts = _native.decode_key(key)
    return name, subscripts  # type: ignore[return-value]  # the C core gives str, int and Decimal only


def _subscript_text(subscript: Subscript) -> str:
    if isinstance(subscript, str):
        text = subscript
    elif isinstance(subscript, bool | int):
        text = str(int(subscript))
    elif not isinstance(subscript, float | Decimal):
        raise TypeError(f"a subscript cannot be a {type(subscript).__name__}: use str, int, float or Decimal")
    else:
        number = Decimal(repr(subscript)) if isinstance(subscript, float) else subscript
        if not number.is_finite():
            raise StoreError(f"<SUBSCRIPT> {subscript} is no number a subscript can be")
        text = format(number.normalize(), "f") if number else "0"
        text = text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
    if not text:
        raise _EmptySubscript("<SUBSCRIPT> a subscript is the empty string")
    return text


class _EmptySubscript(StoreError):
    """It is told with the name of the global."""


_NUMBER = re.compile(r"[+-]*(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:E[+-]?[0-9]+)?")


def _number(value: object) -> int | Decimal:
    """A value as a number, as the language takes it: of a text the number it begins with, else 0."""
    if isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else 0
    text = value if isinstance(value, str) else value.decode("latin-1") if isinstance(value, bytes) else ""
    found = _NUMBER.match(text)
    if found is None:
        return 0
    digits = found.group().lstrip("+-")
    signed = Decimal(digits) * (-1) ** found.group().count("-", 0, len(found.group()) - len(digits))
    return int(signed) if signed == signed.to_integral_value() else signed


class Transaction:
    """What `Store.read` and `Store.write` give: one consistent view, written as a whole or not at all."""

    def __init__(self, native: _native.Transaction) -> None:
        self._native = native

    def get(self, key: bytes) -> Value | None:
        """The value of a node, None when it has none."""
        return self._native.get(key)  # type: ignore[return-value]  # the C core gives values of these types only

    def mark(self, name: str) -> bytes:
        """The mark of a global, which every transaction that changes it renews: equal ones mean equal content.

        That holds across processes, and for a backup that was restored: what is as it was has the mark that it had.
        """
        return self._native.mark(name.removeprefix("^"))

    def uncommitted(self, names: Iterable[str]) -> object | None:
        """Whose changes of one of these globals this view shows that are not committed; None when there are none."""
        return None

    def set(self, key: bytes, value: Value | memoryview) -> None:
        """Give a node a value (str, bytes, int, float or Decimal)."""
        self._native.put(key, value)

    def kill(self, key: bytes) -> int:
        """Delete a node and all below it; how many nodes had a value."""
        return self._native.kill(key)

    def data(self, key: bytes) -> int:
        """``$data``: 0 nothing, 1 a value, 10 nodes below, 11 both."""
        found = self._native.seek(key)
        has_value = found is not None and found[0] == key
        below = self._native.seek(key + b"\0") if has_value else found
        return int(has_value) + 10 * (below is not None and below[0].startswith(key))

    def order(self, key: bytes, after: Subscript | None = None, direction: int = 1) -> Subscript | None:
        """The next (1) or previous (-1) subscript below `key`, None at the end; without `after` the first or last."""
        if direction == 1:
            at = key + b"\0" if after is None else self._child(key, after) + _AFTER
        else:
            at = key + _AFTER if after is None else self._child(key, after)
        found = self._native.seek(at, direction != 1)
        if found is None or not found[0].startswith(key) or found[0] == key:
            return None
        return decode_key(found[0])[1][len(decode_key(key)[1])]

    @staticmethod
    def _child(key: bytes, subscript: Subscript) -> bytes:
        name, above = decode_key(key)
        return encode_key(name, (*above, subscript))

    def query(self, key: bytes, direction: int = 1) -> bytes | None:
        """The key of the next (1) or previous (-1) node with a value in the same global, None at the end."""
        found = self._native.seek(key + b"\0" if direction == 1 else key, direction != 1)
        name = key[: key.index(b"\0") + 1]
        return found[0] if found is not None and found[0].startswith(name) else None

    def increment(self, key: bytes, by: int | Decimal = 1) -> int | Decimal:
        """Add to a node and return the new value; a node without value counts as 0."""
        new = _number(self._native.get(key)) + by
        self._native.put(key, new)
        return new

    def scan(self, key: bytes, start: bytes | None = None, stop: bytes | None = None) -> Iterator[tuple[bytes, Value]]:
        """Nodes with a value at and below `key`, from `start` up to but not `stop`, in order."""
        at, end = start or key, stop or key + _AFTER
        while True:
            pairs = self._native.scan(at, end, _CHUNK)
            yield from pairs  # type: ignore[misc]  # the C core gives values of these types only
            if len(pairs) < _CHUNK:
                return
            at = pairs[-1][0] + b"\0"

    def scan_columns(
        self, key: bytes, layout: Sequence[Column], start: Subscript | None = None, end: Subscript | None = None
    ) -> "pa.Table":
        """The ``$LIST`` rows one level below `key`, ids `start` to `end` inclusive, as Arrow; all cores, no GIL.

        Raises:
            ListError: a row is no list.
            ValueError: a value does not fit its column.
        """
        return self.decode_columns(key, layout, start, end).table

    def ids(self, key: bytes, start: Subscript | None, end: Subscript | None, limit: int) -> "pa.Array":
        """The ids of up to `limit` rows one level below `key`, from `start` to `end` inclusive, in order.

        Raises:
            LookupError: a row's subscript is no integer.
        """
        import pyarrow as pa

        first = key if start is None else self._child(key, start)
        last = key + _AFTER if end is None else self._child(key, end) + b"\0"
        batches = self._native.columns(key, first, last, [("i", 0, 0)], 1, limit)
        found = [pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(got[0][2])]) for count, got in batches]
        return pa.concat_arrays(found) if found else pa.array([], pa.int64())

    def decode_columns(
        self, key: bytes, layout: Sequence[Column], start: Subscript | None = None, end: Subscript | None = None
    ) -> Decoded:
        """As `scan_columns`, with a report of nulls and widened kinds a column.

        Raises:
            ListError: a row is no list.
            ValueError: a value does not fit its column.
        """
        first = key if start is None or start == "" else self._child(key, start)
        last = key + _AFTER if end is None or end == "" else self._child(key, end) + b"\0"
        return read_columns(lambda spec: self._native.columns(key, first, last, spec, threads()), layout)


class Store:
    """An LMDB environment in a folder (made when missing, 0700, its files 0600).

    A store belongs to the process that opened it: after ``fork()`` the child opens its own. Several stores of one
    process over one folder share what is open. The map grows with the disk; there is no size to set. With `synced`
    false a commit does not wait for the disk: for what is worth nothing after the machine has stopped.

    Raises:
        StoreError: the folder cannot be opened, or holds something else.
    """

    def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False, synced: bool = True) -> None:
        self.path = Path(path)
        if not read_only:
            private_folder(self.path)
        self._native = _native.Store(str(self.path), read_only, synced)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent view for as long as the block runs."""
        native = self._native.begin(False)
        try:
            yield Transaction(native)
        finally:
            native.abort()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One writer at a time, over all processes; committed when the block ends, dropped when it raises.

        Raises:
            StoreError: this thread is writing already, or the disk refused.
        """
        native = self._native.begin(True)
        try:
            yield Transaction(native)
            native.commit()
        finally:
            native.abort()

    def stamp(self) -> int:
        """A number that changes with every committed write of any process."""
        return self._native.stamp()

    def copy(self, folder: str | os.PathLike[str]) -> None:
        """A compacted copy into an existing empty folder while writers run."""
        self._native.copy(str(folder))

    def close(self) -> None:
        """Free the environment; idempotent."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
