"""What runs an operation in the Director: its queue, and a thread and a worker process for each place in its pool."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from isc.py.msg import wire

from .attempts import Attempts, Ending
from .bank import Bank
from .bank.writer import Statement
from .begun import UNCOMMITTED, BegunPage
from .exceptions import BankError, ProductionError
from .messages import Envelope, Outcome
from .production import Item
from .queues import HostQueue
from .waiter import Waiter
from .workers import Worker, Zygote

_SAVING = 30.0  # seconds a worker may take at its end to save session contexts
_AHEAD = 32  # messages a worker is given before it has answered the first, at most
_AHEAD_SECONDS = 0.003  # no more than it does in so long
_log = logging.getLogger("isc.py.ens")


class OperationRunner:
    """An operation and its workers."""

    def __init__(
        self,
        bank: Bank,
        zygote: Zygote,
        item: Item,
        host: Any,
        settings: dict[str, Any],
        page: Callable[[], BegunPage],
        attempts: Attempts,
        defer: Callable[[str, Envelope], None],
    ) -> None:
        self._attempts = attempts
        self._defer = defer
        self.item = item
        self.last_message = time.monotonic()
        self._bank = bank
        self._queue = HostQueue(host.QueueLimit)
        self._is_pinned = getattr(host, "ContextScope", "") == "session"
        self._is_enabled = threading.Event()
        self._is_enabled.set()
        self._workers = [Worker(zygote, settings, page()) for _ in range(max(item.pool_size, 1))]
        self._threads = [threading.Thread(target=self._run, args=(worker,), daemon=True) for worker in self._workers]
        self._taken: list[deque[Envelope]] = [deque() for _ in self._workers]
        self._is_cut = threading.Event()
        self._left: list[Envelope] = []

    def start(self) -> None:
        """Start the workers, and with them the initializer.

        Raises:
            ProductionError: a worker did not start; says why.
        """
        for worker in self._workers:
            answer = worker.start()
            if not answer.ok:
                raise ProductionError(
                    f"item {self.item.name!r} did not start: {answer.error}\n{answer.traceback}".strip()
                )
            self._bank.write(self._attempts.output(answer, None, None))
        for thread in self._threads:
            thread.start()

    def put(self, envelope: Envelope) -> None:
        """Queue a request."""
        self.last_message = time.monotonic()
        self._queue.put(envelope)

    def waiting(self) -> int:
        """How many requests wait."""
        taken = 0 if self.is_enabled else sum(map(len, self._taken)) - sum(worker.given for worker in self._workers)
        return self._queue.qsize() + max(taken, 0)  # what a disabled item holds in front of its queue waits, too

    def waited(self) -> float:
        """Seconds the message in front has waited."""
        return self._queue.waited()

    def wait_for_room(self) -> None:
        """Wait until the queue is below its limit."""
        self._queue.wait_for_room()

    def has_room(self) -> bool:
        """Whether the queue is below its limit."""
        return not self._queue.limit or self._queue.qsize() < self._queue.limit

    @property
    def is_enabled(self) -> bool:
        """Whether it takes messages from its queue."""
        return self._is_enabled.is_set()

    def disable(self) -> None:
        """Take no more messages from the queue; what runs, ends."""
        self._is_enabled.clear()
        for worker in self._workers:
            worker.halt()

    def enable(self) -> None:
        """Go on."""
        self._is_enabled.set()

    def retire(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """Finish the messages that run, end the workers, give what had not begun."""
        self._attempts.stopping.set()
        self._is_cut.set()
        for worker in self._workers:
            worker.halt()
        for _ in self._threads:
            self._queue.put(None)
        self._is_enabled.set()
        self._join()
        return sorted(self._left, key=lambda envelope: (envelope.priority, envelope.header_id)) + self._queue.hand_over(
            successor
        )

    def take_over(self, envelopes: Sequence[Envelope]) -> None:
        """Queue what another runner had not begun, in front of the rest."""
        self._queue.put_first(envelopes)

    def pids(self) -> list[int]:
        """The worker processes."""
        return [worker.pid for worker in self._workers]

    def stop(self) -> None:
        """Finish what is queued, then end the workers; what waits for its next attempt stays in the bank."""
        self._attempts.stopping.set()
        self._queue.close()
        for _ in self._threads:
            self._queue.put(None)
        if not self.is_enabled:
            self._is_cut.set()
            self._is_enabled.set()
        self._join()

    def _join(self) -> None:
        """Wait for the threads, then end their workers."""
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        for worker in self._workers:
            worker.stop(_SAVING if self._is_pinned else None)
            self._attempts.ended_worker(worker)

    def cut(self) -> None:
        """End what runs now, as an error; what is queued stays queued in the bank. `stop` comes after it."""
        self._attempts.cut.set()
        self._attempts.stopping.set()
        self._is_cut.set()
        for worker in self._workers:
            worker.cut()

    def _run(self, worker: Worker) -> None:
        most = _AHEAD if len(self._workers) == 1 and not self._is_pinned else 1
        pin = (self._workers.index(worker), len(self._workers)) if self._is_pinned else (0, 1)
        taken = self._taken[self._workers.index(worker)]
        written: deque[Waiter[None]] = deque()
        ended = False

        def ahead() -> int:
            if self._is_cut.is_set() or not self._is_enabled.is_set():
                return 1
            return min(most, max(int(_AHEAD_SECONDS / worker.pace), 1))

        while not ended or taken:
            if not worker.given:  # what the worker has begun has an end, whatever comes
                self._is_enabled.wait()
            if not ended and len(taken) <= (wanted := ahead()) // 2:
                ended = self._queue.take(taken, wanted, *pin)
            if not self._is_enabled.is_set() and not worker.given:
                continue
            if self._is_cut.is_set() and not worker.given:
                self._bank.write([Bank.status(item.header_id, "Queued") for item in taken], patient=True)
                self._left += taken
                return
            if not taken:
                continue
            envelope = taken[0]
            try:
                ending = self._attempts.run(worker, taken, ahead)
                if ending is not None and self._ended(envelope, ending, written):
                    taken.popleft()
            except Exception as error:  # noqa: BLE001  # the queue must go on, whatever a message does
                _log.exception("item %s: message %d", self.item.name, envelope.header_id)
                taken.popleft()
                self._failed(envelope, f"its answer cannot be taken: {error}", written)
            self._let_commit(written)

    def _let_commit(self, written: deque[Waiter[None]]) -> None:
        """Wait while the ends of so many messages are not committed that the next Director would not know of more."""
        while written and (written[0].is_done or len(written) > UNCOMMITTED - 2 * _AHEAD):
            with contextlib.suppress(BankError, TimeoutError):  # who was told of an error has written that
                written[0].result(0.5)
            if not written[0].is_done:
                if self._is_cut.is_set():
                    return
                continue
            written.popleft()

    def _ended(self, envelope: Envelope, ending: Ending, waited: deque[Waiter[None]]) -> bool:
        """Write how a message ended; False when it stays in front of the queue."""
        answer, statements = ending.answer, ending.statements
        if ending.status in ("Queued", "Deferred"):
            written = [*statements, Bank.status(envelope.header_id, ending.status)]
            self._bank.write(written, patient=True).result()
            if ending.status == "Deferred":
                self._defer(answer.deferred, envelope)
                return True
            if ending.disables:
                self.disable()
            else:  # the production stops, and nothing may overtake what waits for its next attempt
                self._is_cut.set()
            return False
        if ending.status == "Completed":
            response_id = self._bank.next_id()
            statements += Bank.header(
                response_id,
                "Response",
                envelope.session,
                self.item.name,
                envelope.source,
                (answer.class_name, answer.body),
                "Completed",
                corresponding=envelope.header_id,
                is_async=envelope.is_async,
            )
            statements.append(Bank.status(envelope.header_id, "Completed"))
            response = wire.message_of(answer.class_name, answer.body)
            outcome = Outcome(envelope.header_id, envelope.session, response, response_id)
            waited.append(self._tell(envelope, statements, outcome))
            return True
        statements.append(Bank.status(envelope.header_id, ending.status, ending.error))
        outcome = Outcome(envelope.header_id, envelope.session, error=ending.error, status=ending.status)
        waited.append(self._tell(envelope, statements, outcome))
        return True

    def _failed(self, envelope: Envelope, error: str, waited: deque[Waiter[None]]) -> None:
        """End a message as an error that is not the worker's."""
        event = Bank.event("error", self.item.name, error, envelope.session, envelope.header_id)
        outcome = Outcome(envelope.header_id, envelope.session, error=error, status="Error")
        try:
            ending = [event, Bank.status(envelope.header_id, "Error", error)]
            waited.append(self._tell(envelope, ending, outcome))
        except BankError:  # it is closed: the next Director takes the message again
            envelope.told(outcome)

    def _tell(self, envelope: Envelope, statements: list[Statement], outcome: Outcome) -> Waiter[None]:
        """Tells the end of a message once it is committed, while the next one runs already."""

        def committed(error: BaseException | None) -> None:
            if error is None:
                envelope.told(outcome)
                return
            ending = Bank.unwritten(envelope.header_id, self.item.name, envelope.session, str(error))
            self._bank.write(ending, patient=True)
            envelope.told(Outcome(envelope.header_id, envelope.session, error=str(error), status="Error"))

        return self._bank.write(statements, patient=True, then=committed)
