"""The smallest host of the engine: answers one call after the other, lets time pass when nothing else is left.

Also a program: reads states as JSON lines, each of a process that stopped somewhere, and prints the trace of the rest.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from isc.py.bpl.engine import Engine, Reply, Send, Timer, Traced
from isc.py.bpl.exceptions import ActivityError
from isc.py.bpl.program import program_of
from isc.py.bpl.state import Instance
from isc.py.data.namespace import current
from isc.py.msg import Message, StringRequest, StringResponse, wire
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class


def answer(target: str, request: Message) -> Message | str:
    """``Fail`` fails, ``Never`` is silent, others give their text in capitals."""
    if target == "Fail":
        return "it is broken"
    return StringResponse(StringValue=getattr(request, "StringValue", "").upper())


class Run:
    """A run that stops in front of every activity: `states` gives the state at each stop."""

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.passing = False
        self.engine = Engine(program_of(cls), current(), pause=self._pause)
        self.trace: list[str] = []
        self.sent: list[list[Any]] = []
        self.timers: list[list[float]] = []
        self.instance: Instance

    def _pause(self, _instance: Instance, _head: object) -> bool:
        self.passing = not self.passing
        return self.passing

    def begin(self, request: Message) -> "Run":
        """A run from the start."""
        self.instance = self.engine.begin(self.cls._New(), request)
        return self

    def restore(self, state: dict[str, Any]) -> "Run":
        """A run from a state."""
        self.trace, self.sent, self.timers = state["trace"], state["sent"], state["timers"]
        self.instance = self.engine.restore(self.cls._New(), state["instance"])
        return self

    def state(self) -> dict[str, Any]:
        """Everything that has to outlive this process."""
        return {
            "trace": list(self.trace),
            "sent": [list(item) for item in self.sent],
            "timers": [list(item) for item in self.timers],
            "instance": self.instance.to_json(),
        }

    def states(self) -> Iterator[dict[str, Any]]:
        """Run on; the state in front of each activity, and whenever the process waits."""
        try:
            while not self.instance.done:
                self._carry(self.engine.advance(self.instance))
                if self.passing:
                    yield self.state()
                elif not self.instance.done:
                    yield self.state()
                    self._next()
        except ActivityError as error:
            self.trace.append(f"error: {error}")

    def finish(self) -> list[str]:
        """The trace of the whole run."""
        for _ in self.states():
            pass
        return self.trace

    def _carry(self, effects: list[Any]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.trace.append(f"> {effect.target}")
                self.sent.append([effect.number, effect.target, wire.dump(effect.request)])
            elif isinstance(effect, Timer):
                self.timers.append([effect.seconds, effect.number])
            elif isinstance(effect, Traced):
                self.trace.append(effect.text if effect.kind == "trace" else f"{effect.kind}: {effect.text}")
            elif isinstance(effect, Reply):
                self.trace.append(f"= {getattr(effect.response, 'StringValue', '')}")

    def _next(self) -> None:
        for at, (number, target, request) in enumerate(self.sent):
            if target != "Never":
                del self.sent[at]
                given = answer(target, wire.load(request))  # type: ignore[arg-type]  # a message was sent
                if isinstance(given, str):
                    self.engine.fail(self.instance, number, given)
                else:
                    self._carry(self.engine.deliver(self.instance, number, given))
                return
        if not self.timers:
            raise ActivityError("the process waits for nothing")
        self.timers.sort()
        seconds, timer = self.timers.pop(0)
        if self.engine.elapsed(self.instance, int(timer)):
            self.trace.append(f"after {seconds:g} s")


def main() -> None:
    """Continue every state of standard input."""
    for line in sys.stdin:
        given = json.loads(line)
        dictionary.reset()
        for text in given["classes"]:
            made = build(parse_class(text))
            dictionary.register(made._definition.name, made)  # type: ignore[attr-defined]  # a built class
        print(json.dumps(Run(dictionary.resolve("t.Process")).restore(given["state"]).finish()))  # the answer


if __name__ == "__main__":
    main()


__all__ = ["Run", "StringRequest"]
