"""Variables whose name begins with ``%``: a method shares them with all that it calls and is called by.

They belong to the thread, as they belong to the job on the vendor's server, and last from one method to the next. A
frame that was given such a variable (``%classname`` of an expression) has it for itself.
"""

import threading

from .frame import Frame
from .variables import gives_back

_thread = threading.local()


def public() -> Frame:
    """The frame that holds the public variables of this thread."""
    found: Frame | None = getattr(_thread, "frame", None)
    if found is None:
        found = _thread.frame = Frame(place="public variables")
    return found


def scope(frame: Frame, name: str) -> Frame:
    """Where a variable of this name is: in the frame that has it, else with the public ones."""
    return frame if name in frame.variables or name in frame.arrays else public()


def new_public(frame: Frame, name: str) -> None:
    """``new %x``: hides it until the method ends."""
    held = public()
    frame.saved.append(("$public", (name, held.variables.pop(name, None), held.arrays.pop(name, None)), None))


def _old(_frame: Frame, saved: object) -> None:
    assert isinstance(saved, tuple)
    name, value, array = saved
    held = public()
    held.variables.pop(name, None)
    held.arrays.pop(name, None)
    if value is not None:
        held.variables[name] = value
    if array is not None:
        held.arrays[name] = array


gives_back("$public", _old)
