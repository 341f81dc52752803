"""Dates and times in the forms that TO_DATE, TO_CHAR and CONVERT name, as formats of DuckDB."""

from typing import TYPE_CHECKING

from sqlglot import exp

from .exceptions import SQLError
from .sql_dialect import call

if TYPE_CHECKING:
    from .sql_types import _Rewriter

__all__ = ["converted", "parsed_date", "to_char"]

_FORMATS = (
    ("YYYY", "%Y"), ("YY", "%y"), ("MONTH", "%B"), ("MON", "%b"), ("MM", "%m"), ("DDD", "%j"), ("DD", "%d"),
    ("DAY", "%A"), ("DY", "%a"), ("HH24", "%H"), ("HH12", "%I"), ("HH", "%I"), ("MI", "%M"), ("SS", "%S"),
    ("FF", "%f"), ("AM", "%p"), ("PM", "%p"),
)  # fmt: skip


def _strftime(pattern: str) -> str:
    """A format of TO_DATE and TO_CHAR as one of DuckDB."""
    made, at = "", 0
    while at < len(pattern):
        for shown, code in _FORMATS:
            if pattern[at : at + len(shown)].upper() == shown:
                made += code
                at += len(shown)
                break
        else:
            made += pattern[at]
            at += 1
    return made


def parsed_date(rewriter: "_Rewriter", node: exp.Expr, name: str) -> None:
    """``TO_DATE(x[, format])`` and ``TO_TIMESTAMP``."""
    default = "DD MON YYYY" if name == "iscpy_to_date" else "DD MON YYYY HH24:MI:SS"
    pattern = node.expressions[1].name if len(node.expressions) > 1 else default
    value = rewriter._moved(node.expressions[0])
    made = call("strptime", call("iscpy_text", value), exp.Literal.string(_strftime(pattern)))
    node.replace(exp.cast(made, "DATE" if name == "iscpy_to_date" else "TIMESTAMP"))


def to_char(rewriter: "_Rewriter", node: exp.Expr) -> None:
    """``TO_CHAR(x[, format])`` of dates and of numbers."""
    value = node.expressions[0]
    pattern = node.expressions[1].name if len(node.expressions) > 1 else ""
    if not pattern:
        node.replace(call("iscpy_text", rewriter._moved(value)))
    elif "9" in pattern or "0" in pattern:
        digits = len(pattern.partition(".")[2])
        comma = "," if "," in pattern else ""
        shown = exp.Literal.string(f"{{:{comma}.{digits}f}}")
        node.replace(call("format", shown, call("iscpy_number", rewriter._moved(value))))
    else:
        rewriter._as_moment(value)
        node.replace(call("strftime", rewriter._moved(node.expressions[0]), exp.Literal.string(_strftime(pattern))))


_DATED = {"DATE": "DATE", "TIME": "TIME", **dict.fromkeys(("TIMESTAMP", "DATETIME", "TIMESTAMPTZ"), "TIMESTAMP")}
#: The formats of CONVERT by their numbers; 100 less is the year with two digits.
_STYLES = {
    100: "%b %d %Y %I:%M%p", 101: "%m/%d/%Y", 102: "%Y.%m.%d", 103: "%d/%m/%Y", 104: "%d.%m.%Y", 105: "%d-%m-%Y",
    106: "%d %b %Y", 107: "%b %d, %Y", 108: "%H:%M:%S", 110: "%m-%d-%Y", 111: "%Y/%m/%d", 112: "%Y%m%d",
    120: "%Y-%m-%d %H:%M:%S", 121: "%Y-%m-%d %H:%M:%S.%g", 126: "%Y-%m-%dT%H:%M:%S", 130: "%d %b %Y %I:%M:%S:%g%p",
}  # fmt: skip


def converted(rewriter: "_Rewriter", node: exp.Expr) -> None:
    """``CONVERT(type, x, style)``: dates and times as text, or text as dates and times, in the form of a number.

    Raises:
        SQLError: there is no form of that number (-400).
    """
    value, written, style, *size = node.expressions
    number = int(style.name) if isinstance(style, exp.Literal) and style.name.isdigit() else -1
    pattern = _STYLES.get(number) or _STYLES.get(number + 100, "").replace("%Y", "%y")
    if not pattern:
        known = ", ".join(map(str, _STYLES))
        raise SQLError(-400, f"CONVERT: {style.sql()} is no form of dates: {known}, or 100 less")
    target = _DATED.get(written.name)
    if target is None:
        rewriter._as_moment(value)
        shown = call("strftime", rewriter._moved(node.expressions[0]), exp.Literal.string(pattern))
        node.replace(call("left", shown, *size) if size else shown)
    elif rewriter.kind(value) in ("d", "t", "m"):
        node.replace(exp.cast(rewriter._moved(value), target))
    else:
        parsed = call("strptime", call("iscpy_text", rewriter._moved(value)), exp.Literal.string(pattern))
        node.replace(exp.cast(parsed, target))
