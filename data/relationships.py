"""Relationships: the side that has many is a live collection of the rows whose other side refers to its owner.

What a row refers to is the only truth: a collection is what the store and the objects in memory say at the moment.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast
from weakref import WeakValueDictionary, ref

from isc.py.iscpython_c.globals import Subscript
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.frame import ByRef
from isc.py.objectscript.names import python_name
from isc.py.objectscript.objects import ObjectMethods
from isc.py.objectscript.values import number, text

from .layout import layout_of
from .namespace import current
from .related_rows import ONE, inverse_of, related_ids
from .row_values import Reference

if TYPE_CHECKING:
    from .persistent import Persistent


class RelationshipObject(ObjectMethods):
    """``%RelationshipObject``: the objects of the side that has many; keys count from 1, in the order of ids."""

    def __init__(self, owner: "Persistent", definition: PropertyDefinition) -> None:
        self._owner = owner
        self._name = definition.name
        self._target, self._inverse = inverse_of(dictionary.name_of(type(owner)), definition)
        self._held: list[Persistent] = []
        self._settled: WeakValueDictionary[str, Persistent] = WeakValueDictionary()
        self._found: tuple[object, list[Subscript]] | None = None

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Size"]

    @property
    def Size(self) -> int:
        """How many objects."""
        return len(self)

    def __len__(self) -> int:
        return len(self._members())

    def __iter__(self) -> "Iterator[Persistent]":
        return (self._opened(item) for item in self._members())

    def __bool__(self) -> bool:
        return True  # it is an object, be it empty or not

    # --- what belongs to it ---

    def hold(self, item: "Persistent") -> None:
        """Keep an object whose other side was set to the owner."""
        if not any(item is one for one in self._held):
            self._held.append(item)

    def settle(self, item: "Persistent") -> None:
        """An object was saved: it lives as long as somebody else keeps it."""
        if any(item is one for one in self._held):
            self._held = [one for one in self._held if one is not item]
            self._settled[text(item._id)] = item

    def in_memory(self) -> "list[Persistent]":
        """The objects that may have to be saved with the owner."""
        return list(self._held)

    def _members(self) -> "list[Persistent | Subscript]":
        """Every object, as such when it is in memory, else its id."""
        ids = self._ids()
        held = {text(item._id): item for item in (*self._settled.values(), *self._held) if item._id is not None}
        found: list[Persistent | Subscript] = []
        for row_id in ids:
            item = held.pop(text(row_id), None)
            if item is None:
                found.append(row_id)
            elif self._is_of_owner(item):
                found.append(item)
        moved = [item for item in self._held if item._id is None or text(item._id) in held]
        return found + [item for item in moved if self._is_of_owner(item) and not self._was_here(item)]

    def _ids(self) -> list[Subscript]:
        owner_id = self._owner._id
        if owner_id is None:
            return []
        layout = layout_of(self._target)
        with current().store().read() as txn:
            names = sorted({layout.data_global, layout.index.name})
            changes = txn.uncommitted(names)
            own = None if changes is None else ref(changes)  # marks tell the states of one transaction apart
            state = (id(current()), text(owner_id), own, [txn.mark(name) for name in names])
            if self._found is None or self._found[0] != state:
                self._found = (state, related_ids(txn, layout, self._inverse, owner_id))
        return self._found[1]

    def _is_of_owner(self, item: "Persistent") -> bool:
        held = item._raw(self._inverse)
        if held is self._owner:
            return True
        other = held.id if isinstance(held, Reference) else getattr(held, "_id", None)
        return self._owner._id is not None and other is not None and text(other) == text(self._owner._id)

    def _was_here(self, item: "Persistent") -> bool:
        """Whether the object's row referred to the owner: then it is gone, for the store does not have it."""
        kept = (item._kept_row or {}).get(self._inverse)
        return item._id is not None and self._owner._id is not None and text(kept or "") == text(self._owner._id)

    def _opened(self, item: "Persistent | Subscript") -> "Persistent":
        if hasattr(item, "_kept_row"):
            return cast("Persistent", item)
        made = self._target.open(item)  # type: ignore[arg-type]  # an id
        made._put_raw(self._inverse, self._owner)
        self._held.append(made)
        return made

    # --- the methods of the language ---

    def Count(self) -> int:
        """How many objects."""
        return len(self)

    def IsEmpty(self) -> int:
        """Whether there is none."""
        return int(not len(self))

    def GetAt(self, key: object) -> object:
        """The object at a key, "" when there is none."""
        members, at = self._members(), int(number(key))
        return self._opened(members[at - 1]) if 0 < at <= len(members) else ""

    def IsDefined(self, key: object) -> int:
        """Whether there is an object at a key."""
        return int(0 < number(key) <= len(self))

    def Next(self, key: object = "") -> object:
        """The key behind one, "" at the end."""
        at = max(int(number(key)), 0) + 1
        return at if at <= len(self) else ""

    def Previous(self, key: object = "") -> object:
        """The key before one, "" at the start."""
        behind = len(self) + 1
        at = min(int(number(key)) if key != "" else behind, behind) - 1
        return at if at > 0 else ""

    def GetNext(self, key: ByRef[object]) -> object:
        """The object behind a key, which moves on; "" at the end."""
        key.value = self.Next(key.value)
        return "" if key.value == "" else self.GetAt(key.value)

    def GetPrevious(self, key: ByRef[object]) -> object:
        """The object before a key, which moves back; "" at the start."""
        key.value = self.Previous(key.value)
        return "" if key.value == "" else self.GetAt(key.value)

    def GetObjectIdAt(self, key: object) -> object:
        """The id of the object at a key, "" when there is none, or it is new; nothing is opened."""
        members, at = self._members(), int(number(key))
        found = members[at - 1] if 0 < at <= len(members) else ""
        return getattr(found, "_Id", lambda: found)()

    def FindObjectId(self, id: object, start: object = "") -> object:
        """The key of the object with an id, behind a key; "" when it is not there."""
        keys = range(int(number(start)) + 1, len(self) + 1)
        return next((key for key in keys if text(self.GetObjectIdAt(key)) == text(id)), "")

    def FindOref(self, item: object, start: object = "") -> object:
        """The key of an object, behind a key; "" when it is not there."""
        for key, one in enumerate(self._members(), start=1):
            same = one is item or (isinstance(one, str | int) and text(getattr(item, "_id", "")) == text(one))
            if same and key > number(start):
                return key
        return ""

    Find = FindOref

    def Insert(self, item: object) -> object:
        """Have an object belong to the owner: its other side refers to it; saved with the owner, or itself."""
        if not isinstance(item, self._target):
            shown = dictionary.name_of(type(item)) if hasattr(item, "_ClassName") else repr(text(item))
            wanted = dictionary.name_of(self._target)
            return status.error(
                5001, f"{self._name} of {dictionary.name_of(type(self._owner))}: {shown} is no {wanted}"
            )
        setattr(item, python_name(self._inverse), self._owner)
        return status.OK

    def SetAt(self, item: object, key: object = "") -> object:
        """As `Insert`: the order is that of ids."""
        return self.Insert(item)

    def RemoveAt(self, key: object) -> object:
        """Take the object at a key out: its other side refers to nothing; the object, "" when there is none."""
        item = self.GetAt(key)
        if item != "":
            setattr(item, python_name(self._inverse), "")
            self.hold(cast("Persistent", item))  # it is saved with the owner
        return item

    def RemoveObject(self, item: object) -> object:
        """Take an object out; OK, or an error status when it is not there."""
        key = self.FindOref(item)
        if key == "":
            return status.error(5001, f"{self._name}: the object is not in the relationship")
        self.RemoveAt(key)
        return status.OK

    def Clear(self) -> object:
        """Take every object out."""
        for _ in range(len(self)):
            self.RemoveAt(1)
        return status.OK

    def _Save(self, *_: object) -> object:
        """``%Save``: saves the owner."""
        return self._owner._Save()


def collections_of(item: object) -> Iterator[RelationshipObject]:
    """The relationships of an object that were asked for."""
    return (value for value in list(vars(item).values()) if isinstance(value, RelationshipObject))


def joined(item: "Persistent", definition: PropertyDefinition, owner: object) -> None:
    """An object's side that has one was set: the owner's collection has it from now on."""
    if not hasattr(owner, "_kept_row"):
        return  # nothing, or a value that validation will refuse
    inverse = definition.keywords.get("Inverse", "")
    collection = getattr(owner, python_name(inverse), None) if inverse else None
    if isinstance(collection, RelationshipObject) and isinstance(item, collection._target):
        collection.hold(item)


def settle(items: "Iterable[Persistent]") -> None:
    """Objects were saved: collections keep them no longer."""
    for item in items:
        layout = layout_of(type(item))
        for name in layout.relationships(ONE):
            owner = item._raw(name)
            for collection in collections_of(owner) if hasattr(owner, "_kept_row") else ():
                collection.settle(item)
