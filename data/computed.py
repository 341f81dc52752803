"""Computed properties: ``SqlComputed`` with ``SqlComputeCode``, or a method ``NameComputation(cols)``.

With ``Calculated`` or ``Transient`` the value is computed whenever it is asked for, by an object or by SQL, and not
stored. Without them it is stored: computed when a row is new and has no value of its own, and again as
``SqlComputeOnChange`` says: when one of those properties changes, with ``%%INSERT`` and ``%%UPDATE`` at every save.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import Block, Frame, compile_block, dictionary
from isc.py.objectscript.builder import current_platform
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.objects import properties
from isc.py.objectscript.output import current as current_output
from isc.py.objectscript.values import text

from .exceptions import ComputationError
from .property_types import form_of

if TYPE_CHECKING:
    from .persistent import Persistent

#: Strings stay as they are; ``{Name}``, ``{*}`` and ``{%%ID}`` are fields.
_PARTS = re.compile(r'"(?:[^"]|"")*"|\{(\*|%*[\w.]+)\}')
_DEEPEST = 50


class _Open(threading.local):
    """What a thread is computing: a property must not need itself."""

    def __init__(self) -> None:
        self.names: list[str] = []


_open = _Open()


def is_computed(definition: PropertyDefinition) -> bool:
    """Whether the property's value is made by code."""
    return definition.keywords.get("SqlComputed") == "1"


def is_always(definition: PropertyDefinition) -> bool:
    """Whether it is computed whenever it is asked for, and not stored."""
    words = definition.keywords
    return is_computed(definition) and (words.get("Calculated") == "1" or words.get("Transient") == "1")


def changes_of(definition: PropertyDefinition) -> tuple[str, ...]:
    """The properties and events after which a stored one is computed again."""
    listed = definition.keywords.get("SqlComputeOnChange", "").strip().strip("()")
    return tuple(part.strip().strip('"') for part in listed.split(",") if part.strip())


class Fields:
    """``%Library.PropertyHelper``: what a method ``NameComputation`` asks for the other fields."""

    def __init__(self, read: Callable[[str], object]) -> None:
        self._read = read

    def getfield(self, name: object) -> object:
        """The value of a field."""
        return self._read(text(name))


@dataclass(frozen=True, slots=True)
class _Code:
    block: Block
    fields: Mapping[str, str]  # variable: field


@lru_cache(maxsize=1024)
def _code(source: str, place: str) -> _Code:
    fields: dict[str, str] = {}

    def variable(found: re.Match[str]) -> str:
        if found.group(1) is None:
            return found.group()
        name = next((one for one, field in fields.items() if field == found.group(1)), f"%iscpy{len(fields)}")
        fields[name] = found.group(1)
        return name

    replaced = _PARTS.sub(variable, source)
    return _Code(compile_block("\n".join(f" {line.strip()}" for line in replaced.splitlines()), place), fields)


def computed(cls: type, definition: PropertyDefinition, read: Callable[[str], object]) -> object:
    """The value of a computed property; `read` gives the value of another field.

    Raises:
        ComputationError: its code failed, or the property needs itself.
    """
    name, class_name = definition.name, dictionary.name_of(cls)
    place = f"the compute code of {name} of {class_name}"
    if len(_open.names) > _DEEPEST:
        raise ComputationError(class_name, name, f"it needs itself: {' → '.join(_open.names[-3:])}")
    _open.names.append(name)
    try:
        method = getattr(cls, f"{name}Computation", None)
        if method is not None:
            found: object = method(Fields(read))
            return "" if found is None else found
        source = definition.keywords.get("SqlComputeCode", "")
        if not source:
            raise ComputationError(class_name, name, f"it has no SqlComputeCode, and no method {name}Computation")
        code = _code(source, place)
        own = {"*", name, definition.keywords.get("SqlFieldName", name)}
        variables = {variable: "" if field in own else read(field) for variable, field in code.fields.items()}
        frame = Frame(dict(variables), this=cls, platform=current_platform(), place=place, output=current_output())
        code.block.execute(frame)
        return next((frame.variables[variable] for variable, field in code.fields.items() if field in own), "")
    except ComputationError:
        raise
    except IscError as error:
        raise ComputationError(class_name, name, str(error)) from error
    finally:
        _open.names.pop()


