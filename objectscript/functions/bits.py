"""Bit strings (``$bit`` and its kin) and numbers as bytes (``$zlascii``, ``$zwchar``)."""

from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.values import text, truth

from .arguments import whole


def bit(value: object, position: object) -> int:
    """``$bit``: the bit at a position from 1."""
    held, at = text(value), whole(position) - 1
    if at < 0:
        raise ObjectScriptError("<VALUE OUT OF RANGE>", "the position of a bit counts from 1")
    return ord(held[at // 8]) >> at % 8 & 1 if at // 8 < len(held) else 0


def set_bit(value: object, new: object, position: object) -> str:
    """``set $bit(place, position) = new``: the whole bit string."""
    held, at = text(value), whole(position) - 1
    if at < 0:
        raise ObjectScriptError("<VALUE OUT OF RANGE>", "the position of a bit counts from 1")
    held = held.ljust(at // 8 + 1, "\0")
    mask = 1 << at % 8
    byte = ord(held[at // 8]) & ~mask | (mask if truth(new) else 0)
    return held[: at // 8] + chr(byte) + held[at // 8 + 1 :]


def bitcount(value: object, wanted: object = None) -> int:
    """``$bitcount``: how many bits there are, or how many of them are `wanted`."""
    held = text(value)
    ones = sum(ord(char).bit_count() for char in held)
    if wanted is None:
        return 8 * len(held)
    return ones if truth(wanted) else 8 * len(held) - ones


def bitfind(value: object, wanted: object, start: object = 1, direction: object = 1) -> int:
    """``$bitfind``: the next position, `start` among them, of a bit that is `wanted`; 0 when there is none."""
    size, sought = 8 * len(text(value)), int(truth(wanted))
    step = 1 if whole(direction) >= 0 else -1
    at = whole(start) if whole(start) > 0 or step > 0 else size
    at = max(at, 1)
    while 1 <= at <= size:
        if bit(value, at) == sought:
            return at
        at += step
    return 0


def _number_at(value: object, position: object, size: int) -> int:
    start = whole(position) - 1
    part = text(value)[start : start + size] if start >= 0 else ""
    return int.from_bytes(part.encode("latin-1", "replace"), "little") if len(part) == size else -1


def _bytes_of(number: object, size: int) -> str:
    return (whole(number) % (1 << 8 * size)).to_bytes(size, "little").decode("latin-1")


def zwascii(value: object, position: object = 1) -> int:
    """``$zwascii``: two characters as a number, the lowest byte first; -1 when there are fewer."""
    return _number_at(value, position, 2)


def zlascii(value: object, position: object = 1) -> int:
    """``$zlascii``: four characters as a number."""
    return _number_at(value, position, 4)


def zqascii(value: object, position: object = 1) -> int:
    """``$zqascii``: eight characters as a number."""
    return _number_at(value, position, 8)


def zwchar(number: object) -> str:
    """``$zwchar``: a number as two characters."""
    return _bytes_of(number, 2)


def zlchar(number: object) -> str:
    """``$zlchar``: a number as four characters."""
    return _bytes_of(number, 4)


def zqchar(number: object) -> str:
    """``$zqchar``: a number as eight characters."""
    return _bytes_of(number, 8)
