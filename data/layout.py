"""The storage definition of a class: which node and which value position of a row holds which property.

A class without one gets the usual layout: ``%%CLASSNAME`` first, then its properties in their order. A subclass keeps
its rows in the global of the class above it: its own properties stand in a node below the row's, and ``%%CLASSNAME``
tells that the row is one of the subclass.
"""

from dataclasses import dataclass
from functools import cached_property

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ClassDefinition, IndexDefinition, PropertyDefinition, StorageDefinition
from isc.py.objectscript.names import python_name
from isc.py.objectscript.objects import properties

from .attributes import StoredAttribute
from .exceptions import DataError
from .fields import Field, fields_of
from .property_types import form_of, with_defaults

CLASSNAME = "%%CLASSNAME"


@dataclass(frozen=True)
class Layout:
    """Where a class's rows live and what their positions mean; `positions` counts from 1.

    `positions` are those of a row's own node, `nodes` those of the nodes below it by subscript; `arrays` are the
    subscripts of array properties. `tag` is what `CLASSNAME` says in rows of this class: "" for the class that has the
    global, ``~Lower~Upper~`` for one below it.
    """

    class_name: str
    data_global: str
    id_global: str
    index_global: str
    stream_global: str
    positions: dict[str, int]
    properties: dict[str, PropertyDefinition]
    nodes: dict[str, dict[str, int]]
    arrays: dict[str, str]
    indices: tuple[IndexDefinition, ...]
    tag: str = ""

    @property
    def id_key(self) -> tuple[str, ...]:
        """The properties whose values are the id; none when ids are counted."""
        return next((item.properties for item in self.indices if item.keywords.get("IdKey") == "1"), ())

    @cached_property
    def parent(self) -> str:
        """The relationship to the row that this one is a child of, whose id begins its own; "" when it is none."""
        return next((name for name, item in self.properties.items() if item.cardinality == "parent"), "")

    @cached_property
    def _related(self) -> dict[str, str]:
        return {name: item.cardinality for name, item in self.properties.items() if item.cardinality}

    def relationships(self, cardinalities: tuple[str, ...]) -> list[str]:
        """The relationships of these cardinalities."""
        return [name for name, cardinality in self._related.items() if cardinality in cardinalities]

    def all_nodes(self) -> dict[str, dict[str, int]]:
        """The positions of every node of a row, its own under ""."""
        return {"": self.positions, **self.nodes}

    def stored_names(self) -> list[str]:
        """The properties that have a position, in the order of nodes and positions."""
        return [
            name
            for positions in self.all_nodes().values()
            for name, _ in sorted(positions.items(), key=lambda pair: pair[1])
            if name in self.properties
        ]

    def fields(self) -> list[Field]:
        """ID and every property that a column can hold."""
        return fields_of(self.all_nodes(), self.properties)


def layout_of(cls: type) -> Layout:
    """The layout of a persistent class: its storage definition, or the default one when it has none.

    Raises:
        DataError: the class is not persistent.
    """
    held = cls.__dict__.get("_layout")
    if held is None:
        held = _layout(cls)
        cls._layout = held  # type: ignore[attr-defined]  # a cache on the class it describes
        make_stored(cls)
    found: Layout = held
    return found


def make_stored(cls: type) -> None:
    """See that every property of a class opens what it refers to when it is asked for."""
    for definition in properties(cls):
        name = python_name(definition.name)
        found = next((vars(above)[name] for above in cls.__mro__ if name in vars(above)), None)
        if not isinstance(found, StoredAttribute) or found.definition is not definition:
            attribute = StoredAttribute(definition)
            attribute.__set_name__(cls, name)
            setattr(cls, name, attribute)


def serial_positions(cls: type) -> dict[str, int]:
    """The value positions of a ``%SerialObject``: as its storage definition says, else in the order of properties."""
    storage = _storage(cls)
    found = {definition.name: definition for definition in properties(cls)}
    positions = {name: at for name, at in (storage.positions if storage else {}).items() if name in found}
    return _completed(positions, [name for name in found if _is_stored(found[name])])


def _storage(cls: type) -> StorageDefinition | None:
    definition: ClassDefinition | None = cls.__dict__.get("_definition")
    return definition.storage if definition is not None else None


def _has_extent(cls: type) -> bool:
    definition: ClassDefinition | None = cls.__dict__.get("_definition")
    return definition is not None and hasattr(cls, "_OpenId") and definition.keywords.get("NoExtent") != "1"


