"""What a Director finds in the bank when it starts: messages without an end, process instances that still ran.

Delivery is at least once. A message whose run was cut is counted and marked in the bank before it is tried again, and
suspended when that happened too often. A process instance goes on where its last transaction left it: its calls that
ended meanwhile are answered from the bank, those that have no end yet will tell it theirs, its timers run on.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import wire

from .bank import Bank, MessageRow, ProcessRow
from .bank.writer import Statement
from .begun import UNCOMMITTED
from .messages import Envelope, Outcome, Told

ENDED = ("Completed", "Error", "Discarded", "Suspended")
UNENDED = ("Queued", "Delivered", "Deferred")
CUT_LIMIT = 10  # Directors that may end while a message runs, before it is suspended


@runtime_checkable
class Resuming(Protocol):
    """A runner of process instances that can be resumed."""

    def resume(self, envelope: Envelope, kept: ProcessRow, ended: Mapping[int, Outcome]) -> None:
        """Queue the going on of an instance; `ended` are the calls that ended meanwhile, by number."""

    def has(self, process_id: int) -> bool:
        """Whether it runs that instance."""

    def teller(self, process_id: int, number: int) -> Told:
        """What tells an instance the end of one of its calls."""


class _Takes(Protocol):
    def put(self, envelope: Envelope) -> None:
        """Queue a request."""


@dataclass(slots=True)
class Recovery:
    """What the last Director left; `messages` and `instances` go on, the rest was written to the bank."""

    bank: Bank
    production: str
    begun: frozenset[int] | None  # what was with a worker; None when that is not known
    steps: frozenset[int] = frozenset()  # process instances whose step the Director itself ran
    messages: list[MessageRow] = field(default_factory=list)
    instances: list[ProcessRow] = field(default_factory=list)

    def mark(self, places: Mapping[str, object]) -> None:
        """Read the bank, and mark in it what was cut; `places` are the runners by item."""
        running = self.bank.running()
        ids = {row.id for row in running}
        statements: list[Statement] = []
        queued: Counter[str] = Counter()
        for row in self.bank.unfinished():
            if row.id in ids:
                continue  # its instance goes on
            if row.target not in places:
                text = f"waits for item {row.target!r}, which production {self.production} does not have enabled"
                statements.append(Bank.event("warning", row.target, text, row.session, row.id))
                continue
            queued[row.target] += 1
            if self._was_cut(row, places, queued[row.target]):
                statements += self._cut(row)
                if row.crashes + 1 >= CUT_LIMIT:
                    continue
            self.messages.append(row)
        for kept in running:
            if isinstance(places.get(kept.host), Resuming):
                if kept.id in self.steps:
                    statements += self._step_cut(kept)
                    if kept.request.crashes + 1 >= CUT_LIMIT:
                        continue
                self.instances.append(kept)
                continue
            text = f"waits for process {kept.host!r}, which production {self.production} does not have enabled"
            statements.append(Bank.event("warning", kept.host, text, kept.request.session, kept.id))
        if statements:
            self.bank.write(statements).result()

    def go_on(
        self,
        places: Mapping[str, _Takes],
        watched: Callable[[Envelope], Envelope],
        waiting: Callable[[int], Told],
        defer: Callable[[str, Envelope], None],
        version: Callable[[ProcessRow], Resuming],
    ) -> None:
        """Fill the queues, in the order of the ids.

        `watched` sees each message, `waiting` gives whom one is told to that no process sent, `defer` keeps those
        whose operation answers later, `version` gives the runner that an instance goes on with.
        """
        tellers: dict[int, Told] = {}
        for kept in self.instances:
            runner = version(kept)
            for number, header_id in kept.waits.calls.items():
                tellers[header_id] = runner.teller(kept.id, number)
        for row in self.messages:
            places[row.target].put(watched(envelope_of(row, tellers.get(row.id) or waiting(row.id))))
        for row in self.bank.messages(status="Deferred"):
            defer(str(row.id), watched(envelope_of(row, tellers.get(row.id) or waiting(row.id))))
        open_ids = {row.id for row in self.messages} | {kept.id for kept in self.instances if _is_open(kept.request)}
        for kept in self.instances:
            ended = {
                number: outcome_of(self.bank, header_id)
                for number, header_id in kept.waits.calls.items()
                if header_id not in open_ids and self._has_ended(header_id)
            }
            told = (tellers.get(kept.id) or waiting(kept.id)) if _is_open(kept.request) else _nobody
            version(kept).resume(watched(envelope_of(kept.request, told)), kept, ended)

    def _was_cut(self, row: MessageRow, places: Mapping[str, object], place: int) -> bool:
        """Whether it ran, or may have run, for all that is known; `place` in its queue, from 1."""
        runner = places[row.target]
        if isinstance(runner, Resuming):
            return row.id in self.steps  # else it begins only together with its instance
        if self.begun is not None:
            return row.id in self.begun
        workers = getattr(getattr(runner, "item", None), "pool_size", 1)
        return row.status == "Delivered" or place <= UNCOMMITTED * max(workers, 1)

    def _step_cut(self, kept: ProcessRow) -> list[Statement]:
        """A step of an instance ran when the Director ended; too often, and the instance is over."""
        row = kept.request
        cut = self._cut(row)
        return [*cut, Bank.process_ended(kept.id, "Error")] if row.crashes + 1 >= CUT_LIMIT else cut

    def _cut(self, row: MessageRow) -> list[Statement]:
        cuts = row.crashes + 1
        if cuts >= CUT_LIMIT:
            text = (
                f"suspended: its run was cut {cuts} times by the end of its worker or Director; look at it, resend it"
            )
            told = [Bank.cut(row.id), Bank.event("error", row.target, text, row.session, row.id)]
            return [*told, Bank.status(row.id, "Suspended", text)] if _is_open(row) else told  # a response stays given
        ran = "ran" if self.begun is not None or row.status == "Delivered" else "may have run"
        text = f"the Director ended while the message {ran} (cut {cuts} of {CUT_LIMIT}): it is tried again"
        return [Bank.cut(row.id), Bank.event("warning", row.target, text, row.session, row.id)]

    def _has_ended(self, header_id: int) -> bool:
        row = self.bank.message(header_id)
        return row is None or row.status in ENDED


def outcome_of(bank: Bank, header_id: int) -> Outcome:
    """How a request ended, as the bank knows it."""
    row = bank.message(header_id)
    if row is None:
        return Outcome(header_id, header_id, error=f"the bank has no message {header_id} any more", status="Error")
    response = bank.response_to(header_id)
    if response is None:
        return Outcome(header_id, row.session, error=row.error or f"it ended as {row.status}", status=row.status)
    try:
        message = wire.message_of(response.class_name, response.body)
    except IscError as error:
        return Outcome(header_id, row.session, error=str(error), status="Error")
    return Outcome(header_id, row.session, message, response.id)


def envelope_of(row: MessageRow, told: Told) -> Envelope:
    """A message of the bank on its way again."""
    return Envelope(row.id, row.session, row.source, row.target, row.class_name, row.body, told, row.is_async)


def _is_open(row: MessageRow) -> bool:
    return row.status in ("Queued", "Delivered")


def _nobody(_: Outcome) -> None:
    """The response was given already."""
