"""A production as data: its items with their settings, and what else its definition says.

`production_xml` reads and writes it as XML, `production_code` as Python; both keep everything.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isc.py.objectscript import dictionary

from .exceptions import ProductionError
from .settings import ADAPTER


def class_name_of(cls: type) -> str:
    """The name by which a production, and a worker process, finds a class.

    Raises:
        ProductionError: the class was made within a function, so that nobody else can find it.
    """
    name = dictionary.name_of(cls)
    if "<locals>" in name:
        raise ProductionError(f"class {name} is made inside a function: define it at the top of a module")
    if name.startswith("__main__."):
        main = sys.modules["__main__"]
        spec = getattr(main, "__spec__", None)
        file = getattr(main, "__file__", None)
        module = spec.name if spec is not None else Path(file).stem if file else ""
        if not module:
            raise ProductionError(f"class {name} was typed at a prompt: put it into a module, so that workers find it")
        return f"{module}.{name.removeprefix('__main__.')}"
    return name


@dataclass(frozen=True, slots=True)
class Item:
    """One business host of a production.

    Args:
        name: by which others send to it.
        class_name: the class, or its name.
        pool_size: how many messages are worked on at a time.
        enabled: whether it starts with the production.
        settings: text values by name; those of the adapter as ``Adapter.NAME``.
        category: groups for those who look at the production.
        comment: a note.
        foreground: kept for other products.
        log_trace_events: whether ``trace`` statements of its code are kept.
        schedule: when it runs, as ``START:*-*-*T08:00:00,STOP:*-*-*T18:00:00``; empty for always.
        extra: attributes of other products, kept.
        line: where it stands in its file.
    """

    name: str
    class_name: Any = ""
    pool_size: int = 1
    enabled: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    category: str = ""
    comment: str = ""
    foreground: bool = False
    log_trace_events: bool = False
    schedule: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        given = self.class_name or self.name
        name = class_name_of(given) if isinstance(given, type) else str(given)
        object.__setattr__(self, "class_name", name)
        object.__setattr__(self, "settings", {key: _text(value) for key, value in self.settings.items()})

    @property
    def adapter_settings(self) -> dict[str, str]:
        """Those of its adapter, by their names."""
        found = self.settings.items()
        return {name.removeprefix(ADAPTER): value for name, value in found if name.startswith(ADAPTER)}


@dataclass(frozen=True, slots=True)
class Definition:
    """A production by name."""

    name: str
    items: tuple[Item, ...]
    description: str = ""
    actor_pool_size: int | None = None
    testing_enabled: bool | None = None
    log_general_trace_events: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: dict[str, Item] = {}
        for item in self.items:
            if item.name in seen:
                lines = f": lines {seen[item.name].line} and {item.line}" if item.line else ""
                raise ProductionError(f"item {item.name!r} is there twice{lines} of production {self.name}")
            seen[item.name] = item


def _text(value: object) -> str:
    """A value of a setting as the text that a definition holds."""
    if isinstance(value, bool):
        return str(int(value))
    return class_name_of(value) if isinstance(value, type) else str(value)
