"""Functions whose first argument is a place: ``$get``, ``$data``, ``$order``, ``$query`` and their kin."""

from isc.py.objectscript.frame import Frame
from isc.py.objectscript.operators import add
from isc.py.objectscript.trees import next_node
from isc.py.objectscript.values import number, text
from isc.py.objectscript.variables import GlobalReference, Reference, Tree

from .arguments import whole
from .lists import elements_of


def get(frame: Frame, place: Reference, default: object = "") -> object:
    """``$get``."""
    found = place.value()
    return default if found is None else found


def data(frame: Frame, place: Reference, target: Reference | None = None) -> int:
    """``$data``; a second place takes the value."""
    found = place.value()
    if target is not None and found is not None:
        target.set(found)
    return place.data()


def order(frame: Frame, place: Reference, direction: object = 1, target: Reference | None = None) -> object:
    """``$order``; a third argument takes the value of the node found."""
    found = place.order(-1 if number(direction) < 0 else 1)
    if target is not None and found != "" and isinstance(place, Tree):
        value = place.at((*place.subscripts[:-1], found)).value()
        if value is not None:
            target.set(value)
    return found


def next_(frame: Frame, place: Reference) -> object:
    """``$next``: -1 at the end."""
    if isinstance(place, Tree) and place.subscripts and text(place.subscripts[-1]) == "-1":
        place = place.at((*place.subscripts[:-1], ""))
    found = place.order(1)
    return -1 if found == "" else found


def query(frame: Frame, place: Reference, direction: object = 1, target: Reference | None = None) -> str:
    """``$query``: the next node that has a value, as it is written."""
    return next_node(place, -1 if number(direction) < 0 else 1)


def name(frame: Frame, place: Reference, levels: object = None) -> str:
    """``$name``: the place as it is written, with the first `levels` subscripts."""
    if levels is not None and isinstance(place, Tree):
        place = place.at(place.subscripts[: whole(levels)])
    return place.written()


def increment(frame: Frame, place: Reference, by: object = 1) -> object:
    """``$increment``: of a global in one step, whoever else counts."""
    counts = getattr(frame.platform, "global_increment", None)
    if isinstance(place, GlobalReference) and callable(counts) and not place.name.startswith("||"):
        found: object = counts(place.name, place.subscripts, by)
        return found
    held = place.value()
    result = add("" if held is None else held, by)
    place.set(result)
    return result


def listnext(frame: Frame, place: Reference, position: Reference, target: Reference) -> int:
    """``$listnext(list, pointer, value)``: 0 behind the last element."""
    at = whole(position.value() or 0)
    elements = elements_of(place.value() or "")
    if at >= len(elements):
        position.set(0)
        return 0
    position.set(at + 1)
    found = elements[at]
    if found is None:
        target.kill()
    else:
        target.set(found)
    return 1
