"""Functions that tell what a text is: a number, a name, wide."""

import re
from decimal import Decimal, InvalidOperation

from isc.py.objectscript.values import Number, number, text

from .arguments import whole

_NUMBER = re.compile(r"[+-]*(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?")
_WORDS = re.compile(r"INF(?:INITY)?|NAN|[+-]INF(?:INITY)?", re.I)
_NAMES = {
    0: re.compile(r"%?[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*"),  # a variable
    1: re.compile(r"%?[A-Za-z0-9\u0080-\uffff]+"),  # a label
    2: re.compile(r"%?[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*(?:\.[A-Za-z0-9\u0080-\uffff]+)*"),  # a routine
    3: re.compile(r"%?[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*"),  # a method
    4: re.compile(r"%?[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*(?:\.%?[A-Za-z0-9\u0080-\uffff]+)*"),  # a class
    5: re.compile(r"%?[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*"),  # a property
    6: re.compile(r"%?[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*(?:\.[A-Za-z0-9\u0080-\uffff]+)*"),  # a global
}


def isvalidnum(value: object, scale: object = None, low: object = None, high: object = None) -> int:
    """``$isvalidnum``: whether a text is a number, of at most `scale` decimals, from `low` to `high`."""
    shown = text(value)
    if _NUMBER.fullmatch(shown) is None:
        return int(_WORDS.fullmatch(shown) is not None and low is None and high is None)
    return int(_within(shown, scale, low, high))


def isvaliddouble(value: object, scale: object = None, low: object = None, high: object = None) -> int:
    """``$isvaliddouble``: as `isvalidnum`, of a binary number."""
    return isvalidnum(value, scale, low, high)


def _within(shown: str, scale: object, low: object, high: object) -> bool:
    held = number(shown)
    if scale is not None and text(scale) != "":
        _, _, fraction = text(held).partition(".")
        if len(fraction) > whole(scale):
            return False
    if low is not None and text(low) != "" and held < number(low):
        return False
    return not (high is not None and text(high) != "" and held > number(high))


def zname(value: object, kind: object = 0, _language: object = None) -> int:
    """``$zname``: whether it may name a variable (0), label (1), routine (2), method (3), class (4) …"""
    pattern = _NAMES.get(whole(kind))
    return int(pattern is not None and pattern.fullmatch(text(value)) is not None)


def zversion_(kind: object = "") -> object:
    """``$zversion(1)``: the kind of operating system: 3 is Unix."""
    return 3 if whole(kind) == 1 else "isc-py"


def wiswide(value: object) -> int:
    """``$wiswide``: whether a text has characters that do not fit into a byte."""
    return int(any(char > "\xff" for char in text(value)))


def inumber(value: object, form: object = "", error: object = None) -> object:
    """``$inumber``: the number that a formatted text shows: group marks, trailing signs and parentheses are read."""
    shown = text(value).strip().replace(",", "")
    sign = -1 if (shown.startswith("(") and shown.endswith(")")) or shown.endswith("-") else 1
    bare = shown.strip("()").rstrip("+-")
    try:
        Decimal(bare)
    except InvalidOperation:
        if error is not None:
            return error
        return ""
    found: Number = number(bare)
    return sign * found if sign < 0 else found
