"""`Main` as ObjectScript calls it: every method returns a ``%Status``, results come through by-reference arguments.

`SIGNATURES` is the one place that maps the original's argument order to the Python methods; ``&`` marks a result,
``*`` an argument that is both.
"""

import inspect
import traceback
from collections.abc import Callable

from isc.py.iscpython_c.context import Context
from isc.py.iscpython_c.exceptions import CodeError
from isc.py.objectscript import ByRef, status
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.values import number

from .terminal import Main

SIGNATURES = {
    "ImportModule": "module &imported *alias",
    "SimpleString": "code returnVariable serialization &result",
    "ExecuteCode": "code variable",
    "ExecuteFunction": "function positionalArguments keywordArguments variable serialization &result",
    "GetVariable": "variable serialization &stream useString",
    "GetVariableJson": "variable &stream useString nan",
    "GetVariableArrow": "variable &stream useString",
    "GetVariablePickle": "variable &stream useString useDill",
    "SetVariable": "variable value format",
    "ExecuteQuery": "query variable type namespace",
    "ExecuteGlobal": "global_name variable type start end mask labels namespace",
    "ExecuteClass": "class_name variable type start end properties namespace",
    "ExecuteTable": "table variable type start end properties namespace",
    "GetVariableInfo": "variable serialization &defined &type &length",
    "GetVariableDefined": "variable &defined",
    "GetVariableType": "variable &type",
    "GetModuleInfo": "module &imported &alias",
}
_FLAGS = {"useString", "useDill"}
_STREAMS = {"GetVariable", "GetVariableJson", "GetVariableArrow", "GetVariablePickle"}
_STRING_LIMIT = 3_641_144  # what a string of the original held; useString gives a stream above it


class StatusFace:
    """The class that ``##class(isc.py.Main)`` means in ObjectScript."""

    SerializationStr, SerializationRepr = 0, 1

    @staticmethod
    def GetStatus() -> object:
        """The status of the last exception, which is then forgotten; OK when there was none."""
        error = Main.GetStatus()
        return status.OK if error is None else status.from_exception(error)

    @staticmethod
    def ExecuteFunctionArgs(
        function: str, variable: str = "", serialization: object = 0, result: object = "", *arguments: object
    ) -> object:
        """`Main.ExecuteFunctionArgs` with its result by reference."""
        try:
            found = Main.ExecuteFunctionArgs(function, variable, str(serialization or 0), *arguments)
        except Exception as error:  # noqa: BLE001  # a status is how this face reports
            return _failed(error)
        _give(result, found)
        return status.OK

    @staticmethod
    def GetFunctionInfo(
        function: str,
        defined: object = "",
        type: object = "",
        docs: object = "",
        signature: object = "",
        arguments: object = "",
    ) -> object:
        """`Main.GetFunctionInfo` with its results by reference."""
        info = Main.GetFunctionInfo(function)
        values = (int(info.defined), info.type, info.docs, info.signature, ",".join(info.arguments))
        for place, value in zip((defined, type, docs, signature, arguments), values, strict=True):
            _give(place, value)
        return status.OK


def _failed(error: Exception) -> object:
    """The error status; ``GetStatus`` tells of it once, whether it came from Python code or not."""
    if not isinstance(error, CodeError):
        shown = "".join(traceback.format_exception(error))
        Context().last_error = CodeError(type(error).__name__, str(error), shown)
    return status.from_exception(error)


def _give(place: object, value: object) -> None:
    if isinstance(place, ByRef):
        place.value = value


def _face(name: str, signature: str) -> Callable[..., object]:
    parameters = signature.split()
    taken = inspect.signature(vars(Main)[name].function).parameters.values()
    required = {parameter.name for parameter in taken if parameter.default is parameter.empty}

    def method(*given: object) -> object:
        inputs: dict[str, object] = {}
        places: list[object] = []
        use_string: object = 1 if name not in _STREAMS else 0
        for parameter, value in zip(parameters, given, strict=False):
            bare = parameter.lstrip("&*")
            if parameter[0] in "&*":
                places.append(value)
            if parameter[0] == "&":
                continue
            plain = value.value if isinstance(value, ByRef) else value
            if isinstance(plain, CharacterStream):
                plain = str(plain)
            if bare == "useString":
                use_string = number(plain)
            if plain != "" or bare in required:
                inputs[bare] = bool(number(plain)) if bare in _FLAGS else plain
        try:
            found = getattr(Main, name)(**inputs)
        except Exception as error:  # noqa: BLE001  # a status is how this face reports
            return _failed(error)
        _results(name, found, places, use_string)
        return status.OK

    method.__name__ = name
    method.__doc__ = f"`Main.{name}`; arguments: {', '.join(parameters)}."
    return method


def _results(name: str, found: object, places: list[object], use_string: object) -> None:
    if name in _STREAMS:
        text = found.decode("latin-1") if isinstance(found, bytes) else str(found)
        found = text if use_string and len(text) <= _STRING_LIMIT else CharacterStream(text)
    values = found if isinstance(found, tuple) else (found,)
    for place, value in zip(places, values, strict=False):
        _give(place, int(value) if isinstance(value, bool) else value)


for _name, _signature in SIGNATURES.items():
    setattr(StatusFace, _name, staticmethod(_face(_name, _signature)))
