"""Number functions and number formats."""

import math
import random as _random
import zlib
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from isc.py.objectscript.errors import NotSupportedError, ObjectScriptError
from isc.py.objectscript.operators import power
from isc.py.objectscript.values import Number, canonical, divide, number, text

from .arguments import whole


def justify(value: object, width: object, decimals: object = None) -> str:
    """``$justify``."""
    shown = text(value) if decimals is None else _fixed(number(value), whole(decimals))
    return shown.rjust(whole(width))


def _absolute(value: Number) -> Number:
    return -value if value < 0 else value


def _fixed(value: Number, decimals: int) -> str:
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return format(rounded or abs(rounded), "f")  # never a negative zero


def fnumber(value: object, form: object = "", decimals: object = None) -> str:
    """``$fnumber`` with the codes ``, . + - P T``."""
    codes, as_number = text(form).upper(), number(value)
    shown = text(_absolute(as_number)) if decimals is None else _fixed(_absolute(as_number), whole(decimals))
    if "," in codes or "." in codes:
        digits, point, fraction = shown.partition(".")
        shown = f"{int(digits or 0):,}{point}{fraction}"
    if "." in codes:
        shown = shown.translate({ord(","): ".", ord("."): ","})
    sign = "-" if as_number < 0 else "+" if "+" in codes and as_number > 0 else ""
    if "-" in codes:
        sign = sign.replace("-", "")
    if "P" in codes:
        return f"({shown})" if as_number < 0 else f" {shown} "
    return f"{shown}{sign or ' '}" if "T" in codes else sign + shown


def random(limit: object) -> int:
    """``$random``: 0 to limit - 1."""
    if whole(limit) < 1:
        raise ObjectScriptError("<FUNCTION>", "$random needs a limit of 1 or more")
    return _random.randrange(whole(limit))


def zcrc(value: object, mode: object, start: object = 0) -> int:
    """``$zcrc``: 0 sum, 1 XOR, 7 CRC-32."""
    data, kind = text(value).encode("latin-1", "replace"), whole(mode)
    if kind == 7:
        return zlib.crc32(data, whole(start))
    if kind == 0:
        return (sum(data) + whole(start)) % 2**32
    if kind == 1:
        result = whole(start)
        for byte in data:
            result ^= byte
        return result
    raise NotSupportedError(f"$zcrc mode {kind} is not supported: use 0, 1 or 7")


def zabs(value: object) -> Number:
    """``$zabs``."""
    return _absolute(number(value))


def zsqr(value: object) -> Number:
    """``$zsqr``."""
    if number(value) < 0:
        raise ObjectScriptError("<ILLEGAL VALUE>", "$zsqr of a negative number")
    return canonical(Decimal(str(number(value))).sqrt())


def zhex(value: object) -> object:
    """``$zhex``: a number to hex, a string of hex digits to a number."""
    return int(value, 16) if isinstance(value, str) else format(whole(value), "X")


def zboolean(left: object, right: object, operation: object) -> int:
    """``$zboolean`` for and (1), xor (6), or (7)."""
    one, two, kind = whole(left), whole(right), whole(operation)
    if kind not in (1, 6, 7):
        raise NotSupportedError(f"$zboolean operation {kind} is not supported: use 1 (and), 6 (xor) or 7 (or)")
    return {1: one & two, 6: one ^ two, 7: one | two}[kind]


def number_(value: object, form: object = "", low: object = "", high: object = "") -> object:
    """``$number``: "" when the string is no number, none of format ``I`` (integer), or not from `low` to `high`."""
    shown = text(value).strip().replace(",", "")
    try:
        found = canonical(Decimal(shown))
    except ArithmeticError:
        return ""
    if "I" in text(form).upper() and not isinstance(found, int):
        return ""
    if (text(low) and found < number(low)) or (text(high) and found > number(high)):
        return ""
    return found


def double(value: object) -> float:
    """``$double``."""
    return float(number(value))


def decimal(value: object) -> Number:
    """``$decimal``."""
    as_number = number(value)
    return canonical(Decimal(repr(as_number))) if isinstance(as_number, float) else as_number


def sign(value: object) -> int:
    """``$sign``."""
    as_number = number(value)
    return (as_number > 0) - (as_number < 0)


def _real(name: str, value: object) -> Number:
    as_float = float(number(value))
    try:
        return canonical(Decimal(repr(_REAL[name](as_float))))
    except (ValueError, OverflowError) as error:
        raise ObjectScriptError("<ILLEGAL VALUE>", f"${name} of {text(value)}") from error


_REAL: dict[str, Callable[[float], float]] = {
    "zsin": math.sin, "zcos": math.cos, "ztan": math.tan, "zarcsin": math.asin, "zarccos": math.acos,
    "zarctan": math.atan, "zexp": math.exp, "zln": math.log, "zlog": math.log10,
}  # fmt: skip


def zsin(value: object) -> Number:
    """``$zsin``."""
    return _real("zsin", value)


def zcos(value: object) -> Number:
    """``$zcos``."""
    return _real("zcos", value)


def ztan(value: object) -> Number:
    """``$ztan``."""
    return _real("ztan", value)


def zarctan(value: object) -> Number:
    """``$zarctan``."""
    return _real("zarctan", value)


def zexp(value: object) -> Number:
    """``$zexp``."""
    return _real("zexp", value)


def zln(value: object) -> Number:
    """``$zln``: the natural logarithm."""
    return _real("zln", value)


def zlog(value: object) -> Number:
    """``$zlog``: the logarithm to 10."""
    return _real("zlog", value)


def zarcsin(value: object) -> Number:
    """``$zarcsin``."""
    return _real("zarcsin", value)


def zarccos(value: object) -> Number:
    """``$zarccos``."""
    return _real("zarccos", value)


def _one_through(name: str, value: object) -> Number:
    return divide(1, _real(name, value))


def zsec(value: object) -> Number:
    """``$zsec``."""
    return _one_through("zcos", value)


def zcsc(value: object) -> Number:
    """``$zcsc``."""
    return _one_through("zsin", value)


def zcot(value: object) -> Number:
    """``$zcot``."""
    return _one_through("ztan", value)


def normalize(value: object, decimals: object) -> Number:
    """``$normalize``: rounded to so many digits behind the point."""
    return number(_fixed(number(value), whole(decimals)))


def zpower(base: object, exponent: object) -> Number:
    """``$zpower``."""
    return power(base, exponent)
