"""Session contexts (``ContextScope=session``): a context for each message session, in the worker it is pinned to.

`SessionContexts` is the worker's part: it makes contexts, saves the one used longest ago when there are too many, and
restores it when its session comes again. `Pinned` is the Director's: it knows which sessions a worker held when it
died, so that a session never goes on with half of its context.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from isc.py.data.context import Context as SavedContexts
from isc.py.iscpython_c.context import Context, free

from .exceptions import ContextLostError


class SessionContexts:
    """The contexts of a worker; new ones begin with the names that the initializer left in the default context."""

    def __init__(self, item: str, limit: int) -> None:
        self._item = item
        self._limit = limit
        self._live: OrderedDict[int, str] = OrderedDict()
        self._saved: list[tuple[int, int]] = []
        self._first = {name: value for name, value in Context().namespace.items() if not name.startswith("__")}

    def enter(self, session: int, saved: int = 0) -> str:
        """The name of the session's context; `saved` is the id it was saved under, 0 for none.

        Raises:
            ContextError: it cannot be restored.
        """
        name = f"session {session}"
        if session not in self._live:
            while len(self._live) >= self._limit:
                self._put_away()
            context = Context(name)
            context.namespace.update(self._first)
            if saved:
                SavedContexts.RestoreContext(saved, context=name)
        self._live[session] = name
        self._live.move_to_end(session)
        return name

    def _put_away(self) -> None:
        session, name = next(iter(self._live.items()))
        report = SavedContexts.SaveContext(name=f"{self._item} {name}", context=name)
        for skipped, reason in report.skipped.items():
            print(f"not saved: {skipped}: {reason}")  # noqa: T201  # the worker's output is the message's trace
        free([name])
        del self._live[session]
        self._saved.append((session, report.context_id))

    def taken(self) -> list[tuple[int, int]]:
        """Sessions that were saved since the last call, with the ids of their contexts."""
        found, self._saved = self._saved, []
        return found


class Pinned:
    """Which sessions a worker holds, which are saved, and which are lost; for one operation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[object, set[int]] = {}
        self._saved: dict[int, int] = {}
        self._lost: set[int] = set()

    def about(self, worker: object, session: int) -> Mapping[str, object]:
        """What the worker is told beside a message of the session.

        Raises:
            ContextLostError: the context went with the worker that held it.
        """
        with self._lock:
            if session in self._lost:
                raise ContextLostError(session)
            saved = self._saved.pop(session, 0)
            self._held.setdefault(worker, set()).add(session)
        return {"saved": saved}

    def answered(self, worker: object, saved: Any, *, died: bool) -> None:
        """After a message: sessions were saved, or all that the worker held is lost."""
        with self._lock:
            held = self._held.setdefault(worker, set())
            for session, context_id in saved:
                held.discard(session)
                self._saved[session] = context_id
            if died:
                self._lost |= held
                held.clear()
