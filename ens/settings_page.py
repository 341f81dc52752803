"""The page of settings, made from the code: ``python -m isc.py.ens.settings_page docs/settings.md``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isc.py.objectscript import dictionary

from ._classes import CLASSES
from .hosts import Host
from .policy import ACTIONS, CONDITIONS
from .settings import Configured, Setting, settings_of

_HEAD = """# Settings

This page is made from the code: `python -m isc.py.ens.settings_page docs/settings.md`. A test fails when it is stale.

A setting of a host is written `<Setting Target="Host" Name="…">` in XML and `settings={"…": …}` in Python, one of its
adapter `Target="Adapter"` and `"Adapter.…"`. A name that is nearly one of these is refused as a slip; any other one is
kept, told as a warning at the start, and has no effect. Each table has what a class adds to those that it extends.
"""
_PRODUCTION = (
    (
        "`ActorPoolSize`",
        "`actor_pool_size`",
        "how many messages processes with PoolSize 0 work on at a time; 1 unless given",
    ),
    ("`LogGeneralTraceEvents`, `TestingEnabled`", "`log_general_trace_events`, `testing_enabled`", "kept"),
)
_ITEM = [
    ("Name", "the name that others send to"),
    ("ClassName", "the class of the host"),
    ("PoolSize", "how many messages are worked on at a time: worker processes of an operation, inputs of a service"),
    ("Enabled", "`false`: the item does not start"),
    ("Schedule", "`START:*-*-*T08:00:00,STOP:*-*-*T18:00:00`, or `START:WEEK-*-01T08:00:00` for Mondays"),
    ("Category, Comment, Foreground, LogTraceEvents", "kept"),
]


def page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_attributes(), *_classes(), *_codes()]).rstrip() + "\n"


def _attributes() -> Iterator[str]:
    yield "## Of a production\n"
    yield "| in XML | in Python | |\n|---|---|---|"
    yield from (f"| {xml} | {python} | {said} |" for xml, python, said in _PRODUCTION)
    yield "\n## Attributes of an item\n"
    yield "| attribute | |\n|---|---|"
    yield from (f"| {name} | {said} |" for name, said in _ITEM)


def _classes() -> Iterator[str]:
    found = {name: dictionary.resolve(name) for name in CLASSES}
    for title, kind in (("Hosts", Host), ("Adapters", Configured)):
        yield f"\n## {title}\n"
        for name, cls in found.items():
            is_host = issubclass(cls, Host)
            if issubclass(cls, Configured) and is_host == (kind is Host):
                yield from _class(name, cls, set(found.values()))


def _class(name: str, cls: type, listed: set[type]) -> Iterator[str]:
    above = {item.name: item for base in cls.__mro__[1:] if base in listed for item in settings_of(base)}
    own = [item for item in settings_of(cls) if above.get(item.name) is not item]
    bases = [dictionary.name_of(base) for base in cls.__mro__[1:] if base in listed and base.__module__ != "builtins"]
    parts = [f"Extends `{bases[0]}`."] if bases else []
    adapter = getattr(cls, "ADAPTER", "")
    if isinstance(adapter, type):
        parts.append(f"Adapter: `{dictionary.name_of(adapter)}`.")
    if not own and not isinstance(adapter, type):
        return
    yield f"### {name}\n"
    if parts:
        yield f"{' '.join(parts)}\n"
    if own:
        yield "| setting | type | default | |\n|---|---|---|---|"
        yield from (_row(item) for item in own)
        yield ""


def _row(item: Setting[Any]) -> str:
    default = "required" if item.required else "" if item.default == "" else f"`{_shown(item.default)}`"
    said = item.description.replace("|", "\\|")
    if item.choices:
        said += f" One of {', '.join(f'`{choice}`' for choice in item.choices if choice)}."
    if item.secret:
        said += " Never shown."
    return f"| `{item.name}` | {item.kind.__name__} | {default} | {said} |"


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _codes() -> Iterator[str]:
    yield "## ReplyCodeActions\n"
    yield "Conditions and actions, as `E=R,E*refused=S,:?R=RF,:*=S`; the first condition that fits decides.\n"
    yield "| condition | matches |\n|---|---|"
    yield from (f"| `{code}` | {said} |" for code, said in CONDITIONS.items())
    yield "\n| action | |\n|---|---|"
    yield from (f"| `{code}` | {said} |" for code, said in ACTIONS.items())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