def of_row(cls: type, definition: PropertyDefinition, values: Mapping[str, object], row_id: object) -> object:
    """The value of a computed property for the values of a row."""
    return computed(cls, definition, lambda name: _field(cls, name, values, row_id))


def of_object(item: "Persistent", definition: PropertyDefinition) -> object:
    """The value of a computed property of an object as it is in memory."""
    from .layout import layout_of
    from .saving import row_of

    layout = layout_of(type(item))
    values = row_of(item, layout)
    return computed(type(item), definition, lambda name: _field(type(item), name, values, item._id or ""))


def _field(cls: type, name: str, values: Mapping[str, object], row_id: object) -> object:
    special = {
        "%%ID": row_id, "%ID": row_id, "%%CLASSNAME": dictionary.name_of(cls).rpartition(".")[2],
        "%%CLASSNAMEQ": dictionary.name_of(cls), "%%TABLENAME": dictionary.name_of(cls).replace(".", "_"),
    }  # fmt: skip
    if name.upper() in special:
        return special[name.upper()]
    found = {item.name: item for item in properties(cls)}
    by_field = {(item.keywords.get("SqlFieldName") or item.name).lower(): item for item in found.values()}
    definition = found.get(name) or by_field.get(name.lower())
    if definition is None:
        return row_id if name.upper() == "ID" else _inside(cls, name, values, by_field)
    if is_always(definition):
        return of_row(cls, definition, values, row_id)
    return _plain(values.get(definition.name))


def _inside(cls: type, name: str, values: Mapping[str, object], known: Mapping[str, PropertyDefinition]) -> object:
    """A field of an object inside the row: ``Home_City``."""
    from .fields import Field, fields_of
    from .row_values import row_values

    for shown, definition in known.items():
        if form_of(definition) == "serial" and name.lower().startswith((f"{shown}_", f"{shown}.")):
            inner = fields_of({"": {definition.name: 1}}, {definition.name: definition})[1:]
            wanted = f"{definition.name}_{name[len(shown) + 1 :]}".lower()
            field: Field | None = next((item for item in inner if item.name.lower() == wanted), None)
            row = values.get(definition.name)
            if field is not None:
                found: object = row
                for position in field.within:
                    held = row_values(found, definition.name) if found else []
                    found = held[position - 1] if position <= len(held) else ""
                return _plain(found)
    raise ComputationError(
        dictionary.name_of(cls),
        name,
        f"{{{name}}} is no field; there are {', '.join(item.name for item in properties(cls))}",
    )


def _plain(value: object) -> object:
    return "" if value is None else value.decode("latin-1") if isinstance(value, bytes) else value


# --- stored ones ---


def refresh(item: "Persistent") -> None:
    """Compute what is due before an object is saved."""
    from .layout import layout_of
    from .saving import row_of

    layout = layout_of(type(item))
    due = layout.triggered
    if not due:
        return
    kept, now = item._kept_row, row_of(item, layout)
    for definition in due:
        events = changes_of(definition)
        if item._id is None:
            wanted = item._raw(definition.name) in (None, "") or bool(events)
        else:
            changed = kept is None or any(now.get(name) != kept.get(name) for name in events)
            wanted = "%%UPDATE" in (event.upper() for event in events) or changed
        if wanted:
            item._put_raw(definition.name, of_object(item, definition))


def changed(item: "Persistent", name: str) -> None:
    """A property was set: those are computed again that wait for it."""
    from .layout import layout_of

    for definition in layout_of(type(item)).triggered:
        if name in changes_of(definition) and name != definition.name:
            item._put_raw(definition.name, of_object(item, definition))


__all__ = ["changed", "changes_of", "computed", "is_always", "is_computed", "of_object", "of_row", "refresh"]
