"""The folder a command works in: its namespace, and what ``iscpy.toml`` says."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from isc.py.data.namespace import DEFAULT, EmbeddedNamespace, open_namespace, set_current
from isc.py.objectscript.names import similar

from .failures import CommandError

FILE = "iscpy.toml"


@dataclass(frozen=True, slots=True)
class Project:
    """What ``iscpy.toml`` may say; every setting is optional."""

    production: str = ""
    namespace: str = DEFAULT


def read_project(folder: Path) -> Project:
    """The settings of a folder; the defaults when it has no ``iscpy.toml``.

    Raises:
        CommandError: the file is no TOML, or has a setting that does not exist or is no string.
    """
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Project()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is no TOML: {error}") from error
    known = [field.name for field in fields(Project)]
    for name, value in found.items():
        if name not in known:
            raise CommandError(f"{path}: no setting {name!r}{similar(name, known)}; there are {', '.join(known)}")
        if not isinstance(value, str):
            raise CommandError(f'{path}: {name} is a string: write {name} = "…"')
    return Project(**found)


def enter(folder: Path) -> EmbeddedNamespace:
    """The namespace of a folder, made current for this process."""
    namespace = open_namespace(folder, read_project(folder).namespace)
    set_current(namespace)
    return namespace
