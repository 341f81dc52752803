"""A namespace is a folder: globals, classes and tables over the same bytes.

`open_namespace` gives the one of a folder and makes it the source of classes; `current` is the one that code of this
process works in.
"""

import atexit
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from isc.py.iscpython_c.callout import Callout
from isc.py.iscpython_c.globals import Store, encode_key
from isc.py.iscpython_c.private_folder import private_folder
from isc.py.objectscript import builder, dictionary, status
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.names import similar
from isc.py.objectscript.platform import set_query_source, switched
from isc.py.objectscript.sources import add_text_source
from isc.py.objectscript.values import number, text

from .class_store import ClassStore
from .configuration import FILE, NamespaceSettings, read_configuration
from .configuration import FOLDER as FOLDER
from .exceptions import DataError
from .globals import Globals
from .identity import Objects
from .locks import Lock, LockTable, owner_here
from .logical import Rows, rows_of_table
from .namespace_files import InUse, check_format, write_record
from .transactions import BufferedStore, WriteSet

if TYPE_CHECKING:
    import pyarrow as pa

    from .source_loading import LoadReport
    from .sources import Source

DEFAULT = "USER"
#: How long a row waits for its lock, in seconds, until a namespace is told another time.
LOCK_TIMEOUT = 10.0

_IMMEDIATE = re.compile(r'#"[^"]*I[^"]*"$', re.I)
_open: dict[Path, "EmbeddedNamespace"] = {}
_current: list["EmbeddedNamespace"] = []
_sources: dict[tuple[int, Path, NamespaceSettings], "Source"] = {}


