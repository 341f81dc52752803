"""Builds the Python class of a `ClassDefinition`.

Bases come from the dictionary, so a class file may extend a Python class and the other way round. A base that builds
its own members (a message, a persistent class) has a class method ``_members_of(definition)`` that gives them.
"""

from collections.abc import Callable

from . import dictionary
from .definitions import ClassDefinition, MethodDefinition
from .errors import ClassNotFoundError
from .methods import compile_method
from .names import python_name
from .objects import Attribute, RegisteredObject
from .platform import Platform


def build(definition: ClassDefinition) -> type:
    """The Python class of a definition.

    Raises:
        ClassNotFoundError: a superclass is unknown; names it and the class that wants it.
    """
    bases = _bases(definition)
    members: dict[str, object] = {
        "_definition": definition,
        "__doc__": f"Built from class {definition.name}.",
        "__module__": definition.name.rpartition(".")[0] or "objectscript",
        "_parameters": {**_inherited_parameters(bases), **definition.parameters},
    }
    for method in definition.methods:
        members[python_name(method.name)] = _method(definition, method)
    make = next((base for base in bases if hasattr(base, "_members_of")), None)
    if make is not None:
        members.update(make._members_of(definition))
    else:
        members.update({python_name(item.name): Attribute(item) for item in definition.properties})
    return type(bases[0])(definition.name.rpartition(".")[2], bases, members)


def _inherited_parameters(bases: tuple[type, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(bases):
        found.update(getattr(base, "_parameters", {}))
    return found


def _bases(definition: ClassDefinition) -> tuple[type, ...]:
    found: list[type] = []
    for name in definition.superclasses:
        try:
            base = dictionary.resolve(_in_package(name, definition.name))
        except ClassNotFoundError as error:
            raise ClassNotFoundError(error.class_name, error.hint, f"the superclasses of {definition.name}") from None
        found.append(base)
    kept = [base for base in found if not any(other is not base and issubclass(other, base) for other in found)]
    return tuple(dict.fromkeys(kept)) or (RegisteredObject,)


def _in_package(name: str, owner: str) -> str:
    """A short name is of the owner's package when that has it."""
    if "." in name or name.startswith("%"):
        return name
    candidate = f"{owner.rpartition('.')[0]}.{name}"
    return candidate if dictionary.exists(candidate) else name


def _method(definition: ClassDefinition, method: MethodDefinition) -> object:
    made = compile_method(definition, method, current_platform)
    return classmethod(made) if method.is_class_method else made


_current_platform: Callable[[], Platform | None] | None = None


def set_platform_source(source: Callable[[], Platform | None] | None) -> None:
    """Tell built methods where the current namespace is; the room that owns namespaces does."""
    global _current_platform
    _current_platform = source


def current_platform() -> Platform | None:
    """The platform of the current namespace, None when there is none."""
    return _current_platform() if _current_platform is not None else None
