"""Methods of class definitions compiled to Python callables that the class builder attaches."""

from collections.abc import Callable

from .binding import bind, give_back, given, results
from .compiler import compile_block, compile_expression, run_method
from .definitions import ClassDefinition, MethodDefinition
from .errors import NotSupportedError
from .frame import Frame
from .generators import generated
from .macros import Expanded, expand
from .names import python_name
from .platform import Platform
from .python_methods import PythonModule
from .routines import method_labels, run_routine

#: The ways a method can say what its body is, and whether that body is made by running it first.
_GENERATED = {"generator": False, "objectgenerator": True}


def compile_method(
    definition: ClassDefinition,
    method: MethodDefinition,
    platform: Callable[[], Platform | None],
    module: PythonModule | None = None,
) -> Callable[..., object]:
    """The callable of a method; its first argument is the object, or the class of a class method.

    The body is compiled when it is first called, so that a class with one bad method can still be loaded. `module` is
    what the Python methods of a class share.
    """
    if method.language == "python":
        made = (module or PythonModule(definition)).callable(method)
    elif method.language != "objectscript":
        made = _refused(definition, method)
    else:
        made = _objectscript(definition, method, platform)
    made.__name__ = python_name(method.name)
    return made


def _refused(definition: ClassDefinition, method: MethodDefinition) -> Callable[..., object]:
    def run(_this: object, *_arguments: object) -> object:
        raise NotSupportedError(
            f"{definition.name}.{method.name} is written in {method.language}, which is not supported:"
            " write it in ObjectScript or Python"
        )

    return run


def _objectscript(
    definition: ClassDefinition, method: MethodDefinition, platform: Callable[[], Platform | None]
) -> Callable[..., object]:
    place = f"{definition.name}.{method.name}"
    mode = method.code_mode

    def run(this: object, *arguments: object) -> object:
        frame = Frame(this=this, place=place, platform=platform(), owner=definition.name, method=method.name)
        references = bind(frame, method.arguments, given(arguments))
        try:
            if mode == "expression":
                code = method_text(definition, method, this).text.strip()
                return compile_expression(code, place).evaluate(frame) if code else ""
            if mode in _GENERATED:
                code = generated(definition, method, this, platform(), by_object=_GENERATED[mode])
            else:
                code = method_text(definition, method, this).text
            labels = method_labels(place, code)
            if labels is not None:
                return run_routine(labels, frame)
            return run_method(compile_block(code, place), frame)
        finally:
            give_back(results(frame, references))

    run._takes_absent = True  # type: ignore[attr-defined]  # a mark that `members.invoke` looks for
    return run


def method_text(definition: ClassDefinition, method: MethodDefinition, this: object = None) -> Expanded:
    """The code of a method, its macros expanded; `this` is the object or class whose superclasses have include files.

    Raises:
        CompileError: a directive is wrong.
    """
    body = method.body
    if method.code_mode == "call" and body.strip():
        target = body.strip()
        passed = ", ".join(f".{item.name}" if item.mode else item.name for item in method.arguments)
        body = f" quit $${target}" if "(" in target else f" quit $${target}({passed})"
    return expand(body, includes_of(definition, this), f"{definition.name}.{method.name}")


def includes_of(definition: ClassDefinition, this: object) -> tuple[str, ...]:
    """The include files of a class and of those it extends."""
    found = list(definition.includes)
    cls = this if isinstance(this, type) else type(this)
    for above in cls.__mro__:
        other = above.__dict__.get("_definition")
        found += other.includes if other is not None else ()
    return tuple(dict.fromkeys(found))
