"""The command line of ``iscpy production``."""

from pathlib import Path
from typing import Annotated

import typer

HERE = Path()
app = typer.Typer(
    name="production", help="Productions as XML, class files and Python.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("export")
def export(
    production: Annotated[str, typer.Argument(metavar="[PRODUCTION]", help="Its class, or a file.")] = "",
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="xml, class or python.")] = "xml",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; else standard output.")] = None,
) -> None:
    """Write a production."""
    from .productions import export as run

    run(production, form, out, HERE)


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A class or a file (.xml, .cls, .py).")],
    after: Annotated[
        str, typer.Argument(metavar="[AFTER]", help="A class or a file; without it, BEFORE is compared with what runs.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Show JSON.")] = False,
) -> None:
    """Show what changes from one production to another, or from the one that runs to one."""
    from .productions import diff as run

    run(before, after, HERE, as_json=as_json)


@app.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file (.xml, .cls, .py; a .py is run).")],
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Check a production and take it over: at once when it runs here, else at its next start."""
    from .productions import apply as run

    run(file, HERE, dry=dry)
