"""Properties as places: ``$increment(..Count)``, ``set ..Data(1) = x``, ``merge i%Data = a``.

A `MultiDimensional` property is a tree of nodes, as a local variable is; every other holds one value.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from . import values
from .arrays import Node
from .errors import ObjectScriptError
from .frame import Frame
from .members import call_or_item, class_name, from_python, get, item, put, put_item, this
from .names import python_name
from .variables import Tree, shown, texts

_NODES = "_multidimensional_nodes"
_names: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()


def multidimensional(cls: type) -> frozenset[str]:
    """The names of the properties of a class that are trees."""
    found = _names.get(cls)
    if found is None:
        definitions = (owner.__dict__.get("_definition") for owner in cls.__mro__)
        found = _names[cls] = frozenset(
            item.name
            for definition in definitions
            for item in (definition.properties if definition is not None else ())
            if item.keywords.get("MultiDimensional", "0") != "0"
        )
    return found


def _nodes(owner: object, name: str) -> Node:
    """The tree of a property of an object, made when there is none."""
    held: dict[str, Node] | None = vars(owner).get(_NODES)
    if held is None:
        held = vars(owner)[_NODES] = {}
    return held.setdefault(name, Node())


@dataclass(slots=True)
class PropertyReference(Tree):
    """A property of an object, or an item of one: ``..Data(1, 2)``."""

    frame: Frame
    owner: object
    name: str
    subscripts: tuple[object, ...] = ()

    def at(self, subscripts: tuple[object, ...]) -> "PropertyReference":
        """The same property at other subscripts."""
        return type(self)(self.frame, self.owner, self.name, subscripts)

    def _tree(self) -> Node | None:
        is_tree = values.is_object(self.owner) and self.name in multidimensional(type(self.owner))
        return _nodes(self.owner, self.name) if is_tree else None

    def value(self) -> object | None:
        """What it holds; "" counts as defined unless the property is a tree."""
        tree = self._tree()
        if not self.subscripts:
            held = self._read()
            return None if tree is not None and held == "" else held
        if tree is None:
            return self._read_item()
        node = tree.find(texts(self.subscripts))
        return None if node is None else node.value

    def _read(self) -> object:
        return get(self.frame, self.owner, self.name)

    def _read_item(self) -> object:
        return call_or_item(self.frame, self.owner, self.name, self.subscripts)

    def set(self, value: object) -> None:
        """Give it a value."""
        tree = self._tree() if self.subscripts else None
        if tree is not None:
            tree.make(texts(self.subscripts)).value = value
        elif self.subscripts:
            put_item(self.frame, self._read(), self.subscripts, value)
        else:
            self._write(value)

    def _write(self, value: object) -> None:
        put(self.frame, self.owner, self.name, value)

    def kill(self) -> None:
        """Delete a node; a property that is no tree stays, without its value."""
        tree = self._tree()
        if tree is not None:
            tree.kill(texts(self.subscripts))
        if not self.subscripts:
            self._write("")
        elif tree is not None:
            return
        elif callable(remove := getattr(self._read(), "RemoveAt", None)):
            remove(*self.subscripts)

    def data(self) -> int:
        """``$data``."""
        tree = self._tree()
        if tree is None:
            return 1 if not self.subscripts or self.value() not in (None, "") else 0
        node = tree.find(texts(self.subscripts))
        below = 10 * int(node is not None and bool(node.children))
        return below + int(self.value() is not None)

    def order(self, direction: int) -> object:
        """``$order``: of a tree, or of the keys of an array."""
        tree = self._tree()
        *above, last = texts(self.subscripts) or ("",)
        if tree is not None:
            node = tree.find(tuple(above))
            return "" if node is None else node.next(last, direction)
        step = getattr(self._read(), "Next" if direction > 0 else "Previous", None)
        return from_python(step(last)) if callable(step) else ""

    def written(self) -> str:
        """As it would be written."""
        return shown(f"{class_name(self.owner)}.{self.name}", self.subscripts)


class InstanceReference(PropertyReference):
    """``i%Name``: a property of this object past its Get and Set methods."""

    __slots__ = ()

    def __init__(self, frame: Frame, name: str, subscripts: tuple[object, ...] = ()) -> None:
        super().__init__(frame, this(frame), name, subscripts)

    def at(self, subscripts: tuple[object, ...]) -> "InstanceReference":
        """The same property at other subscripts."""
        return InstanceReference(self.frame, self.name, subscripts)

    def _read(self) -> object:
        try:
            return from_python(getattr(self.owner, python_name(self.name)))
        except AttributeError:
            detail = f"{self.name} of {class_name(self.owner)}"
            raise ObjectScriptError("<PROPERTY DOES NOT EXIST>", detail, self.frame.place) from None

    def _read_item(self) -> object:
        return item(self._read(), self.subscripts)

    def _write(self, value: object) -> None:
        setattr(self.owner, python_name(self.name), value)


def instance_value(frame: Frame, name: str, subscripts: tuple[object, ...] = ()) -> object:
    """``i%Name``: the property's own value, past its Get method."""
    place = InstanceReference(frame, name, subscripts)
    found = place.value()
    if found is None:
        raise ObjectScriptError("<UNDEFINED>", place.written(), frame.place)
    return found


def put_instance(frame: Frame, name: str, subscripts: tuple[object, ...], value: object) -> None:
    """``set i%Name``: the property's own value, past its Set method."""
    InstanceReference(frame, name, subscripts).set(value)


def member(frame: Frame, owner: object, name: str, arguments: tuple[object, ...]) -> object:
    """``obj.Name(…)``: a method, an item of a collection property, or a node of a `MultiDimensional` one.

    Raises:
        ObjectScriptError: ``<METHOD DOES NOT EXIST>``, ``<UNDEFINED>``, ``<INVALID OREF>``.
    """
    if name in multidimensional(type(owner)):
        place = PropertyReference(frame, owner, name, arguments)
        found = place.value()
        if found is None:
            raise ObjectScriptError("<UNDEFINED>", place.written(), frame.place)
        return found
    return call_or_item(frame, owner, name, arguments)


def put_member(frame: Frame, owner: object, name: str, subscripts: tuple[object, ...], value: object) -> None:
    """``set obj.Name(…) = value``."""
    PropertyReference(frame, owner, name, subscripts).set(value)
