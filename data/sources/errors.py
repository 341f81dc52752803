"""What drivers raise, as `SQLError` with the SQLCODE that users of InterSystems SQL know."""

import re

from ..exceptions import SQLError

_STATES = {
    "42P01": -30,  # no such table
    "42S02": -30,
    "42703": -29,  # no such column
    "42S22": -29,
    "42601": -1,  # syntax
    "42000": -1,
    "23505": -119,  # not unique
    "23502": -108,  # a value is required
    "22001": -104,  # too long
    "22003": -104,  # out of range
    "42501": -99,  # not allowed
}
_WORDS = [
    (r"no such table|table .* does not exist|relation .* does not exist", -30),
    (r"no such column|column .* (not found|does not exist)|has no column", -29),
    (r"syntax error|parser error", -1),
    (r"unique constraint|duplicate key", -119),
    (r"not null constraint|null value in column", -108),
]


def sql_error(name: str, error: BaseException, sql: str) -> SQLError:
    """The error of namespace `name` for what a driver raised over `sql`."""
    state = state_of(error)
    text = _text(error)
    told = re.search(r"SQLCODE: <(-?\d+)>", text)
    code = (
        int(told.group(1))
        if told
        else _STATES.get(state) or next((code for words, code in _WORDS if re.search(words, text, re.I)), -400)
    )
    shown = f" ({state})" if state else ""
    return SQLError(code, f"namespace {name!r}: {text}{shown} in: {' '.join(sql.split())[:200]}")


def state_of(error: BaseException) -> str:
    """The SQLSTATE of an error, "" when it tells none."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str) and state.strip("\0 "):
        return state
    of_java = getattr(original, "getSQLState", None)
    if callable(of_java):
        return str(of_java())
    first = original.args[0] if original.args else ""
    if isinstance(first, dict):
        return str(first.get("C", ""))
    return first if isinstance(first, str) and re.fullmatch(r"[0-9A-Z]{5}", first) else ""


def _text(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    first = original.args[0] if original.args else ""
    if isinstance(first, dict):
        return str(first.get("M", first))
    text = str(original.args[1]) if state_of(error) == first and len(original.args) > 1 else str(original)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(original).__name__)
