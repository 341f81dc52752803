"""What every object of the language can do, whatever its Python class is.

`ObjectMethods` is the mixin (messages use it, too); `RegisteredObject` is the plain object whose properties come from a
class definition.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self, TypeVar

from . import dictionary, status
from .definitions import ClassDefinition, PropertyDefinition
from .library.collections import ArrayOfDataTypes, ListOfDataTypes
from .library.datatypes import validate
from .names import python_name

T = TypeVar("T")


class ObjectMethods:
    """``%ClassName``, ``%IsA``, ``%ValidateObject`` and their like."""

    _definition: ClassVar[ClassDefinition | None] = None
    _parameters: ClassVar[Mapping[str, Any]] = {}  # values of the language, most of them texts

    @classmethod
    def _New(cls, *arguments: object) -> Self:
        """``%New``: calls ``%OnNew`` with the arguments.

        Raises:
            StatusError: ``%OnNew`` returned an error.
        """
        made = cls()
        on_new = getattr(made, "_OnNew", None)
        if on_new is not None:
            status.check(on_new(*arguments) or status.OK)
        return made

    @classmethod
    def _ClassName(cls, full: object = 0) -> str:
        """``%ClassName``: with its package when `full` is 1."""
        name = dictionary.full_name(dictionary.name_of(cls))
        return name if full == 1 else name.rpartition(".")[2]

    @classmethod
    def _IsA(cls, name: str) -> int:
        """``%IsA``."""
        return cls._Extends(name)

    @classmethod
    def _Extends(cls, name: str) -> int:
        """``%Extends``: 1 for the class itself, too."""
        return int(issubclass(cls, dictionary.resolve(name)))

    @classmethod
    def _GetParameter(cls, name: str) -> object:
        """``%GetParameter``."""
        return cls._parameters.get(name, "")

    @classmethod
    def _property_names(cls) -> list[str]:
        return [definition.name for definition in properties(cls)]

    def _get_property(self, name: str) -> object:
        if hasattr(type(self), f"{name}Get"):
            return getattr(self, f"{name}Get")()
        return getattr(self, python_name(name))

    def _set_property(self, name: str, value: object) -> None:
        if hasattr(type(self), f"{name}Set"):
            status.check(getattr(self, f"{name}Set")(value))
            return
        if name not in self._property_names():
            raise AttributeError(name)
        setattr(self, python_name(name), value)

    def _ValidateObject(self) -> object:
        """``%ValidateObject``: OK, or a status naming each property that is wrong."""
        result: object = status.OK
        for definition in properties(type(self)):
            result = status.append(result, validate(definition, getattr(self, python_name(definition.name), "")))
        own = getattr(self, "_OnValidateObject", None)
        return status.append(result, own() or status.OK) if callable(own) else result


def properties(cls: type) -> Iterator[PropertyDefinition]:
    """The properties of a class, those of its superclasses first, each once."""
    found: dict[str, PropertyDefinition] = {}
    for owner in reversed(cls.__mro__):
        definition = owner.__dict__.get("_definition")
        for item in definition.properties if definition is not None else ():
            found[item.name] = item
    return iter(found.values())


_TYPE_METHODS = (
    "LogicalToDisplay", "DisplayToLogical", "LogicalToOdbc", "OdbcToLogical", "LogicalToXSD", "XSDToLogical",
    "IsValid", "Normalize",
)  # fmt: skip


def type_method(cls: type, name: str) -> Callable[..., object] | None:
    """``BornLogicalToDisplay``: a method of the type of a property, with the property's parameters."""
    suffix = next((item for item in _TYPE_METHODS if name.endswith(item) and name != item), None)
    if suffix is None:
        return None
    prefix = name.removesuffix(suffix)
    definition = next((item for item in properties(cls) if python_name(item.name) == prefix), None)
    if definition is None or not dictionary.exists(definition.type):
        return None
    owner = dictionary.resolve(definition.type)
    if not hasattr(owner, "_kind"):
        return None
    bound = type(
        owner.__name__, (owner,), {"_parameters": {**getattr(owner, "_parameters", {}), **definition.parameters}}
    )
    found: Callable[..., object] | None = getattr(bound, suffix, None)
    return found


class RegisteredObject(ObjectMethods):
    """``%RegisteredObject``: an object in memory."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        found = type_method(type(self), name)
        if found is None:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name, obj=self)
        return found

    def __init__(self, **values: object) -> None:
        for name, value in values.items():
            self._set_property(name, value)

    def _ConstructClone(self, *_: object) -> Self:
        """``%ConstructClone``: a copy; objects it refers to are shared."""
        clone = type(self).__new__(type(self))
        for name, value in vars(self).items():
            clone.__dict__[name] = (
                type(value)(value) if isinstance(value, ListOfDataTypes | ArrayOfDataTypes) else value
            )
        return clone


class Attribute:
    """A property of a built class: unset it is its initial value, a collection is made when first asked for."""

    def __init__(self, definition: PropertyDefinition) -> None:
        self.definition = definition

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object | None, owner: type) -> object:
        if instance is None:
            return self
        held = vars(instance)
        if self.name not in held:
            held[self.name] = initial_value(self.definition, instance)
        return held[self.name]

    def __set__(self, instance: object, value: object) -> None:
        vars(instance)[self.name] = value


def initial_value(definition: PropertyDefinition, instance: object) -> object:
    """What a property holds before it is set."""
    if definition.collection:
        return ListOfDataTypes() if definition.collection == "list" else ArrayOfDataTypes()
    expression = definition.keywords.get("InitialExpression")
    if not expression and definition.type.startswith("%Stream."):
        return dictionary.resolve(definition.type)._New()  # type: ignore[attr-defined]  # a stream class
    if not expression:
        return ""
    from .compiler import compile_expression
    from .frame import Frame
    from .output import current

    place = f"the initial expression of {definition.name}"
    return compile_expression(expression, place).evaluate(Frame(this=instance, place=place, output=current()))


def with_properties(*definitions: PropertyDefinition) -> Callable[[type[T]], type[T]]:
    """A decorator that gives a Python class properties of the language, as a class file would."""

    def decorate(cls: type[T]) -> type[T]:
        name = f"{cls.__module__}.{cls.__qualname__}"
        cls._definition = ClassDefinition(name, properties=definitions)  # type: ignore[attr-defined]  # an ObjectMethods
        for definition in definitions:
            attribute = Attribute(definition)
            attribute.__set_name__(cls, python_name(definition.name))
            setattr(cls, python_name(definition.name), attribute)
        return cls

    return decorate
