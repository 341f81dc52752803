"""``iscpy.toml``: what a folder's owner says of it. Optional, and strict about what it says."""

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import quote

from isc.py.objectscript.names import similar

from .exceptions import ConfigurationError

#: Where a folder keeps its namespaces, its bank and its keys.
FOLDER = ".iscpy"

FILE = "iscpy.toml"
_OWN = "USER"  # the folder's own namespace, unless the file says another
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_IN_PLACE = re.compile(r"(://[^:/@\s]*:)(?!\$\{)([^@/]*)@")  # a password that stands in a url
_AS_OPTION = re.compile(r"((?:pwd|password)=)(?!\$\{)([^;&]*)", re.I)


def filled(url: str, what: str) -> str:
    """A URL with its ``${NAME}`` filled in from the environment; it must not be shown.

    Raises:
        ConfigurationError: a variable is not set; says `what` needs it.
    """
    is_odbc = url.startswith("odbc:")

    def written(value: str) -> str:
        return f"{{{value.replace('}', '}}')}}}" if is_odbc else quote(value, safe="")

    return from_environment(url, what, "url", written)


def from_environment(text: str, what: str, setting: str, written: Callable[[str], str] = str) -> str:
    """A setting with its ``${NAME}`` filled in from the environment, each value as `written` writes it.

    Raises:
        ConfigurationError: a variable is not set; says that the `setting` of `what` needs it.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise ConfigurationError(
                f"{what}: environment variable {match.group(1)} is not set: its {setting} needs it"
            )
        return written(found)

    return _VARIABLE.sub(value, text)


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

    def secrets(self) -> list[str]:
        """What must not be shown of the URL: the values of its variables and a password that was written into it."""
        found = [os.environ.get(name, "") for name in _VARIABLE.findall(self.url)]
        for pattern in (_IN_PLACE, _AS_OPTION):
            found += [match.group(2) for match in pattern.finditer(self.url)]
        return sorted({one for one in found if one}, key=len, reverse=True)

    def shown_url(self) -> str:
        """The URL without a password that was written into it."""
        hidden = _IN_PLACE.sub(r"\1***@", self.url)
        return _AS_OPTION.sub(r"\1***", hidden)


@dataclass(frozen=True, slots=True)
class TLSSettings:
    """Certificates for connections: ``[tls.NAME]``; files are PEM, relative to the folder.

    `certificate` is one's own with those above it, `key` its private key ("": in the same file), `key_password` what it
    is encrypted with (``${NAME}`` is taken from the environment), `ca` the authorities that are trusted,
    `verify_client` whether a server asks for a certificate: ``none``, ``optional`` or ``required`` ("": required when
    there is a `ca`), `minimum` the least version of TLS, ``1.2`` or ``1.3``.
    """

    name: str
    certificate: str = ""
    key: str = ""
    key_password: str = ""
    ca: str = ""
    verify_client: str = ""
    minimum: str = "1.2"

    def secret_password(self) -> str:
        """The password of the key; it must not be shown.

        Raises:
            ConfigurationError: its variable is not set.
        """
        return from_environment(self.key_password, f"[tls.{self.name}]", "key_password")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``iscpy.toml`` may say; every setting is optional. `bank` is the URL of the message bank."""

    production: str = ""
    bank: str = ""
    namespace: str = _OWN
    namespaces: dict[str, NamespaceSettings] = field(default_factory=dict)
    tls: dict[str, TLSSettings] = field(default_factory=dict)


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
    namespaces = _tables(path, found, "namespaces", "a url")
    tls = _tables(path, found, "tls", "certificate, key and ca")
    named = [one.name for one in fields(Configuration) if one.name not in ("namespaces", "tls")]
    plain = _strings(str(path), found, named)
    own = plain.get("namespace", _OWN)
    if own in namespaces:
        raise ConfigurationError(
            f"{path}: namespace {own!r} is the folder's own, for classes, globals and messages, and cannot be a "
            f"database: give [namespaces.{own}] another name, and use it by --namespace or in requests"
        )
    return Configuration(
        **plain,
        namespaces={name: _namespace(path, name, table) for name, table in namespaces.items()},
        tls={name: _tls(path, name, table) for name, table in tls.items()},
    )


def _tables(path: Path, found: dict[str, object], kind: str, holds: str) -> dict[str, dict[str, object]]:
    tables = found.pop(kind, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigurationError(f"{path}: {kind} are tables: write [{kind}.NAME] with {holds} below it")
    return tables


def _tls(path: Path, name: str, table: dict[str, object]) -> TLSSettings:
    place = f"{path}, [tls.{name}]"
    settings = TLSSettings(
        name, **_strings(place, table, [one.name for one in fields(TLSSettings) if one.name != "name"])
    )
    if settings.verify_client not in ("", "none", "optional", "required"):
        raise ConfigurationError(
            f"{place}: verify_client {settings.verify_client!r} is unknown: use none, optional or required"
        )
    if settings.minimum not in ("1.2", "1.3"):
        raise ConfigurationError(f"{place}: minimum {settings.minimum!r} is unknown: use 1.2 or 1.3")
    if settings.key and not settings.certificate:
        raise ConfigurationError(f"{place}: it has a key and no certificate")
    return settings


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
