"""Builds the Python class of a `ClassDefinition`.

Bases come from the dictionary, so a class file may extend a Python class and the other way round. A base that builds
its own members (a message, a persistent class) has a class method ``_members_of(definition)`` that gives them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from . import dictionary
from .definitions import ClassDefinition, MethodDefinition, PropertyDefinition, includes_of
from .errors import ClassNotFoundError, NotSupportedError
from .linearize import metaclass_of
from .names import python_name
from .objects import Attribute, RegisteredObject
from .parameters import parameters_of, raw_values
from .platform import Platform, switched

if TYPE_CHECKING:
    from .python_methods import PythonModule


def build(definition: ClassDefinition) -> type:
    """The Python class of a definition.

    Raises:
        ClassNotFoundError: a superclass is unknown; names it and the class that wants it.
        NotSupportedError: the superclasses cannot be one object in Python.
    """
    from .python_methods import PythonModule  # the compiler: who builds no class needs none

    bases = _bases(definition)
    rightmost = definition.keywords.get("Inheritance", "").lower() == "right"
    ranked = tuple(reversed(bases)) if rightmost else bases
    definition = _settled(definition, bases)
    parameters = parameters_of(definition, _inherited_parameters(ranked))
    members: dict[str, object] = {
        "_definition": definition,
        "__doc__": f"Built from class {definition.name}.",
        "__module__": definition.name.rpartition(".")[0] or "objectscript",
        "_parameters": parameters,
        "_from_file": True,
        "_rightmost": rightmost,
    }
    module = PythonModule(definition)
    for method in definition.methods:
        members[python_name(method.name)] = _method(definition, method, module)
    make = next((base for base in ranked if hasattr(base, "_members_of")), None)
    if make is not None:
        members.update(make._members_of(definition))
    else:
        members.update({python_name(item.name): Attribute(item) for item in definition.properties})
    try:
        built = metaclass_of(bases)(definition.name.rpartition(".")[2], bases, members)
    except TypeError as error:
        listed = ", ".join(definition.superclasses)
        raise NotSupportedError(f"{definition.name} cannot extend all of {listed} at once: {error}") from error
    parameters.owner = built
    return built


def _inherited_parameters(bases: tuple[type, ...]) -> dict[str, object]:
    found: dict[str, object] = {}
    for base in reversed(bases):
        found.update(raw_values(getattr(base, "_parameters", {})))
    return found


def _settled(definition: ClassDefinition, bases: tuple[type, ...]) -> ClassDefinition:
    """The definition with types under their whole names and the macros of its expressions expanded."""
    from .macros import expand

    includes = tuple(dict.fromkeys([*definition.includes, *(name for base in bases for name in includes_of(base))]))

    def code(text: str) -> str:
        return expand(text, includes, definition.name).text if "$$$" in text else text

    def placed(item: PropertyDefinition) -> PropertyDefinition:
        keywords = {name: code(value) for name, value in item.keywords.items()}
        return replace(
            item, type=dictionary.qualified(item.type, definition.name, definition.imports), keywords=keywords
        )

    def defaulted(method: MethodDefinition) -> MethodDefinition:
        if not any("$$$" in (item.default or "") for item in method.arguments):
            return method
        arguments = (replace(item, default=code(item.default)) if item.default else item for item in method.arguments)
        return replace(method, arguments=tuple(arguments))

    expressions = definition.computed | definition.evaluated
    return replace(
        definition,
        properties=tuple(placed(item) for item in definition.properties),
        methods=tuple(defaulted(method) for method in definition.methods),
        parameters={n: code(text) if n in expressions else text for n, text in definition.parameters.items()},
    )


def _bases(definition: ClassDefinition) -> tuple[type, ...]:
    found: list[type] = []
    for name in definition.superclasses:
        try:
            base = dictionary.resolve(dictionary.qualified(name, definition.name, definition.imports))
        except ClassNotFoundError as error:
            raise ClassNotFoundError(error.class_name, error.hint, f"the superclasses of {definition.name}") from None
        found.append(base)
    return tuple(dict.fromkeys(found)) or (RegisteredObject,)


def _method(definition: ClassDefinition, method: MethodDefinition, module: "PythonModule") -> object:
    from .methods import compile_method

    made = compile_method(definition, method, current_platform, module)
    return classmethod(made) if method.is_class_method else made


_current_platform: Callable[[], Platform | None] | None = None


def set_platform_source(source: Callable[[], Platform | None] | None) -> None:
    """Tell built methods where the current namespace is; the room that owns namespaces does."""
    global _current_platform
    _current_platform = source


def current_platform() -> Platform | None:
    """The platform of the current namespace, None when there is none."""
    return switched.get() or (_current_platform() if _current_platform is not None else None)
