"""Character and binary streams in memory: ``%Stream.TmpCharacter`` and its kin."""

from typing import Any

from ..frame import ByRef
from ..objects import RegisteredObject
from ..values import number, text


class CharacterStream(RegisteredObject):
    """Characters written one after the other and read from a position."""

    def __init__(self, content: str = "") -> None:
        self._parts = [content] if content else []
        self._at = 0
        self.LineTerminator = "\n"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        def made(value: Any) -> Any:
            if isinstance(value, CharacterStream):
                return value
            if isinstance(value, str):
                return cls(value)
            raise ValueError("a stream or a string was expected")

        return core_schema.no_info_plain_validator_function(
            made, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    def __str__(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, CharacterStream | str) else NotImplemented

    def __hash__(self) -> int:
        return id(self)

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["AtEnd", "Size", "LineTerminator"]

    @property
    def Size(self) -> int:
        """How many characters."""
        return sum(map(len, self._parts))

    @property
    def AtEnd(self) -> int:
        """Whether everything was read."""
        return int(self._at >= self.Size)

    def Write(self, data: object = "") -> int:
        """Append."""
        self._parts.append(text(data))
        return 1

    def WriteLine(self, data: object = "") -> int:
        """Append with a line end."""
        return self.Write(text(data) + self.LineTerminator)

    def Read(self, length: object = 32000) -> str:
        """The next characters."""
        size = length.value if isinstance(length, ByRef) else length
        found = str(self)[self._at : self._at + int(number(size))]
        self._at += len(found)
        return found

    def ReadLine(self, length: object = 3_000_000) -> str:
        """The next line without its end."""
        content = str(self)
        end = content.find(self.LineTerminator, self._at)
        found = content[self._at : len(content) if end < 0 else end]
        self._at += len(found) + len(self.LineTerminator)
        return found

    def Rewind(self) -> int:
        """Read from the start again."""
        self._at = 0
        return 1

    def MoveToEnd(self) -> int:
        """Nothing to do: writing appends."""
        return 1

    def Clear(self) -> int:
        """Empty it."""
        self._parts, self._at = [], 0
        return 1

    def CopyFrom(self, source: object) -> int:
        """Replace the content by another stream's."""
        self._parts, self._at = [str(source)], 0
        return 1

    CopyFromAndSave = CopyFrom

    def SaveStream(self) -> int:
        """A stream in memory is always saved."""
        return 1

    def _Save(self) -> int:
        return 1


class BinaryStream(CharacterStream):
    """Bytes, as characters 0 to 255."""


def new_stream(content: str = "") -> CharacterStream:
    """A character stream with that content."""
    return CharacterStream(content)
