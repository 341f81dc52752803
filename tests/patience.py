"""Waiting for what comes of itself."""

import time
from collections.abc import Callable


def until(met: Callable[[], object]) -> None:
    """Return when it is met; a minute is longer than any of it takes."""
    ends = time.monotonic() + 60
    while not met():
        assert time.monotonic() < ends, "it did not come to that within a minute"
        time.sleep(0.01)
