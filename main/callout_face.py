"""`Callout` as ObjectScript calls it: a ``%Status`` back, results by reference; paths and literals as they are."""

from isc.py.iscpython_c.callout import Callout
from isc.py.objectscript import ByRef, status
from isc.py.objectscript.values import number, text


class CalloutFace:
    """The class that ``##class(isc.py.Callout)`` means in ObjectScript, with the original's argument order."""

    SerializationStr = Callout.SerializationStr
    SerializationRepr = Callout.SerializationRepr

    @staticmethod
    def GetLib() -> str:
        """`Callout.GetLib`."""
        return Callout.GetLib()

    @staticmethod
    def EscapeString(string: object) -> str:
        """`Callout.EscapeString`."""
        return Callout.EscapeString(text(string))

    @staticmethod
    def SimpleString(code: object, variable: object = "", serialization: object = 0, result: object = "") -> object:
        """`Callout.SimpleString` with its result by reference."""
        try:
            found = Callout.SimpleString(text(code), text(variable), int(number(serialization)))
        except Exception as error:  # noqa: BLE001  # a status is how this face reports
            return status.from_exception(error)
        if isinstance(result, ByRef):
            result.set(found)
        return status.OK

    @staticmethod
    def Setup() -> object:
        """`Callout.Setup`."""
        return _status("Setup")

    @staticmethod
    def Unload() -> object:
        """`Callout.Unload`."""
        return _status("Unload")

    @staticmethod
    def Initialize(file: object = "") -> object:
        """`Callout.Initialize`."""
        return _status("Initialize", text(file))

    @staticmethod
    def Finalize() -> object:
        """`Callout.Finalize`."""
        return _status("Finalize")

    @staticmethod
    def StreamInit(length: object = 0) -> object:
        """`Callout.StreamInit`."""
        return _status("StreamInit", int(number(length)))

    @staticmethod
    def StreamWrite(piece: object) -> object:
        """`Callout.StreamWrite`."""
        return _status("StreamWrite", text(piece))

    @staticmethod
    def StreamExecute() -> object:
        """`Callout.StreamExecute`."""
        return _status("StreamExecute")

    @staticmethod
    def GetGlobalOrder(global_name: object, start: object, end: object, mask: object, name: object) -> object:
        """`Callout.GetGlobalOrder`: the rows go into variable `name`."""
        return _status("GetGlobalOrder", text(global_name), start, end, text(mask), text(name))


def _status(name: str, *arguments: object) -> object:
    try:
        getattr(Callout, name)(*arguments)
    except Exception as error:  # noqa: BLE001  # a status is how this face reports
        return status.from_exception(error)
    return status.OK
