"""Expressions of the language as Python source text.

The language has no precedence: ``2+3*4`` is 20, so an operand and the operators after it fold from left to right. The
source that comes out calls `operations` as ``o`` and `functions` as ``fn`` with the frame as ``f``.
"""

import inspect
import re
from collections.abc import Callable, Iterator

from .functions import FRAME_FUNCTIONS, FUNCTIONS, PLACE_FUNCTIONS, SPECIALS, python_function
from .scanner import CLASS_NAME, NAME, NUMBER, Scanner

#: Operators and the operation each calls, longest first.
_BINARY = {
    "']]": "not_sorts_after",
    "'<=": "greater",
    "'>=": "less",
    "&&": "and",
    "||": "or",
    "**": "power",
    "]]": "sorts_after",
    "<=": "at_most",
    ">=": "at_least",
    "'=": "not_equal",
    "'<": "at_least",
    "'>": "at_most",
    "'[": "not_contains",
    "']": "not_follows",
    "'&": "nand",
    "'!": "nor",
    "'?": "not_matches",
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "\\": "integer_divide",
    "#": "modulo",
    "_": "concatenate",
    "=": "equal",
    "<": "less",
    ">": "greater",
    "[": "contains",
    "]": "follows",
    "&": "and_strict",
    "!": "or_strict",
    "?": "matches",
}

_CONSTANT_MACROS = {"OK": "1", "YES": "1", "NO": "0", "NULLOREF": "''", "TRUE": "1", "FALSE": "0", "CRLF": "'\\r\\n'"}
_FUNCTION_MACROS = {
    "ISERR": "o.is_error", "ISOK": "o.is_ok", "ERROR": "o.error_status",
    "quote": "o.quote", "QUOTE": "o.quote", "FormatText": "o.format_text", "NormalizeError": "o.text",
}  # fmt: skip
_LOG_MACROS = {"TRACE": "trace", "sysTRACE": "trace", "LOGINFO": "info", "LOGWARNING": "warning", "LOGERROR": "error",
               "LOGSTATUS": "status", "LOGALERT": "alert", "LOGASSERT": "assert"}  # fmt: skip
#: Every macro that is compiled here, not expanded before.
KNOWN_MACROS = frozenset(
    {*_CONSTANT_MACROS, *_FUNCTION_MACROS, *_LOG_MACROS, "GeneralError", "ThrowOnError", "ThrowStatus"}
)

_INDEX = re.compile(r"(?<=\()([A-Za-z]\w*(?:\.\w+)*(?:[+-]\d+)?)(?=\))")
_OFFSET = re.compile(r"([+-]\d+)$")
_CONTINUED = re.compile(r"\s*\n\s*(?:_|&&|\|\|)")  # no command begins with these: the line above goes on
_JSON_WORD = re.compile(r"(?:true|false|null)(?=\s*[,}\]])")


