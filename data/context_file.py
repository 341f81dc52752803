"""A live context as signed bytes, for those who keep contexts elsewhere than in rows: checkpoints of sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isc.py.iscpython_c import context as live

from . import context_payload as payload
from .context import _line, _picked, _value_row, store
from .context_rows import SavedContext, SavedValue
from .exceptions import ContextError

_KEYS = ("Name", "Kind", "Type", "Repr", "JSON", "Form", "Reason", "Module", "Docs", "Signature", "Arguments")
_SIGNED = 64  # characters of the signature in front


@dataclass(frozen=True, slots=True)
class Packed:
    """A context's values as bytes, a row about each (`SavedValue`), and what could not be saved with its reason."""

    data: bytes
    rows: tuple[dict[str, str], ...]
    skipped: Mapping[str, str]


def pack(context: str = live.DEFAULT, limit: int = 0) -> Packed:
    """The values of a live context, larger ones than `limit` bytes left out; 0 is no limit."""
    there = live.Context(context)
    values = _picked(there, "*")
    parts, skipped = payload.pack(there, values, limit)
    rows = [_value_row(name, value, skipped.get(name, "")) for name, value in values.items()]
    shown = tuple({key: str(row._get_property(key)) for key in _KEYS} for row in rows)
    return Packed(payload.signed(parts).encode() + payload.joined(parts), shown, skipped)


def line_of(row: Mapping[str, str]) -> str:
    """A row about a value in words."""
    return _line(row["Name"], row["Kind"], row["Type"], row["Repr"], row["Reason"])


def unpack(data: bytes, place: str, context: str = live.DEFAULT) -> list[str]:
    """Bring packed values into a live context, whose own are forgotten; their names. `place` is for errors.

    Raises:
        ContextError: the signature fails: nothing was read and the live context is as it was.
    """
    target = live.Context(context)
    restored = payload.unpack(_checked(data, place), target)
    target.clear()
    target.namespace.update(restored)
    return list(restored)


def keep(data: bytes, rows: Sequence[Mapping[str, str]], place: str, name: str, description: str, created: str) -> int:
    """Packed values, and the rows about them, as a saved context of the namespace; its id.

    Raises:
        ContextError: the signature fails.
    """
    row = SavedContext(Name=name, Description=description, Created=created, Context=live.DEFAULT)
    skipped = {held["Name"]: held["Reason"] for held in rows if held["Reason"]}
    return store(row, _checked(data, place), [SavedValue(**held) for held in rows], skipped)


def _checked(data: bytes, place: str) -> Sequence[payload.Part]:
    parts = payload.split(data[_SIGNED:])
    if not payload.fits(parts, data[:_SIGNED].decode("latin-1")):
        raise ContextError(
            f"{place} is refused: its signature does not fit this folder's key. It was changed, or is of another folder"
        )
    return parts
