"""Commands of the language as Python source text: the body of a method or of a BPL code block."""

import re

from .errors import NotSupportedError
from .expressions import ExpressionCompiler
from .scanner import NAME, Scanner

_COMMANDS = {
    "s": "set", "set": "set", "d": "do", "do": "do", "q": "quit", "quit": "quit", "ret": "return", "return": "return",
    "i": "if", "if": "if", "elseif": "elseif", "e": "else", "else": "else", "f": "for", "for": "for",
    "while": "while", "k": "kill", "kill": "kill", "w": "write", "write": "write", "h": "hang", "hang": "hang",
    "try": "try", "throw": "throw", "continue": "continue", "catch": "catch",
}  # fmt: skip
_WORD = re.compile(r"#?[A-Za-z]+")
_REFUSED = frozenset(
    "job j lock l tstart ts tcommit tc trollback tro xecute x merge m new n open o use u close c read r view goto g "
    "break b".split()
)


class CommandCompiler:
    """Reads commands at a scanner's position and gathers lines of Python."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.expressions = ExpressionCompiler(scanner)
        self.lines: list[str] = []
        self._depth = 1
        self._loops = 0
        self._names = 0

    def block(self) -> list[str]:
        """All commands up to the end of the text."""
        self._commands(until="")
        if self.scanner.peek():
            self.scanner.fail(f"a command was expected, found {self.scanner.found()}")
        return self.lines

    def _emit(self, line: str) -> None:
        self.lines.append("    " * self._depth + line)

    def _fresh(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def _commands(self, until: str) -> None:
        """Commands until `until` ("}" or the end) stands next."""
        while True:
            self._space()
            if not self.scanner.peek() or (until and self.scanner.peek() == until):
                return
            self._command()

    def _line(self) -> None:
        """The commands up to the end of the line: what an `if` or `for` without braces governs."""
        self._indented(self._rest_of_line)

    def _rest_of_line(self) -> None:
        while True:
            self.scanner.blanks()
            if self.scanner.peek() in ("", "\n", "\r", "}"):
                return
            if self.scanner.peek() == ";" or self.scanner.peek(2) == "//":
                self.scanner.line_end()
                return
            self._command()

    def _indented(self, body: "object") -> None:
        self._depth += 1
        before = len(self.lines)
        body()  # type: ignore[operator]  # a bound method of this class
        if len(self.lines) == before:
            self._emit("pass")
        self._depth -= 1

    def _braced(self) -> None:
        self.scanner.expect("{", "the head of a block")

        def body() -> None:
            self._commands(until="}")

        self._indented(body)
        self._space()
        self.scanner.expect("}", "a block")

    def _space(self) -> None:
        scanner = self.scanner
        while True:
            scanner.space()
            if scanner.text.startswith(("#;", "##;", "#dim ", "#Dim ", "#DIM ", "#include", "#define"), scanner.at):
                if scanner.text.startswith("#define", scanner.at):
                    raise NotSupportedError(f"#define is not supported inside {scanner.place or 'a code block'}")
                if scanner.text[scanner.at + 1 : scanner.at + 4].lower() == "dim":
                    self._dim()
                else:
                    scanner.line_end()
            else:
                return

    def _dim(self) -> None:
        scanner = self.scanner
        scanner.at += 4
        scanner.blanks()
        name = scanner.match(NAME)
        end = scanner.text.find("\n", scanner.at)
        rest = scanner.text[scanner.at : len(scanner.text) if end < 0 else end]
        if name is not None and "=" in rest:
            scanner.at += rest.index("=") + 1
            scanner.blanks()
            self._emit(f"o.local_set(f, {name!r}, (), {self.expressions.expression()})")
        else:
            scanner.line_end()

    def _command(self) -> None:
        scanner = self.scanner
        start = scanner.at
        word = scanner.match(_WORD)
        if word is None:
            scanner.fail(f"a command was expected, found {scanner.found()}")
        name = _COMMANDS.get(str(word).lower())
        if name is None:
            if str(word).lower() in _REFUSED:
                scanner.at = start
                line = scanner.text.count("\n", 0, start) + 1
                raise NotSupportedError(
                    f"the command {word} is not supported yet (line {line} of {scanner.place or 'the code'})"
                )
            scanner.fail(f"{word!r} is no command", start)
        condition = None
        if name not in ("if", "for", "while", "try", "else") and scanner.take(":"):
            condition = self.expressions.expression()
            self._emit(f"if o.truth({condition}):")
            self._depth += 1
        argumentless = scanner.peek(2) == "  " or scanner.peek() in ("\n", "\r", "", "}")
        if name == "else" and scanner.peek() in (" ", "{"):
            argumentless = True
        scanner.blanks()
        getattr(self, f"_{name}")(argumentless)
        if condition is not None:
            self._depth -= 1

    def _each(self, one: "object") -> None:
        while True:
            one()  # type: ignore[operator]  # a bound method of this class
            at = self.scanner.at
            self.scanner.blanks()
            if not self.scanner.take(","):
                self.scanner.at = at
                return
            self.scanner.blanks()

    # --- set, do and their like ---

    def _set(self, _argumentless: bool) -> None:
        self._each(self._one_set)

    def _one_set(self) -> None:
        scanner = self.scanner
        if scanner.take("("):
            targets = []
            while True:
                scanner.space()
                targets.append(self.target())
                scanner.space()
                if scanner.take(")"):
                    break
                scanner.expect(",", "a target of set")
        else:
            targets = [self.target()]
        scanner.blanks()
        scanner.expect("=", "the target of set")
        scanner.blanks()
        value = self._fresh("v")
        self._emit(f"{value} = {self.expressions.expression()}")
        for target in targets:
            self._emit(target.format(value=value))

    def target(self) -> str:
        """What can be assigned, as a statement with ``{value}`` in it."""
        scanner = self.scanner
        start = scanner.at
        if scanner.peek() == "^":
            reference = self.expressions.global_reference().replace("{", "{{").replace("}", "}}")
            return f"o.GlobalReference(f, {reference}).set({{value}})"
        if scanner.peek() == "$":
            return self._function_target()
        if scanner.peek(2) != "..":
            name = scanner.match(NAME)
            if name is None:
                if scanner.text[scanner.at : scanner.at + 7].lower() != "##class":
                    scanner.fail(f"something to assign to was expected, found {scanner.found()}")
            elif scanner.peek() == "(":
                at = scanner.at
                subscripts = self.expressions.subscripts()
                if scanner.peek() != ".":
                    return f"o.local_set(f, {name!r}, {_braces(subscripts)}, {{value}})"
                scanner.at = at
            elif scanner.peek() != ".":
                return f"o.local_set(f, {name!r}, (), {{value}})"
            scanner.at = start
        return self._member_target()

    def _member_target(self) -> str:
        """``a.b.c`` or ``..c`` or ``a.b(1)``: the chain read without its last member."""
        scanner = self.scanner
        start = scanner.at
        source = self.expressions.operand()
        written = scanner.text[start : scanner.at]
        if source.startswith("o.get(f, "):
            owner, name = source.removeprefix("o.get(f, ").removesuffix(")").rsplit(", ", 1)
            return f"o.put(f, {_braces(owner)}, {name}, {{value}})"
        if source.startswith("o.call_or_item(f, "):
            return self._item_target(source)
        if source.startswith("o.call_method(f, ") and ", 'GetValueAt', (" in source:
            owner, path = source.removeprefix("o.call_method(f, ").rsplit(", 'GetValueAt', (", 1)
            return f"o.call_method(f, {_braces(owner)}, 'SetValueAt', ({{value}}, {_braces(path)})"
        scanner.fail(f"{written!r} cannot be assigned to", start)
        return ""

    @staticmethod
    def _item_target(source: str) -> str:
        inside = source.removeprefix("o.call_or_item(f, ").removesuffix(")")
        depth = 0
        for at in range(len(inside) - 1, -1, -1):  # the argument tuple is the last balanced parenthesis
            depth += (inside[at] == ")") - (inside[at] == "(")
            if depth == 0:
                break
        owner, name = inside[:at].rstrip(", ").rsplit(", ", 1)
        return f"o.put_item(f, o.get(f, {_braces(owner)}, {name}), {_braces(inside[at:])}, {{value}})"

    def _function_target(self) -> str:
        scanner = self.scanner
        start = scanner.at
        scanner.at += 1
        name = str(scanner.match(NAME)).lower()
        kinds = {"piece": "piece", "p": "piece", "extract": "extract", "e": "extract", "list": "list", "li": "list"}
        if name not in kinds:
            scanner.fail(f"${name} cannot be assigned to", start)
        scanner.expect("(", f"${name}")
        scanner.blanks()
        at = scanner.at
        inner = self.target()
        end, scanner.at = scanner.at, at
        reference = self.expressions.reference()
        scanner.at = max(end, scanner.at)
        rest = []
        while not scanner.take(")"):
            scanner.expect(",", "the target")
            scanner.blanks()
            rest.append(self.expressions.expression())
            scanner.blanks()
        arguments = _braces(", ".join(rest))
        read = f"fn.get(f, {_braces(reference)})"
        return inner.format(value=f"fn.set_{kinds[name]}({read}, {{value}}{', ' + arguments if rest else ''})")

    def _do(self, argumentless: bool) -> None:
        scanner = self.scanner
        if scanner.peek() == "{":
            self._loops += 1
            self._emit("while True:")
            self._braced()
            self._space()
            if str(scanner.match(_WORD)).lower() != "while":
                scanner.fail("'while' was expected behind the block of do")
            scanner.blanks()
            test = self.expressions.expression()
            self._depth += 1
            self._emit(f"if not o.truth({test}): break")
            self._depth -= 1
            self._loops -= 1
            return
        if argumentless:
            raise NotSupportedError(f"a legacy dotted do block is not supported yet (in {scanner.place or 'the code'})")
        self._each(self._one_do)

    def _one_do(self) -> None:
        self._emit(self.expressions.operand())

    def _kill(self, argumentless: bool) -> None:
        if argumentless:
            self._emit("f.variables.clear(); f.arrays.clear()")
        else:
            self._each(lambda: self._emit(f"{self.expressions.reference()}.kill()"))

    def _write(self, argumentless: bool) -> None:
        if not argumentless:
            self._each(self._one_write)

    def _one_write(self) -> None:
        if self.scanner.take("!"):
            self._emit("f.output.append('\\n')")
        else:
            self._emit(f"f.output.append(o.text({self.expressions.expression()}))")

    def _hang(self, _argumentless: bool) -> None:
        self._emit(f"o.hang({self.expressions.expression()})")

    # --- control ---

    def _quit(self, argumentless: bool) -> None:
        if self._loops:
            self._emit("break")
        elif argumentless:
            self._emit("return ''")
        else:
            self._emit(f"return {self.expressions.expression()}")

    def _return(self, argumentless: bool) -> None:
        self._emit("return ''" if argumentless else f"return {self.expressions.expression()}")

    def _continue(self, _argumentless: bool) -> None:
        self._emit("continue")

    def _if(self, argumentless: bool, keyword: str = "if") -> None:
        conditions = []
        self._each(lambda: conditions.append(f"o.truth({self.expressions.expression()})"))
        self._emit(f"{keyword} {' and '.join(conditions)}:")
        self._body()

    def _body(self) -> None:
        at = self.scanner.at
        self.scanner.space()
        if self.scanner.peek() == "{":
            self._braced()
        else:
            self.scanner.at = at
            self._line()

    def _elseif(self, argumentless: bool) -> None:
        self._if(argumentless, "elif")

    def _else(self, _argumentless: bool) -> None:
        self._emit("else:")
        self._body()

    def _while(self, _argumentless: bool) -> None:
        conditions: list[str] = []
        self._each(lambda: conditions.append(f"o.truth({self.expressions.expression()})"))
        self._emit(f"while {' and '.join(conditions)}:")
        self._loop()

    def _loop(self) -> None:
        self._loops += 1
        self._body()
        self._loops -= 1

    def _for(self, argumentless: bool) -> None:
        scanner = self.scanner
        if argumentless or scanner.peek() == "{":
            self._emit("while True:")
            self._loop()
            return
        name = scanner.match(NAME)
        scanner.blanks()
        scanner.expect("=", "the variable of for")
        ranges: list[str] = []

        def one() -> None:
            scanner.blanks()
            parts = [self.expressions.expression()]
            while scanner.take(":"):
                parts.append(self.expressions.expression())
            ranges.append(f"({', '.join(parts)},)")

        self._each(one)
        value = self._fresh("i")
        self._emit(f"for {value} in o.for_values({', '.join(ranges)}):")
        self._depth += 1
        self._emit(f"o.local_set(f, {name!r}, (), {value})")
        self._depth -= 1
        self._loop()

    def _try(self, _argumentless: bool) -> None:
        scanner = self.scanner
        self._emit("try:")
        self._braced()
        self._space()
        if str(scanner.match(_WORD)).lower() != "catch":
            scanner.fail("'catch' was expected behind the block of try")
        scanner.blanks()
        parenthesis = scanner.take("(")
        name = scanner.match(NAME)
        if parenthesis:
            scanner.expect(")", "the variable of catch")
        scanner.space()
        error = self._fresh("e")
        self._emit(f"except Exception as {error}:")
        self._depth += 1
        self._emit(f"o.catch(f, {name!r}, {error})")
        self._depth -= 1
        self._braced()

    def _catch(self, _argumentless: bool) -> None:
        self.scanner.fail("catch stands without its try")

    def _throw(self, _argumentless: bool) -> None:
        self._emit(f"o.throw({self.expressions.expression()})")


def _braces(source: str) -> str:
    """The source with its braces kept through ``str.format``."""
    return source.replace("{", "{{").replace("}", "}}")
