"""The commands of ``iscpy`` that look at the bank and act on what it holds; `COMMANDS` are entered by `cli`.

Only names and options live here, as in `cli`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import HERE, Json, Setting, Since

Live = Annotated[bool, typer.Option("--live", help="Go on until interrupted.")]


def status(
    live: Live = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait so long for a production to run.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Show what runs in this folder: items, queues, rates, errors."""
    from isc.py.console.looking import show_status

    show_status(HERE, live=live, wait=wait, as_json=as_json)


def events(
    session: Annotated[int | None, typer.Option("--session", metavar="ID", help="Of this session.")] = None,
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", help="error, warning, …; several with commas.")
    ] = "",
    item: Annotated[str, typer.Option("--item", metavar="ITEM", help="Of this item.")] = "",
    since: Since = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The last N lines.")] = 100,
    live: Live = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line.")] = False,
) -> None:
    """Show the event log of the bank."""
    from isc.py.console.looking import events as run

    run(HERE, session, level, item, since, limit, live=live, as_json=as_json)


def resend(
    message: Annotated[int, typer.Argument(metavar="ID", help="A request of the bank.")],
    settings: Setting = None,
    target: Annotated[str, typer.Option("--target", metavar="ITEM", help="To another item.")] = "",
    restore: Annotated[
        bool, typer.Option("--restore", help="Give the operation the context back that the message began with, first.")
    ] = False,
    production: Annotated[str, typer.Option("--production", metavar="NAME", help="The production to start.")] = "",
    is_async: Annotated[bool, typer.Option("--async", help="Do not wait for the response.")] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="How long to wait.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Send a message again, as a new session. --set changes properties of it."""
    from isc.py.console.sending import resend as run

    more = {"is_async": is_async, "as_json": as_json}
    run(message, settings or [], target, production, HERE, timeout=timeout, restore=restore, **more)


def trace(
    session: Annotated[int | None, typer.Argument(metavar="[SESSION]", help="The last one unless named.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw it as SVG, into this file.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a session: who sent what to whom."""
    from isc.py.console.banked import trace as run

    run(session, HERE, svg, as_json=as_json)


def stop(
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0, help="How long to wait.")] = 90,
) -> None:
    """Stop the production that runs in this folder. What is queued is finished first."""
    from isc.py.console.steering import stop as run

    run(HERE, timeout)


def reload(as_json: Json = False) -> None:
    """Take up changed classes and a changed production.

    Queued messages stay, running instances end as they began.
    """
    from isc.py.console.steering import reload as run

    run(HERE, as_json=as_json)


def item(
    action: Annotated[str, typer.Argument(metavar="ACTION", help="enable, disable or restart.")],
    name: Annotated[str, typer.Argument(metavar="ITEM")],
) -> None:
    """Enable, disable or restart an item of what runs here."""
    from isc.py.console.steering import act

    act(name, action, HERE)


def purge(
    before: Annotated[
        str, typer.Option("--before", metavar="TIME", help="Sessions that ended before: 30d, 12h, 2026-01-01.")
    ],
    pretend: Annotated[bool, typer.Option("--pretend", help="Only count.")] = False,
    as_json: Json = False,
) -> None:
    """Delete old sessions from the bank. Whole ones only, never one that waits, runs or is suspended."""
    from isc.py.console.keeping import purge as run

    run(before, HERE, pretend=pretend, as_json=as_json)


COMMANDS: tuple[Callable[..., None], ...] = (status, events, resend, trace, item, reload, stop, purge)
