"""The preprocessor: macros of a text and of its include files, and what is compiled on a condition.

Texts keep their lines: a directive becomes an empty line. Macros that the compiler knows itself stay as they are.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from . import values
from .dollar_expressions import KNOWN_MACROS
from .errors import CompileError, NotSupportedError, ObjectScriptError
from .signatures import balanced, is_closed, split
from .sources import find_text
from .system_macros import DEFINITIONS, INCLUDE_FILES

_DIRECTIVE = re.compile(
    r"[ \t]*#[ \t]*(define|def1arg|undef|ifdef|ifndef|ifundef|if|elseif|elif|else|endif|include|import|sqlcompile"
    r"|noshow|show|execute|pragma|nosqlcompile|showmacros)\b[ \t]*(.*)$",
    re.I,
)
_DEFINITION = re.compile(r"(%?[A-Za-z][A-Za-z0-9]*)(.*)$", re.S)
_USE = re.compile(
    r'"(?:[^"]|"")*"|/\*.*?\*/|//.*|;.*|\$\$\$(?P<name>%?[A-Za-z][A-Za-z0-9]*)'
    r"|##(?P<function>expression|quoteexp|quote|stripq|lit|sql|unique)(?=\()",
    re.I,
)
_CALL = re.compile(r'"(?:[^"]|"")*"|/\*.*?\*/|//.*|;.*|\$\$\$(%?[A-Za-z][A-Za-z0-9]*)\(')
_PLACEHOLDER = re.compile(r'"(?:[^"]|"")*"|%[A-Za-z][A-Za-z0-9]*')
_COMMENT = re.compile(r'"(?:[^"]|"")*"|/\*.*?\*/|\s+//.*|\s+;.*|##;.*')
_CONTINUED = re.compile(r"##continue\s*$", re.I)
_NEEDED = re.compile(r"^[ \t]*#[ \t]*[a-z]|\$\$\$|##", re.M | re.I)
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Macro:
    """``#define NAME(%a) value``; `whole`: all between the parentheses is one argument."""

    name: str
    value: str
    parameters: tuple[str, ...] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text after the preprocessor.

    `origins` has the line of the given text, from 1, for every line of it (None: they are the same), `undefined` the
    macros that nobody defines with the line of their first use, `missing` the include files that nobody has.
    """

    text: str
    origins: tuple[int, ...] | None = None
    undefined: tuple[tuple[str, int], ...] = ()
    missing: tuple[str, ...] = ()
    macros: dict[str, Macro] = field(default_factory=dict, compare=False)

    def line(self, number: int) -> int:
        """The line of the given text that a line of this one came from."""
        if self.origins is None or not self.origins:
            return number
        return self.origins[min(max(number, 1), len(self.origins)) - 1]


_in_use: ContextVar[tuple[str, ...]] = ContextVar("_in_use", default=())


@contextmanager
def using(includes: Iterable[str]) -> Iterator[None]:
    """Texts that are expanded in the block without include files of their own have these."""
    token = _in_use.set(tuple(dict.fromkeys([*_in_use.get(), *includes])))
    try:
        yield
    finally:
        _in_use.reset(token)


def expand(text: str, includes: Iterable[str] | None = None, place: str = "") -> Expanded:
    """The text with its macros expanded, those of `includes` among them.

    Raises:
        CompileError: a directive is wrong; names its line.
    """
    if _NEEDED.search(text) is None:
        return Expanded(text)
    names = _in_use.get() if includes is None else tuple(includes)
    return _expanded(text, names, tuple(find_text("include", name) for name in _closure(names)), place)


@lru_cache(maxsize=2048)
def _expanded(text: str, includes: tuple[str, ...], _texts: tuple[str | None, ...], place: str) -> Expanded:
    """`_texts` makes a changed include file another call."""
    reader = _Preprocessor(place)
    for name in includes:
        reader.include(name)
    return reader.read(text)


def _closure(names: tuple[str, ...]) -> list[str]:
    """Include files and what they include, in order."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        text = find_text("include", name) or ""
        waiting += [m.group(2).strip() for m in map(_DIRECTIVE.match, text.split("\n")) if m and _is(m, "include")]
    return list(found)


