"""Argument readers that the functions share."""

from isc.py.objectscript.values import number, text


def whole(value: object) -> int:
    """The whole number a value is."""
    return int(number(value))


def position(value: object, size: int) -> int:
    """A position counted from 1; ``*`` is the last, ``*-1`` the one before."""
    shown = text(value)
    return size + whole(shown[1:]) if shown.startswith("*") else whole(value)


def bounds(size: int, start: object, end: object) -> tuple[int, int]:
    """First and last position of a range; without an end both are the start."""
    first = position(start, size)
    return first, first if end is None else position(end, size)
