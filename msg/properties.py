"""The kinds of properties that messages have: types with the language's tolerance."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from isc.py.objectscript.library.collections import ListOfDataTypes
from isc.py.objectscript.values import text
from pydantic import BeforeValidator

#: How a variable comes back.
SerializationName: TypeAlias = Literal["Str", "Repr", "JSON", "Pickle", "Dill"]
#: What a variable becomes.
DataType: TypeAlias = Literal["list", "dataframe", "arrow", "polars"]


def _flag(value: object) -> int:
    if value in (0, 1, "0", "1", ""):
        return int(value or 0)
    raise ValueError("must be 1 or 0")


def _required(value: object) -> str:
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is required: set it to a name")
    return value.strip()


def _caret(value: object) -> str:
    return _required(value).removeprefix("^")


def _labels(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value.strip() else []
    if isinstance(value, list | tuple):
        return [str(part) for part in value]
    raise ValueError("must be a list or a string with commas")


def _subscript(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a number or a string")
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


def _whole(value: object) -> object:
    return 0 if value == "" else value


def _text(value: object) -> object:
    return value if type(value) is str or not isinstance(value, int | float | Decimal) else text(value)


#: A string; a number becomes its canonical text, as the language has it.
Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[int, BeforeValidator(_flag)]
Required = Annotated[str, BeforeValidator(_required)]
GlobalName = Annotated[str, BeforeValidator(_caret)]
LabelList = Annotated[ListOfDataTypes, BeforeValidator(_labels)]
Bound = Annotated[str | int, BeforeValidator(_subscript)]
Whole = Annotated[int, BeforeValidator(_whole)]
