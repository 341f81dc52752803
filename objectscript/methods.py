"""Methods of class definitions compiled to Python callables that the class builder attaches."""

import textwrap
from collections.abc import Callable

from .arrays import Node
from .compiler import compile_block, compile_expression, run_method
from .definitions import ClassDefinition, MethodDefinition
from .frame import ByRef, Frame
from .names import python_name
from .platform import Platform
from .variables import LocalByRef


def compile_method(
    definition: ClassDefinition, method: MethodDefinition, platform: Callable[[], Platform | None]
) -> Callable[..., object]:
    """The callable of a method; its first argument is the object, or the class of a class method.

    The body is compiled when it is first called, so that a class with one bad method can still be loaded.
    """
    made = _python(definition, method) if method.language == "python" else _objectscript(definition, method, platform)
    made.__name__ = python_name(method.name)
    return made


def _python(definition: ClassDefinition, method: MethodDefinition) -> Callable[..., object]:
    names = [python_name(argument.name) for argument in method.arguments]
    first = [] if method.is_class_method else ["self"]
    parameters = ", ".join([*first, *(f"{name}=''" for name in names)])
    body = textwrap.indent(textwrap.dedent(method.body) or "pass", "    ")
    namespace: dict[str, Callable[..., object]] = {}
    place = definition.source or definition.name
    source = "\n" * (method.line - 2) + f"def method({parameters}):\n{body}\n    pass\n"
    exec(compile(source, place, "exec"), namespace)  # the user's class file, loaded to be run
    made = namespace["method"]
    return (lambda cls, *arguments: made(*arguments)) if method.is_class_method else made


def _objectscript(
    definition: ClassDefinition, method: MethodDefinition, platform: Callable[[], Platform | None]
) -> Callable[..., object]:
    place = f"{definition.name}.{method.name}"
    expression = method.keywords.get("CodeMode", "").lower() == "expression"

    def run(this: object, *arguments: object) -> object:
        frame = Frame(this=this, place=place, platform=platform(), owner=definition.name, method=method.name)
        references = _bind(frame, method, arguments)
        try:
            if expression:
                return compile_expression(method.body.strip(), place).evaluate(frame)
            return run_method(compile_block(method.body, place), frame)
        finally:
            for name, reference in references:
                if name in frame.variables:
                    reference.value = frame.variables[name]
                elif isinstance(reference, LocalByRef):
                    reference.kill()

    return run


def _bind(frame: Frame, method: MethodDefinition, arguments: tuple[object, ...]) -> list[tuple[str, ByRef[object]]]:
    """Give the arguments their variables; the by-reference ones are returned."""
    references: list[tuple[str, ByRef[object]]] = []
    for index, argument in enumerate(method.arguments):
        if argument.mode == "variadic":
            frame.variables[argument.name] = len(arguments[index:])
            array = frame.arrays[argument.name] = Node()
            for at, value in enumerate(arguments[index:], start=1):
                array.make((str(at),)).value = value.value if isinstance(value, ByRef) else value
        elif index < len(arguments):
            value = arguments[index]
            if isinstance(value, ByRef):
                references.append((argument.name, value))
            if isinstance(value, LocalByRef):
                frame.arrays[argument.name] = value.array()
                if value.defined():
                    frame.variables[argument.name] = value.value
            else:
                frame.variables[argument.name] = value.value if isinstance(value, ByRef) else value
        elif argument.default is not None:
            frame.variables[argument.name] = compile_expression(argument.default, frame.place).evaluate(frame)
        else:
            frame.variables[argument.name] = ""
    return references
