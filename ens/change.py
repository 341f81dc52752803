"""`Change`: new versions of items that take the places of the old ones, all of them or none.

Operations and processes begin beside the old versions. A service cannot: it may need the port of the old one, which
ends first and starts again when the change is undone.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .definition import Definition, Item
from .exceptions import ProductionError
from .items import Items, discard
from .runners import Runner
from .schedule import Schedule
from .services import ServiceRunner


class Change:
    """One change; `begin` and `services` may fail and then `undo` has everything as it was, `commit` does not fail."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._begun: list[Runner] = []
        self._joined: list[Runner] = []
        self._ended: dict[str, tuple[ServiceRunner, bool]] = {}
        self._started: list[ServiceRunner] = []

    def begin(self, item: Item, host: Any) -> None:
        """Begin a new version of an operation or a process, beside the old one.

        Raises:
            ProductionError: it did not start; says why.
        """
        self._begun.append(self._items.begun(item, host))

    def join(self) -> None:
        """Items that were not there take messages from now on, and run none before `commit`."""
        for new in self._begun:
            if new.item.name not in self._items.runners:
                self._items.join(new)
                self._joined.append(new)

    def services(self, definition: Definition, ended: list[str], started: list[Item]) -> None:
        """End services, then start others, which may have the names and ports of those.

        Raises:
            ProductionError: one did not start; says why.
        """
        for name in ended:
            old = self._items.services.pop(name)
            self._ended[name] = (old, old.is_enabled)
            old.stop()
        for item in started:
            new = self._items.service(definition, item)
            self._items.services[item.name] = new
            self._started.append(new)
            before = self._ended.get(item.name)
            if before[1] if before is not None else Schedule.of(item.schedule).runs_at(datetime.now()):
                new.start()

    def commit(self) -> None:
        """The new versions take over what waits."""
        for new in self._begun:
            if new in self._joined:
                new.enable()
            else:
                self._items.switch(new)

    def undo(self, put_back: Callable[[], None]) -> list[str]:
        """End what has begun, call `put_back` for the classes, and start the services again that ended.

        Returns:
            What could not be had back, a sentence each.
        """
        for new in self._started:
            self._items.services.pop(new.item.name, None)
            new.stop()
        for runner in self._joined:
            self._items.runners.pop(runner.item.name, None)  # what was sent to it waits in the bank
        for runner in self._begun:
            discard(runner)
        put_back()
        troubles = []
        for name, (old, ran) in self._ended.items():
            self._items.services[name] = old
            try:
                if ran:
                    old.enable()
            except ProductionError as error:
                troubles.append(f"the old version could not be started again: {error}")
        return troubles
