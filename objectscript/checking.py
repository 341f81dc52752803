"""Classes and routines checked when they are loaded: everything is compiled, nothing is run."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from isc.py.iscpython_c.exceptions import IscError

from . import dictionary
from .compiler import Block, compile_block, compile_expression
from .definitions import ClassDefinition, MethodDefinition
from .errors import CompileError, NotSupportedError, ObjectScriptError
from .macros import Expanded, expand, using
from .methods import includes_of, method_text
from .python_methods import PythonModule
from .references import References, add_declarations
from .routines import code_of, method_labels, parse_routine

T = TypeVar("T")
_NOTE = re.compile(r"line (\d+): (.*)", re.S)


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be compiled; line and column count from 1 in the text that was checked."""

    line: int
    column: int
    reason: str


@dataclass(slots=True)
class Checked:
    """What checking found: problems, notes (what runs, but not all of it) and what is referred to."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    references: References = field(default_factory=References)


def check_class(definition: ClassDefinition) -> Checked:
    """Compile every method and expression of a class."""
    with using(definition.includes):
        return _check_class(definition)


def _check_class(definition: ClassDefinition) -> Checked:
    found = Checked()
    add_declarations(found.references, definition)
    module = PythonModule(definition)
    for method in definition.methods:
        place = f"{definition.name}.{method.name}"
        for argument in method.arguments:
            if argument.default:
                _try(found, partial(compile_expression, argument.default, place), method.line)
        if method.language == "python":
            _try(found, partial(module.compiled, method), 1)
        elif method.language != "objectscript":
            found.notes.append(f"line {method.line}: {method.name} is written in {method.language}, which is not run")
        else:
            _check_method(found, definition, method, place)
    _check_expressions(found, definition)
    return found


def _check_method(found: Checked, definition: ClassDefinition, method: MethodDefinition, place: str) -> None:
    code = _try(found, partial(_expanded, definition, method), method.line)
    if code is None:
        return
    _refer(found, code, method.line)
    if method.code_mode == "expression":
        if code.text.strip():
            _try(found, partial(compile_expression, code.text.strip(), place), method.line, code)
        return
    _check_code(found, code, place, method.line)


def _expanded(definition: ClassDefinition, method: MethodDefinition) -> Expanded:
    """With the include files of the superclasses only when macros are missing: that needs the class to be built."""
    code = method_text(definition, method)
    if not code.undefined:
        return code
    try:
        cls = dictionary.resolve(definition.name)
    except (IscError, ImportError):
        return code
    if set(includes_of(definition, cls)) <= set(definition.includes):
        return code
    return method_text(definition, method, cls)


def _refer(found: Checked, code: Expanded, first: int) -> None:
    found.references.add_code(code.text, first)
    for name, line in code.undefined:
        found.references.macros.setdefault(name, first + line - 1)
    found.references.includes += [name for name in code.missing if name not in found.references.includes]


def _check_code(found: Checked, code: Expanded, place: str, first: int) -> None:
    labels = method_labels(place, code.text)
    if labels is None:
        block = _try(found, partial(compile_block, code.text, place), first, code)
        found.notes += _notes(block, first, code)
        return
    for label in labels.labels:
        block = _try(found, partial(code_of, place, label), first + label.line - 1, code)
        found.notes += _notes(block, first + label.line - 1, code)


def _notes(block: Block | None, first: int, code: Expanded) -> Iterator[str]:
    for note in block.notes if block is not None else ():
        told = _NOTE.match(note)
        yield f"line {first + code.line(int(told.group(1))) - 1}: {told.group(2)}" if told is not None else note


def _check_expressions(found: Checked, definition: ClassDefinition) -> None:
    for item in definition.properties:
        text = item.keywords.get("InitialExpression", "")
        if text:
            place = f"the initial expression of {definition.name}.{item.name}"
            _try(found, partial(compile_expression, text, place), item.line)
    for name in sorted(definition.computed | definition.evaluated):
        text = definition.parameters[name]
        place = f"the parameter {name} of {definition.name}"
        _try(found, partial(compile_expression, text, place), definition.line)


def check_routine(name: str, text: str) -> Checked:
    """Compile every label of a routine."""
    found = Checked()
    code = _try(found, partial(expand, text, place=f"^{name}"), 1)
    if code is None:
        return found
    _refer(found, code, 1)
    for label in parse_routine(name, code.text).labels:
        place = f"{label.name}^{name}"
        block = _try(found, partial(code_of, place, label), label.line, code)
        found.notes += _notes(block, label.line, code)
    return found


def check_include(name: str, text: str) -> Checked:
    """Read the directives of an include file."""
    found = Checked()
    code = _try(found, partial(expand, text, place=f"{name}.inc"), 1)
    if code is not None:
        found.references.includes += code.missing
    return found


def _try(found: Checked, work: Callable[[], T], first: int, code: Expanded | None = None) -> T | None:
    """What `work` gives; None when it fails, and then the problem is kept under its line of the file."""
    try:
        return work()
    except CompileError as error:
        line = code.line(error.line) if code is not None else error.line
        found.problems.append(Problem(first + line - 1, error.column, error.reason))
    except (NotSupportedError, ObjectScriptError) as error:
        found.problems.append(Problem(first, 1, str(error)))
    except RecursionError:
        found.problems.append(Problem(first, 1, "expressions or blocks are nested too deep"))
    return None


def described(problems: Iterable[Problem], line_of: Callable[[int], int]) -> tuple[str, ...]:
    """Problems as ``:line:column: reason``, in the order of lines, each once; what `line_of` gives is shown."""
    ordered = sorted({(line_of(item.line), item.column, item.reason) for item in problems})
    return tuple(f":{line}:{column}: {reason}" for line, column, reason in ordered)
