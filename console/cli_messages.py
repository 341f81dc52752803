"""The command ``iscpy messages`` and its parts: names and options, as in `cli`."""

from pathlib import Path
from typing import Annotated

import typer

from .cli_options import HERE, Json, Since

app = typer.Typer(
    name="messages",
    help="Find messages of the bank; export and import them.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def messages(
    context: typer.Context,
    session: Annotated[int | None, typer.Option("--session", metavar="ID", help="Of this session.")] = None,
    status: Annotated[str, typer.Option("--status", metavar="STATUS", help="With this status.")] = "",
    target: Annotated[str, typer.Option("--target", metavar="ITEM", help="To this item.")] = "",
    item: Annotated[str, typer.Option("--item", metavar="ITEM", help="From or to this item.")] = "",
    class_name: Annotated[str, typer.Option("--class", metavar="CLASS", help="Of this class; * stands for any.")] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="Request or Response.")] = "",
    since: Since = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Before then.")] = "",
    where: Annotated[
        list[str] | None, typer.Option("--where", metavar="PROPERTY=VALUE", help="A property of the body has it.")
    ] = None,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The body has this text in it.")] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The last N of them.")] = 100,
    as_json: Json = False,
) -> None:
    """Find messages of the bank; export and import them."""
    if context.invoked_subcommand is not None:
        return
    from isc.py.console.banked import messages as run
    from isc.py.ens.search import Search, moment, value_of

    search = Search(
        session=session,
        status=status,
        kind=kind,
        target=target,
        host=item,
        class_name=class_name,
        since=moment(since) if since else None,
        until=moment(until) if until else None,
        values=tuple(value_of(one) for one in where or []),
        text=text,
        limit=limit,
    )
    run(HERE, search, as_json=as_json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="- is standard output.")],
    sessions: Annotated[
        list[int] | None, typer.Option("--session", metavar="ID", help="This session; all of them unless named.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write sessions with all that belongs to them to a file of JSON lines."""
    from isc.py.console.keeping import export as run

    run(file, sessions or [], HERE, as_json=as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="- is standard input.")],
    resume: Annotated[
        bool, typer.Option("--resume", help="What had no end goes on here; it is suspended unless that is wanted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add the sessions of such a file to this folder's bank: all of them or nothing."""
    from isc.py.console.keeping import import_file as run

    run(file, HERE, resume=resume, as_json=as_json)
