"""The rows a saved context is: one of `SavedContext`, and one of `SavedValue` for each thing in it."""

from isc.py.objectscript.definitions import ClassDefinition, PropertyDefinition
from isc.py.objectscript.objects import Attribute

from .persistent import Persistent


def _definition(name: str, **types: str) -> ClassDefinition:
    properties = [PropertyDefinition(key, f"%Library.{kind}", parameters={}) for key, kind in types.items()]
    return ClassDefinition(name, ("%Library.Persistent",), properties=tuple(properties))


class SavedContext(Persistent):
    """A context as it was: `Payload` is signed, `Report` says what could not be saved and why."""

    _definition = _definition(
        "isc.py.data.SavedContext",
        Name="String",
        Description="String",
        Created="TimeStamp",
        Context="String",
        Report="String",
        Payload="Binary",
        Signature="String",
    )


class SavedValue(Persistent):
    """A module, function, class or variable of a saved context."""

    _definition = _definition(
        "isc.py.data.SavedValue",
        ContextId="Integer",
        Name="String",
        Kind="String",
        Type="String",
        Repr="String",
        JSON="String",
        Form="String",
    )


for _cls in (SavedContext, SavedValue):
    for _property in _cls._definition.properties if _cls._definition else ():
        setattr(_cls, _property.name, Attribute(_property))
        getattr(_cls, "__dict__")[_property.name].__set_name__(_cls, _property.name)  # noqa: B009  # a mapping proxy
