"""``iscpy.toml``: what a folder's owner says of it. Optional, and strict about what it says."""

import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import quote

from isc.py.objectscript.names import similar

from .exceptions import ConfigurationError

#: Where a folder keeps its namespaces, its bank and its keys.
FOLDER = ".iscpy"

FILE = "iscpy.toml"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def filled(url: str, what: str) -> str:
    """A URL with its ``${NAME}`` filled in from the environment; it must not be shown.

    Raises:
        ConfigurationError: a variable is not set; says `what` needs it.
    """
    is_plain = url.startswith("odbc:")

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise ConfigurationError(f"{what}: environment variable {match.group(1)} is not set: its url needs it")
        return f"{{{found.replace('}', '}}')}}}" if is_plain else quote(found, safe="")

    return _VARIABLE.sub(value, url)


@dataclass(frozen=True, slots=True)
class NamespaceSettings:
    """A namespace that is another database: ``[namespaces.NAME]``.

    `url` is an SQLAlchemy URL, ``odbc:CONNECTION STRING``, ``jdbc:URL`` or ``iris://USER@HOST:PORT/NAMESPACE``, with
    ``${NAME}`` for what the environment holds; `driver` is ``adbc`` or ``sqlalchemy`` ("": ADBC where it is installed);
    `jar` and `driver_class` are JDBC's.
    """

    name: str
    url: str
    driver: str = ""
    jar: str = ""
    driver_class: str = ""

    def secret_url(self) -> str:
        """The URL with its variables filled in; what it is part of must not be shown.

        Raises:
            ConfigurationError: a variable is not set.
        """
        return filled(self.url, f"namespace {self.name!r}")

    def shown_url(self) -> str:
        """The URL without a password that was written into it."""
        hidden = re.sub(r"(://[^:/@\s]*:)(?!\$\{)[^@/]*@", r"\1***@", self.url)
        return re.sub(r"(?i)((?:pwd|password)=)(?!\$\{)[^;&]*", r"\1***", hidden)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``iscpy.toml`` may say; every setting is optional. `bank` is the URL of the message bank."""

    production: str = ""
    bank: str = ""
    namespace: str = "USER"
    namespaces: dict[str, NamespaceSettings] = field(default_factory=dict)


def read_configuration(folder: Path) -> Configuration:
    """The settings of a folder; the defaults when it has no ``iscpy.toml``.

    Raises:
        ConfigurationError: the file is no TOML, or has a setting that does not exist or does not fit; names both.
    """
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Configuration()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from error
    tables = found.pop("namespaces", {})
    plain = _strings(str(path), found, [one.name for one in fields(Configuration) if one.name != "namespaces"])
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigurationError(f"{path}: namespaces are tables: write [namespaces.NAME] with a url below it")
    return Configuration(**plain, namespaces={name: _namespace(path, name, table) for name, table in tables.items()})


def _namespace(path: Path, name: str, table: dict[str, object]) -> NamespaceSettings:
    place = f"{path}, [namespaces.{name}]"
    known = [one.name for one in fields(NamespaceSettings) if one.name != "name"]
    settings = _strings(place, table, known)
    if not settings.get("url"):
        raise ConfigurationError(f'{place}: it has no url: write url = "postgresql://USER:${{PASSWORD}}@HOST/DATABASE"')
    if settings.get("driver", "") not in ("", "adbc", "sqlalchemy"):
        raise ConfigurationError(f"{place}: driver {settings['driver']!r} is unknown: use adbc or sqlalchemy")
    return NamespaceSettings(name, **settings)


def _strings(place: str, found: dict[str, object], known: list[str]) -> dict[str, str]:
    checked = {}
    for name, value in found.items():
        if name not in known:
            raise ConfigurationError(
                f"{place}: no setting {name!r}{similar(name, known)}; there are {', '.join(known)}"
            )
        if not isinstance(value, str):
            raise ConfigurationError(f'{place}: {name} is a string: write {name} = "…"')
        checked[name] = value
    return checked