def _layout(cls: type) -> Layout:
    name = dictionary.name_of(cls)
    if not hasattr(cls, "_OpenId"):
        raise DataError(f"{name} is not persistent: extend %Persistent")
    found = {definition.name: with_defaults(definition) for definition in properties(cls)}
    above = next((layout_of(item) for item in cls.__mro__[1:] if _has_extent(item)), None)
    indices = _indices(cls)
    storage = _storage(cls) or StorageDefinition()
    wanted = [item for item in found if _is_stored(found[item]) and form_of(found[item]) != "array"]
    arrays = {item: storage.subnodes.get(item, item) for item in found if form_of(found[item]) == "array"}
    if above is not None:
        return _below(above, name, storage, wanted, found, arrays, indices)
    data = _bare(storage.data_location) or f"{name}D"
    main = dict(storage.positions) or {CLASSNAME: 1}
    nodes = {subscript: dict(positions) for subscript, positions in storage.nodes.items()}
    placed = {item for positions in nodes.values() for item in positions}
    return Layout(
        class_name=name,
        data_global=data,
        id_global=_bare(storage.id_location) or data,
        index_global=_bare(storage.index_location) or _sibling(data, "I"),
        stream_global=_bare(storage.stream_location) or _sibling(data, "S"),
        positions=_completed(main, [item for item in wanted if item not in placed]),
        properties=found,
        nodes=nodes,
        arrays=arrays,
        indices=indices,
    )


def _below(
    above: Layout,
    name: str,
    storage: StorageDefinition,
    wanted: list[str],
    found: dict[str, PropertyDefinition],
    arrays: dict[str, str],
    indices: tuple[IndexDefinition, ...],
) -> Layout:
    """The layout of a subclass: that of the class above, and a node for what it adds."""
    nodes = {subscript: dict(positions) for subscript, positions in above.nodes.items()}
    for subscript, positions in storage.nodes.items():
        nodes[subscript] = dict(positions)
    placed = {item for positions in (above.positions, *nodes.values()) for item in positions}
    own = [item for item in wanted if item not in placed]
    if own:
        short = name.rpartition(".")[2]
        subscript = short if short in storage.nodes or short not in nodes else name
        nodes[subscript] = _completed(nodes.get(subscript, {}), own)
    return Layout(
        class_name=name,
        data_global=above.data_global,
        id_global=above.id_global,
        index_global=above.index_global,
        stream_global=above.stream_global,
        positions=above.positions,
        properties=found,
        nodes=nodes,
        arrays={**arrays, **above.arrays},
        indices=indices,
        tag=f"~{name}{above.tag or '~'}",
    )


def _completed(positions: dict[str, int], wanted: list[str]) -> dict[str, int]:
    """The positions with those of properties that have none yet behind the last one."""
    last = max(positions.values(), default=0)
    missing = [item for item in wanted if item not in positions]
    return {item: at for item, at in positions.items() if item} | {
        item: at for at, item in enumerate(missing, start=last + 1)
    }


def _indices(cls: type) -> tuple[IndexDefinition, ...]:
    """The indices of a class and of those above it that have properties, each name once."""
    found: dict[str, IndexDefinition] = {}
    for owner in reversed(cls.__mro__):
        definition: ClassDefinition | None = owner.__dict__.get("_definition")
        for item in definition.indices if definition is not None else ():
            found[item.name] = item if item.properties else _on_itself(item, cls)
    return tuple(item for item in found.values() if item.properties)


def _on_itself(item: IndexDefinition, cls: type) -> IndexDefinition:
    """``Index Name;`` is one on the property of that name."""
    known = {definition.name for definition in properties(cls)}
    return IndexDefinition(item.name, (item.name,) if item.name in known else (), item.keywords, item.collations)


def _is_stored(definition: PropertyDefinition) -> bool:
    if definition.is_many:
        return False
    return not any(definition.keywords.get(item) == "1" for item in ("Transient", "Calculated", "MultiDimensional"))


def _bare(location: str) -> str:
    """The global of a location; "" for one below the row of a parent: such rows have their own global here."""
    return "" if location.startswith("{") else location.removeprefix("^")


def _sibling(data: str, suffix: str) -> str:
    """The global of indices or streams beside that of rows."""
    return f"{data[:-1] if data.endswith('D') else data}{suffix}"
