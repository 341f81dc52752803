"""`Context`: live contexts saved as rows and restored, in any process (contract, section 6).

Functions and classes keep sharing the context's globals and modules keep their aliases. What cannot be saved is listed
with its reason; frames travel as Arrow; a payload whose signature fails is refused before anything of it is read.
"""

import inspect
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from isc.py.iscpython_c import context as live

from . import context_payload as payload
from .context_edits import edited, json_of
from .context_rows import SavedContext, SavedValue
from .exceptions import ContextError
from .namespace import current

if TYPE_CHECKING:
    from .context_diff import Change

_SHOWN = 200
_log = logging.getLogger("isc.py.data")


@dataclass(frozen=True)
class SaveReport:
    """What `SaveContext` did: the id, what is in it, and what is not with the reason."""

    context_id: int
    saved: tuple[str, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)

    def _Id(self) -> int:
        """``%Id``."""
        return self.context_id


class Context:
    """Saves, shows and restores contexts in the current namespace."""

    _objectscript_face = "isc.py.data.context_face:ContextFace"

    @classmethod
    def SaveContext(
        cls,
        maxLength: int = 0,
        mask: str = "*",
        verbose: int = 0,
        name: str = "",
        description: str = "",
        context: str = live.DEFAULT,
    ) -> SaveReport:
        """Save the variables that `mask` names (with commas; ``*`` and ``?`` are wildcards), each once.

        `maxLength` in bytes leaves out larger values; 0 is no limit. With `verbose` the log shows it.
        """
        picked = _picked(live.Context(context), mask)
        parts, skipped = payload.pack(live.Context(context), picked, maxLength)
        kept = tuple(key for key in picked if key not in skipped)
        created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        row = SavedContext(Name=name, Description=description, Created=created, Context=context)
        rows = [_value_row(key, value, skipped.get(key, "")) for key, value in picked.items()]
        report = SaveReport(store(row, parts, rows, skipped), kept, skipped)
        if verbose in (1, "1", True):
            _log.info("context %s is saved:\n%s", report.context_id, cls.DisplayContext(report.context_id))
        return report

    @classmethod
    def RestoreContext(
        cls,
        id: object,
        verbose: int = 0,
        clear: object = 0,
        context: str = live.DEFAULT,
    ) -> list[str]:
        """Bring a saved context back, after clearing the live one when `clear` is 1; the names that came.

        Rows of ``isc_py_data.SavedValue`` that SQL has changed, added or deleted count (`isc.py.data.context_edits`).

        Raises:
            ContextError: there is none of that id, its signature fails, or a row's JSON does not fit; the live context
                is as it was.
        """
        parts = _parts_of(id)
        target = live.Context(context)
        restored = edited(int(str(id)), payload.unpack(parts, target))
        if clear in (1, "1", True):
            kept = dict(restored)
            target.clear()
            restored = kept
        target.namespace.update(restored)
        if verbose in (1, "1", True):
            _log.info("context %s is restored:\n%s", id, cls.DisplayContext(context=context))
        return list(restored)

    @classmethod
    def DiffContexts(cls, before: object, after: object = "") -> "list[Change]":
        """What changed from one saved context to another, or to the live one when `after` is "".

        Raises:
            ContextError: there is none of an id, or its signature fails.
        """
        from .context_diff import changes

        return changes(values_of(before), values_of(after))

    @classmethod
    def DisplayContext(cls, id: object = "", context: str = live.DEFAULT) -> str:  # the original's name
        """A saved context in words, the live one without an id.

        Raises:
            ContextError: there is none of that id.
        """
        if id in ("", None):
            there = live.Context(context)
            return "\n".join(_shown(_value_row(name, there.namespace[name])) for name in there.variables())
        if not SavedContext._ExistsId(id):
            raise ContextError(f"no saved context has id {id!r}")
        rows = current().query(
            "select Name, Kind, Type, Repr, Reason from isc_py_data.SavedValue where ContextId = ? order by ID",
            [int(str(id))],
        )
        return "\n".join(_line(**row) for row in rows.to_pylist())


