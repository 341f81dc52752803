"""The storage definition of a class: which node and which value position of a row holds which property.

A class without one gets the usual layout: ``%%CLASSNAME`` first, then its properties in their order. A subclass keeps
its rows in the global of the class above it: its own properties stand in a node below the row's, and ``%%CLASSNAME``
tells that the row is one of the subclass. The rows of children stand below the row of their parent.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from isc.py.iscpython_c.globals import Subscript, encode_key
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import (
    ClassDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    PropertyDefinition,
    StorageDefinition,
)
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, SKIPPED, is_datatype, short
from isc.py.objectscript.names import python_name, similar
from isc.py.objectscript.objects import properties
from isc.py.objectscript.values import text

from .attributes import StoredAttribute
from .computed import is_always, is_computed
from .exceptions import DataError
from .fields import Field, fields_of
from .places import Place, place_of
from .property_types import class_of, column_kind, form_of, is_stream, with_defaults

CLASSNAME = "%%CLASSNAME"


@dataclass(frozen=True)
class Layout:
    """Where a class's rows live and what their positions mean; `positions` counts from 1.

    `positions` are those of a row's own node, `nodes` those of the nodes below it by subscript; `arrays` are the
    subscripts of array properties. `tag` is what `CLASSNAME` says in rows of this class: "" for the class that has the
    global, ``~Lower~Upper~`` for one below it. `data` and `ids` of a child may be places below the row of its parent.
    """

    class_name: str
    data: Place
    ids: Place
    index: Place
    stream_global: str
    positions: dict[str, int]
    properties: dict[str, PropertyDefinition]
    nodes: dict[str, dict[str, int]]
    arrays: dict[str, str]
    indices: tuple[IndexDefinition, ...]
    foreign_keys: tuple[ForeignKeyDefinition, ...] = ()
    tag: str = ""

    @property
    def data_global(self) -> str:
        """The global of the rows: of a child below its parent that of the topmost one."""
        return self.parent_layout.data_global if self.data.below_parent else self.data.name

    @cached_property
    def parent_layout(self) -> "Layout":
        """The layout of the class of the parent."""
        return layout_of(dictionary.resolve(self.properties[self.parent].type))

    @cached_property
    def own_parts(self) -> tuple[int, ...]:
        """Of how many parts (``a||b`` has two) each subscript of a row is made that is its own, not its parent's."""
        names = [name for name in self.id_key if name != self.parent]
        return tuple(_width(self.properties.get(name)) for name in names) or (1,)

    @cached_property
    def is_flat(self) -> bool:
        """Whether a row stands one level below the place of all rows, at the subscript that is its id."""
        return not self.data.below_parent and len(self.own_parts) == 1

    def subscripts(self, row_id: object) -> tuple[str, ...]:
        """The subscripts of a row in its global."""
        shown = text(row_id)
        if self.is_flat:
            return (*self.data.subscripts, shown)
        parts = shown.split("||")
        own = sum(self.own_parts)
        if self.data.below_parent:
            if len(parts) <= own:  # no id of a child: no node has these subscripts
                return (shown, *self.data.subscripts, "||")
            above = self.parent_layout.subscripts("||".join(parts[:-own]))
            return (*above, *self.data.subscripts, *_grouped(parts[-own:], self.own_parts))
        grouped = _grouped(parts, self.own_parts) if len(parts) == own else (shown,)
        return (*self.data.subscripts, *grouped)

    def key(self, row_id: object, *below: Subscript) -> bytes:
        """The key of a row's own node, or of one below it."""
        return encode_key(self.data_global, (*self.subscripts(row_id), *below))

    def counter(self, above: object = "") -> bytes:
        """The key of the node that counts ids: of children it may be one below the row of their parent."""
        if self.ids.below_parent:
            return self.parent_layout.key(above, *self.ids.subscripts)
        return self.ids.key()

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
        """The properties that rows have a value of, in the order of nodes and positions; a child's parent first."""
        return [self.parent] * self.data.below_parent + [
            name
            for positions in self.all_nodes().values()
            for name, _ in sorted(positions.items(), key=lambda pair: pair[1])
            if name in self.properties
        ]

    @cached_property
    def triggered(self) -> list[PropertyDefinition]:
        """The computed properties that are stored."""
        return [item for item in self.properties.values() if is_computed(item) and not is_always(item)]

    def computed_fields(self) -> list[Field]:
        """The properties that are computed whenever they are asked for, as fields."""
        found = [item for item in self.properties.values() if is_always(item) and form_of(item) == "data"]
        return [
            Field(item.name, item.keywords.get("SqlFieldName") or item.name, column_kind(item), computed=True)
            for item in found
        ]

    def fields(self) -> list[Field]:
        """ID and every property that a column can hold and that is stored."""
        found = fields_of(self.all_nodes(), self.properties)
        if self.data.below_parent:
            definition = self.properties[self.parent]
            shown = definition.keywords.get("SqlFieldName") or self.parent
            own = sum(self.own_parts)
            found.insert(1, Field(self.parent, shown, column_kind(definition), above=own))
        return found


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
    if "_from_file" not in vars(cls):
        _check_declared(cls, name, found, indices)
    storage = _storage(cls) or StorageDefinition()
    wanted = [item for item in found if _is_stored(found[item]) and form_of(found[item]) != "array"]
    arrays = {item: storage.subnodes.get(item, item) for item in found if form_of(found[item]) == "array"}
    if above is not None:
        return _below(above, name, storage, wanted, found, arrays, indices, _foreign_keys(cls))
    main = dict(storage.positions) or {CLASSNAME: 1}
    nodes = {subscript: dict(positions) for subscript, positions in storage.nodes.items()}
    placed = {item for positions in nodes.values() for item in positions}
    data = place_of(storage.data_location, _usual_place(name, found))
    if data.below_parent:  # the id says who the parent is
        wanted = [item for item in wanted if found[item].cardinality != "parent"]
    usual = f"{name}D" if data.below_parent else data.name
    streams = storage.stream_location.removeprefix("^")
    if "(" in streams or "{" in streams:
        raise DataError(f"{name}: StreamLocation {storage.stream_location}: streams stand in a global of their own")
    return Layout(
        class_name=name,
        data=data,
        ids=place_of(storage.id_location, f"^{usual}") if storage.id_location or data.below_parent else data,
        index=place_of(storage.index_location, f"^{_sibling(usual, 'I')}"),
        stream_global=streams or _sibling(usual, "S"),
        positions=_completed(main, [item for item in wanted if item not in placed]),
        properties=found,
        nodes=nodes,
        arrays=arrays,
        indices=indices,
        foreign_keys=_foreign_keys(cls),
    )


