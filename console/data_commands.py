"""Names and options of ``iscpy globals``; what they do is imported when they run."""

from pathlib import Path
from typing import Annotated

import typer

HERE = Path()

globals_ = typer.Typer(name="globals", help="Globals of a namespace.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Show JSON.")]
Namespace = Annotated[str, typer.Option("--namespace", metavar="NAME", help="Another namespace of the folder.")]


@globals_.command("list")
def globals_list(
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="* and ? are wildcards.")] = "*",
    count: Annotated[bool, typer.Option("--count", help="Count the nodes, too.")] = False,
    namespace: Namespace = "",
    as_json: Json = False,
) -> None:
    """List the globals by name."""
    from isc.py.console.globals import list_globals

    list_globals(pattern, HERE, namespace=namespace, count=count, as_json=as_json)


@globals_.command("show")
def globals_show(
    written: Annotated[str, typer.Argument(metavar="GLOBAL", help='^Name, or a node of it: ^Name(1,"a").')],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many nodes.")] = 100,
    namespace: Namespace = "",
    as_json: Json = False,
) -> None:
    """Show a node and all below it, a line a node."""
    from isc.py.console.globals import show

    show(written, limit, HERE, namespace=namespace, as_json=as_json)


@globals_.command("export")
def globals_export(
    patterns: Annotated[list[str] | None, typer.Argument(metavar="[GLOBAL...]", help="Names; all if none.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; standard output if not.")] = None,
    namespace: Namespace = "",
) -> None:
    """Write globals as text, as zwrite shows them."""
    from isc.py.console.globals import export

    export(patterns or [], out, HERE, namespace=namespace)


@globals_.command("import")
def globals_import(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Text as zwrite shows it; - is standard input.")
    ],
    namespace: Namespace = "",
    as_json: Json = False,
) -> None:
    """Set the nodes that files name; a file is taken whole or not at all."""
    from isc.py.console.globals import read

    read(files, HERE, namespace=namespace, as_json=as_json)
