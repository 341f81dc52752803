"""Character and binary streams in memory: ``%Stream.TmpCharacter`` and its kin."""

from typing import Any, Self

from ..frame import ByRef
from ..objects import RegisteredObject
from ..values import number, text
from .encryption import octets


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

    def SizeGet(self) -> int:
        """How many characters."""
        return self.Size

    @property
    def AtEnd(self) -> int:
        """Whether everything was read."""
        return int(self._at >= self.Size)

    def AtEndGet(self) -> int:
        """Whether everything was read."""
        return self.AtEnd

    def Write(self, data: object = "") -> int:
        """Append."""
        self._parts.append(text(data))
        return 1

    def WriteLine(self, data: object = "") -> int:
        """Append with a line end."""
        return self.Write(text(data) + self.LineTerminator)

    def Read(self, length: object = "", result: object = None) -> str:
        """The next characters; a length by reference then tells how many there were, -1 at the end."""
        content = str(self)
        size = length.value if isinstance(length, ByRef) else length
        limit = int(number(size)) if text(size) else 32000
        found = content[self._at : self._at + (limit if limit > 0 else 32000)]
        self._at += len(found)
        _tell(length, result, len(found) if found else -1)
        return found

    def ReadLine(self, length: object = "", result: object = None, ended: object = None) -> str:
        """The next line without its end; `ended` tells whether it had one."""
        content = str(self)
        if self._at >= len(content):
            _tell(length, result, -1)
            return ""
        size = length.value if isinstance(length, ByRef) else length
        end = content.find(self.LineTerminator, self._at)
        stop = len(content) if end < 0 else end
        if text(size) and number(size) > 0:
            stop = min(stop, self._at + int(number(size)))
        found = content[self._at : stop]
        self._at = stop + (len(self.LineTerminator) if stop == end else 0)
        _tell(length, result, len(found))
        if isinstance(ended, ByRef):
            ended.set(int(stop == end))
        return found

    def FindAt(self, position: object, target: object, *_: object) -> int:
        """Where a text begins, from a position (-1: where reading is) on; -1 when it is not there."""
        start = int(number(position))
        found = str(self).find(text(target), self._at if start < 0 else max(start, 1) - 1)
        return found + 1 if found >= 0 else -1

    def MoveTo(self, position: object) -> int:
        """Read from a position on, counted from 1."""
        self._at = max(0, min(int(number(position)) - 1, self.Size))
        return 1

    def Rewind(self) -> int:
        """Read from the start again."""
        self._at = 0
        return 1

    def MoveToEnd(self) -> int:
        """Everything counts as read; writing appends."""
        self._at = self.Size
        return 1

    def Clear(self) -> int:
        """Empty it."""
        self._parts, self._at = [], 0
        return 1

    def CopyFrom(self, source: object, *_: object) -> int:
        """Replace the content by another stream's, or by a text."""
        content = str(source) if hasattr(source, "Rewind") else text(source)
        self.Clear()
        return self.Write(content)

    def CopyFromAndSave(self, source: object) -> object:
        """`CopyFrom`, and save."""
        self.CopyFrom(source)
        return self._Save()

    def SaveStream(self, *_: object) -> object:
        """Save it."""
        return self._Save()

    def _Save(self, *_: object) -> object:
        """``%Save``: a stream in memory is always saved."""
        return 1

    def _Id(self) -> object:
        """``%Id``: a stream in memory has none."""
        return ""

    def _ConstructClone(self, *_: object) -> Self:
        """A stream of its own with the same content."""
        made = type(self)()
        made.CopyFrom(self)
        made.LineTerminator = self.LineTerminator
        return made


def _tell(length: object, result: object, count: int) -> None:
    if isinstance(length, ByRef):
        length.set(count)
    if isinstance(result, ByRef):
        result.set(1)


class BinaryStream(CharacterStream):
    """Bytes, as characters 0 to 255."""

    def Write(self, data: object = "") -> int:
        """Append bytes.

        Raises:
            ObjectScriptError: ``<WIDE CHAR>``: a character is no byte.
        """
        octets(data)
        return super().Write(data)


def new_stream(content: str = "") -> CharacterStream:
    """A character stream with that content."""
    return CharacterStream(content)
