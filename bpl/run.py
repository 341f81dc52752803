"""What an emulated run did, and what a test may expect of it.

Every ``assert_…`` raises an `AssertionError` that shows what was there instead, and gives the run back, so that they
can be chained.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Self

from isc.py.msg import Message
from isc.py.objectscript import dictionary


class Visit(NamedTuple):
    """An activity that ran: where it stands, and the virtual second at which it began."""

    activity: str
    element: str
    line: int
    time: float = 0.0


class Exchange(NamedTuple):
    """A request that the process sent and what it got; `time` is the virtual second of the request."""

    call: str
    target: str
    request: Message
    response: Message | None = None
    error: str = ""
    time: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a run failed, and why."""

    activity: str
    element: str
    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.element} {self.activity!r}: {self.reason}"


@dataclass
class ProcessRun:
    """What a whole run did. `elapsed` is virtual time in seconds."""

    class_name: str = ""
    response: Message | None = None
    error: str = ""
    failure: Failure | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    context: dict[str, object] = field(default_factory=dict)
    elapsed: float = 0.0

    @property
    def activities(self) -> list[str]:
        """The names of the activities in the order in which they ran."""
        return [visit.activity for visit in self.visits]

    def requests(self, target: str = "") -> list[Message]:
        """The requests that went to a target, to any when none is named."""
        return [item.request for item in self.exchanges if not target or item.target == target]

    # --- expectations ---

    def assert_completed(self) -> Self:
        """It ended without an error."""
        if self.error:
            raise AssertionError(f"{self.class_name} failed: {self.failure or self.error}\n{self.story()}")
        return self

    def assert_failed(self, *mentions: str) -> Self:
        """It ended with an error that mentions all these texts."""
        if not self.error:
            raise AssertionError(f"{self.class_name} should have failed, and it completed\n{self.story()}")
        shown = f"{self.error}\n{self.failure}"
        missing = [mention for mention in mentions if mention not in shown]
        if missing:
            raise AssertionError(f"the error does not mention {missing}: {shown}")
        return self

    def assert_ran(self, *activities: str) -> Self:
        """These activities ran in this order; others may have run between them."""
        at = 0
        names = self.activities
        for name in activities:
            if name not in names[at:]:
                where = "" if at == 0 else f" after {names[at - 1]!r}"
                raise AssertionError(f"activity {name!r} did not run{where}; what ran: {names}\n{self.story()}")
            at = names.index(name, at) + 1
        return self

    def assert_not_ran(self, *activities: str) -> Self:
        """None of these activities ran."""
        ran = [visit for visit in self.visits if visit.activity in activities]
        if ran:
            raise AssertionError(f"activity {ran[0].activity!r} (line {ran[0].line}) ran\n{self.story()}")
        return self

    def assert_traced(self, *texts: str) -> Self:
        """These texts were traced in this order; others may stand between them."""
        at = 0
        for text in texts:
            if text not in self.trace[at:]:
                raise AssertionError(f"{text!r} was not traced; the trace: {self.trace}\n{self.story()}")
            at = self.trace.index(text, at) + 1
        return self

    def assert_sent(self, target: str, times: int | None = None, **properties: object) -> Self:
        """A request with these properties went to a target; with `times`, exactly so many did."""
        sent = self.requests(target)
        fitting = [request for request in sent if _fits(request, properties)]
        if (times is None and not fitting) or (times is not None and len(fitting) != times):
            wanted = f"{'a request' if times is None else f'{times} requests'} with {properties}"
            shown = "".join(f"\n  {_shown(request)}" for request in sent) or " none"
            raise AssertionError(f"{wanted} should have gone to {target!r}; what went there:{shown}\n{self.story()}")
        return self

    def assert_context(self, **values: object) -> Self:
        """The context ended with these values."""
        for name, value in values.items():
            if name not in self.context:
                raise AssertionError(f"context.{name} was not set; what was: {sorted(self.context)}\n{self.story()}")
            if not same(self.context[name], value):
                raise AssertionError(f"context.{name} is {self.context[name]!r}, not {value!r}\n{self.story()}")
        return self

    def assert_response(self, response: Message | None = None, **properties: object) -> Self:
        """The process answered with this message, or with one that has these properties."""
        self.assert_completed()
        if self.response is None:
            raise AssertionError(f"{self.class_name} has not answered (yet)\n{self.story()}")
        if (response is not None and self.response != response) or not _fits(self.response, properties):
            wanted = _shown(response) if response is not None else str(properties)
            raise AssertionError(f"the response is {_shown(self.response)}, not {wanted}\n{self.story()}")
        return self

    def story(self) -> str:
        """What happened, a line each: what a failing test shows."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterable[str]:
        yield f"the run of {self.class_name} ({self.elapsed:g} s of virtual time):"
        for visit in self.visits[-40:]:
            yield f"  {visit.time:>8g} s  line {visit.line:<5} {visit.element} {visit.activity!r}"
        for item in self.exchanges:
            answer = item.error or (dictionary.name_of(type(item.response)) if item.response else "nothing")
            yield f"  {item.call} → {item.target}: {_shown(item.request)} → {answer}"
        for text in self.trace:
            yield f"  trace: {text}"
        if self.failure is not None:
            yield f"  {self.failure}"


def _shown(message: Message) -> str:
    return f"{dictionary.name_of(type(message))} {message.to_json()}"


def _fits(message: Message, properties: dict[str, object]) -> bool:
    names = message._property_names()
    return all(name in names and same(message._get_property(name), value) for name, value in properties.items())


def same(found: object, wanted: object) -> bool:
    """Whether a value is what a test wrote: numbers may be written as numbers or as their text."""
    if found == wanted:
        return True
    if isinstance(wanted, bool | int | float | Decimal) and isinstance(found, str | int | float | Decimal):
        try:
            return Decimal(str(found)) == Decimal(str(int(wanted) if isinstance(wanted, bool) else wanted))
        except ArithmeticError:
            return False
    return str(found) == wanted if isinstance(found, int | float | Decimal) else False
