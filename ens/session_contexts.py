"""Session contexts (``ContextScope=session``): a context for each message session, in the worker it is pinned to.

`SessionContexts` is the worker's part: it makes contexts, saves the one used longest ago when there are too many, and
restores it when its session comes again. `Pinned` is the Director's: it knows which sessions a worker held when it
died, so that a session never goes on with half of its context.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from isc.py.data.context import Context as SavedContexts
from isc.py.iscpython_c.context import Context, free

from .bank import Bank
from .bank.contexts import HELD, LOST, SAVED, context_of, context_row, lose_held
from .exceptions import ContextLostError

_NAMED = 10  # sessions that an event names


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

    def put_all_away(self) -> None:
        """Save all of them: the worker ends."""
        while self._live:
            self._put_away()

    def taken(self) -> list[tuple[int, int]]:
        """Sessions that were saved since the last call, with the ids of their contexts."""
        found, self._saved = self._saved, []
        return found


class Pinned:
    """Which sessions each worker of an operation holds; the bank knows those that are saved and those that are lost."""

    def __init__(self, bank: Bank, item: str) -> None:
        self._bank = bank
        self._item = item
        self._lock = threading.Lock()
        self._held: dict[object, set[int]] = {}

    def about(self, worker: object, session: int) -> Mapping[str, object]:
        """What the worker is told beside a message of the session.

        Raises:
            ContextLostError: the context went with the worker that held it.
        """
        with self._lock:
            held = self._held.setdefault(worker, set())
            if session in held:
                return {"saved": 0}
        state, saved = context_of(self._bank, self._item, session)
        if state == LOST:
            raise ContextLostError(session)
        # A Director that dies before this is committed has not committed the message's end either: it runs again.
        self._bank.write([context_row(self._item, session, HELD)], patient=True)
        with self._lock:
            held.add(session)
        return {"saved": saved}

    def answered(
        self, worker: object, saved: Iterable[tuple[int, int]], *, died: bool, timeout: float | None = None
    ) -> None:
        """After a message: sessions were saved, or all else that the worker held is lost.

        Raises:
            TimeoutError: the bank did not keep it in so many seconds; it does so later, or when it is closed.
        """
        with self._lock:
            held = self._held.setdefault(worker, set())
            rows = []
            for session, context_id in saved:
                held.discard(session)
                rows.append(context_row(self._item, session, SAVED, context_id))
            if died:
                rows += [context_row(self._item, session, LOST) for session in held]
                held.clear()
        if rows:
            self._bank.write(rows, patient=True).result(timeout)  # the session's next message asks the bank


def lose_contexts(bank: Bank) -> None:
    """At the start of a Director: session contexts that workers of the last one held are lost, and that is said."""
    told = []
    for item, sessions in lose_held(bank):
        named = ", ".join(map(str, sessions[:_NAMED])) + (", …" if len(sessions) > _NAMED else "")
        text = (
            f"{len(sessions)} session contexts were not saved when the last Director ended and are lost: their "
            f"sessions' next messages end as errors (sessions {named})"
        )
        told.append(Bank.event("warning", item, text))
    if told:
        bank.write(told).result()
