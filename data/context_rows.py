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
        Size="Integer",
        Signature="String",
    )
)
class SavedContext(Persistent):
    """A context as it was: `Report` says what could not be saved and why; its payload, signed, stands below its row."""


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
        Module="String",
        Docs="String",
        Signature="String",
        Arguments="String",
    )
)
class SavedValue(Persistent):
    """A module, function, class or variable of a context; `Reason` says why it could not be saved, "" when it was.

    Of a module there is its own name, of a function or class its docs, signature and arguments, of plain data its JSON.
    """
