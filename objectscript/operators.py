"""The operators of the language as functions of values; nothing here parses."""

from decimal import Decimal, localcontext
from functools import lru_cache

from . import patterns, values
from .errors import ObjectScriptError

truth = values.truth
divide = values.divide
text = values.text


@lru_cache(maxsize=4096)
def literal(digits: str) -> values.Number:
    """A numeric literal."""
    return values.canonical(Decimal(digits))


def plus(value: object) -> values.Number:
    """Unary +: the number a value is."""
    return values.number(value)


def minus(value: object) -> values.Number:
    """Unary -."""
    return -values.number(value)


def negate(value: object) -> int:
    """Unary ': 1 for 0, else 0."""
    return 0 if truth(value) else 1


def _exact(result: values.Number) -> values.Number:
    if isinstance(result, Decimal) or (isinstance(result, int) and abs(result) >= 10**18):
        return values.canonical(Decimal(result))
    return result


def add(left: object, right: object) -> values.Number:
    """``+``."""
    one, two = values.arithmetic(left, right)
    return _exact(one + two)  # type: ignore[operator]  # arithmetic() gives both of one kind


def subtract(left: object, right: object) -> values.Number:
    """``-``."""
    one, two = values.arithmetic(left, right)
    return _exact(one - two)  # type: ignore[operator]  # arithmetic() gives both of one kind


def multiply(left: object, right: object) -> values.Number:
    """``*``."""
    one, two = values.arithmetic(left, right)
    return _exact(one * two)  # type: ignore[operator]  # arithmetic() gives both of one kind


def power(left: object, right: object) -> values.Number:
    """``**``."""
    one, two = values.arithmetic(left, right)
    if one == 0 and two < 0:
        raise ObjectScriptError("<DIVIDE>", "0 to a negative power")
    with localcontext(prec=25):
        if isinstance(one, float) or isinstance(two, float):
            return float(float(one) ** float(two))
        return values.canonical(Decimal(one) ** Decimal(two))


def integer_divide(left: object, right: object) -> values.Number:
    """``\\``: the quotient without its fraction."""
    one, two = values.arithmetic(left, right)
    if two == 0:
        raise ObjectScriptError("<DIVIDE>")
    if isinstance(one, float) or isinstance(two, float):
        return float(int(float(one) / float(two)))
    return int(Decimal(one) / Decimal(two))


def modulo(left: object, right: object) -> values.Number:
    """``#``: has the sign of the divisor."""
    one, two = values.arithmetic(left, right)
    if two == 0:
        raise ObjectScriptError("<DIVIDE>")
    remainder = one % two  # type: ignore[operator]  # arithmetic() gives both of one kind
    if isinstance(remainder, Decimal) and remainder and (remainder < 0) != (two < 0):
        remainder += Decimal(two)
    return _exact(remainder)


def concatenate(left: object, right: object) -> str:
    """``_``."""
    return values.text(left) + values.text(right)


def equal(left: object, right: object) -> int:
    """``=``: equal as strings; two object references when they are the same object."""
    if values.is_object(left) or values.is_object(right):
        return int(left is right)
    if type(left) is type(right):
        return int(left == right)
    return int(values.text(left) == values.text(right))


def not_equal(left: object, right: object) -> int:
    """``'=``."""
    return 1 - equal(left, right)


def less(left: object, right: object) -> int:
    """``<``: as numbers."""
    return int(values.number(left) < values.number(right))


def greater(left: object, right: object) -> int:
    """``>``: as numbers."""
    return int(values.number(left) > values.number(right))


def at_most(left: object, right: object) -> int:
    """``<=``: as numbers."""
    return int(values.number(left) <= values.number(right))


def at_least(left: object, right: object) -> int:
    """``>=``: as numbers."""
    return int(values.number(left) >= values.number(right))


def contains(left: object, right: object) -> int:
    """``[``."""
    return int(values.text(right) in values.text(left))


def not_contains(left: object, right: object) -> int:
    """``'[``."""
    return 1 - contains(left, right)


def follows(left: object, right: object) -> int:
    """``]``: behind, by character."""
    return int(values.text(left) > values.text(right))


def not_follows(left: object, right: object) -> int:
    """``']``."""
    return 1 - follows(left, right)


def sorts_after(left: object, right: object) -> int:
    """``]]``."""
    return int(values.collation_key(left) > values.collation_key(right))


def not_sorts_after(left: object, right: object) -> int:
    """``']]``."""
    return 1 - sorts_after(left, right)


def and_strict(left: object, right: object) -> int:
    """``&``: both sides are evaluated."""
    return int(truth(left) and truth(right))


def or_strict(left: object, right: object) -> int:
    """``!``: both sides are evaluated."""
    return int(truth(left) or truth(right))


def nand(left: object, right: object) -> int:
    """``'&``."""
    return 1 - and_strict(left, right)


def nor(left: object, right: object) -> int:
    """``'!``."""
    return 1 - or_strict(left, right)


def matches(value: object, pattern: str) -> int:
    """``?``."""
    return int(patterns.compiled(pattern).fullmatch(values.text(value)) is not None)


def not_matches(value: object, pattern: str) -> int:
    """``'?``."""
    return 1 - matches(value, pattern)
