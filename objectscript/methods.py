"""Methods of class definitions compiled to Python callables that the class builder attaches."""

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

from .binding import bind, give_back, given, results
from .compiler import compile_block, compile_expression, run_method
from .definitions import ClassDefinition, MethodDefinition
from .definitions import includes_of as inherited_includes
from .errors import NotSupportedError
from .frame import Frame
from .generators import generated
from .macros import Expanded, expand
from .names import python_name
from .output import current
from .platform import Platform
from .python_methods import PythonModule
from .routines import method_labels, run_routine

#: What runs a method in its frame.
Code = Callable[[Frame], object]
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
    codes: WeakKeyDictionary[type, Code] = WeakKeyDictionary()

    def run(this: object, *arguments: object) -> object:
        cls = this if isinstance(this, type) else type(this)
        code = codes.get(cls)
        if code is None:
            code = codes[cls] = _code(definition, method, this, platform)
        frame = Frame(
            this=this, place=place, platform=platform(), output=current(), owner=definition.name, method=method.name
        )
        references = bind(frame, method.arguments, given(arguments))
        try:
            return code(frame)
        finally:
            give_back(results(frame, references))

    run._takes_absent = True  # type: ignore[attr-defined]  # a mark that `members.invoke` looks for
    return run


def _code(
    definition: ClassDefinition, method: MethodDefinition, this: object, platform: Callable[[], Platform | None]
) -> Code:
    """What runs the body for the class of `this`: a generator's is another in each class."""
    place, mode = f"{definition.name}.{method.name}", method.code_mode
    if mode == "expression":
        text = method_text(definition, method, this).text.strip()
        return compile_expression(text, place).evaluate if text else _nothing
    if mode in _GENERATED:
        made = generated(definition, method, this, platform(), by_object=_GENERATED[mode])
        text = expand(made, includes_of(definition, this), place).text
    else:
        text = method_text(definition, method, this).text
    labels = method_labels(place, text)
    if labels is not None:
        return partial(run_routine, labels)
    return partial(run_method, compile_block(text, place))


def _nothing(_frame: Frame) -> object:
    return ""


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
    cls = this if isinstance(this, type) else type(this)
    return tuple(dict.fromkeys([*definition.includes, *inherited_includes(cls)]))
