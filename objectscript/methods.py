"""Methods of class definitions compiled to Python callables that the class builder attaches."""

import textwrap
from collections.abc import Callable

from .binding import bind, give_back, given, results
from .compiler import compile_block, compile_expression, run_method
from .definitions import ClassDefinition, MethodDefinition
from .frame import Frame
from .names import python_name
from .platform import Platform
from .routines import method_labels, run_routine


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
        references = bind(frame, method.arguments, given(arguments))
        try:
            if expression:
                return compile_expression(method.body.strip(), place).evaluate(frame)
            labels = method_labels(place, method.body)
            if labels is not None:
                return run_routine(labels, frame)
            return run_method(compile_block(method.body, place), frame)
        finally:
            give_back(results(frame, references))

    run._takes_absent = True  # type: ignore[attr-defined]  # a mark that `members.invoke` looks for
    return run
