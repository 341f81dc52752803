"""Expressions of the language as Python source text.

The language has no precedence: ``2+3*4`` is 20, so an operand and the operators after it fold from left to right. The
source that comes out calls `operations` as ``o`` and `functions` as ``fn`` with the frame as ``f``.
"""

import re
from collections.abc import Callable

from .dollar_expressions import DollarCompiler
from .json_literals import JsonCompiler
from .scanner import CLASS_NAME, NAME, NUMBER

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

_INDEX = re.compile(r"(?<=\()([A-Za-z]\w*(?:\.\w+)*(?:[+-]\d+)?)(?=\))")
_OFFSET = re.compile(r"([+-]\d+)$")
_CONTINUED = re.compile(r"\s*\n\s*(?:_|&&|\|\|)")  # no command begins with these: the line above goes on
_NO_OPERATOR = re.compile(r"//|##;|#;|##(?:class|super)\b|&(?:sql|html|js|jscript|javascript)\w*[(<]", re.I)
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")  # of Python
_SPREAD = re.compile(r"(%?[A-Za-z][A-Za-z0-9]*)\.\.\.")
_INSTANCE = re.compile(r"[irms]%(%?[A-Za-z][A-Za-z0-9]*)")


class ExpressionCompiler(DollarCompiler, JsonCompiler):
    """Reads expressions at a scanner's position and gives Python source for each."""

    def expression(self) -> str:
        """One expression: an operand and the operators after it."""
        source = self.operand()
        while True:
            operator = self._operator()
            if operator is None:
                return source
            self.scanner.space()
            source = self._fold(source, operator)

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
        if self._tight and not self._in_group and scanner.peek() in (" ", "\t", "\n", "\r"):
            return None
        scanner.space() if self._in_group or _CONTINUED.match(scanner.text, start) else scanner.blanks()
        if _NO_OPERATOR.match(scanner.text, scanner.at) is None:
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
        if (instance := self.instance()) is not None:
            return f"o.instance_value(f, {instance})"
        name = scanner.match(NAME)
        if name is None:
            scanner.fail(f"an expression was expected, found {scanner.found()}")
        name = str(name)
        if scanner.peek() == "(":
            return f"o.local_get({scope_of(name)}, {name!r}, {self.subscripts()})"
        return f"o.variable({scope_of(name)}, {name!r})"

    def instance(self) -> str | None:
        """``i%Name``, ``r%Name(1)``: the name and the subscripts; None when something else stands here."""
        found = _INSTANCE.match(self.scanner.text, self.scanner.at)
        if found is None:
            return None
        self.scanner.at = found.end()
        return f"{found.group(1)!r}, {self.subscripts() if self.scanner.peek() == '(' else '()'}"

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
            return f"o.member(f, {source}, {name!r}, {self.arguments()})"
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
        if scanner.peek() == "." and scanner.peek(2)[1:].isalpha() | (scanner.peek(2)[1:] in ("%", "@")):
            scanner.at += 1
            if scanner.take("@"):
                return f"o.indirect_by_reference(f, {self.indirection()})"
            if (instance := self.instance()) is not None:
                return f"o.place_by_reference(o.InstanceReference(f, {instance}))"
            name = str(scanner.match(NAME))
            return f"o.by_reference({scope_of(name)}, {name!r})"
        if (spread := _SPREAD.match(scanner.text, scanner.at)) is not None:
            scanner.at = spread.end()
            return f"*o.spread(f, {spread.group(1)!r})"
        if scanner.take("*"):
            scanner.blanks()
            return "'*'" if scanner.peek() not in ("+", "-") else f"o.concatenate('*', {self.expression()})"
        return self.expression()

    def _class_reference(self) -> str:
        scanner = self.scanner
        scanner.at += 7
        scanner.blanks()
        scanner.expect("(", "##class")
        scanner.blanks()
        if scanner.text.startswith("$$$", scanner.at):
            return self._class_of_macro()
        quoted = scanner.peek() == '"'
        name = self._string() if quoted else scanner.match(CLASS_NAME)
        if name is None:
            scanner.fail(f"a class name was expected in ##class(), found {scanner.found()}")
        scanner.blanks()
        scanner.expect(")", "the class name")
        if scanner.take(".#"):
            return f"o.parameter_of(o.resolve({name!r}), {self._member()!r})"
        if not scanner.take("."):  # a cast: what stands behind is of that class
            scanner.blanks()
            if scanner.peek() in ("", "\n"):
                scanner.fail(f"'.' expected after ##class({name}), found {scanner.found()}")
            return self._primary()
        method = self._member()
        if scanner.peek() != "(":
            scanner.fail(f"'(' expected after ##class({name}).{method}")
        return f"o.class_call(f, {name!r}, {method!r}, {self.arguments()})"

    def _class_of_macro(self) -> str:
        """``##class($$$Unknown).Method(…)``: an error when it is reached."""
        source = self.operand()
        self.scanner.expect(")", "the class name")
        if self.scanner.take(".#"):
            return f"({source}, {self._member()!r})[1]"
        self.scanner.expect(".", "##class()")
        self._member()
        return f"({source}, {self.arguments()})[1]"

    def _super(self) -> str:
        self.scanner.at += 7
        return f"o.call_super(f, {self.arguments()})"

    def _global(self) -> str:
        return f"o.global_get(f, {self.global_reference()})"

    def global_reference(self) -> str:
        """``^Name(a, b)`` as ``'Name', (a, b)``."""
        scanner = self.scanner
        scanner.expect("^", "a global's name")
        named = "o.global_name"
        if scanner.peek() == "(":
            return f"*o.naked(f, {self.subscripts()})"
        if scanner.take("||"):
            named = "'||' +"
        elif scanner.peek() in ("|", "["):
            closing = {"|": "|", "[": "]"}[scanner.peek()]
            scanner.at += 1
            items = [self._namespace(closing)]
            while scanner.take(","):
                items.append(self._namespace(closing))
            scanner.expect(closing, "the namespace of a global")
            named = f"o.global_name(f, {items[0]}) +"
        elif scanner.take("$"):
            named = "'$' +"
        name = scanner.match(CLASS_NAME)
        if name is None:
            scanner.fail(f"the name of a global was expected after '^', found {scanner.found()}")
        shown = f"{named} {name!r}" if named != "o.global_name" else repr(name)
        return f"{shown}, {self.subscripts() if scanner.peek() == '(' else '()'}"

    def _namespace(self, closing: str) -> str:
        """The expression between the bars of ``^|expr|name``, which has no ``|`` of its own but in strings."""
        self.scanner.blanks()
        found = self.scanner.text.find(closing, self.scanner.at)
        source = repr(self._string()) if self.scanner.peek() == '"' else self.operand()
        if found < 0:
            self.scanner.fail("the namespace of a global has no end")
        self.scanner.blanks()
        return source

    def reference(self) -> str:
        """A variable, global or property as an ``o.Reference``."""
        scanner = self.scanner
        if scanner.peek() == "^":
            return f"o.GlobalReference(f, {self.global_reference()})"
        if scanner.take("@"):
            return f"o.indirect_place(f, {self.indirection()})"
        if (instance := self.instance()) is not None:
            return f"o.InstanceReference(f, {instance})"
        start = scanner.at
        name = scanner.match(NAME)
        if name is not None and scanner.peek() == "(":
            subscripts = self.subscripts()
            if scanner.peek() != ".":
                return f"o.LocalReference({scope_of(name)}, {name!r}, {subscripts})"
            scanner.at = start
            return self._property_reference()
        if name is not None and (scanner.peek() != "." or scanner.peek(2) == ".."):
            return f"o.LocalReference({scope_of(name)}, {name!r}, ())"
        scanner.at = start
        return self._property_reference()

    def _property_reference(self) -> str:
        source = self.operand()
        if source.startswith("o.get(f, "):
            owner, name = source.removeprefix("o.get(f, ").removesuffix(")").rsplit(", ", 1)
            return f"o.PropertyReference(f, {owner}, {name})"
        if source.startswith("o.member(f, "):
            owner, name, subscripts = item_parts(source)
            return f"o.PropertyReference(f, {owner}, {name}, {subscripts})"
        return f"o.ValueReference({source})"

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


def scope_of(name: str) -> str:
    """The frame of a variable, as source text: those whose name begins with ``%`` are shared."""
    return f"o.scope(f, {name!r})" if name.startswith("%") else "f"


def item_parts(source: str) -> tuple[str, str, str]:
    """Object, name and argument tuple of an ``o.member(…)``."""
    inside = source.removeprefix("o.member(f, ").removesuffix(")")
    depth, at = 0, len(inside)
    quoted = _quoted(inside)
    for at in range(len(inside) - 1, -1, -1):  # the argument tuple is the last balanced parenthesis
        if at in quoted:
            continue
        depth += (inside[at] == ")") - (inside[at] == "(")
        if depth == 0:
            break
    owner, name = inside[:at].rstrip(", ").rsplit(", ", 1)
    return owner, name, inside[at:]


def _quoted(source: str) -> set[int]:
    """The positions of Python source that are within string literals."""
    return {at for found in _LITERAL.finditer(source) for at in range(found.start(), found.end())}
