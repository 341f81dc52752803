"""What every message is: a Pydantic model with the language's property names and methods.

Assignments are not checked (BPL assigns one property at a time); `check` is called when a message is saved or sent.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, ClassVar, Self, TypeVar

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import ClassDefinition, PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.names import similar
from isc.py.objectscript.objects import ObjectMethods, initial_value, properties
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from . import nested

M = TypeVar("M", bound="Message")
_PLAIN = frozenset({str, int, float, bool, type(None)})  # values in which there are no objects


class MessageError(IscError, ValueError):
    """A message that is not what its class says; names class, property and mend."""


class Message(ObjectMethods, BaseModel):
    """The base of all messages."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise MessageError(_explained(type(self), error)) from error

    @classmethod
    def _New(cls, *_: object) -> Self:
        """``%New``: required properties may be set later."""
        first, made_anew = _first(cls)
        made: Self = first.__copy__()
        for name, make in made_anew:
            made.__dict__[name] = make()
        return made

    @classmethod
    def _property_names(cls) -> list[str]:
        return [field.alias or name for name, field in cls.model_fields.items()]

    def _get_property(self, name: str) -> object:
        return getattr(self, _field_name(type(self), name))

    def _set_property(self, name: str, value: object) -> None:
        field_name = _field_name(type(self), name)
        if isinstance(value, str) and isinstance(self.__dict__.get(field_name), CharacterStream):
            value = CharacterStream(value)
        self.__dict__[field_name] = value

    def _ConstructClone(self, *_: object) -> Self:
        """``%ConstructClone``."""
        return self.model_copy(deep=True)

    def _ValidateObject(self) -> object:
        """``%ValidateObject``: OK or an error status."""
        try:
            self.check()
        except MessageError as error:
            return status.error(5001, str(error))
        return status.OK

    def _Save(self) -> object:
        """``%Save``: a message is stored when it is sent; this checks it."""
        return self._ValidateObject()

    def check(self) -> Self:
        """This message, validated: what was assigned has become what the class says.

        Raises:
            MessageError: names class, property and mend.
        """
        cls = type(self)
        try:
            checked = cls.model_validate(dict(self.__dict__))
        except ValidationError as error:
            raise MessageError(_explained(cls, error)) from error
        self.__dict__.update(checked.__dict__)
        for definition, name in _checked(cls):
            wrong = _invalid(definition, getattr(self, name))
            if wrong:
                raise MessageError(f"{dictionary.name_of(cls)}.{wrong}")
        return self

    def to_json(self) -> str:
        """The properties as JSON; `from_json` is the way back.

        Raises:
            MessageError: objects in it refer to each other for ever.
        """
        try:
            objects = {
                name: nested.encoded(held)
                for name, held in self.__dict__.items()
                if type(held) not in _PLAIN and nested.holds_objects(held)
            }
        except nested.NestedError as error:
            raise MessageError(f"{dictionary.name_of(type(self))}: {error}") from error
        if objects:
            return self.model_copy(update=objects).model_dump_json(by_alias=True, warnings=False)
        return self.model_dump_json(by_alias=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The message of a JSON text.

        Raises:
            MessageError: names class, property and mend.
        """
        try:
            made = cls.model_validate_json(text)
        except ValidationError as error:
            raise MessageError(_explained(cls, error)) from error
        try:
            made._revive()
        except nested.NestedError as error:
            raise MessageError(f"{dictionary.name_of(cls)}: {error}") from error
        return made

    def _revive(self) -> None:
        """Make objects of what JSON holds for the properties that are some."""
        for definition, name in _checked(type(self)):
            value = self.__dict__[name]
            if type(value) in _PLAIN:
                continue
            inside = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
            if isinstance(value, dict) or any(isinstance(item, dict) for item in inside):
                self.__dict__[name] = nested.decoded(value, definition)

    @classmethod
    def _members_of(cls, definition: ClassDefinition) -> Mapping[str, object]:
        """What `builder.build` puts into a class that a class file derives from this one."""
        members: dict[str, object] = {"__annotations__": {}}
        for item in definition.properties:
            name = _safe_name(item.name)
            members["__annotations__"][name] = _annotation(item)  # type: ignore[index]  # the dictionary above
            alias = item.name if name != item.name else None
            members[name] = Field(default_factory=_default(item), alias=alias)
        return members


def _invalid(definition: PropertyDefinition, value: object) -> str:
    from isc.py.objectscript.library.datatypes import validate

    wrong = validate(definition, value)
    if status.is_error(wrong):
        return f"{definition.name}: {status.text(wrong)}"
    return ""


def _default(item: PropertyDefinition) -> Any:
    return lambda: initial_value(item, None)


def _annotation(item: PropertyDefinition) -> Any:
    if item.collection:
        return ListOfDataTypes if item.collection == "list" else ArrayOfDataTypes
    if item.type.startswith("%Stream."):
        return CharacterStream
    return Any


@cache
def _checked(cls: type[Message]) -> tuple[tuple[PropertyDefinition, str], ...]:
    """The properties whose types and parameters are looked at, with their fields."""
    return tuple((definition, _field_name(cls, definition.name)) for definition in properties(cls))


@cache
def _first(cls: type[M]) -> tuple[M, tuple[tuple[str, Callable[[], object]], ...]]:
    """A message of the class as it is when it is new, and what each new one has to itself."""
    made = cls.model_construct()
    own: list[tuple[str, Callable[[], object]]] = []
    for name, field in cls.model_fields.items():
        if field.is_required():
            made.__dict__[name] = ""
        elif not isinstance(made.__dict__[name], str | int | float | None) or field.default_factory is not None:
            own.append((name, partial(field.get_default, call_default_factory=True)))
    return made, tuple(own)


@cache
def _reserved() -> frozenset[str]:
    return frozenset(dir(BaseModel)) | frozenset(dir(Message))


def _safe_name(name: str) -> str:
    """A field name that Pydantic lets pass; the property's name becomes its alias."""
    if name.startswith("%"):
        return f"{name[1:]}_"
    return f"{name}_" if name in _reserved() or name.startswith("model_") else name


@cache
def _field_names(cls: type[Message]) -> dict[str, str]:
    fields: Mapping[str, FieldInfo] = cls.model_fields
    return {field.alias or name: name for name, field in fields.items()}


def _field_name(cls: type[Message], name: str) -> str:
    try:
        return _field_names(cls)[name]
    except KeyError:
        raise AttributeError(name) from None


def _explained(cls: type[Message], error: ValidationError) -> str:
    name = dictionary.name_of(cls)
    parts = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"]) or "the message"
        kind = item["type"]
        nested = item.get("ctx", {}).get("error")
        if isinstance(nested, MessageError):
            parts.append(str(nested))
            continue
        if kind == "extra_forbidden":
            known = cls._property_names()
            hint = similar(where, known) or f"; it has {', '.join(known) or 'none'}"
            parts.append(f"{name} has no property {where!r}{hint}")
        elif kind == "missing":
            parts.append(f"{name}.{where} is required: set it")
        else:
            shown = repr(item.get("input"))
            shown = shown if len(shown) <= 60 else shown[:57] + "..."
            parts.append(f"{name}.{where}: {item['msg'].removeprefix('Value error, ')}, not {shown}")
    return "; ".join(parts)
