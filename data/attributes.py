"""Properties of stored classes: what a row refers to is opened when it is first asked for; and how a class that is
written in Python declares its properties and indices.
"""

import builtins
from abc import ABC, abstractmethod
from collections.abc import Sequence

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ForeignKeyDefinition, IndexDefinition, PropertyDefinition
from isc.py.objectscript.objects import Attribute

from .computed import changed, is_always, of_object
from .property_types import class_of, form_of
from .python_values import accepted, type_name


class Unopened(ABC):
    """What stands for an object, a stream or a list of objects until it is asked for."""

    __slots__ = ()

    @abstractmethod
    def open(self) -> object:
        """The thing itself, "" when it is gone."""


class StoredAttribute(Attribute):
    """A property of a stored class; an object inside the row is there from the start."""

    def __init__(self, definition: PropertyDefinition) -> None:
        super().__init__(definition)
        self.is_always = is_always(definition)

    def __get__(self, instance: object | None, owner: type) -> object:
        if instance is not None and self.is_always:
            return of_object(instance, self.definition)  # type: ignore[arg-type]  # a persistent object
        found = super().__get__(instance, owner)
        if instance is None:
            return found
        if isinstance(found, Unopened):
            found = vars(instance)[self.name] = found.open()
        if found == "" and form_of(self.definition) == "serial":
            target = class_of(self.definition.type)
            found = vars(instance)[self.name] = target() if target is not None else ""
        if found == "" and self.definition.is_many:
            from .relationships import RelationshipObject

            found = vars(instance)[self.name] = RelationshipObject(instance, self.definition)  # type: ignore[arg-type]
        return found

    def __set__(self, instance: object, value: object) -> None:
        cardinality = self.definition.cardinality
        if self.definition.is_many:
            name = self.definition.name
            raise AttributeError(
                f"relationship {name} is not set: use its Insert and RemoveAt", name=name, obj=instance
            )
        if self.is_always:
            name = self.definition.name
            raise AttributeError(f"property {name} is computed: it cannot be set", name=name, obj=instance)
        super().__set__(instance, accepted(self.definition, value))
        layout = vars(type(instance)).get("_layout")
        if layout is not None and layout.triggered:
            changed(instance, self.definition.name)  # type: ignore[arg-type]  # a persistent object
        if cardinality:
            from .relationships import joined

            joined(instance, self.definition, value)  # type: ignore[arg-type]  # a persistent object


class Property(StoredAttribute):
    """A property of a class written in Python: ``Name = Property("%String", MAXLEN=30, required=True)``.

    The type is one of the language, one of Python (`str`, `int`, `float`, `Decimal`, `bool`, `date`, `datetime`,
    `time`, `bytes`), or a class that is stored: by itself, or by its name when it comes later (``module.Class``).
    `collection` is "", ``list`` or ``array``; capital names are parameters of the type (MAXLEN, MINVAL, SCALE, …).
    `computed` ones get their value from a class method ``NameComputation(cls, fields)``, where `fields.getfield(name)`
    gives the others, or from ObjectScript in `compute_code`; `calculated` ones whenever they are asked for.
    """

    def __init__(
        self,
        type: str | builtins.type = "%String",
        *,
        collection: str = "",
        required: bool = False,
        sql_field_name: str = "",
        initial: str = "",
        transient: bool = False,
        computed: bool = False,
        calculated: bool = False,
        compute_code: str = "",
        compute_on_change: Sequence[str] = (),
        **parameters: object,
    ) -> None:
        keywords = {
            "Required": "1" if required else "",
            "SqlFieldName": sql_field_name,
            "InitialExpression": initial,
            "Transient": "1" if transient else "",
            "SqlComputed": "1" if computed or calculated or compute_code else "",
            "Calculated": "1" if calculated else "",
            "SqlComputeCode": compute_code,
            "SqlComputeOnChange": ",".join(compute_on_change),
        }
        if collection not in ("", "list", "array"):
            raise ValueError(f"collection {collection!r} is none: 'list' or 'array'")
        self._declared = PropertyDefinition(
            "",
            type_name(type),
            collection,
            {name: str(value) for name, value in parameters.items()},
            {name: value for name, value in keywords.items() if value},
        )
        super().__init__(self._declared)

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        declared = self._declared
        shown = f"%{name[1:]}" if name.startswith("_") else name
        self.is_always = is_always(declared)
        self.definition = PropertyDefinition(
            shown, declared.type, declared.collection, declared.parameters, declared.keywords
        )


class Index:
    """An index of a class written in Python: ``BySSN = Index("SSN", unique=True)``."""

    def __init__(self, *properties: str, unique: bool = False, id_key: bool = False) -> None:
        self.properties = properties
        self.keywords = {"Unique": "1"} if unique else {}
        self.keywords |= {"IdKey": "1", "Unique": "1"} if id_key else {}

    def definition(self, name: str) -> IndexDefinition:
        """What a class file would say."""
        return IndexDefinition(name, self.properties, self.keywords)


class ForeignKey:
    """A foreign key of a class written in Python: ``Firm = ForeignKey("FirmName", references=Firm, index="NameKey")``.

    Without an index it refers to ids. `on_delete` and `on_update` are ``noaction``, ``cascade``, ``setnull`` or
    ``setdefault``.
    """

    def __init__(
        self,
        *properties: str,
        references: type | str,
        index: str = "",
        on_delete: str = "noaction",
        on_update: str = "noaction",
    ) -> None:
        if not isinstance(references, str) and not hasattr(references, "_OpenId"):
            hint = " (a property of the class body has the same name)" if isinstance(references, Property) else ""
            raise TypeError(f"references={references!r} is no stored class{hint}: give the class, or its name as text")
        for event, action in (("on_delete", on_delete), ("on_update", on_update)):
            if action not in ("noaction", "cascade", "setnull", "setdefault"):
                raise ValueError(f"{event}={action!r}: 'noaction', 'cascade', 'setnull' or 'setdefault'")
        self.properties = properties
        self.references = references
        self.index = index
        self.keywords = {"OnDelete": on_delete, "OnUpdate": on_update}

    def definition(self, name: str) -> ForeignKeyDefinition:
        """What a class file would say."""
        other = self.references if isinstance(self.references, str) else dictionary.name_of(self.references)
        return ForeignKeyDefinition(name, self.properties, other, self.index, self.keywords)
