"""Text of the language compiled to Python, once per text.

`compile_expression`, `compile_condition`, `compile_target` and `compile_block` each give a small object that runs in a
`Frame`; syntax errors are found here, never at run time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from isc.py.iscpython_c.exceptions import IscError

from . import operators, output
from .commands import CommandCompiler
from .errors import CompileError, ObjectScriptError
from .expressions import ExpressionCompiler
from .frame import Frame
from .interrupts import asked
from .macros import expand
from .origins import ORIGINS, PLACE, locate
from .scanner import Scanner
from .variables import Reference


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `evaluate` gives its value in a frame, or an error under the language's name."""

    text: str
    evaluate: Callable[[Frame], object]


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition."""

    text: str
    _run: Callable[[Frame], object]

    def test(self, frame: Frame) -> bool:
        """Whether it holds."""
        return operators.truth(self._run(frame))


@dataclass(frozen=True, slots=True)
class Target:
    """A compiled assignment target; `assign` gives it a value in a frame."""

    text: str
    assign: Callable[[Frame, object], object]


@dataclass(frozen=True, slots=True)
class Block:
    """Compiled commands."""

    text: str
    notes: tuple[str, ...]
    _run: Callable[[Frame], object]

    def execute(self, frame: Frame) -> object:
        """Run them; what ``quit`` or ``return`` gave, else "".

        Raises:
            ObjectScriptError: under the language's name, with place and line.
        """
        try:
            if frame.output is output.current():
                return self._run(frame)
            with output.to(frame.output):
                return self._run(frame)
        except ObjectScriptError as error:
            locate(error)
            raise


def compile_expression(text: str, place: str = "") -> Expression:
    """One expression.

    Raises:
        CompileError: the text is none; names text, line and column.
        NotSupportedError: it uses what is not supported, by name.
    """
    return _compiled_expression(expand(text, place=place).text, place)


@lru_cache(maxsize=4096)
def _compiled_expression(text: str, place: str) -> Expression:
    return Expression(text, _function(f"    return {_expression(text, place)}", "f", place))


def compile_condition(text: str, place: str = "") -> Condition:
    """One condition. Raises like `compile_expression`."""
    return _compiled_condition(expand(text, place=place).text, place)


@lru_cache(maxsize=4096)
def _compiled_condition(text: str, place: str) -> Condition:
    return Condition(text, _function(f"    return {_expression(text, place)}", "f", place))


@lru_cache(maxsize=4096)
def compile_target(text: str, place: str = "") -> Target:
    """What can be assigned: ``context.X``, ``callrequest.List(3)``, ``x``. Raises like `compile_expression`."""
    scanner = Scanner(text.strip(), place)
    if not scanner.text:
        scanner.fail("something to assign to was expected, found nothing")
    statement = CommandCompiler(scanner).target()
    _at_end(scanner)
    return Target(text, _function(f"    {statement.format(value='v')}", "f, v", place))


@lru_cache(maxsize=1024)
def compile_place(text: str, place: str = "") -> Callable[[Frame], Reference]:
    """A variable or global, subscripted or not, as what can be read, set, killed and walked."""
    scanner = Scanner(text.strip(), place)
    source = ExpressionCompiler(scanner).reference()
    _at_end(scanner)
    made: Callable[[Frame], Reference] = _function(f"    return {source}", "f", place)  # type: ignore[assignment]  # by construction
    return made


def compile_block(text: str, place: str = "", falls: bool = False) -> Block:
    """Commands: the text of a code activity or of a method; `falls`: at its end it gives ``FALL``, as a label does that
    runs into the next.

    Raises like `compile_expression`.
    """
    return _compiled_block(expand(text, place=place).text, place, falls)


@lru_cache(maxsize=4096)
def _compiled_block(text: str, place: str, falls: bool) -> Block:
    compiler = CommandCompiler(Scanner(text, place))
    lines = compiler.block("o.FALL" if falls else "''")
    return _block(text, place, compiler, lines, falls)


@lru_cache(maxsize=1024)
def compile_procedure(text: str, place: str = "") -> Block:
    """The commands between the braces that `text` begins with. Raises like `compile_expression`."""
    compiler = CommandCompiler(Scanner(text, place))
    compiler.scanner.space()
    lines = compiler.braced_block()
    compiler.scanner.space()
    _at_end(compiler.scanner)
    return _block(text, place, compiler, lines, True)


def _block(text: str, place: str, compiler: CommandCompiler, lines: list[str], labelled: bool) -> Block:
    """`labelled`: the text begins on the line of its label, which is line 0."""
    origins = tuple(line - 1 for line in compiler.origins) if labelled else tuple(compiler.origins)
    run = _function("\n".join(lines), "f", place, origins)
    return Block(text, tuple(compiler.notes), run)


def python_of(text: str, kind: str = "expression", place: str = "") -> str:
    """The Python that an ``expression``, a ``target`` or a ``block`` becomes: what a checker reads names from.

    Raises:
        CompileError: the text is none.
    """
    if kind == "block":
        return "\n".join(["def run(f):", *CommandCompiler(Scanner(text, place)).block(), "    return ''"])
    if kind == "target":
        return CommandCompiler(Scanner(text.strip(), place)).target().format(value="v")
    return _expression(text, place)


def _expression(text: str, place: str) -> str:
    scanner = Scanner(text.strip(), place)
    if not scanner.text:
        scanner.fail("an expression was expected, found nothing")
    source = ExpressionCompiler(scanner).expression()
    _at_end(scanner)
    return source


def _at_end(scanner: Scanner) -> None:
    scanner.space()
    if scanner.peek():
        scanner.fail(f"an operator or the end was expected, found {scanner.found()}")


def _function(body: str, parameters: str, place: str, origins: tuple[int, ...] = ()) -> Callable[..., object]:
    names: dict[str, Callable[..., object]] = {}
    source = f"def run({parameters}):\n{body}\n"
    try:
        code: CodeType = compile(source, f"<{place or 'objectscript'}>", "exec")
    except (SyntaxError, RecursionError, MemoryError) as error:
        line = origins[min(max((getattr(error, "lineno", None) or 2) - 2, 0), len(origins) - 1)] if origins else 1
        reason = f"it is too long or nested too deep to be compiled ({getattr(error, 'msg', error)}): split it"
        raise CompileError(reason, "", max(line, 1), 1, place) from error
    from .runtime import FUNCTIONS, OPERATIONS

    known = {"o": OPERATIONS, "fn": FUNCTIONS, "asked": asked, PLACE: place, ORIGINS: origins}
    exec(code, known, names)  # our own generated source, not the user's text
    return names["run"]


def run_method(block: Block, frame: Frame) -> object:
    """Run a method's block; errors of Python become the language's.

    Raises:
        ObjectScriptError: what went wrong, placed.
    """
    try:
        return block.execute(frame)
    except IscError:
        raise
    except RecursionError as error:
        raise ObjectScriptError("<FRAMESTACK>", "calls are nested too deep", frame.place) from error
