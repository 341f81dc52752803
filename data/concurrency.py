"""Who may read and change a row at a time: the concurrency of an object, and the locks of rows and of whole classes.

The name that is locked is that of the row's node (``^Hr.PersonD(5)``), so that code which locks it itself is heeded.
Rows that are saved or deleted are locked meanwhile, in a transaction until it ends.

| concurrency | while it is opened | afterwards | when it is saved |
|---|---|---|---|
| 0 | nothing | nothing | nothing |
| 1 | nothing: a row is read as a whole | nothing | an exclusive lock |
| 2 | a shared lock | nothing | an exclusive lock |
| 3 | a shared lock | a shared lock as long as the object lives | an exclusive lock |
| 4 | an exclusive lock | an exclusive lock as long as the object lives | an exclusive lock |
"""

import os
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from isc.py.objectscript.library.concurrency_mode import concurrency_mode
from isc.py.objectscript.values import text

from .exceptions import DataError, LockedError
from .layout import Layout
from .locks import Lock, owner_here
from .namespace import EmbeddedNamespace, current

if TYPE_CHECKING:
    from .persistent import Persistent

_MOST_ROWS = 1000  # with more rows of a class a statement locks the whole class
RETAINED = 3


def mode_of(cls: type, given: object = -1) -> int:
    """A concurrency as a number: the given one; of -1 and "" that of the class (``DEFAULTCONCURRENCY``), else that of
    the process (``$system.OBJ.SetConcurrencyMode``), which is 1 at first.

    Raises:
        DataError: it is none.
    """
    shown = text(given).strip()
    if shown in ("", "-1"):
        shown = text(getattr(cls, "_parameters", {}).get("DEFAULTCONCURRENCY", "")).strip()
        shown = str(concurrency_mode()) if shown in ("", "-1") else shown
    if shown not in ("0", "1", "2", "3", "4"):
        raise DataError(f"concurrency {shown!r} is none: 0 to 4, or -1 for the one of the class")
    return int(shown)


def row_lock(layout: Layout, row_id: object, shared: bool = False) -> Lock:
    """The lock of a row."""
    return Lock(layout.key(row_id), shared)


def extent_lock(layout: Layout, shared: bool = False) -> Lock:
    """The lock of all rows of a class, and of those it shares a global with."""
    return Lock((layout.parent_layout if layout.data.below_parent else layout).data.key(), shared)


def take(layout: Layout, row_id: object, lock: Lock, timeout: float | None = None) -> None:
    """Take a lock; waits as long as the namespace says, or `timeout` seconds. `row_id` None is all rows.

    Raises:
        LockedError: others hold it.
    """
    namespace = current()
    if not namespace.take([lock], timeout):
        raise LockedError(layout.class_name, row_id, lock.shared, namespace.holders(lock))


@contextmanager
def reading(layout: Layout, row_id: object, mode: int) -> Iterator[None]:
    """While a row is opened: what its concurrency asks for.

    Raises:
        LockedError: others hold it.
    """
    if mode < 2:
        yield
        return
    lock = row_lock(layout, row_id, shared=mode < 4)
    take(layout, row_id, lock)
    try:
        yield
    finally:
        current().let_go([lock])


def retain(item: "Persistent", layout: Layout, mode: int) -> None:
    """Have an object hold the lock of its concurrency as long as it lives; another one that it has is let go.

    Raises:
        LockedError: others hold it.
    """
    before = vars(item).get("_retained")
    if mode >= RETAINED and (before is None or mode != item._concurrency):
        lock = row_lock(layout, item._id, shared=mode == RETAINED)
        take(layout, item._id, lock)
        finalizer = weakref.finalize(item, _freed, current(), lock, owner_here(), os.getpid())
        finalizer.atexit = False  # what a process holds that has ended is free
        item._retained = finalizer
    elif mode < RETAINED:
        item._retained = None
    item._concurrency = mode
    if before is not None and before is not item._retained:
        before()


def _freed(namespace: EmbeddedNamespace, lock: Lock, owner: str, pid: int) -> None:
    if pid == os.getpid():  # else this is a child of the process that holds it
        namespace.let_go_of(owner, lock)


@contextmanager
def writing(rows: Iterable[tuple[Layout, object]]) -> Iterator[None]:
    """While rows are saved or deleted: exclusive locks of all, in a transaction until it ends.

    Raises:
        LockedError: others hold one.
    """
    namespace, found = current(), list(rows)
    if not found:
        yield
        return
    by_class: dict[str, list[tuple[Layout, object]]] = {}
    for layout, row_id in found:
        by_class.setdefault(layout.class_name, []).append((layout, row_id))
    locks: list[Lock] = []
    for of_class in by_class.values():
        if len(of_class) > _MOST_ROWS:
            locks.append(extent_lock(of_class[0][0]))
        else:
            locks += [row_lock(layout, row_id) for layout, row_id in of_class]
    if not namespace.take(locks):
        held = next((lock for lock in locks if namespace.holders(lock)), locks[0])
        layout, row_id = next((pair for pair in found if row_lock(*pair) == held), (found[0][0], None))
        raise LockedError(layout.class_name, row_id, False, namespace.holders(held))
    try:
        yield
    finally:
        namespace.let_go(locks)
