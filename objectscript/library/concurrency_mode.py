"""The concurrency that objects are opened and saved with when neither code nor class says one.

It is that of a process of the language, which is a thread here, as it is for locks.
"""

import threading

from ..errors import ObjectScriptError
from ..values import text

__all__ = ["concurrency_mode", "set_concurrency_mode"]

#: A row is read without a lock and saved with one.
_USUAL = 1


class _Mode(threading.local):
    value = _USUAL


_mode = _Mode()


def concurrency_mode() -> int:
    """The concurrency of this process: 0 to 4."""
    return _mode.value


def set_concurrency_mode(mode: object) -> int:
    """Another concurrency from now on; what it was.

    Raises:
        ObjectScriptError: it is none.
    """
    shown, was = text(mode).strip(), _mode.value
    if shown not in ("0", "1", "2", "3", "4"):
        raise ObjectScriptError("<ILLEGAL VALUE>", f"concurrency {shown!r} is none: 0 to 4")
    _mode.value = int(shown)
    return was
