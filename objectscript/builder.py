"""Builds the Python class of a `ClassDefinition`.

Bases come from the dictionary, so a class file may extend a Python class and the other way round. A base that builds
its own members (a message, a persistent class) has a class method ``_members_of(definition)`` that gives them.
"""

import textwrap
from collections.abc import Callable

from . import dictionary
from .compiler import compile_block, compile_expression, run_method
from .definitions import ClassDefinition, MethodDefinition
from .errors import ClassNotFoundError
from .frame import ByRef, Frame
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
    if method.language == "python":
        made = _python_method(definition, method)
    else:
        made = _objectscript_method(definition, method)
    made.__name__ = python_name(method.name)
    return classmethod(made) if method.is_class_method else made


def _python_method(definition: ClassDefinition, method: MethodDefinition) -> Callable[..., object]:
    names = [python_name(argument.name) for argument in method.arguments]
    first = [] if method.is_class_method else ["self"]
    parameters = ", ".join([*first, *(f"{name}=''" for name in names)])
    body = textwrap.indent(textwrap.dedent(method.body) or "pass", "    ")
    namespace: dict[str, Callable[..., object]] = {}
    place = f"{definition.source or definition.name}"
    source = "\n" * (method.line - 2) + f"def method({parameters}):\n{body}\n    pass\n"
    exec(compile(source, place, "exec"), namespace)  # the user's class file, loaded to be run
    made = namespace["method"]
    return (lambda cls, *arguments: made(*arguments)) if method.is_class_method else made


def _objectscript_method(definition: ClassDefinition, method: MethodDefinition) -> Callable[..., object]:
    place = f"{definition.name}.{method.name}"

    def run(this: object, *arguments: object) -> object:
        frame = Frame(this=this, place=place, platform=_platform())
        given = list(arguments)
        references: list[tuple[str, ByRef[object]]] = []
        for index, argument in enumerate(method.arguments):
            if argument.mode == "variadic":
                frame.arrays[argument.name] = {(str(n),): v for n, v in enumerate(given[index:], start=1)}
                frame.variables[argument.name] = len(given[index:])
                break
            if index < len(given):
                value = given[index]
                if isinstance(value, ByRef):
                    references.append((argument.name, value))
                    value = value.value
                frame.variables[argument.name] = value
            elif argument.default is not None:
                frame.variables[argument.name] = compile_expression(argument.default, place).evaluate(frame)
            else:
                frame.variables[argument.name] = ""
        if method.keywords.get("CodeMode", "").lower() == "expression":
            result = compile_expression(method.body.strip(), place).evaluate(frame)
        else:
            result = run_method(compile_block(method.body, place), frame)
        for name, reference in references:
            reference.value = frame.variables.get(name, "")
        return result

    return run


_current_platform: Callable[[], Platform | None] | None = None


def set_platform_source(source: Callable[[], Platform | None] | None) -> None:
    """Tell built methods where the current namespace is; the room that owns namespaces does."""
    global _current_platform
    _current_platform = source


def _platform() -> Platform | None:
    return _current_platform() if _current_platform is not None else None
