"""What of a running production needs somebody's look: the short list that the first page begins with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MANY = 100  # messages that wait, at which an item is named


@dataclass(frozen=True, slots=True)
class Trouble:
    """An item, what is wrong with it, and since when (Unix seconds), when that is known."""

    item: str
    what: str
    text: str = ""
    since: float | None = None


def is_failing(item: Mapping[str, Any]) -> bool:
    """Whether the last thing that became of an item's messages was an error, or one of them is tried again."""
    failed_at, ended_at = item.get("last_error_at"), item.get("last_ended_at")
    return failed_at is not None and (ended_at is None or failed_at >= ended_at)


def troubles_of(items: Iterable[Mapping[str, Any]], *, running: bool) -> list[Trouble]:
    """The items of a status that need a look, those that fail before those that wait; none while nothing runs."""
    if not running:
        return []
    failing, waiting = [], []
    for item in items:
        name, queued = item["name"], item.get("waiting", 0)
        if is_failing(item):
            what = f"fails, {item['open']} open" if item.get("open") else "failed last"
            failing.append(Trouble(name, what, item.get("last_error", ""), item["last_error_at"]))
        elif queued and not item.get("enabled", True):
            waiting.append(Trouble(name, f"is disabled, {queued} wait"))
        elif queued >= MANY:
            waiting.append(Trouble(name, f"has {queued} waiting"))
    return failing + waiting
