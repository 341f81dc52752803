"""``%ListOfDataTypes`` and ``%ArrayOfDataTypes``: Python's list and dict with the language's methods."""

from typing import Any, Self

from ..frame import ByRef
from ..values import collation_key, number, text


class ListOfDataTypes(list[Any]):
    """A list; positions count from 1 in its methods, from 0 in Python."""

    @classmethod
    def _New(cls) -> Self:
        return cls()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(cls, core_schema.list_schema())

    def GetAt(self, position: object) -> object:
        """The item, "" when there is none."""
        at = int(number(position))
        return self[at - 1] if 0 < at <= len(self) else ""

    def SetAt(self, value: object, position: object) -> int:
        """Replace an item; the position behind the last appends."""
        at = int(number(position))
        if at == len(self) + 1:
            self.append(value)
        elif 0 < at <= len(self):
            self[at - 1] = value
        else:
            return 0
        return 1

    def Insert(self, value: object) -> int:
        """Append."""
        self.append(value)
        return 1

    def InsertAt(self, value: object, position: object) -> int:
        """Insert before a position."""
        self.insert(int(number(position)) - 1, value)
        return 1

    def RemoveAt(self, position: object) -> object:
        """Take an item out; "" when there is none."""
        at = int(number(position))
        return self.pop(at - 1) if 0 < at <= len(self) else ""

    def Count(self) -> int:
        """How many items."""
        return len(self)

    def Size(self) -> int:
        """How many items."""
        return len(self)

    def Clear(self) -> int:
        """Empty it."""
        self.clear()
        return 1

    def Find(self, value: object, position: object = 0) -> object:
        """The position of a value, "" when it is not there."""
        start = int(number(position))
        return next((at for at, item in enumerate(self, 1) if at > start and text(item) == text(value)), "")

    def Next(self, position: object = "") -> object:
        """The position behind one, "" at the end."""
        at = int(number(position)) + 1
        return at if at <= len(self) else ""

    def Previous(self, position: object = "") -> object:
        """The position before one, "" at the start."""
        at = (int(number(position)) if position != "" else len(self) + 1) - 1
        return at if at > 0 else ""

    def GetNext(self, position: ByRef[object]) -> object:
        """The item behind a position, which moves on; "" at the end."""
        position.value = self.Next(position.value)
        return "" if position.value == "" else self.GetAt(position.value)


class ArrayOfDataTypes(dict[str, Any]):
    """An array: items by key, walked in the order of subscripts."""

    @classmethod
    def _New(cls) -> Self:
        return cls()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(cls, core_schema.dict_schema(core_schema.str_schema()))

    def GetAt(self, key: object) -> object:
        """The item, "" when there is none."""
        return self.get(text(key), "")

    def SetAt(self, value: object, key: object) -> int:
        """Set an item."""
        self[text(key)] = value
        return 1

    def RemoveAt(self, key: object) -> object:
        """Take an item out; "" when there is none."""
        return self.pop(text(key), "")

    def IsDefined(self, key: object) -> int:
        """Whether there is an item."""
        return int(text(key) in self)

    def Count(self) -> int:
        """How many items."""
        return len(self)

    def Clear(self) -> int:
        """Empty it."""
        self.clear()
        return 1

    def Find(self, value: object, _key: object = "") -> object:
        """The key of a value, "" when it is not there."""
        return next((key for key in self._ordered() if text(self[key]) == text(value)), "")

    def _ordered(self) -> list[str]:
        return sorted(self, key=collation_key)

    def Next(self, key: object = "") -> object:
        """The key behind one, "" at the end."""
        at = collation_key(key)
        return next((found for found in self._ordered() if collation_key(found) > at), "")

    def Previous(self, key: object = "") -> object:
        """The key before one, "" at the start."""
        at = collation_key(key)
        return next((k for k in reversed(self._ordered()) if key == "" or collation_key(k) < at), "")

    def GetNext(self, key: ByRef[object]) -> object:
        """The item behind a key, which moves on; "" at the end."""
        key.value = self.Next(key.value)
        return "" if key.value == "" else self[text(key.value)]


class ListOfObjects(ListOfDataTypes):
    """``%ListOfObjects``."""


class ArrayOfObjects(ArrayOfDataTypes):
    """``%ArrayOfObjects``."""
