"""The commands ``iscpy session …``: names and options, as in `cli`."""

from typing import Annotated

import typer

from .cli_options import HERE, Json, Setting

app = typer.Typer(
    name="session",
    help="Contexts as messages left them (Checkpoint=activity).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Session = Annotated[int, typer.Argument(metavar="SESSION")]
Message = Annotated[int | None, typer.Argument(metavar="[MESSAGE]", help="The last of the session unless named.")]


@app.command("list")
def list_checkpoints(session: Session, as_json: Json = False) -> None:
    """List the checkpoints of a session."""
    from isc.py.console.sessions import list_checkpoints as run

    run(session, HERE, as_json=as_json)


@app.command()
def show(session: Session, message: Message = None, as_json: Json = False) -> None:
    """Show the variables that a message left; nothing is loaded."""
    from isc.py.console.sessions import show as run

    run(session, message, HERE, as_json=as_json)


@app.command("open")
def open_session(
    session: Session,
    message: Message = None,
    before: Annotated[bool, typer.Option("--before", help="As it was before the message, not after it.")] = False,
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="One line instead of a prompt.")] = "",
) -> None:
    """Open a Python prompt on the context as of a message. Loading it may run code that was saved."""
    from isc.py.console.sessions import open_session as run

    run(session, message, code, HERE, before=before)


@app.command()
def replay(
    message: Annotated[int, typer.Argument(metavar="MESSAGE", help="A request to an operation.")],
    settings: Setting = None,
    as_json: Json = False,
) -> None:
    """Run a message again on the context it began with, in this process; nothing is sent."""
    from isc.py.console.sessions import replay as run

    run(message, settings or [], HERE, as_json=as_json)
