"""``%ZEN.proxyObject`` and the providers of ``%ZEN.Auxiliary``: JSON as code before dynamic objects had it."""

from collections.abc import Iterator
from typing import Any

from isc.py.iscpython_c.exceptions import IscError

from .. import dictionary, output, status
from ..errors import ObjectScriptError
from ..frame import ByRef
from ..names import python_name
from ..objects import ObjectMethods, RegisteredObject, properties
from ..values import is_object, text
from .collections import ArrayOfDataTypes, ListOfDataTypes
from .dynamic import DynamicArray, DynamicObject, from_json
from .streams import CharacterStream


class ProxyObject(DynamicObject):
    """``%ZEN.proxyObject``: any property may be set; one that was not is ""."""

    def _Clear(self) -> int:
        """``%Clear``: no property is set any more."""
        self._items.clear()
        return status.OK

    def _CopyFromArray(self, array: object) -> int:
        """``%CopyFromArray``: a property for each item of a ``%ArrayOfDataTypes``."""
        if isinstance(array, ArrayOfDataTypes):
            self._items.update((text(key), array.GetAt(key)) for key in _keys(array))
        return status.OK


class JsonProvider(RegisteredObject):
    """``%ZEN.Auxiliary.jsonProvider`` and ``altJSONProvider``: the methods that turn JSON into objects and back."""

    @classmethod
    def _ConvertJSONToObject(
        cls, source: object, class_name: object = "", made: ByRef[object] | None = None, *_: object
    ) -> object:
        """``%ConvertJSONToObject(json, class, .object)``: a proxy object, or one of `class`; gives a status."""
        try:
            found = _object(from_json(_text(source)))
            if text(class_name):
                found = _filled(text(class_name), found)
        except IscError as error:
            return status.from_exception(error)
        if isinstance(made, ByRef):
            made.set(found)
        return status.OK

    @classmethod
    def _ParseJSON(
        cls, source: object, class_name: object = "", made: ByRef[object] | None = None, *_: object
    ) -> object:
        """``%ParseJSON``: as `_ConvertJSONToObject`."""
        return cls._ConvertJSONToObject(source, class_name, made)

    @classmethod
    def _ObjectToJSON(cls, held: object, *_: object) -> object:
        """``%ObjectToJSON``: writes the JSON of an object to the current device; gives a status."""
        try:
            shown = text(_dynamic(held)._ToJSON())
        except IscError as error:
            return status.from_exception(error)
        output.current().append(shown)
        return status.OK

    @classmethod
    def _WriteJSONFromObject(cls, _variable: object = "", held: object = "", *_: object) -> object:
        """``%WriteJSONFromObject``: as `_ObjectToJSON`; the name of a variable of a browser has no use here."""
        return cls._ObjectToJSON(held)

    @classmethod
    def _WriteJSONStreamFromObject(cls, stream: object, held: object = "", *_: object) -> object:
        """``%WriteJSONStreamFromObject(.stream, object)``: writes to a stream, a new one when there is none."""
        target: Any = stream.value if isinstance(stream, ByRef) else stream
        try:
            shown = _dynamic(held)._ToJSON()
        except IscError as error:
            return status.from_exception(error)
        if not is_object(target):
            target = CharacterStream()
            if isinstance(stream, ByRef):
                stream.set(target)
        target.Write(shown)
        return status.OK


def _text(source: object) -> str:
    if not hasattr(source, "Read"):
        return text(source)
    source.Rewind()  # type: ignore[attr-defined]  # a stream
    return text(source.Read())


def _keys(array: ArrayOfDataTypes) -> Iterator[object]:
    key: object = array.Next("")
    while key != "":
        yield key
        key = array.Next(key)


def _object(value: object) -> object:
    """JSON as objects of before: proxies and lists."""
    if isinstance(value, DynamicArray):
        made = ListOfDataTypes()
        for _at, item in value._pairs():
            made.Insert(_object(item))
        return made
    if isinstance(value, DynamicObject):
        return ProxyObject({text(key): _object(item) for key, item in value._pairs()})
    return "" if value is None else int(value) if isinstance(value, bool) else value


def _filled(class_name: str, found: object) -> object:
    """An object of a class with the properties of a proxy.

    Raises:
        ObjectScriptError: the JSON is an array, or has what the class has not.
    """
    if not isinstance(found, ProxyObject):
        raise ObjectScriptError("<THROW>", f"an object was expected for {class_name}, found an array")
    made: Any = dictionary.resolve(class_name)._New()  # type: ignore[attr-defined]  # a class of objects
    types = {item.name: item for item in properties(type(made))} if isinstance(made, ObjectMethods) else {}
    for key, value in found._pairs():
        name, item = text(key), types.get(text(key))
        if name not in made._property_names():
            raise ObjectScriptError("<PROPERTY DOES NOT EXIST>", f"{name} of {class_name}")
        if isinstance(value, ProxyObject) and item is not None and not item.collection:
            value = _filled(item.type, value)
        if isinstance(value, ListOfDataTypes):
            held = made._get_property(name)
            for one in (value.GetAt(at) for at in range(1, value.Count() + 1)):
                held.Insert(_filled(item.type, one) if item is not None and isinstance(one, ProxyObject) else one)
        else:
            made._set_property(name, value)
    return made


def _dynamic(held: object) -> "DynamicObject | DynamicArray":
    """An object as JSON can hold it.

    Raises:
        ObjectScriptError: it is none that has properties.
    """
    found = _value(held, ())
    if not isinstance(found, DynamicObject | DynamicArray):
        raise ObjectScriptError("<INVALID OREF>", f"an object was expected, found {text(held)!r}")
    return found


def _value(held: object, above: tuple[int, ...]) -> object:
    if not is_object(held):
        return held
    if id(held) in above:
        raise ObjectScriptError("<ILLEGAL VALUE>", "the object refers to itself: JSON cannot hold that")
    above = (*above, id(held))
    if isinstance(held, DynamicArray):
        return DynamicArray([_value(item, above) for _at, item in held._pairs()])
    if isinstance(held, DynamicObject):
        return DynamicObject({text(key): _value(item, above) for key, item in held._pairs()})
    if isinstance(held, ListOfDataTypes):
        return DynamicArray([_value(held.GetAt(at), above) for at in range(1, held.Count() + 1)])
    if isinstance(held, ArrayOfDataTypes):
        return DynamicObject({text(key): _value(held.GetAt(key), above) for key in _keys(held)})
    names = getattr(held, "_property_names", None)
    if names is None:
        return text(held)
    shown = (name for name in names() if hasattr(held, python_name(name)))
    return DynamicObject({name: _value(held._get_property(name), above) for name in shown})  # type: ignore[attr-defined]  # it has properties
