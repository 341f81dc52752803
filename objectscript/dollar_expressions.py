"""What begins with ``$`` in an expression: functions, special variables, extrinsics, ``$system`` and macros."""

import inspect
import re

from .expression_parts import ExpressionParts
from .functions import FRAME_FUNCTIONS, FUNCTIONS, PLACE_FUNCTIONS, SPECIALS, python_function
from .functions.elsewhere import NOT_HERE
from .scanner import CLASS_NAME, NAME
from .signatures import balanced

_CONSTANT_MACROS = {
    "OK": "1",
    "YES": "1",
    "NO": "0",
    "NULLOREF": "''",
    "TRUE": "1",
    "FALSE": "0",
    "CRLF": "'\\r\\n'",
    "CurrentMethod": "f.method",
}
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


_ERROR_NAME = re.compile(r"\(\s*\$\$\$(\w+)(?=\s*[,)])")


class DollarCompiler(ExpressionParts):
    """Reads ``$name`` and what follows; part of the expression compiler."""

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
            if name in NOT_HERE:
                return self._not_here(name)
            scanner.fail(f"{name} is no special variable that is supported", start)
        if name in ("$select", "$s"):
            return self._select()
        if name == "$case":
            return self._case()
        if name in PLACE_FUNCTIONS:
            return self._place_function(name)
        if name in FRAME_FUNCTIONS:
            return f"fn.{FRAME_FUNCTIONS[name]}(f, *{self.arguments()})"
        if name in NOT_HERE:
            return self._not_here(name)
        if name not in FUNCTIONS:
            scanner.fail(f"the function {name} is not supported", start)
        return self._function(FUNCTIONS[name])

    def _not_here(self, name: str) -> str:
        """A function that is known and cannot be had: an error when it is reached, a note before."""
        scanner = self.scanner
        line = scanner.text.count("\n", 0, scanner.at) + 1
        self.notes.append(f"line {line}: {name} cannot be had here: {NOT_HERE[name]}")
        if scanner.peek() == "(":
            _, rest = balanced(scanner.text[scanner.at :])
            scanner.at = len(scanner.text) - len(rest)
        return f"o.refuse(f, {name!r}, {NOT_HERE[name]!r})"

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
            if at not in positions:
                return self.expression()
            start = scanner.at
            source = self.reference()
            scanner.space()
            if scanner.peek() in (",", ")", ""):
                return source
            scanner.at = start  # no place but a value
            return f"o.ValueReference({self.expression()})"

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
        while scanner.peek() != "(" and scanner.take("."):  # $system.SQL.Functions.ABS(…)
            package, method = f"{package}.{method}", self._member()
        arguments = self.arguments() if scanner.peek() == "(" else "()"
        return f"o.class_call(f, {f'%SYSTEM.{package}'!r}, {method!r}, {arguments})"

    def _macro(self) -> str:
        scanner = self.scanner
        name = str(scanner.match(NAME))
        if name in _CONSTANT_MACROS:
            return _CONSTANT_MACROS[name]
        if name == "GeneralError":
            return "5001"
        if name.startswith("EnsErr"):
            return repr(f"<Ens>{name[3:]}")
        if name == "ERROR" and (coded := _ERROR_NAME.match(scanner.text, scanner.at)) is not None:
            first, *rest = self._list(self._argument)
            if first.startswith("o.undefined_macro("):
                return f"o.named_error({', '.join([repr(coded.group(1)), *rest])})"
            return f"o.error_status({', '.join([first, *rest])})"
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
