"""`Monitor`: looks at queues, silence and schedules, and alerts, starts and stops accordingly."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from .bank import Bank
from .definition import Item
from .relay import Origin, Relay
from .schedule import Schedule

_TICK = 0.25  # seconds between two looks
_AGAIN = 0.8  # a queue must fall below this part of its limit before it alerts again
_log = logging.getLogger("isc.py.ens")


@runtime_checkable
class Switched(Protocol):
    """An item that a schedule starts and stops."""

    @property
    def is_enabled(self) -> bool:
        """Whether it takes messages or inputs."""

    def enable(self) -> None:
        """Go on."""

    def disable(self) -> None:
        """Stop."""


@dataclass(slots=True)
class Watch:
    """What is looked at of one item; `waiting`, `waited` and `last` give messages, seconds and a monotonic time."""

    item: Item
    host: Any
    waiting: Callable[[], int]
    waited: Callable[[], float]
    last: Callable[[], float]
    switch: Switched | None = None
    told: dict[str, bool] = field(default_factory=dict)
    was_due: bool | None = None


class Monitor:
    """Looks at the items of a production until it is stopped."""

    def __init__(self, bank: Bank, relay: Relay, watches: Mapping[str, Watch]) -> None:
        self._bank = bank
        self._relay = relay
        self._watches = watches
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)

    def start(self) -> None:
        """Begin to look, when there is anything to look at."""
        if any(self._concerns(watch) for watch in self._watches.values()):
            self._thread.start()

    def watch(self, watches: Mapping[str, Watch]) -> None:
        """Look at these from now on: items have come, gone or been replaced."""
        for name, watch in watches.items():
            if (before := self._watches.get(name)) is not None:
                watch.told, watch.was_due = before.told, before.was_due
        self._watches = watches
        if self._thread.ident is None:
            self.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    @staticmethod
    def _concerns(watch: Watch) -> bool:
        names = ("QueueCountAlert", "QueueWaitAlert", "InactivityTimeout")
        return any(getattr(watch.host, name, 0) for name in names) or bool(Schedule.of(watch.item.schedule).moments)

    def _run(self) -> None:
        while not self._stop.wait(_TICK):
            for watch in self._watches.values():
                try:
                    self.look(watch, datetime.now())
                except Exception:  # noqa: BLE001  # the others must be looked at, and this one again
                    _log.exception("item %s: it cannot be looked at", watch.item.name)

    def look(self, watch: Watch, now: datetime) -> None:
        """Look at one item at a moment of local time."""
        self._switch(watch, now)
        host = watch.host
        count, most = watch.waiting(), getattr(host, "QueueCountAlert", 0)
        if most:
            text = f"QueueCountAlert: {count} messages wait, {most} are too many"
            self._tell(watch, "count", count >= most, count < most * _AGAIN, text)
        waited, longest = watch.waited(), getattr(host, "QueueWaitAlert", 0.0)
        if longest:
            text = f"QueueWaitAlert: the message in front has waited {waited:.1f} s, {longest:g} s are too long"
            self._tell(watch, "wait", waited >= longest, waited < longest, text)
        silence, patience = time.monotonic() - watch.last(), host.InactivityTimeout
        if patience:
            text = f"InactivityTimeout: no message for {silence:.1f} s"
            self._tell(watch, "silence", silence >= patience, silence < patience, text)

    def _tell(self, watch: Watch, what: str, is_met: bool, is_over: bool, text: str) -> None:
        """An alert when something begins; the next one only after it was over."""
        if is_met and not watch.told.get(what):
            watch.told[what] = True
            self._bank.write([Bank.event("alert", watch.item.name, text)])
            self._relay.alert(Origin(watch.item.name), text)
        elif is_over:
            watch.told[what] = False

    def _switch(self, watch: Watch, now: datetime) -> None:
        schedule = Schedule.of(watch.item.schedule)
        if not schedule.moments or watch.switch is None:
            return
        due = schedule.runs_at(now)
        if due == watch.was_due:
            return  # whoever switched it by hand meanwhile is right until the next event
        watch.was_due = due
        if due == watch.switch.is_enabled:
            return
        try:
            (watch.switch.enable if due else watch.switch.disable)()
            text = f"Schedule: {'started' if due else 'stopped'}"
            self._bank.write([Bank.event("info", watch.item.name, text)])
        except Exception as error:  # noqa: BLE001  # an adapter that cannot begin; the others must be looked at
            self._bank.write([Bank.event("error", watch.item.name, f"Schedule: {error}")])
