"""What SQL changed of a saved context: rows of `SavedValue` say which names it has, and their JSON what a value is now.

JSON runs no code, so an edited value needs no signature; everything else comes from the signed payload alone.
"""

import json
from collections.abc import Mapping

from .exceptions import ContextError
from .namespace import current

_LIMIT = 1000  # characters of JSON that a row keeps
_PLAIN = (str, int, float, bool, list, dict)


def json_of(value: object) -> str:
    """The JSON by which a row keeps a value, "" for what JSON does not give back as it was, or what is too long."""
    if not isinstance(value, _PLAIN) or type(value) not in _PLAIN:
        return ""
    if not isinstance(value, int | float) and len(value) > _LIMIT:
        return ""  # each item is a character at least
    try:
        text = json.dumps(value, allow_nan=False)
        return text if len(text) <= _LIMIT and json.loads(text) == value else ""
    except (TypeError, ValueError, RecursionError):
        return ""


def edited(context_id: int, saved: Mapping[str, object]) -> dict[str, object]:
    """The values of a payload as the rows have them: changed where their JSON was, added, or left out.

    Raises:
        ContextError: a row's JSON is none, or it names what the payload does not hold.
    """
    import pyarrow.compute as pc

    # from the store, not by SQL: a worker that restores after a crash need not load DuckDB first
    rows = current().class_rows("isc.py.data.SavedValue", properties="ContextId,Name,JSON,Reason")
    found: dict[str, object] = {}
    for row in rows.filter(pc.equal(rows.column("ContextId"), context_id)).to_pylist():
        name, text = row["Name"], row["JSON"] or ""
        if name in saved and text in ("", json_of(saved[name])):
            found[name] = saved[name]
        elif text:
            found[name] = _value(context_id, name, text)
        elif not row["Reason"]:
            raise ContextError(
                f"saved context {context_id} has no value for {name!r}: give its row of isc_py_data.SavedValue a JSON, "
                "or delete the row"
            )
    return found


def _value(context_id: int, name: str, text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise ContextError(
            f"saved context {context_id}: the JSON of {name!r} is none ({error}): "
            "mend it with UPDATE isc_py_data.SavedValue"
        ) from error
    return value
