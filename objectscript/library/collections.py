"""``%ListOfDataTypes`` and ``%ArrayOfDataTypes``: Python's list and dict with the language's methods."""

from bisect import bisect_left
from typing import Any, Self

from isc.py.iscpython_c.dollar_list import decode, encode

from ..frame import ByRef
from ..values import collation_key, number, text


class _Collection:
    """What collections have beside their items."""

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Size"]

    @property
    def Size(self) -> int:
        """How many items."""
        return len(self)  # type: ignore[arg-type]  # a list or a dict

    def _Save(self, *_: object) -> int:
        """A collection in memory is always saved."""
        return 1


class ListOfDataTypes(_Collection, list[Any]):
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
        """Insert before a position; the one behind the last appends, any other is refused with 0."""
        at = int(number(position))
        if not 0 < at <= len(self) + 1:
            return 0
        self.insert(at - 1, value)
        return 1

    def InsertOrdered(self, value: object) -> int:
        """Insert where it belongs in a list that is in the order of subscripts."""
        self.insert(bisect_left([collation_key(item) for item in self], collation_key(value)), value)
        return 1

    def InsertList(self, values: object) -> int:
        """Append the items of a ``$list`` or another list."""
        self.extend(values if isinstance(values, list) else decode(text(values).encode("latin-1")))
        return 1

    def GetPrevious(self, position: ByRef[object]) -> object:
        """The item before a position, which moves back; "" at the start."""
        position.value = self.Previous(position.value)
        return "" if position.value == "" else self.GetAt(position.value)

    def IsDefined(self, position: object) -> int:
        """Whether there is an item."""
        return int(0 < number(position) <= len(self))

    def Serialize(self) -> str:
        """The items as a ``$list``."""
        return encode([_plain(item) for item in self]).decode("latin-1")

    def _ConstructClone(self, deep: object = 0, *_: object) -> Self:
        """A copy; a deep one copies its objects, too."""
        return type(self)(_copied(item, deep) for item in self)

    def RemoveAt(self, position: object, *_: object) -> object:
        """Take an item out; "" when there is none."""
        at = int(number(position))
        return self.pop(at - 1) if 0 < at <= len(self) else ""

    def Count(self) -> int:
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
        at = max(int(number(position)), 0) + 1
        return at if at <= len(self) else ""

    def Previous(self, position: object = "") -> object:
        """The position before one, "" at the start."""
        at = min(int(number(position)) if position != "" else len(self) + 1, len(self) + 1) - 1
        return at if at > 0 else ""

    def GetNext(self, position: ByRef[object]) -> object:
        """The item behind a position, which moves on; "" at the end."""
        position.value = self.Next(position.value)
        return "" if position.value == "" else self.GetAt(position.value)


class ArrayOfDataTypes(_Collection, dict[str, Any]):
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

    def RemoveAt(self, key: object, *_: object) -> object:
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

    def GetPrevious(self, key: ByRef[object]) -> object:
        """The item before a key, which moves back; "" at the start."""
        key.value = self.Previous(key.value)
        return "" if key.value == "" else self[text(key.value)]

    def Serialize(self) -> str:
        """The items as a ``$list`` of pairs of key and item."""
        return encode([encode([key, _plain(self[key])]) for key in self._ordered()]).decode("latin-1")

    def _ConstructClone(self, deep: object = 0, *_: object) -> Self:
        """A copy; a deep one copies its objects, too."""
        return type(self)({key: _copied(item, deep) for key, item in self.items()})


def _plain(item: object) -> object:
    return item if item is None or isinstance(item, str | int | float | bytes) else text(item)


def _copied(item: object, deep: object) -> object:
    clone = getattr(item, "_ConstructClone", None)
    return clone(1) if number(deep) and clone is not None else item


def _same_object(one: object, two: object) -> bool:
    return one is two or (isinstance(two, str | int) and text(one) == text(two))


class ListOfObjects(ListOfDataTypes):
    """``%ListOfObjects``."""

    def Find(self, value: object, position: object = 0) -> object:
        """The position of an object, "" when it is not there."""
        start = int(number(position))
        return next((at for at, item in enumerate(self, 1) if at > start and _same_object(item, value)), "")

    FindOref = Find


class ArrayOfObjects(ArrayOfDataTypes):
    """``%ArrayOfObjects``."""

    def Find(self, value: object, _key: object = "") -> object:
        """The key of an object, "" when it is not there."""
        return next((key for key in self._ordered() if _same_object(self[key], value)), "")

    FindOref = Find
