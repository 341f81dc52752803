"""Names and options of ``iscpy globals`` and ``iscpy ns``; what they do is imported when they run."""

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


namespaces = typer.Typer(name="ns", help="Namespaces of the folder.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="[NAME]", help="The folder's own if not named.")]


@namespaces.command("create")
def ns_create(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Make a namespace."""
    from isc.py.console.namespaces import create

    create(name, HERE)


@namespaces.command("list")
def ns_list(as_json: Json = False) -> None:
    """List the namespaces, and the databases that iscpy.toml names."""
    from isc.py.console.namespaces import list_namespaces

    list_namespaces(HERE, as_json=as_json)


@namespaces.command("check")
def ns_check(name: Name = "", as_json: Json = False) -> None:
    """Verify nodes, storage definitions, rows and indices, or that another database answers; exit status 1 when not."""
    from isc.py.console.namespaces import check

    check(name, HERE, as_json=as_json)


@namespaces.command("compact")
def ns_compact(name: Name = "") -> None:
    """Give the disk back what deleted nodes have left; nothing else may have the namespace open."""
    from isc.py.console.namespaces import compact

    compact(name, HERE)


@namespaces.command("backup")
def ns_backup(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to.")],
    name: Name = "",
    as_json: Json = False,
) -> None:
    """Write a namespace into one file, while others read and write."""
    from isc.py.console.namespaces import backup

    backup(name, out, HERE, as_json=as_json)


@namespaces.command("restore")
def ns_restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Another name than it had.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a namespace that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Make a namespace of a backup."""
    from isc.py.console.namespaces import restore

    restore(source, name, HERE, replace=replace, as_json=as_json)