def _is(found: re.Match[str], word: str) -> bool:
    return found.group(1).lower() == word


@lru_cache(maxsize=1)
def _system() -> dict[str, Macro]:
    reader = _Preprocessor("", bare=True)
    reader.read(DEFINITIONS)
    return reader.macros


class _Preprocessor:
    def __init__(self, place: str, bare: bool = False) -> None:
        self.place = place
        self.macros: dict[str, Macro] = {} if bare else dict(_system())
        self.included: set[str] = set()
        self.missing: dict[str, None] = {}
        self.undefined: dict[str, int] = {}
        self.uniques = 0
        self.lines: list[str] = []
        self.at = 0

    def fail(self, reason: str) -> CompileError:
        return CompileError(reason, "\n".join(self.lines), self.at + 1, 1, self.place)

    def include(self, name: str) -> None:
        """Take over the macros of an include file, once."""
        if name in self.included:
            return
        self.included.add(name)
        text = find_text("include", name)
        if text is None:
            if name not in INCLUDE_FILES:
                self.missing[name] = None
            return
        inner = _Preprocessor(f"{name}.inc")
        inner.macros, inner.included, inner.missing = self.macros, self.included, self.missing
        inner.read(text.replace("\r\n", "\n"))

    def read(self, text: str) -> Expanded:
        self.lines = text.split("\n")
        out: list[str] = []
        origins: list[int] = []
        branches: list[tuple[bool, bool, bool]] = []  # runs now, one has run, the outer one runs
        self.at = 0
        while self.at < len(self.lines):
            start, line = self.at, self.lines[self.at]
            runs = not branches or branches[-1][0]
            found = _DIRECTIVE.match(line) if "#" in line else None
            if found is not None:
                self._directive(found.group(1).lower(), found.group(2), branches, runs)
                made = [""] * (self.at - start + 1)
            else:
                made = self.substituted(self._whole_call(line)).split("\n") if runs else [""]
                made += [""] * (self.at - start + 1 - len(made))
            out += made
            kept = len(made) == self.at - start + 1
            origins += range(start + 1, self.at + 2) if kept else [start + 1] * len(made)
            self.at += 1
        if branches:
            self.at = len(self.lines) - 1
            raise self.fail("#if has no #endif")
        same = len(out) == len(self.lines)
        undefined = tuple(self.undefined.items())
        return Expanded(
            "\n".join(out), None if same else tuple(origins), undefined, tuple(self.missing), dict(self.macros)
        )

    # --- directives ---

    def _directive(self, word: str, rest: str, branches: list[tuple[bool, bool, bool]], runs: bool) -> None:
        if word in ("if", "ifdef", "ifndef", "ifundef"):
            holds = runs and self._holds(word, rest)
            branches.append((holds, holds, runs))
        elif word in ("elseif", "elif", "else", "endif"):
            self._other_branch(word, rest, branches)
        elif word in ("define", "def1arg"):
            value = self._continued(rest)
            if runs:
                self._define(value, word == "def1arg")
        elif runs and word == "undef":
            self.macros.pop(rest.strip(), None)
        elif runs and word == "include":
            self.include(_without_comment(rest).strip())

    def _other_branch(self, word: str, rest: str, branches: list[tuple[bool, bool, bool]]) -> None:
        if not branches:
            raise self.fail(f"#{word} stands without its #if")
        _, taken, outer = branches.pop()
        if word == "endif":
            return
        holds = outer and not taken and (word == "else" or self._holds("if", rest))
        branches.append((holds, taken or holds, outer))

    def _holds(self, word: str, rest: str) -> bool:
        condition = _without_comment(rest).strip()
        if word != "if":
            defined = condition.removeprefix("$$$") in self.macros or condition.removeprefix("$$$") in KNOWN_MACROS
            return defined if word == "ifdef" else not defined
        return values.truth(self._value(condition))

    def _value(self, text: str) -> object:
        from .compiler import compile_expression
        from .frame import Frame

        expression = self.substituted(text).strip()
        try:
            return compile_expression(expression, self.place).evaluate(Frame(place=self.place))
        except (CompileError, NotSupportedError, ObjectScriptError) as error:
            raise self.fail(f"{text.strip()!r} cannot be evaluated while compiling: {error}") from error

    def _continued(self, rest: str) -> str:
        """A definition that goes on over lines."""
        parts = [rest]
        while _CONTINUED.search(parts[-1]) is not None:
            parts[-1] = _CONTINUED.sub("", parts[-1])
            if self.at + 1 >= len(self.lines):
                raise self.fail("##continue stands on the last line")
            self.at += 1
            parts.append(self.lines[self.at])
        return "\n".join(_without_comment(part) for part in parts)

    def _define(self, text: str, whole: bool) -> None:
        found = _DEFINITION.match(text)
        if found is None:
            raise self.fail(f"#define needs a name, found {text.strip()[:40]!r}")
        name, rest = found.groups()
        parameters = None
        if rest.startswith("("):
            inside, rest = balanced(rest)
            parameters = tuple(part.strip() for part in inside.split(",") if part.strip())
            wrong = next((part for part in parameters if not part.startswith("%")), None)
            if wrong is not None:
                raise self.fail(f"the argument {wrong!r} of the macro {name} must begin with %")
        self.macros[name] = Macro(name, rest.strip(), parameters, whole)

    # --- uses ---

    def _whole_call(self, line: str) -> str:
        """The line with those behind it that the arguments of a macro in it run over."""
        end = self.at
        whole = line
        while self._is_open(whole):
            end += 1
            if end == len(self.lines):
                return line
            whole += f"\n{self.lines[end]}"
        self.at = end
        return whole

    def _is_open(self, text: str) -> bool:
        for found in _CALL.finditer(text) if "$$$" in text else ():
            macro = self.macros.get(found.group(1) or "")
            if macro is not None and macro.parameters is not None and not is_closed(text[found.end() - 1 :]):
                return True
        return False

    def substituted(self, text: str, active: frozenset[str] = frozenset()) -> str:
        """The text with the macros in it expanded; `active` ones are not expanded again."""
        if "$$$" not in text and "##" not in text:
            return text
        if len(active) > _DEPTH:
            raise self.fail("macros are nested too deep")
        made: list[str] = []
        at = 0
        while (found := _USE.search(text, at)) is not None:
            made.append(text[at : found.start()])
            at = found.end()
            if found.group("name"):
                replacement, at = self._use(found, text, at, active)
            elif found.group("function"):
                inside, rest = balanced(text[at:])
                at = len(text) - len(rest)
                replacement = self._function(found.group("function").lower(), self.substituted(inside, active))
            else:
                replacement = found.group()
            made.append(replacement)
        return "".join([*made, text[at:]])

    def _use(self, found: re.Match[str], text: str, at: int, active: frozenset[str]) -> tuple[str, int]:
        name = str(found.group("name"))
        macro = self.macros.get(name)
        if macro is None or name in active:
            if name not in KNOWN_MACROS and not name.startswith("EnsErr"):
                self.undefined.setdefault(name, self.at + 1)
            return found.group(), at
        value = macro.value
        if macro.parameters is not None:
            given: list[str] = []
            if text.startswith("(", at):
                inside, rest = balanced(text[at:])
                at = len(text) - len(rest)
                given = [inside] if macro.whole else split(inside)
            given = [self.substituted(item.strip(), active) for item in given]
            filled = dict(zip(macro.parameters, given + [""] * len(macro.parameters), strict=False))
            value = _PLACEHOLDER.sub(_filler(filled), value)
        return self.substituted(value, active | {name}), at

    def _function(self, name: str, inside: str) -> str:
        if name == "expression":
            return values.text(self._value(inside))
        if name in ("quote", "quoteexp"):
            return '"' + inside.replace('"', '""') + '"'
        if name == "stripq":
            return inside.strip().strip('"')
        if name == "unique":
            self.uniques += inside.strip().lower() == "new"
            return f"%mmmu{self.uniques}"
        return f"&sql({inside})" if name == "sql" else inside


def _filler(filled: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda found: filled.get(found.group(), found.group())


def _without_comment(text: str) -> str:
    return _COMMENT.sub(lambda found: found.group() if found.group()[0] == '"' else "", text).rstrip()