class ExpressionCompiler:
    """Reads expressions at a scanner's position and gives Python source for each."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner

    def expression(self) -> str:
        """One expression: an operand and the operators after it."""
        source = self.operand()
        while True:
            operator = self._operator()
            if operator is None:
                return source
            self.scanner.space()
            source = self._fold(source, operator)

    _in_group = 0  # parentheses and literals that are open: within them line ends are blank
    _in_json = -1  # how many were open when the innermost JSON literal began

    def _fold(self, left: str, operator: str) -> str:
        name = _BINARY[operator]
        if name in ("matches", "not_matches"):
            pattern = self._pattern()
            return f"o.{name}({left}, {pattern})"
        right = self.operand()
        if name == "and":
            return f"(1 if o.truth({left}) and o.truth({right}) else 0)"
        if name == "or":
            return f"(1 if o.truth({left}) or o.truth({right}) else 0)"
        return f"o.{name}({left}, {right})"

    def _operator(self) -> str | None:
        scanner = self.scanner
        start = scanner.at
        scanner.space() if self._in_group or _CONTINUED.match(scanner.text, start) else scanner.blanks()
        if scanner.peek(2) not in ("//",) and not scanner.text.startswith(("##;", "#;"), scanner.at):
            for size in (3, 2, 1):
                candidate = scanner.peek(size)
                if candidate[:1] == "]" and self._in_json == self._in_group:
                    break  # closes the array
                if len(candidate) == size and candidate in _BINARY:
                    scanner.at += size
                    return candidate
        scanner.at = start
        return None

    def operand(self) -> str:
        """An operand with its unary operators and what is chained to it."""
        scanner = self.scanner
        char = scanner.peek()
        if char and char in "+-'":
            scanner.at += 1
            scanner.blanks()
            inner = self.operand()
            return {"+": f"o.plus({inner})", "-": f"o.minus({inner})", "'": f"o.negate({inner})"}[char]
        return self.chain(self._primary())

    def _primary(self) -> str:
        scanner = self.scanner
        char = scanner.peek()
        if char == '"':
            return repr(self._string())
        if char == "(":
            scanner.at += 1
            return self._group(")", "an opening parenthesis")
        if char == "$":
            return self._dollar()
        if char.isdigit() or (char == "." and scanner.peek(2)[1:].isdigit()):
            return f"o.literal({scanner.match(NUMBER)!r})"
        if scanner.text[scanner.at : scanner.at + 7].lower() == "##class":
            return self._class_reference()
        if scanner.text[scanner.at : scanner.at + 8].lower() == "##super(":
            return self._super()
        if scanner.take("..."):
            scanner.fail("'...' belongs behind a variable of a variadic call")
        if scanner.take("..#"):
            return f"o.parameter(f, {self._member()!r})"
        if scanner.take(".."):
            return self._member_of("o.this(f)")
        if char == "^":
            return self._global()
        if char == "@":
            scanner.at += 1
            return f"o.indirect(f, {self.indirection()})"
        if char == "{":
            return self._json_object()
        if char == "[":
            return self._json_array()
        name = scanner.match(NAME)
        if name is None:
            scanner.fail(f"an expression was expected, found {scanner.found()}")
        if scanner.peek() == "(":
            return f"o.local_get(f, {name!r}, {self.subscripts()})"
        if name == "i" and scanner.peek() == "%" and scanner.peek(2)[1:].isalpha():
            scanner.at += 1
            return f"o.instance_value(f, {str(scanner.match(NAME))!r})"
        return f"o.variable(f, {name!r})"

    def indirection(self) -> str:
        """What stands behind ``@``: text and further subscripts; a chain (``@process.X``) is a text as a whole."""
        scanner = self.scanner
        if scanner.peek() == "(":
            scanner.at += 1
            source = self._group(")", "an opening parenthesis")
        elif scanner.peek() == "@":
            source = self._primary()
        else:
            source = self.chain(self._primary())
        if scanner.peek(2) == "@(":
            scanner.at += 1
            return f"{source}, {self.subscripts()}"
        return source

    def _json_object(self) -> str:
        pairs: list[str] = []
        for _ in self._json_items("{", "}"):
            if self.scanner.peek() == '"':
                key = repr(self._string())
            elif self.scanner.take("("):
                key = self._group(")", "a key")
            else:
                key = repr(self.scanner.match(NAME) or self.scanner.match(NUMBER))
                if key == "None":
                    self.scanner.fail(f"a key was expected in a JSON object, found {self.scanner.found()}")
            self.scanner.space()
            self.scanner.expect(":", "a key of a JSON object")
            self.scanner.space()
            pairs.append(f"({key}, {self._json_value()}), ")
        return f"o.json_object(({''.join(pairs)}))"

    def _json_array(self) -> str:
        items = [f"({self._json_value()}), " for _ in self._json_items("[", "]")]
        return f"o.json_array(({''.join(items)}))"

    def _json_items(self, opening: str, closing: str) -> Iterator[None]:
        """Stands before each item of a JSON literal in turn."""
        scanner = self.scanner
        scanner.expect(opening, "a JSON literal")
        self._in_group += 1
        outer, self._in_json = self._in_json, self._in_group
        scanner.space()
        while not scanner.take(closing):
            yield None
            scanner.space()
            if not scanner.take(",") and scanner.peek() != closing:
                scanner.fail(f"',' or {closing!r} expected in a JSON literal, found {scanner.found()}")
            scanner.space()
        self._in_group -= 1
        self._in_json = outer

    def _json_value(self) -> str:
        word = _JSON_WORD.match(self.scanner.text, self.scanner.at)
        if word is not None:
            self.scanner.at = word.end()
            return {"true": "1, 'boolean'", "false": "0, 'boolean'", "null": "'', 'null'"}[word.group()]
        return f"{self.expression()}, ''"

    def _group(self, closing: str, after: str) -> str:
        self._in_group += 1
        self.scanner.space()
        source = self.expression()
        self.scanner.space()
        self.scanner.expect(closing, after)
        self._in_group -= 1
        return f"({source})"

    def _string(self) -> str:
        scanner = self.scanner
        start = scanner.at
        scanner.at += 1
        parts: list[str] = []
        while True:
            end = scanner.text.find('"', scanner.at)
            if end < 0 or "\n" in scanner.text[scanner.at : end]:
                scanner.fail("a string has no closing quote", start)
            parts.append(scanner.text[scanner.at : end])
            scanner.at = end + 1
            if not scanner.take('"'):
                return "".join(parts)
            parts.append('"')

    def _member(self) -> str:
        scanner = self.scanner
        if scanner.peek() == '"':
            return self._string()
        name = scanner.match(NAME)
        if name is None:
            scanner.fail(f"a property or method name was expected, found {scanner.found()}")
        return str(name)

    def _member_of(self, source: str) -> str:
        name = self._member()
        if self.scanner.peek() == "(":
            return f"o.call_or_item(f, {source}, {name!r}, {self.arguments()})"
        return f"o.get(f, {source}, {name!r})"

    def chain(self, source: str) -> str:
        """Properties and methods behind an operand: ``.A.B(1).{PID:5}``."""
        scanner = self.scanner
        while scanner.peek() == "." and scanner.peek(2) != "..":
            follower = scanner.peek(2)[1:]
            if follower == "{":
                scanner.at += 2
                source = f"o.get_path(f, {source}, {self._path()})"
            elif follower == "%" or follower == '"' or follower.isalpha() or follower > "\x7f":
                scanner.at += 1
                source = self._member_of(source)
            elif follower == "#":
                scanner.at += 2
                source = f"o.parameter_of({source}, {self._member()!r})"
            else:
                break
        return source

    def _path(self) -> str:
        """A virtual property path; an index that is a variable or a property of one is read when it runs."""
        end = self.scanner.text.find("}", self.scanner.at)
        if end < 0:
            self.scanner.fail("a virtual property path has no closing '}'")
        parts = _INDEX.split(self.scanner.text[self.scanner.at : end])
        self.scanner.at = end + 1
        made = repr(parts[0])
        for index, following in zip(parts[1::2], parts[2::2], strict=True):
            variable, *offset = _OFFSET.split(index)
            first, *names = variable.split(".")
            source = f"o.variable(f, {first!r})"
            for name in names:
                source = f"o.get(f, {source}, {name!r})"
            if offset:
                source = f"o.add({source}, {int(offset[0])})"
            made = f"o.concatenate(o.concatenate({made}, {source}), {following!r})"
        return made

    def subscripts(self) -> str:
        """``(a, b)`` as a tuple of values."""
        return f"({''.join(f'{item}, ' for item in self._list(self.expression))})"

    def arguments(self) -> str:
        """``(a, , .b)`` as a tuple; an argument left out is ``o.ABSENT``, ``.b`` a `ByRef`."""
        return f"({''.join(f'{item}, ' for item in self._list(self._argument))})"

    def _list(self, item: Callable[[], str]) -> list[str]:
        scanner = self.scanner
        scanner.expect("(", "a name")
        self._in_group += 1
        items: list[str] = []
        scanner.space()
        if not scanner.take(")"):
            while True:
                scanner.space()
                items.append("o.ABSENT" if scanner.peek() in (",", ")") else item())
                scanner.space()
                if scanner.take(")"):
                    break
                if not scanner.take(","):
                    scanner.fail(f"',' or ')' expected in a list of arguments, found {scanner.found()}")
        self._in_group -= 1
        return items

    def position(self) -> str:
        """An argument that may be ``*`` or ``*-1``."""
        return self._argument()

    def _argument(self) -> str:
        scanner = self.scanner
        if scanner.peek() == "." and scanner.peek(2)[1:].isalpha() | (scanner.peek(2)[1:] == "%"):
            scanner.at += 1
            return f"o.by_reference(f, {scanner.match(NAME)!r})"
        if scanner.take("*"):
            return "'*'" if scanner.peek() not in ("+", "-") else f"o.concatenate('*', {self.expression()})"
        return self.expression()

    def _class_reference(self) -> str:
        scanner = self.scanner
        scanner.at += 7
        scanner.blanks()
        scanner.expect("(", "##class")
        scanner.blanks()
        quoted = scanner.peek() == '"'
        name = self._string() if quoted else scanner.match(CLASS_NAME)
        if name is None:
            scanner.fail(f"a class name was expected in ##class(), found {scanner.found()}")
        scanner.blanks()
        scanner.expect(")", "the class name")
        if scanner.take(".#"):
            return f"o.parameter_of(o.resolve({name!r}), {self._member()!r})"
        scanner.expect(".", f"##class({name})")
        method = self._member()
        if scanner.peek() != "(":
            scanner.fail(f"'(' expected after ##class({name}).{method}")
        return f"o.class_call(f, {name!r}, {method!r}, {self.arguments()})"

    def _super(self) -> str:
        self.scanner.at += 7
        return f"o.call_super(f, {self.arguments()})"

    def _global(self) -> str:
        return f"o.global_get(f, {self.global_reference()})"

    def global_reference(self) -> str:
        """``^Name(a, b)`` as ``'Name', (a, b)``."""
        scanner = self.scanner
        scanner.expect("^", "a global's name")
        name = scanner.match(CLASS_NAME)
        if name is None:
            scanner.fail(f"the name of a global was expected after '^', found {scanner.found()}")
        return f"{name!r}, {self.subscripts() if scanner.peek() == '(' else '()'}"

    def _dollar(self) -> str:
        scanner = self.scanner
        if scanner.take("$$$"):
            return self._macro()
        if scanner.take("$$"):
            return self._extrinsic()
        start = scanner.at
        scanner.at += 1
        name = f"${str(scanner.match(NAME)).lower()}"
        if name == "$system":
            return self._system()
        if scanner.peek() != "(":
            if name == "$this":
                return "o.this(f)"
            if name in SPECIALS:
                return f"fn.{SPECIALS[name]}(f)"
            scanner.fail(f"{name} is no special variable that is supported", start)
        if name in ("$select", "$s"):
            return self._select()
        if name == "$case":
            return self._case()
        if name in PLACE_FUNCTIONS:
            return self._place_function(name)
        if name in FRAME_FUNCTIONS:
            return f"fn.{FRAME_FUNCTIONS[name]}(f, *{self.arguments()})"
        if name not in FUNCTIONS:
            scanner.fail(f"the function {name} is not supported", start)
        return self._function(FUNCTIONS[name])

    def _function(self, function: str) -> str:
        """A call; behind an argument that is left out the others go by name."""
        items = self._list(self._argument)
        if "o.ABSENT" not in items or function == "listbuild":
            return f"fn.{function}({', '.join(items)})"
        names = list(inspect.signature(python_function(function)).parameters)
        first = items.index("o.ABSENT")
        named = [f"{names[at]}={item}" for at, item in enumerate(items) if at > first and item != "o.ABSENT"]
        return f"fn.{function}({', '.join([*items[:first], *named])})"

    def _extrinsic(self) -> str:
        """``$$label^routine(…)``."""
        scanner = self.scanner
        label = scanner.match(NAME) or ""
        routine = scanner.match(CLASS_NAME) or "" if scanner.take("^") else ""
        if not label and not routine:
            scanner.fail(f"a label was expected after '$$', found {scanner.found()}")
        arguments = self.arguments() if scanner.peek() == "(" else "()"
        return f"o.extrinsic(f, {label!r}, {routine!r}, {arguments})"

    def _place_function(self, name: str) -> str:
        """Functions that take places: ``$data(x(1))``, ``$get(^g, "")``, ``$order(a(k), 1, value)``."""
        python_name, positions = PLACE_FUNCTIONS[name]
        at = 0

        def argument() -> str:
            return self.reference() if at in positions else self.expression()

        scanner = self.scanner
        scanner.expect("(", name)
        self._in_group += 1
        arguments = []
        while True:
            scanner.space()
            arguments.append(argument())
            at += 1
            scanner.space()
            if scanner.take(")"):
                break
            scanner.expect(",", f"an argument of {name}")
        self._in_group -= 1
        return f"fn.{python_name}(f, {', '.join(arguments)})"

    def reference(self) -> str:
        """A variable, global or property as an ``o.Reference``."""
        scanner = self.scanner
        if scanner.peek() == "^":
            return f"o.GlobalReference(f, {self.global_reference()})"
        if scanner.take("@"):
            return f"o.indirect_place(f, {self.indirection()})"
        start = scanner.at
        name = scanner.match(NAME)
        if name is not None and scanner.peek() == "(":
            subscripts = self.subscripts()
            if scanner.peek() != ".":
                return f"o.LocalReference(f, {name!r}, {subscripts})"
            scanner.at = start
            return self._property_reference()
        if name is not None and (scanner.peek() != "." or scanner.peek(2) == ".."):
            return f"o.LocalReference(f, {name!r}, ())"
        scanner.at = start
        return self._property_reference()

    def _property_reference(self) -> str:
        source = self.expression()
        if source.startswith("o.get(f, "):
            owner, name = source.removeprefix("o.get(f, ").removesuffix(")").rsplit(", ", 1)
            return f"o.PropertyReference(f, {owner}, {name})"
        return f"o.ValueReference({source})"

    def _select(self) -> str:
        pairs = self._pairs("$select", ":")
        return "".join(f"({value}) if o.truth({test}) else " for test, value in pairs).join(("(", "fn.select_none())"))

    def _case(self) -> str:
        scanner = self.scanner
        scanner.expect("(", "$case")
        self._in_group += 1
        subject = self.expression()
        scanner.space()
        scanner.expect(",", "the subject of $case")
        scanner.at -= 1
        self._in_group -= 1
        pairs = self._pairs("$case", ":", opened=True)
        branches = "".join(
            f"({value}) if {'True' if not test else f'o.equal(s, {test})'} else " for test, value in pairs
        )
        return f"(lambda s: {branches}fn.select_none())({subject})"

    def _pairs(self, name: str, separator: str, opened: bool = False) -> list[tuple[str, str]]:
        scanner = self.scanner
        scanner.expect("," if opened else "(", name)
        self._in_group += 1
        pairs: list[tuple[str, str]] = []
        while True:
            scanner.space()
            test = "" if scanner.peek() == separator else self.expression()
            scanner.space()
            scanner.expect(separator, f"a condition of {name}")
            scanner.space()
            pairs.append((test, self.expression()))
            scanner.space()
            if scanner.take(")"):
                break
            scanner.expect(",", f"a value of {name}")
        self._in_group -= 1
        return pairs

    def _system(self) -> str:
        scanner = self.scanner
        scanner.expect(".", "$system")
        package = self._member()
        if not scanner.take("."):
            scanner.fail(f"'.' and a method expected after $system.{package}")
        method = self._member()
        arguments = self.arguments() if scanner.peek() == "(" else "()"
        return f"o.class_call(f, {f'%SYSTEM.{package}'!r}, {method!r}, {arguments})"

    def _macro(self) -> str:
        scanner = self.scanner
        name = str(scanner.match(NAME))
        if name in _CONSTANT_MACROS:
            return _CONSTANT_MACROS[name]
        if name == "GeneralError":
            return "5001"
        if name in _FUNCTION_MACROS:
            return f"{_FUNCTION_MACROS[name]}(*{self.arguments()})"
        if name == "ThrowOnError":
            return f"o.throw_on_error(*{self.arguments()})"
        if name == "ThrowStatus":
            return f"o.throw_status(*{self.arguments()})"
        if name in _LOG_MACROS:
            return f"o.log(f, {_LOG_MACROS[name]!r}, *{self.arguments()})"
        arguments = self.arguments() if scanner.peek() == "(" else "()"
        return f"o.undefined_macro(f, {name!r}, {arguments})"

    def _pattern(self) -> str:
        scanner = self.scanner
        if scanner.peek() == "@":
            scanner.at += 1
            return f"o.text({self.indirection()})"
        start = scanner.at
        depth = 0
        while scanner.peek():
            char = scanner.peek()
            if char == '"':
                self._string()
                continue
            if char not in "0123456789.(),ACELNPUaclnpueE" or (char in "),(" and char != "(" and depth == 0):
                break
            depth += (char == "(") - (char == ")")
            scanner.at += 1
        if scanner.at == start:
            scanner.fail("a pattern was expected after '?'")
        return repr(scanner.text[start : scanner.at])
