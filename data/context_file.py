"""A live context as signed bytes, for those who keep contexts elsewhere than in rows: checkpoints of sessions."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isc.py.iscpython_c import context as live

from .context import _line, _payload, _picked, _signature, _unpacked, _value_row
from .context_rows import SavedContext, SavedValue
from .exceptions import ContextError
from .namespace import current

_KEYS = ("Name", "Kind", "Type", "Repr", "JSON", "Form", "Reason")
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
    payload, skipped = _payload(there, values, limit)
    rows = [_value_row(name, value, skipped.get(name, "")) for name, value in values.items()]
    shown = tuple({key: str(row._get_property(key)) for key in _KEYS} for row in rows)
    return Packed(_signature(payload).encode() + payload, shown, skipped)


def line_of(row: Mapping[str, str]) -> str:
    """A row about a value in words."""
    return _line(row["Name"], row["Kind"], row["Type"], row["Repr"], row["Reason"])


def unpack(data: bytes, place: str, context: str = live.DEFAULT) -> list[str]:
    """Bring packed values into a live context, whose own are forgotten; their names. `place` is for errors.

    Raises:
        ContextError: the signature fails: nothing was read and the live context is as it was.
    """
    target = live.Context(context)
    restored = _unpacked(_checked(data, place), target)
    target.clear()
    target.namespace.update(restored)
    return list(restored)


def keep(data: bytes, rows: Sequence[Mapping[str, str]], place: str, name: str, description: str, created: str) -> int:
    """Packed values, and the rows about them, as a saved context of the namespace; its id.

    Raises:
        ContextError: the signature fails.
    """
    payload = _checked(data, place)
    row = SavedContext(
        Name=name,
        Description=description,
        Created=created,
        Context=live.DEFAULT,
        Report="{}",
        Payload=payload,
        Signature=_signature(payload),
    )
    with current().store().write() as txn:
        row._save_in(txn)
        for held in rows:
            value = SavedValue(**held)
            value._set_property("ContextId", row._id)
            value._save_in(txn)
    return int(row._id or 0)


def _checked(data: bytes, place: str) -> bytes:
    payload = data[_SIGNED:]
    if not hmac.compare_digest(_signature(payload).encode(), data[:_SIGNED]):
        raise ContextError(
            f"{place} is refused: its signature does not fit this folder's key. It was changed, or is of another folder"
        )
    return payload