class EmbeddedNamespace:
    """Globals in LMDB and class files, in one folder. Implements the language's `Platform`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder.resolve()
        self.name = name
        self.path = self.folder / FOLDER / "namespaces" / name
        self.classes = ClassStore(self.path / "classes")
        self.globals = Globals(self.store)
        self._store: tuple[int, Store] | None = None
        self._in_use: InUse | None = None
        self._locks = LockTable(self.path / "locks")
        self._open = threading.local()  # the transaction of each thread
        self.objects = Objects()
        self.lock_timeout = LOCK_TIMEOUT

    def store(self) -> Store | BufferedStore:
        """The store as this thread sees it: with what its open transaction has changed."""
        changes: WriteSet | None = getattr(self._open, "changes", None)
        return self._committed() if changes is None else BufferedStore(self._committed(), changes)

    def _committed(self) -> Store:
        """The store of this process; a forked child opens its own."""
        if self._store is None or self._store[0] != os.getpid():
            private_folder(self.folder / FOLDER)
            in_use = InUse(self.path)
            try:
                check_format(self.path)
                self._store = (os.getpid(), Store(self.path))
                write_record(self.path)
            except BaseException:
                in_use.close()
                raise
            self._in_use = in_use
        return self._store[1]

    def close(self) -> None:
        """Free the store; it opens again when needed."""
        if self._store is not None and self._store[0] == os.getpid():
            self._store[1].close()
            if self._in_use is not None:
                self._in_use.close()
        self._store = None
        self._locks.close()

    def load_path(
        self, path: Path | str, check: Callable[[ClassDefinition], Sequence[str]] | None = None
    ) -> "list[LoadReport]":
        """Load a source file, or every one below a folder; `check` raises for a class that is to be refused.

        Raises:
            DataError: there is nothing at `path`.
        """
        return self.load_paths([path], check)

    def load_paths(
        self, paths: Sequence[Path | str], check: Callable[[ClassDefinition], Sequence[str]] | None = None
    ) -> "list[LoadReport]":
        """Load several at once, which may refer to each other in any order. Raises like `load_path`."""
        files: dict[Path, None] = {}
        for path in map(Path, paths):
            files |= dict.fromkeys(_source_files(path))
        return self.classes.load_all(list(files), check)

    def remove_class(self, name: str, *, rows: bool = False) -> None:
        """Remove a class file; the rows of its class stay in their globals unless `rows` says otherwise.

        Raises:
            DataError: there is no such class in this namespace.
        """
        if self.classes.text("class", name) is None:
            raise DataError(f"namespace {self.name} has no class {name!r}{similar(name, self.classes.names())}")
        if rows and hasattr(cls := dictionary.resolve(name), "_KillExtent"):
            status.check(cls._KillExtent() or status.OK)
        self.classes.remove("class", name)

    # --- rows ---

    def query(
        self,
        sql: str,
        parameters: Sequence[object] | Mapping[str, object] = (),
        path: Sequence[str] = (),
        *,
        decimals: str = "float",
        logical: bool = False,
    ) -> "pa.Table":
        """The rows of a SELECT as Arrow; see `isc.py.data.sql.select`.

        Raises:
            SQLError: it could not be run; has the SQLCODE.
        """
        from .sql import select

        return select(self, sql, parameters, path, decimals=decimals, logical=logical)

    def table_rows(self, table: str, start: object = 1, end: object = "", properties: str = "*") -> "pa.Table":
        """The rows of a table; see `isc.py.data.transfer.table_rows`."""
        from .transfer import table_rows

        return table_rows(self, table, start, end, properties)

    def class_rows(self, class_name: str, start: object = 1, end: object = "", properties: str = "*") -> "pa.Table":
        """The rows of a persistent class; see `isc.py.data.transfer.class_rows`."""
        from .transfer import class_rows

        return class_rows(self, class_name, start, end, properties)

    def global_rows(
        self, name: str, start: object = 1, end: object = "", mask: str = "", labels: Sequence[str] = ()
    ) -> "pa.Table":
        """The rows of a global; see `isc.py.data.transfer.global_rows`."""
        from .transfer import global_rows

        return global_rows(self, name, start, end, mask, list(labels))

    # --- the language's platform ---

    def global_get(self, name: str, subscripts: tuple[object, ...]) -> object | None:
        """The value of a node, None when it has none; bytes come as characters."""
        with self.store().read() as txn:
            value = txn.get(encode_key(name, _texts(subscripts)))
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def global_set(self, name: str, subscripts: tuple[object, ...], value: object) -> None:
        """Give a node a value."""
        with self.store().write() as txn:
            plain = value if isinstance(value, str | int | float) else text(value)
            txn.set(encode_key(name, _texts(subscripts)), plain)

    def global_kill(self, name: str, subscripts: tuple[object, ...]) -> None:
        """Delete a node and all below it."""
        with self.store().write() as txn:
            txn.kill(encode_key(name, _texts(subscripts)))

    def global_data(self, name: str, subscripts: tuple[object, ...]) -> int:
        """``$data``."""
        with self.store().read() as txn:
            return txn.data(encode_key(name, _texts(subscripts)))

    def global_order(self, name: str, subscripts: tuple[object, ...], direction: int) -> object:
        """The next subscript on the level of the last one given; "" at the end."""
        *above, last = _texts(subscripts) or ("",)
        with self.store().read() as txn:
            found = txn.order(encode_key(name, above), last or None, direction)
        return "" if found is None else found

    def global_increment(self, name: str, subscripts: tuple[object, ...], by: object) -> object:
        """Add to a node, in one step for all processes; never undone by a rollback."""
        amount = number(by)
        with self.store().write() as txn:
            return txn.increment(
                encode_key(name, _texts(subscripts)), Decimal(repr(amount)) if isinstance(amount, float) else amount
            )

    # --- transactions and locks ---

    def tstart(self) -> None:
        """Open a level of this thread's transaction."""
        self._open.level = self.tlevel() + 1
        if self._open.level == 1:
            self._open.changes = WriteSet()

    def tcommit(self) -> None:
        """Close a level; the outermost one writes everything in one transaction of the store.

        Raises:
            DataError: no transaction is open.
            StoreError: the store refused; nothing was written, and the transaction is over.
        """
        if not self.tlevel():
            raise DataError("tcommit without a transaction: open one with tstart")
        self._open.level -= 1
        if self._open.level == 0:
            changes: WriteSet = self._open.changes
            self._open.changes = None
            try:
                if changes.values or changes.killed:
                    with self._committed().write() as txn:
                        changes.apply(txn)
                self.objects.committed()
            finally:
                self._ended()

    def trollback(self) -> None:
        """Drop what this thread's transaction has changed, at every level; without one nothing happens."""
        self._open.level, self._open.changes = 0, None
        self._ended()

    def _ended(self) -> None:
        """The transaction is over: locks that were let go in it are free, objects that it saved and undid are new."""
        self.objects.back()
        locks: list[Lock] = getattr(self._open, "unlocks", [])
        self._open.unlocks = []
        if locks:
            self._locks.release(locks)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A level of this thread's transaction: committed when the block ends, undone when it raises.

        What the levels around it changed stays when this one is undone.

        Raises:
            StoreError: the store refused; nothing was written.
        """
        self.tstart()
        changes: WriteSet = self._open.changes
        mark, killed, level = changes.mark(), len(changes.killed), self.tlevel()
        saved = self.objects.mark()
        try:
            yield
        except BaseException:
            if getattr(self._open, "changes", None) is changes:
                changes.back(mark)
                del changes.killed[killed:]
                self._open.level = level - 1
                self.objects.back(saved)
                if level == 1:
                    self._open.changes = None
                    self._ended()
            raise
        if getattr(self._open, "changes", None) is changes:  # else the block rolled everything back
            self._open.level = level
            self.tcommit()

    def tlevel(self) -> int:
        """How many levels are open in this thread."""
        level: int = getattr(self._open, "level", 0)
        return level

    def lock(self, mode: str, places: tuple[str, ...], timeout: float | None) -> bool:
        """Lock (``+``), unlock (``-``), or release all and lock (""); whether it was had in `timeout` seconds.

        A place may have a type behind it: ``^a(1)#"S"`` is a shared lock. What is let go in a transaction is free when
        that ends, as nobody else sees before what it has written; with type ``I`` at once.
        """
        locks = [Lock.written(place) for place in places]
        if mode == "-":
            now = [lock for lock, place in zip(locks, places, strict=True) if '"' in place and _IMMEDIATE.search(place)]
            self._locks.release(now)
            self.let_go([lock for lock in locks if lock not in now])
            return True
        if not mode:
            self.let_go(self._locks.mine())
        return self._locks.acquire(locks, timeout) if locks else True

    def take(self, locks: Sequence[Lock], timeout: float | None = None) -> bool:
        """Hold all of the locks, or none; waits `timeout` seconds, or as long as `lock_timeout` says."""
        return self._locks.acquire(locks, self.lock_timeout if timeout is None else timeout)

    def let_go(self, locks: Sequence[Lock]) -> None:
        """Let locks of this thread go: at once, or when its transaction ends."""
        if self.tlevel():
            self._open.unlocks = [*getattr(self._open, "unlocks", []), *locks]
        elif locks:
            self._locks.release(locks)

    def release_now(self, locks: Sequence[Lock]) -> None:
        """Let locks of this thread go at once, be a transaction open or not."""
        self._locks.release(locks)

    def let_go_of(self, owner: str, lock: Lock) -> None:
        """Let a lock of another thread of this process go; may be called by the garbage collector."""
        if owner == owner_here() and self.tlevel():
            self.let_go([lock])
        else:
            self._locks.release_of(owner, lock)

    def holders(self, lock: Lock) -> tuple[str, ...]:
        """The processes that hold a lock which conflicts with this one."""
        return self._locks.holders(lock)

    def locks(self) -> dict[str, list[str]]:
        """Every lock that is held, as it is written, with the processes that hold it."""
        return self._locks.held()

    def beside(self, name: str) -> "EmbeddedNamespace":
        """Another namespace of the folder.

        Raises:
            DataError: there is none of that name, or it has no globals.
        """
        found = named(name)
        if not isinstance(found, EmbeddedNamespace):
            raise DataError(f"namespace {name!r} is a database of {FILE}: it has no globals that code can name")
        return found

    def sql(self, statement: str, parameters: Sequence[object]) -> Rows:
        """Run a statement; values are the language's.

        Raises:
            SQLError: it could not be run; has the SQLCODE.
        """
        from .sql_write import is_write, write

        if is_write(statement):
            return write(self, statement, parameters)
        return rows_of_table(self.query(statement, parameters, decimals="exact", logical=True))


def _source_files(path: Path) -> list[Path]:
    if not path.exists():
        raise DataError(f"{path} does not exist: name a class file or a folder of them")
    if not path.is_dir():
        return [path]
    from isc.py.objectscript.source_files import SUFFIXES, is_source

    found = sorted(file for file in path.rglob("*") if is_source(file) and not _hidden(file.relative_to(path)))
    if not found:
        raise DataError(f"{path} has no class file ({', '.join('*' + suffix for suffix in SUFFIXES)})")
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _texts(subscripts: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(text(subscript) for subscript in subscripts)


def open_namespace(folder: str | os.PathLike[str] = ".", name: str = DEFAULT) -> EmbeddedNamespace:
    """The namespace `name` of a folder, made when it is not there."""
    path = Path(folder).resolve()
    key = path / name
    if key not in _open:
        _open[key] = EmbeddedNamespace(path, name)
    dictionary.add_source(_open[key].classes)
    add_text_source(_open[key].classes)
    return _open[key]


def current() -> EmbeddedNamespace:
    """The namespace this process works in: the one that was set, else ``USER`` of the working folder.

    Code of the language that runs may have switched to another one.
    """
    if isinstance(other := switched.get(), EmbeddedNamespace):
        return other
    if not _current:
        _current.append(open_namespace())
    return _current[-1]


def set_current(namespace: EmbeddedNamespace) -> None:
    """Work in this namespace from now on."""
    _current[:] = [namespace]


@contextmanager
def use(namespace: EmbeddedNamespace) -> Iterator[EmbeddedNamespace]:
    """Work in this namespace for the block."""
    _current.append(namespace)
    token = switched.set(None)
    try:
        yield namespace
    finally:
        switched.reset(token)
        _current.remove(namespace)


def named(name: str = "") -> "EmbeddedNamespace | Source":
    """A namespace beside the current one, embedded or of ``iscpy.toml``; the current one for "".

    Raises:
        DataError: there is none of that name.
        ConfigurationError: ``iscpy.toml`` says what it may not.
        NotSupportedError: what its database needs is not installed.
    """
    here = current()
    if not name or name == here.name:
        return here
    configured = read_configuration(here.folder).namespaces
    if name in configured:
        return _source(here.folder, configured[name])
    if not (here.folder / FOLDER / "namespaces" / name).is_dir():
        there = sorted(
            {here.name, *configured, *(path.name for path in (here.folder / FOLDER / "namespaces").glob("*"))}
        )
        same = [other for other in there if other.lower() == name.lower() and other != name]
        if len(same) == 1:  # names compare without case, as on the servers
            return named(same[0])
        raise DataError(
            f"namespace {name!r} does not exist in {here.folder}; there are {', '.join(there)}: make it, or "
            f"name its database in {FILE} ([namespaces.{name}] with a url)"
        )
    return open_namespace(here.folder, name)


def _source(folder: Path, settings: NamespaceSettings) -> "Source":
    """The open namespace of these settings; a forked child opens its own."""
    from .sources import open_source

    if not _sources:
        atexit.register(_close_sources)
    key = (os.getpid(), folder, settings)
    if key not in _sources:
        _sources[key] = open_source(settings)
    return _sources[key]


def _close_sources() -> None:
    for (owner, _, _), source in _sources.items():
        if owner == os.getpid():
            source.close()
    _sources.clear()


def _read_global(name: str, start: object, end: object, mask: str) -> list[tuple[object, ...]]:
    from .frames import rows_of
    from .transfer import global_rows

    return rows_of(global_rows(current(), name, start or 1, end, mask))[1:]


def _query_function(cls: type, query: str) -> object | None:
    from .class_queries import class_query, has_query

    return class_query(dictionary.name_of(cls), query) if has_query(cls, query) else None


builder.set_platform_source(current)
set_query_source(_query_function)
Callout.global_reader = staticmethod(_read_global)
