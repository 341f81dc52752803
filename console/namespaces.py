"""``iscpy ns``: the namespaces of the folder, made, listed, checked, compacted, backed up and restored."""

from pathlib import Path

from isc.py.data import administration
from isc.py.data.checking import check as problems_of
from isc.py.data.configuration import FILE, FOLDER, read_configuration
from isc.py.data.namespace import EmbeddedNamespace, named

from . import screen
from .failures import CommandError
from .project import enter, read_project


def create(name: str, folder: Path) -> None:
    """Make a namespace.

    Raises:
        DataError: there is one of that name, or it is no name.
    """
    made = administration.create(folder, name)
    screen.say(f"namespace {made.name} is made in {made.path}")


def list_namespaces(folder: Path, *, as_json: bool) -> None:
    """The namespaces: those of the folder, and the databases that ``iscpy.toml`` names."""
    used = read_project(folder).namespace
    rows: list[dict[str, object]] = []
    for name in administration.names(folder):
        found = administration.info(administration.existing(folder, name))
        rows.append(
            {
                "name": found.name,
                "kind": "embedded",
                "globals": found.globals,
                "classes": found.classes,
                "bytes": found.size,
                "where": str(found.path),
                "used": name == used,
            }
        )
    for name, settings in read_configuration(folder).namespaces.items():
        rows.append(
            {
                "name": name, "kind": "database", "globals": None, "classes": None, "bytes": None,
                "where": settings.shown_url(), "used": name == used,
            }
        )  # fmt: skip
    if as_json:
        screen.show_json(rows)
        return
    columns = ["Name", "Kind", "Globals", "Classes", "Bytes", "Where", "Used"]
    keys = ["name", "kind", "globals", "classes", "bytes", "where"]
    screen.show_rows(columns, [[*(row[key] for key in keys), "✓" if row["used"] else ""] for row in rows])


def _meant(name: str, folder: Path) -> str:
    return name or read_project(folder).namespace


def check(name: str, folder: Path, *, as_json: bool) -> None:
    """Say what is wrong in a namespace, a line a problem; of another database, whether it answers.

    Raises:
        CommandError: there are problems.
    """
    meant = _meant(name, folder)
    if meant in read_configuration(folder).namespaces:
        _check_database(meant, folder, as_json=as_json)
        return
    namespace = administration.existing(folder, meant)
    found = list(problems_of(namespace))
    if as_json:
        screen.show_json([{"kind": item.kind, "place": item.place, "text": item.text} for item in found])
    else:
        for item in found:
            screen.say(f"{item.kind}: {item.place}: {item.text}" if item.place else f"{item.kind}: {item.text}")
    if found:
        count = f"{len(found)} problem{'' if len(found) == 1 else 's'}"
        raise CommandError(f"namespace {namespace.name} has {count}")
    if not as_json:
        screen.say(f"namespace {namespace.name} is as it should be")


def _check_database(name: str, folder: Path, *, as_json: bool) -> None:
    """Whether a database answers, and what it has."""
    enter(folder)
    source = named(name)
    if isinstance(source, EmbeddedNamespace):
        raise CommandError(f"namespace {name!r} is none of {FILE}")
    tables = source.table_names()
    if as_json:
        screen.show_json({"name": name, "kind": source.kind, "tables": tables})
    else:
        count = f"{len(tables)} table{'' if len(tables) == 1 else 's'}"
        screen.say(f"namespace {name} answers: {source.kind}, {count}")


def compact(name: str, folder: Path) -> None:
    """Give the disk back what deleted nodes have left.

    Raises:
        NamespaceInUseError: another process has the namespace open.
    """
    namespace = administration.existing(folder, _meant(name, folder))
    before, after = administration.compact(namespace)
    screen.say(f"namespace {namespace.name}: {before} bytes before, {after} bytes now")


def backup(name: str, out: Path, folder: Path, *, as_json: bool) -> None:
    """Write a namespace into one file, while others read and write.

    Raises:
        CommandError: the file cannot be written.
        StoreError: the disk refused.
    """
    enter(folder)
    namespace = administration.existing(folder, _meant(name, folder))
    try:
        made = administration.backup(namespace, out)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror or error}: no backup was made") from error
    _show(made, f"namespace {made.namespace} is backed up in {made.path}", as_json=as_json)


def restore(source: Path, name: str, folder: Path, *, replace: bool, as_json: bool) -> None:
    """Make a namespace of a backup.

    Raises:
        DataError: it is no backup, or damaged, or the namespace is there and is not to be replaced.
    """
    try:
        found = administration.restore(folder, source, name, replace=replace)
    except OSError as error:
        where = source if str(source) in str(error) else folder / FOLDER
        raise CommandError(
            f"{source} cannot be restored: {where}: {error.strerror or error}: the namespaces are as they were"
        ) from error
    _show(found, f"namespace {name or found.namespace} is as it was at {found.created}", as_json=as_json)


def _show(made: administration.Backup, line: str, *, as_json: bool) -> None:
    if as_json:
        screen.show_json(
            {
                "path": str(made.path), "namespace": made.namespace, "created": made.created, "files": made.files,
                "bytes": made.size,
            }
        )  # fmt: skip
    else:
        screen.say(line)
