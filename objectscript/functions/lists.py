"""``$list`` functions."""

import re

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.values import is_object, text
from isc.py.objectscript.variables import ABSENT, Reference

from .arguments import bounds, whole
from .arguments import position as position_of


def elements_of(value: object) -> list[object]:
    """The elements of a list.

    Raises:
        ObjectScriptError: ``<LIST>``.
    """
    try:
        return decode(text(value).encode("latin-1"))
    except (ListError, UnicodeEncodeError) as error:
        raise ObjectScriptError("<LIST>", f"the value is no $list: {error}") from error


def _list(elements: list[object]) -> str:
    return encode(elements).decode("latin-1")


def listbuild(*items: object) -> str:
    """``$listbuild``; an item left out has no value."""
    if not items:
        items = (None,)
    return _list(
        [None if item is ABSENT or item is None else item if not is_object(item) else text(item) for item in items]
    )


def list_(value: object, start: object = 1, end: object = None) -> object:
    """``$list``: an element, or a list of several."""
    elements = elements_of(value)
    first, last = bounds(len(elements), start, end)
    if first == -1 and end is None:
        first = len(elements)
    if last == -1:
        last = len(elements)
    if end is not None:
        return _list(elements[max(first, 1) - 1 : max(last, 0)])
    if not 0 < first <= len(elements):
        raise ObjectScriptError("<NULL VALUE>", f"element {first} of a list of {len(elements)}")
    found = elements[first - 1]
    if found is None:
        raise ObjectScriptError("<NULL VALUE>", f"element {first} has no value")
    return found


def listget(value: object, position: object = 1, default: object = "") -> object:
    """``$listget``."""
    elements = elements_of(value)
    at = position_of(position, len(elements))
    found = elements[at - 1] if 0 < at <= len(elements) else None
    return default if found is None else found


def listlength(value: object) -> int:
    """``$listlength``."""
    return len(elements_of(value))


def listvalid(value: object) -> int:
    """``$listvalid``."""
    try:
        elements_of(value)
    except ObjectScriptError:
        return 0
    return 1


def listupdate(value: object, *pairs: object) -> str:
    """``$listupdate``: the list with other elements at these positions; positions and values take turns."""
    elements = elements_of(value)
    for position, item in zip(pairs[::2], pairs[1::2], strict=False):
        at = whole(position)
        if at < 1:
            raise ObjectScriptError("<VALUE OUT OF RANGE>", f"$listupdate has no position {at}")
        elements += [None] * (at - len(elements))
        elements[at - 1] = None if item is ABSENT else text(item) if is_object(item) else item
    return _list(elements)


def listfind(value: object, wanted: object, start: object = 0) -> int:
    """``$listfind``: the position, 0 when it is not there."""
    for at, element in enumerate(elements_of(value), start=1):
        if at > whole(start) and element is not None and text(element) == text(wanted):
            return at
    return 0


def listtostring(value: object, delimiter: object = ",", flag: object = 0) -> str:
    """``$listtostring``; with `flag` 1 elements that hold delimiters, quotes or line ends are quoted."""
    between = text(delimiter)

    def one(element: object) -> str:
        shown = text(element)
        if whole(flag) & 1 and any(part in shown for part in (between, '"', "\r", "\n")):
            doubled = shown.replace('"', '""')
            return f'"{doubled}"'
        return shown

    return between.join(one(element) for element in elements_of(value))


def listfromstring(value: object, delimiter: object = ",", flag: object = 0) -> str:
    """``$listfromstring``; with `flag` 1 quoted elements keep delimiters that they hold."""
    shown, between = text(value), text(delimiter)
    if not shown:
        return ""
    if not whole(flag) & 1:
        return _list(list(shown.split(between)))
    parts: list[object] = []
    for quoted, bare in re.findall(
        rf'(?:"((?:[^"]|"")*)"|((?:(?!{re.escape(between)}).)*))(?:{re.escape(between)}|$)', shown
    ):
        parts.append(quoted.replace('""', '"') if quoted else bare)
    return _list(parts if shown.endswith(between) else parts[:-1])


def set_list(value: object, new: object, start: object = 1, end: object = None) -> str:
    """The list with an element replaced: ``set $list(l, n) = x``."""
    elements = elements_of(value)
    first = position_of(start, len(elements))
    if first < 1:
        raise ObjectScriptError("<RANGE>", f"element {first} of a list")
    elements += [None] * (first - 1 - len(elements))
    if end is None:
        elements[first - 1 : first] = [new]
    else:
        elements[first - 1 : position_of(end, len(elements))] = elements_of(new)
    return _list(elements)


def listsame(left: object, right: object) -> int:
    """``$listsame``: whether both have the same elements, however they are encoded."""
    return int([_shown(item) for item in elements_of(left)] == [_shown(item) for item in elements_of(right)])


def _shown(element: object) -> str | None:
    return None if element is None else text(element)


def listdata(value: object, position: object = 1) -> int:
    """``$listdata``: 1 when the element is there and has a value."""
    elements = elements_of(value)
    at = position_of(position, len(elements))
    return int(0 < at <= len(elements) and elements[at - 1] is not None)


def set_elements(places: tuple[Reference | None, ...], value: object) -> None:
    """``set $listbuild(a,,b) = list``: an element that is missing leaves its place as it is."""
    for place, element in zip(places, elements_of(value), strict=False):
        if place is not None and element is not None:
            place.set(element)
