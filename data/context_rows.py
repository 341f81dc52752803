"""The rows a saved context is: one of `SavedContext`, and one of `SavedValue` for each thing in it."""

from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.objects import with_properties

from .persistent import Persistent


def _typed(**types: str) -> list[PropertyDefinition]:
    return [PropertyDefinition(name, f"%Library.{kind}", parameters={"MAXLEN": ""}) for name, kind in types.items()]


@with_properties(
    *_typed(
        Name="String",
        Description="String",
        Created="TimeStamp",
        Context="String",
        Report="String",
        Payload="Binary",
        Signature="String",
    )
)
class SavedContext(Persistent):
    """A context as it was: `Payload` is signed, `Report` says what could not be saved and why."""


@with_properties(
    *_typed(
        ContextId="Integer",
        Name="String",
        Kind="String",
        Type="String",
        Repr="String",
        JSON="String",
        Form="String",
        Reason="String",
    )
)
class SavedValue(Persistent):
    """A module, function, class or variable of a context; `Reason` says why it could not be saved, "" when it was."""
