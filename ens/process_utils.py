"""`ProcessUtils`: what a BPL process inherits to read the annotations of its own activities (contract, section 5)."""

from isc.py.bpl.annotations import filled
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import RegisteredObject


class ProcessUtils(RegisteredObject):
    """``isc.py.ens.ProcessUtils``."""

    def GetAnnotation(self, name: str) -> str:
        """The annotation of an activity, at any depth, with its expressions filled in.

        Raises:
            TemplateError: no such activity, or an expression failed; names activity, line and expression.
        """
        return filled(self, name)

    def GetAnnotationStream(self, name: str) -> CharacterStream:
        """`GetAnnotation` as a stream. Raises like it."""
        return CharacterStream(filled(self, name))
