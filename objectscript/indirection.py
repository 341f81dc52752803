"""Code and names made at run time: ``xecute`` and ``@``."""

import re

from . import values
from .errors import ObjectScriptError
from .frame import ByRef, Frame
from .variables import LocalByRef, LocalReference, Reference, Tree, unwind

_PARAMETERS = re.compile(r"\s*\(([\w%,\s]*)\)\s*")


def xecute(frame: Frame, code: object, *arguments: object) -> object:
    """``xecute``: runs commands in the frame; with a parameter list in a scope of their own."""
    from .compiler import compile_block

    text = values.text(code)
    head = _PARAMETERS.match(text)
    place = f"{frame.place} (xecute)" if frame.place else "xecute"
    mark = len(frame.saved)
    try:
        if head is None:
            return compile_block(f" {text}", place).execute(frame)
        names = [name.strip() for name in head.group(1).split(",") if name.strip()]
        inner = Frame(dict(zip(names, arguments, strict=False)), frame.this, frame.platform, place, output=frame.output)
        return compile_block(f" {text[head.end() :]}", place).execute(inner)
    finally:
        unwind(frame, mark)


def indirect(frame: Frame, text: object, subscripts: tuple[object, ...] = ()) -> object:
    """``@x`` as a value: the name or expression that `text` holds, ``@x@(1)`` with more subscripts."""
    from .compiler import compile_expression

    if subscripts:
        place = indirect_place(frame, text, subscripts)
        found = place.value()
        if found is None:
            raise ObjectScriptError("<UNDEFINED>", place.written(), frame.place)
        return found
    return compile_expression(values.text(text), frame.place).evaluate(frame)


def indirect_place(frame: Frame, text: object, subscripts: tuple[object, ...] = ()) -> Reference:
    """``@x`` as a place."""
    from .compiler import compile_place

    place = compile_place(values.text(text), frame.place)(frame)
    if not subscripts:
        return place
    if not isinstance(place, Tree):
        raise ObjectScriptError("<SYNTAX>", f"{values.text(text)!r} takes no subscripts", frame.place)
    return place.at((*place.subscripts, *subscripts))


def indirect_by_reference(frame: Frame, text: object, subscripts: tuple[object, ...] = ()) -> ByRef[object]:
    """``.@x`` of a call: the variable that `text` names."""
    return place_by_reference(indirect_place(frame, text, subscripts))


def place_by_reference(place: Reference) -> ByRef[object]:
    """A place as a by-reference argument."""
    if isinstance(place, LocalReference) and not place.subscripts:
        return LocalByRef(place.frame, place.name)
    return PlaceByRef(place)


class PlaceByRef(ByRef[object]):
    """A place that is no plain variable, passed by reference."""

    __slots__ = ("_place",)

    def __init__(self, place: Reference) -> None:
        self._place = place

    @property
    def value(self) -> object:
        """What the place holds, "" when undefined."""
        found = self._place.value()
        return "" if found is None else found

    @value.setter
    def value(self, value: object) -> None:
        self._place.set(value)


def indirect_set(frame: Frame, text: object) -> None:
    """``set @x``: the assignments that `text` holds."""
    xecute(frame, f"set {values.text(text)}")


def indirect_do(frame: Frame, text: object) -> None:
    """``do @x``: the calls that `text` holds."""
    xecute(frame, f"do {values.text(text)}")


def json_object(pairs: tuple[tuple[object, object, str], ...]) -> object:
    """``{ "a": 1 }``: a dynamic object; each value with its JSON type or ""."""
    from .dictionary import resolve

    made = resolve("%Library.DynamicObject")._New()  # type: ignore[attr-defined]  # of every class of the language
    for key, value, kind in pairs:
        made._Set(values.text(key), value, *((kind,) if kind else ()))
    return made


def json_array(items: tuple[tuple[object, str], ...]) -> object:
    """``[ 1, "a" ]``: a dynamic array."""
    from .dictionary import resolve

    made = resolve("%Library.DynamicArray")._New()  # type: ignore[attr-defined]  # of every class of the language
    for value, kind in items:
        made._Push(value, *((kind,) if kind else ()))
    return made
