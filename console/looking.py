"""``iscpy status`` and ``iscpy events``: what runs and what happens, once or live."""

import json
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isc.py.ens.redaction import redacted

from . import screen
from .banked import bank_of
from .failures import CommandError
from .running import running
from .troubles import troubles_of

if TYPE_CHECKING:
    from rich.console import Group

_PAUSE = 1.0
_POLL = 0.1
_TROUBLES, _LONG = 6, 120  # items, and letters of an error, above the table
_FOR_WORKERS, _FOR_CLASS, _FOR_ERROR = 100, 130, 180  # how wide a window must be to show them, too


def show_status(folder: Path, *, live: bool, wait: float, as_json: bool) -> None:
    """What runs in the folder; `live` shows it until interrupted or until it stops (a JSON line a second).

    Raises:
        CommandError: after `wait` seconds no production runs.
    """
    deadline = time.monotonic() + wait
    found = status_of(folder)
    while wait and found["production"] is None:
        if time.monotonic() > deadline:
            raise CommandError(f"no production runs in {folder.resolve()} after {wait:g} s")
        time.sleep(_POLL)
        found = status_of(folder)
    if not live:
        if as_json:
            screen.show_json(found)
        elif found["production"] is None:
            screen.say(_nothing(folder))
        else:
            screen.console().print(status_table(found, folder))
        return
    if as_json:
        while found["production"] is not None:
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
            time.sleep(_PAUSE)
            found = status_of(folder)
        return
    from rich.live import Live

    with Live(status_table(found, folder), console=screen.console(), auto_refresh=False) as view:
        while found["production"] is not None:
            time.sleep(_PAUSE)
            found = status_of(folder)
            view.update(status_table(found, folder), refresh=True)
    if not sys.stdout.isatty():
        screen.say("")  # a pipe gets no end of line of a live table


def status_of(folder: Path) -> dict[str, Any]:
    """What the Director of the folder says; ``{"production": None}`` when none runs."""
    client = running(folder)
    if client is None:
        return {"production": None}
    with client:
        return client.status()


def status_table(found: Mapping[str, Any], folder: Path) -> "Group":
    """A status for people; what needs a look comes first, and a narrow window leaves out what is least needed there."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    if found["production"] is None:
        return Group(Text(_nothing(folder)))
    head = Text(f"{found['production']} runs (process {found['pid']})")
    if trouble := found.get("bank_trouble"):
        head.append(f"\nThe message bank cannot be written: {trouble}", style="red")
    width = screen.console().width
    has_class, has_workers, has_error = (width >= least for least in (_FOR_CLASS, _FOR_WORKERS, _FOR_ERROR))
    if not has_error:
        troubles = troubles_of(found["items"], running=True)
        for one in troubles[:_TROUBLES]:
            text = one.text if len(one.text) <= _LONG else f"{one.text[:_LONG]}…"
            head.append(f"\n{one.item} {one.what}{': ' if text else ''}{text}", style="red")
        if len(troubles) > _TROUBLES:
            head.append(f"\nand {len(troubles) - _TROUBLES} more items", style="red")
    table = Table(header_style="bold", show_edge=False, pad_edge=False)
    for name in ("Item", *(["Class"] if has_class else []), "State"):
        table.add_column(name, overflow="fold")
    for name in ("Waiting", "Open", "Completed", "Failed", "Per s", "Mean"):
        table.add_column(name, justify="right", no_wrap=True)
    if has_workers:
        table.add_column("Workers", overflow="fold")
    if has_error:
        table.add_column("Last error", overflow="ellipsis", no_wrap=True, max_width=50)
    for item in found["items"]:
        state = item.get("state", "enabled")
        table.add_row(
            Text(item["name"]),
            *([Text(item["class"])] if has_class else []),
            Text(state, style="" if state == "enabled" else "yellow"),
            Text(str(item["waiting"]), style="yellow" if item["waiting"] else ""),
            str(item.get("open", 0)),
            str(item.get("completed", 0)),
            Text(str(item.get("failed", 0)), style="red" if item.get("failed") else ""),
            f"{item.get('per_second', 0):g}",
            _duration(item.get("mean_seconds")),
            *([", ".join(map(str, item["workers"]))] if has_workers else []),
            *([Text(item.get("last_error", ""))] if has_error else []),
        )
    return Group(head, table)


def _nothing(folder: Path) -> str:
    return f"no production runs in {folder.resolve()}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def events(
    folder: Path,
    session: int | None,
    level: str,
    item: str,
    since: str,
    limit: int,
    *,
    live: bool,
    as_json: bool,
) -> None:
    """The last lines of the event log in their order; `live` goes on until interrupted.

    Raises:
        CommandError: there is no bank.
        SearchError: `since` is no time, or there is no such level.
    """
    bank = bank_of(folder)
    from isc.py.ens.event_log import follow, last_event, line_of
    from isc.py.ens.search import find_events, moment

    try:
        after = last_event(bank)
        begin = moment(since) if since else None
        found = find_events(bank, session=session, level=level, host=item, since=begin, limit=limit)[::-1]
        if as_json:
            for event in found:
                sys.stdout.write(line_of(event) + "\n")
        else:
            for event in found:
                screen.say(_line(event))
            if not found and not live:
                screen.say("no line of the event log fits what is asked for")
        if not live:
            return
        levels = [part.strip().lower() for part in level.split(",") if part.strip()]
        for event in follow(bank, after, threading.Event()):
            wanted = (not levels or event.level.lower() in levels) and item in ("", event.host)
            if wanted and session in (None, event.session):
                sys.stdout.write((line_of(event) if as_json else _line(event)) + "\n")
                sys.stdout.flush()
    finally:
        bank.close()


def _line(event: Any) -> str:
    when = datetime.fromtimestamp(event.time).isoformat(" ", "milliseconds")
    where = f"{event.host}" + (f" (session {event.session})" if event.session else "")
    return f"{when} {event.level:<7} {where}: {redacted(event.text.rstrip())}"
