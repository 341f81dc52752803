"""What the pages show: the bank of the folder, and the production that runs there when one does."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.ens.bank import Bank, Event, MessageRow
from isc.py.ens.bank.schema import headers
from isc.py.ens.checkpoint import without_secrets
from isc.py.ens.control import ControlClient
from isc.py.ens.hosts import BusinessOperation, BusinessService
from isc.py.ens.production import definition_of
from isc.py.ens.redaction import HIDDEN, redacted, redacted_settings
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from sqlalchemy import func, select

from ..banked import bank_of
from ..failures import CommandError
from ..project import enter, read_project
from ..running import running
from ..serving import only_production

_SHOWN = ("Name", "Kind", "Type", "Repr", "Reason")
_RECENT = 5000  # messages that the edges of the picture are counted of


class NotThereError(IscError, LookupError):
    """What a page is asked for does not exist."""


class NoBankError(NotThereError):
    """The folder has no message bank yet."""


class NotRunningError(IscError):
    """Only a running production could do it."""


class Source:
    """One folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.namespace: EmbeddedNamespace = enter(folder)
        self._bank: Bank | None = None

    @property
    def bank(self) -> Bank:
        """The folder's bank, opened when first needed.

        Raises:
            NoBankError: there is none yet.
        """
        if self._bank is None:
            try:
                self._bank = bank_of(self.folder)
            except CommandError as error:
                raise NoBankError(str(error)) from error
        return self._bank

    def close(self) -> None:
        """Close the bank."""
        if self._bank is not None:
            self._bank.close()
            self._bank = None

    def client(self) -> ControlClient:
        """A connection to the production that runs here.

        Raises:
            NotRunningError: none does.
        """
        found = running(self.folder)
        if found is None:
            raise NotRunningError(f"no production runs in {self.folder}: start one with iscpy run")
        return found

    # --- production ---

    def status(self) -> dict[str, Any]:
        """What runs, or what would: production, whether it runs, its items with kind and counts."""
        client = running(self.folder)
        if client is not None:
            with client:
                found = client.status()
            found["running"] = True
        else:
            found = self._at_rest()
        for item in found["items"]:
            item.setdefault("kind", kind_of(item["class"]))
        return found

    def _at_rest(self) -> dict[str, Any]:
        name = self.production_name()
        found: dict[str, Any] = {"production": name, "running": False, "pid": None, "items": []}
        if not name:
            return found
        try:
            definition = definition_of(name)
        except IscError as error:
            return found | {"error": str(error)}
        waiting = self._waiting()
        for item in definition.items:
            shown = {"name": item.name, "class": item.class_name, "enabled": item.enabled, "workers": []}
            found["items"].append(shown | {"waiting": waiting.get(item.name, 0), "pool": item.pool_size})
        return found

    def _waiting(self) -> dict[str, int]:
        query = select(headers.c.target, func.count()).where(headers.c.status.in_(("Queued", "Delivered")))
        try:
            return {row[0]: row[1] for row in self.bank.rows(query.group_by(headers.c.target))}
        except NotThereError:
            return {}

    def production_name(self) -> str:
        """The production that is named in ``iscpy.toml``, that ran last here, or that is the only one; else ""."""
        named = read_project(self.folder).production
        if named:
            return named
        try:
            last = self.bank.sessions(1)
        except NotThereError:
            last = []
        if last:
            return last[0].production
        try:
            return only_production(self.namespace)
        except CommandError:
            return ""

    def wires(self) -> dict[tuple[str, str], int]:
        """Who sends to whom by its settings, whether a message went there or not."""
        name = self.production_name()
        try:
            items = definition_of(name).items if name else ()
        except IscError:
            items = ()
        found = {}
        for item in items:
            for target in item.settings.get("TargetConfigNames", "").split(","):
                if target.strip():
                    found[item.name, target.strip()] = 0
        return found

    def edges(self) -> dict[tuple[str, str], int]:
        """Who sent to whom how often, among the last messages."""
        try:
            last = self.bank.rows(select(func.max(headers.c.id)))[0][0] or 0
        except NotThereError:
            return {}
        query = (
            select(headers.c.source, headers.c.target, func.count())
            .where(headers.c.kind == "Request", headers.c.id > last - _RECENT)
            .group_by(headers.c.source, headers.c.target)
        )
        return {(row[0], row[1]): row[2] for row in self.bank.rows(query)}

    def totals(self) -> dict[str, int]:
        """How many messages the bank has, how many wait and how many ended as errors."""
        count = func.count()
        try:
            bank = self.bank
        except NotThereError:
            return {"messages": 0, "waiting": 0, "errors": 0, "suspended": 0}
        waiting = select(count).where(headers.c.status.in_(("Queued", "Delivered")))
        errors = select(count).where(headers.c.status == "Error")
        suspended = select(count).where(headers.c.status == "Suspended")
        queries = (select(count).select_from(headers), waiting, errors, suspended)
        numbers = [bank.rows(query)[0][0] for query in queries]
        return dict(zip(("messages", "waiting", "errors", "suspended"), numbers, strict=True))

    def settings(self, item: str) -> dict[str, str]:
        """The settings of an item as its definition has them, secrets hidden.

        Raises:
            NotThereError: the production has no such item.
        """
        name = self.production_name()
        try:
            items = definition_of(name).items if name else ()
        except IscError:
            items = ()
        for found in items:
            if found.name == item:
                shown = redacted_settings(found.settings)
                return {
                    key: HIDDEN if value and _is_declared_secret(found.class_name, key) else value
                    for key, value in shown.items()
                }
        return {}


def _is_declared_secret(class_name: str, name: str) -> bool:
    """Whether a host's class, or its adapter's, says that a setting is secret."""
    try:
        declared = getattr(dictionary.resolve(class_name), name, None)
    except Exception:  # noqa: BLE001  # a class that cannot be built declares nothing; its settings go by their names
        return False
    return bool(getattr(declared, "secret", False))


def kind_of(class_name: str) -> str:
    """Whether a host's class is a service, a process or an operation."""
    try:
        cls = dictionary.resolve(class_name)
    except Exception:  # noqa: BLE001  # a class that cannot be built has no kind; the production says why it does not start
        return "operation"
    if issubclass(cls, BusinessService):
        return "service"
    return "operation" if issubclass(cls, BusinessOperation) else "process"


def message_shown(row: MessageRow) -> dict[str, Any]:
    """A message as a page shows it: errors without secrets, the body as JSON's types or, if it is no JSON, as text."""
    shown = asdict(row) | {"error": redacted(row.error)}
    try:
        shown["body"] = json.loads(row.body, parse_constant=str) if row.body else None
    except (ValueError, RecursionError):
        shown["body"] = row.body
    return shown


def header_shown(row: MessageRow) -> dict[str, Any]:
    """A message without its body."""
    shown = message_shown(row)
    del shown["body"]
    return shown


def event_shown(event: Event) -> dict[str, Any]:
    """A line of the event log, without secrets."""
    return asdict(event) | {"text": redacted(event.text)}


def variable_shown(row: Mapping[str, str]) -> dict[str, str]:
    """A variable of a kept context; one whose name says that it is secret is hidden."""
    held = without_secrets(row)
    return {key: held.get(key, "") for key in _SHOWN}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a page's values its JSON twin shows."""
    return {name: value for name, value in values.items() if not name.startswith("_")}
