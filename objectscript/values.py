"""The value model: every value is a string or a number at once.

Numbers are int, canonical Decimal of 18 digits, or float for ``$double``; everything else a value can be is str or an
object. The empty string is null.
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import TypeAlias

from .errors import ObjectScriptError

Number: TypeAlias = int | Decimal | float

_PREFIX = re.compile(r"[+-]*(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?|[+-]+")
_DIGITS = Context(prec=18, rounding=ROUND_HALF_UP, Emin=-145, Emax=145)


def canonical(number: Decimal) -> Number:
    """A Decimal with at most 18 digits and no trailing zeros; an int when it has no fraction."""
    rounded = _DIGITS.plus(number)
    if rounded == rounded.to_integral_value():
        return int(rounded)
    return rounded.normalize(_DIGITS)


def number(value: object) -> Number:
    """The number a value is: that of its leading characters, else 0."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | Decimal | float):
        return value
    if value is None:
        return 0
    if isinstance(value, str):
        return _text_number(value)
    if isinstance(value, bytes):
        return _text_number(value.decode("latin-1"))
    raise ObjectScriptError("<INVALID OREF>", f"a {type(value).__name__} object is no number")


def _text_number(text: str) -> Number:
    found = _PREFIX.match(text)
    if found is None:
        return 0
    matched = found.group()
    digits = matched.lstrip("+-")
    if not digits:
        return 0
    sign = -1 if matched[: len(matched) - len(digits)].count("-") % 2 else 1
    if digits.isdigit() and (len(digits) <= 18 or (len(digits) == 19 and int(digits) < 2**63)):
        return sign * int(digits)
    return canonical(sign * Decimal(digits))


def text(value: object) -> str:
    """The string a value is; numbers in canonical form (``.5``, ``-1.5``, ``1000``)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _plain(format(value.normalize(), "f") if value else "0")
    if isinstance(value, float):
        return _float_text(value)
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return object_text(value)


def _plain(digits: str) -> str:
    return digits.replace("0.", ".", 1) if digits.startswith(("0.", "-0.")) else digits


def _float_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NAN", "inf": "INF", "-inf": "-INF"}[str(value)]
    return _plain(format(Decimal(repr(value)).normalize(), "f")) if value else "0"


def object_text(value: object) -> str:
    """What an object reference shows as a string."""
    from .dictionary import name_of

    return f"{id(value) % 100_000}@{name_of(type(value))}"


def collation_key(value: object) -> tuple[int, Number, str]:
    """Sorts as subscripts do: the empty string, canonical numbers by value, then strings by character."""
    shown = text(value)
    if shown == "":
        return (0, 0, "")
    as_number = number(shown)
    return (1, as_number, "") if text(as_number) == shown else (2, 0, shown)


def truth(value: object) -> bool:
    """True for any number but 0."""
    return number(value) != 0


def is_object(value: object) -> bool:
    """Whether a value is an object reference."""
    return not (value is None or isinstance(value, str | int | float | Decimal | bytes))


def arithmetic(left: object, right: object) -> tuple[Number, Number]:
    """Both operands as numbers of one kind: float when one is ``$double``, else exact."""
    one, two = number(left), number(right)
    if isinstance(one, float) != isinstance(two, float):
        return float(one), float(two)
    return one, two


def divide(left: object, right: object) -> Number:
    """``/``: exact to 18 digits.

    Raises:
        ObjectScriptError: ``<DIVIDE>``.
    """
    one, two = arithmetic(left, right)
    if two == 0:
        raise ObjectScriptError("<DIVIDE>")
    if isinstance(one, float) or isinstance(two, float):
        return float(one) / float(two)
    with localcontext(_DIGITS):
        return canonical(Decimal(one) / Decimal(two))