def _below(
    above: Layout,
    name: str,
    storage: StorageDefinition,
    wanted: list[str],
    found: dict[str, PropertyDefinition],
    arrays: dict[str, str],
    indices: tuple[IndexDefinition, ...],
    foreign_keys: tuple[ForeignKeyDefinition, ...],
) -> Layout:
    """The layout of a subclass: that of the class above, and a node for what it adds."""
    nodes = {subscript: dict(positions) for subscript, positions in above.nodes.items()}
    for subscript, positions in storage.nodes.items():
        nodes[subscript] = dict(positions)
    placed = {item for positions in (above.positions, *nodes.values()) for item in positions}
    own = [item for item in wanted if item not in placed and not (above.data.below_parent and item == above.parent)]
    if own:
        short = name.rpartition(".")[2]
        subscript = short if short in storage.nodes or short not in nodes else name
        nodes[subscript] = _completed(nodes.get(subscript, {}), own)
    return Layout(
        class_name=name,
        data=above.data,
        ids=above.ids,
        index=above.index,
        stream_global=above.stream_global,
        positions=above.positions,
        properties=found,
        nodes=nodes,
        arrays={**arrays, **above.arrays},
        indices=indices,
        foreign_keys=foreign_keys,
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
    always = {item.name for item in properties(cls) if is_always(item)}
    for item in list(found.values()):
        if always & {part.partition("(")[0].partition(".")[0] for part in item.properties}:
            if any(item.keywords.get(word) == "1" for word in ("Unique", "PrimaryKey", "IdKey")):
                place = f"{dictionary.name_of(cls)}: unique index {item.name}"
                raise DataError(f"{place} is on a property that is computed and not stored: leave out Calculated")
            del found[item.name]  # it would only make queries faster
    return tuple(item for item in found.values() if item.properties)


def _check_declared(
    cls: type, name: str, found: dict[str, PropertyDefinition], indices: tuple[IndexDefinition, ...]
) -> None:
    """See that a class that is written in Python names what is there; a class file was checked when it was loaded.

    Raises:
        DataError: a type or a property is unknown; tells similar ones.
    """
    own: ClassDefinition | None = cls.__dict__.get("_definition")
    for item in own.properties if own is not None else ():
        if is_datatype(item.type) or is_stream(item.type) or dictionary.exists(item.type):
            continue
        kinds = [f"%{kind}" for kind in sorted({*COLUMN_KINDS, *SKIPPED, "String"})]
        shown = f"%{short(item.type)}" if item.type.startswith("%") else item.type
        raise DataError(f"{name}: {shown} of property {item.name} is no type{similar(shown, kinds)}")
    for index in indices:
        for part in index.properties:
            base = part.partition("(")[0].partition(".")[0]
            if base not in found:
                raise DataError(f"{name}: index {index.name} is on {base!r}, no property{similar(base, list(found))}")


def _foreign_keys(cls: type) -> tuple[ForeignKeyDefinition, ...]:
    """The foreign keys of a class and of those above it, each name once, with whole names of classes."""
    found: dict[str, ForeignKeyDefinition] = {}
    for owner in reversed(cls.__mro__):
        definition: ClassDefinition | None = owner.__dict__.get("_definition")
        for item in definition.foreign_keys if definition is not None else ():
            whole = dictionary.qualified(item.references, dictionary.name_of(owner), definition.imports)  # type: ignore[union-attr]  # it has keys
            found[item.name] = replace(item, references=whole)
    return tuple(found.values())


def _on_itself(item: IndexDefinition, cls: type) -> IndexDefinition:
    """``Index Name;`` is one on the property of that name."""
    known = {definition.name for definition in properties(cls)}
    return IndexDefinition(item.name, (item.name,) if item.name in known else (), item.keywords, item.collations)


def _is_stored(definition: PropertyDefinition) -> bool:
    if definition.is_many:
        return False
    return not any(definition.keywords.get(item) == "1" for item in ("Transient", "Calculated", "MultiDimensional"))


def _usual_place(name: str, found: dict[str, PropertyDefinition]) -> str:
    """Where rows are whose class does not say it: a global of their own, or below the row of their parent."""
    parent = next((item for item in found.values() if item.cardinality == "parent"), None)
    inverse = parent.keywords.get("Inverse", "") if parent is not None else ""
    return f'{{%%PARENT}}("{inverse}")' if inverse else f"^{name}D"


def _width(definition: PropertyDefinition | None) -> int:
    """Of how many parts a value is made that is part of an id: that of a reference is itself an id."""
    target = class_of(definition.type) if definition is not None else None
    if target is None or not hasattr(target, "_OpenId"):
        return 1
    layout = layout_of(target)
    above = 0
    if layout.parent:
        above = _width(layout.properties[layout.parent])
    return above + sum(layout.own_parts)


def _grouped(parts: list[str], widths: tuple[int, ...]) -> tuple[str, ...]:
    found, at = [], 0
    for width in widths:
        found.append("||".join(parts[at : at + width]))
        at += width
    return tuple(found)


def _sibling(data: str, suffix: str) -> str:
    """The global of indices or streams beside that of rows."""
    return f"{data[:-1] if data.endswith('D') else data}{suffix}"
