"""ISO 8601 durations as seconds."""

import re

from .exceptions import BPLError

_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"Y": 365 * 86400, "M": 30 * 86400, "W": 7 * 86400, "D": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(duration: str) -> float:
    """The seconds of ``PT1M30S``; a year counts 365 days and a month 30.

    Raises:
        BPLError: it is no duration.
    """
    found = _DURATION.fullmatch(duration.strip())
    if found is None or not any(found.groups()):
        raise BPLError(f"{duration!r} is no duration: write seconds, or ISO 8601 like PT30S")
    return sum(float(value) * _SECONDS[unit] for unit, value in found.groupdict().items() if value)
