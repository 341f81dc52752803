"""`Attempts`: works a message through on a worker until its end is known, by the policy of its operation."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from isc.py.msg import Message, Response, wire

from .back_off import BackOff
from .bank import Bank
from .bank.writer import Statement
from .definition import Item
from .exceptions import BankError, ContextLostError, TargetNotFoundError
from .messages import Envelope
from .policy import FailurePolicy, Reply, reply_code_actions
from .relay import Origin, Outgoing, Relay
from .said import again, given_up, said
from .session_contexts import Pinned
from .worker_sending import serve_sending
from .workers import Answer, Worker


@dataclass(slots=True)
class Ending:
    """How a message ended: its status, and what is written with it.

    `status` is Completed, Error, Suspended, Deferred or, when it goes back into the queue, Queued; `disables` tells
    that the operation takes no more messages.
    """

    status: str
    answer: Answer
    statements: list[Statement] = field(default_factory=list)
    error: str = ""
    disables: bool = False


class Attempts:
    """The attempts at the messages of one operation."""

    def __init__(
        self,
        bank: Bank,
        relay: Relay,
        item: Item,
        host: Any,
        respond: Callable[[str, Message], None],
        noted: Callable[[str, str], None],
    ) -> None:
        self._noted = noted
        self._bank = bank
        self._relay = relay
        self._item = item
        self._respond = respond
        self._timeout = float(host.Timeout)
        self._policy = FailurePolicy(reply_code_actions(host.ReplyCodeActions), host.RetryInterval, host.FailureTimeout)
        self._crash_limit = host.CrashLimit or (1 if host.keeps_context else 3)
        self._handler = host.BadMessageHandler
        self._memory = int(host.MemoryLimit)
        self._pinned = Pinned(bank, item.name) if getattr(host, "ContextScope", "") == "session" else None
        self._alerts = bool(host.AlertOnError)
        self.stopping = threading.Event()  # no further attempts are waited for
        self.cut = threading.Event()  # and what runs is ended
        self._back_off: dict[Worker, BackOff] = {}

    def run(self, worker: Worker, taken: Sequence[Envelope], ahead: Callable[[], int]) -> Ending | None:
        """Try the first message until it ends or the production stops while it waits for its next attempt.

        The worker is given `ahead` messages, the first one among them. None: it was halted and the message has not
        begun.
        """
        begun = time.monotonic()
        crashes, attempts = 0, 0
        back_off = self._back_off.setdefault(worker, BackOff(self.stopping))
        statements: list[Statement] = []
        envelope = taken[0]
        about: dict[str, object] = {}

        def messages() -> Iterator[dict[str, object]]:
            given, most = worker.given, ahead()
            if not given or given <= most // 2:  # several at a time
                for item in itertools.islice(taken, given, most):
                    yield item.for_worker() | about if about else item.for_worker()

        def serve(asked: dict[str, Any]) -> dict[str, Any]:
            origin = Origin(self._item.name, envelope.session, envelope.callers)
            return serve_sending(self._relay, origin, self._respond)(asked)

        def slow() -> None:
            self._bank.write([Bank.status(envelope.header_id, "Delivered")], patient=True)

        while True:
            attempts += 1
            back_off.wait()
            if self._pinned is not None:
                try:
                    about = dict(self._pinned.about(worker, envelope.session))
                except ContextLostError as error:
                    return self._failed(envelope, Answer(False, error=str(error)), statements, "Error")
            answer = worker.request(envelope.header_id, messages, self._timeout, serve, slow)
            if answer is None:
                if attempts == 1:
                    return None
                continue
            if answer.plain:
                back_off.after(died=False)
                return Ending(
                    "Completed", answer, statements + self.output(answer, envelope.session, envelope.header_id)
                )
            if self._pinned is not None:
                self._pinned.answered(worker, answer.saved, died=answer.died)
            statements += self.output(answer, envelope.session, envelope.header_id)
            back_off.after(died=answer.died and not answer.timed_out)
            if answer.died and not answer.timed_out:
                crashes += 1
                if self.cut.is_set() or crashes >= self._crash_limit:
                    return self._crashed(envelope, answer, statements, crashes)
                text = f"{answer.error}; the message is tried again ({crashes} of {self._crash_limit})"
                marked = [Bank.cut(envelope.header_id), Bank.status(envelope.header_id, "Delivered")]
                self._bank.write([*marked, self._event("warning", envelope, text)], patient=True).result()
                continue
            verdict = self._policy.decide(_reply(answer), time.monotonic() - begun)
            if verdict.action == "R":
                if attempts == 1 or attempts % 100 == 0:
                    self._note(envelope, again(self._said(answer), self._policy, attempts), alert=attempts == 1)
                if self.stopping.wait(self._policy.retry_interval):
                    return Ending("Queued", answer, statements)
                continue
            if verdict.warns:
                statements.append(self._event("warning", envelope, self._said(answer)))
            text = self._said(answer)
            if attempts - crashes > 1 and verdict.action in "FS":
                text = given_up(text, self._policy, attempts, time.monotonic() - begun)
            return self._ended(envelope, answer, statements, verdict.action, text)

    def ended_worker(self, worker: Worker) -> None:
        """A worker was stopped; the session contexts it saved at its end go on with the next one."""
        if self._pinned is None:
            return
        if worker.said:
            self._bank.write([Bank.event("stdout", self._item.name, worker.said)], patient=True)
        with contextlib.suppress(TimeoutError, BankError):  # the bank may be away while the production stops
            self._pinned.answered(worker, worker.saved, died=True, timeout=5)

    def output(self, answer: Answer, session: int | None, header: int | None) -> list[Statement]:
        """What user code logged and printed, as events."""
        streams = (*answer.log, ("stdout", answer.stdout), ("stderr", answer.stderr))
        return [Bank.event(name, self._item.name, text, session, header) for name, text in streams if text]

    def _ended(self, envelope: Envelope, answer: Answer, statements: list[Statement], action: str, text: str) -> Ending:
        if action == "C":
            if answer.deferred:
                return Ending("Deferred", answer, statements)
            if not answer.ok:
                name, body = wire.body(Response())
                answer = replace(answer, ok=True, class_name=name, body=body)
            return Ending("Completed", answer, statements)
        if action == "D":
            told = f"the operation is disabled (D of ReplyCodeActions): {text}"
            statements.append(self._event("error", envelope, told))
            self._noted(self._item.name, told)
            self._alert(envelope, text)
            return Ending("Queued", answer, statements, disables=True)
        return self._failed(envelope, answer, statements, "Suspended" if action == "S" else "Error", text)

    def _crashed(self, envelope: Envelope, answer: Answer, statements: list[Statement], crashes: int) -> Ending:
        if self.cut.is_set():
            answer = replace(answer, error="the production was stopped while the message ran: it was cut off")
        elif crashes > 1:
            text = f"{answer.error}; it did so {crashes} times (CrashLimit): the message is suspended"
            return self._failed(envelope, replace(answer, error=text), statements, "Suspended")
        return self._failed(envelope, answer, statements, "Error")

    def _failed(
        self, envelope: Envelope, answer: Answer, statements: list[Statement], status: str, told: str = ""
    ) -> Ending:
        told = told or self._said(answer)
        text = f"{told}\n{answer.traceback}".strip() if answer.traceback else told
        statements.append(self._event("error", envelope, text))
        self._alert(envelope, told)
        if self._handler and self._handler != self._item.name:
            copy = Outgoing(self._handler, envelope.class_name, envelope.body, True)
            origin = Origin(self._item.name, envelope.session)
            try:
                self._relay.commit(origin, [self._relay.known(copy)], patient=True)
            except TargetNotFoundError as error:
                statements.append(self._event("error", envelope, f"BadMessageHandler: {error}"))
        return Ending(status, answer, statements, text)

    def _said(self, answer: Answer) -> str:
        return said(answer, self._memory)

    def _alert(self, envelope: Envelope, text: str) -> None:
        if self._alerts:
            self._relay.alert(Origin(self._item.name, envelope.session), text)

    def _note(self, envelope: Envelope, text: str, *, alert: bool = False) -> None:
        self._bank.write([self._event("warning", envelope, text)])
        self._noted(self._item.name, text)
        if alert:
            self._alert(envelope, text)

    def _event(self, level: str, envelope: Envelope, text: str) -> Statement:
        return Bank.event(level, self._item.name, text, envelope.session, envelope.header_id)


def _reply(answer: Answer) -> Reply:
    return Reply(
        "" if answer.ok else answer.error or "an error",
        answer.codes,
        answer.conditions,
        answer.missing,
        answer.wants_retry,
        answer.wants_suspension,
    )