def store(
    row: SavedContext, parts: Sequence[payload.Part], rows: Sequence[SavedValue], skipped: Mapping[str, str]
) -> int:
    """Write a row of a context with its payload and a row a value, all or nothing; the id."""
    row._set_property("Report", json.dumps(dict(skipped)))
    row._set_property("Size", sum(map(len, parts)))
    row._set_property("Signature", payload.signed(parts))
    with current().store().write() as txn:
        row._save_in(txn)
        payload.write(txn, SavedContext, row._id, parts)
        for value in rows:
            value._set_property("ContextId", row._id)
            value._save_in(txn)
    return int(row._id or 0)


def delete(id: object) -> None:
    """Remove a saved context with its rows and its payload; nothing when there is none of that id."""
    if not SavedContext._ExistsId(id):
        return
    rows = current().query("select ID from isc_py_data.SavedValue where ContextId = ?", [int(str(id))])
    for row in rows.to_pylist():
        SavedValue._DeleteId(row["ID"])
    SavedContext._DeleteId(id)  # last: what is interrupted can be done again


def values_of(id: object) -> dict[str, object]:  # the original's name
    """The values of a saved context, the live default one without an id, without touching the live one.

    Raises:
        ContextError: there is none of that id, or its signature fails.
    """
    if id in ("", None):
        there = live.Context()
        return {name: there.namespace[name] for name in there.variables()}
    parts = _parts_of(id)
    aside = live.Context(f"saved {id}")
    try:
        return edited(int(str(id)), payload.unpack(parts, aside))
    finally:
        live.free([aside.name])


def _parts_of(id: object) -> Sequence[payload.Part]:
    """The payload of a saved context, its signature checked before anything of it is read."""
    row = SavedContext._OpenId(id)
    if row == "":
        raise ContextError(
            f"no saved context has id {id!r}: list them with SELECT ID, Name FROM isc_py_data.SavedContext"
        )
    with current().store().read() as txn:
        parts = payload.read(txn, SavedContext, row._id)
    if not payload.fits(parts, str(row.Signature)):
        raise ContextError(
            f"saved context {id} is refused: its signature does not fit this folder's key. It was changed after it "
            "was saved, or saved in another folder"
        )
    return parts


def _shown(row: SavedValue) -> str:
    return _line(*(str(row._get_property(key)) for key in ("Name", "Kind", "Type", "Repr")))


def _line(Name: str, Kind: str, Type: str, Repr: str, Reason: str | None = "") -> str:  # a row's columns
    return f"{Kind:<8} {Name:<20} {Type:<30} " + (f"not saved: {Reason}" if Reason else Repr)


def _picked(context: live.Context, mask: str) -> dict[str, object]:
    parts = [part.strip() for part in (mask or "*").split(",")]
    names = [name for name in context.variables() if any(fnmatchcase(name, part) for part in parts)]
    return {name: context.namespace[name] for name in names}


def _value_row(name: str, value: object, reason: str = "") -> SavedValue:
    kind = "variable"
    for label, types in (("module", ModuleType), ("function", FunctionType), ("class", type)):
        if isinstance(value, types):
            kind = label
    return SavedValue(
        Name=name,
        Kind=kind,
        Type=f"{type(value).__module__}.{type(value).__qualname__}",
        Repr=_repr(value),
        JSON=json_of(value),
        Form="" if reason else "arrow" if payload.is_frame(value) else kind if kind == "module" else "dill",
        Reason=reason,
        **_described(value),
    )


def _described(value: object) -> dict[str, str]:
    """A module's own name; of a function or class its docs, its signature, and the names of its arguments."""
    if isinstance(value, ModuleType):
        return {"Module": value.__name__}
    if not isinstance(value, FunctionType | type):
        return {}
    docs = value.__doc__
    told = {"Docs": inspect.cleandoc(docs)} if isinstance(docs, str) else {}
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # classes written in C have none
        return told
    return {**told, "Signature": str(signature), "Arguments": ", ".join(signature.parameters)}


def _repr(value: object) -> str:
    try:
        return repr(value)[:_SHOWN]
    except Exception as error:  # noqa: BLE001  # user code; the row says what it was
        return f"<repr failed: {type(error).__name__}>"
