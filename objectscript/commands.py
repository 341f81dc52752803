"""Commands of the language as Python source text: the body of a method or of a BPL code block."""

import re

from .errors import NotSupportedError
from .expressions import ExpressionCompiler
from .scanner import NAME, Scanner

_COMMANDS = {
    "s": "set", "set": "set", "d": "do", "do": "do", "q": "quit", "quit": "quit", "ret": "return", "return": "return",
    "i": "if", "if": "if", "elseif": "elseif", "e": "else", "else": "else", "f": "for", "for": "for",
    "while": "while", "k": "kill", "kill": "kill", "w": "write", "write": "write", "h": "hang", "hang": "hang",
    "try": "try", "throw": "throw", "continue": "continue", "catch": "catch", "n": "new", "new": "new", "m": "merge",
    "merge": "merge", "x": "xecute", "xecute": "xecute", "l": "lock", "lock": "lock", "ts": "tstart",
    "tstart": "tstart", "tc": "tcommit", "tcommit": "tcommit", "tro": "trollback", "trollback": "trollback",
}  # fmt: skip
_WORD = re.compile(r"#?[A-Za-z]+")
_LABEL = re.compile(r"%?[A-Za-z]\w*(?:\^%?[\w.]+)?(?=[\s(,]|$)|\^%?[\w.]+")
_DOTTED = re.compile(r"\r?\n[ \t]*((?:\.[ \t]*)+)")
_REFUSED = frozenset("job j open o use u close c read r view goto g break b".split())


class CommandCompiler:
    """Reads commands at a scanner's position and gathers lines of Python."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.expressions = ExpressionCompiler(scanner)
        self.lines: list[str] = []
        self._depth = 1
        self._within: list[str] = []  # what quit leaves: "loop" or "try", innermost last
        self._tries: list[bool] = []  # whether a quit leaves the try, innermost last
        self._chain = (-1, -1)  # where a braced if has ended: an else may follow there
        self._names = 0
        self._news = False

    def block(self) -> list[str]:
        """All commands up to the end of the text."""
        self._commands(until="")
        if self.scanner.peek():
            self.scanner.fail(f"a command was expected, found {self.scanner.found()}")
        if not self._news:
            return self.lines
        body = [f"    {line}" for line in self.lines]
        return ["    mark = len(f.saved)", "    try:", *body, "    finally:", "        o.unwind(f, mark)"]

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
        argumentless = argumentless or scanner.peek() in ("\n", "\r", "", "}")
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
        if scanner.peek() == "@":
            start = scanner.at
            scanner.at += 1
            source = self.expressions.indirection()
            scanner.blanks()
            if scanner.peek() != "=":
                self._emit(f"o.indirect_set(f, {source})")
                return
            scanner.at = start
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
        if scanner.take("@"):
            return f"o.indirect_place(f, {_braces(self.expressions.indirection())}).set({{value}})"
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
            return f"o.put_path(f, {_braces(owner)}, {_braces(path.removesuffix(',))'))}, {{value}})"
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
            self._within.append("loop")
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
            self._within.pop()
            return
        if argumentless:
            self._dotted()
            return
        self._each(self._one_do)

    def _one_do(self) -> None:
        scanner = self.scanner
        if scanner.take("@"):
            self._emit(f"o.indirect_do(f, {self.expressions.indirection()})")
            return
        label = _LABEL.match(scanner.text, scanner.at)
        if label is not None:
            raise NotSupportedError(
                f"do {label.group().rstrip('(')} calls a label or routine, which is not supported"
                f" (in {scanner.place or 'the code'}): make it a method"
            )
        source = self.expressions.operand()
        if source.startswith("o.get(f, "):
            owner, name = source.removeprefix("o.get(f, ").removesuffix(")").rsplit(", ", 1)
            source = f"o.call_method(f, {owner}, {name}, ())"
        self._emit(source)

    def _dotted(self) -> None:
        """A legacy block: the lines below with one dot more than this one."""
        scanner = self.scanner
        scanner.blanks()
        rest = scanner.at
        scanner.line_end()
        level = self._dots + 1
        self._emit("while True:")
        self._depth += 1
        mark = self._fresh("m")
        self._emit(f"{mark} = len(f.saved), f.test")
        self._emit("try:")
        self._within.append("loop")
        behind = scanner.at
        while True:
            line = _DOTTED.match(scanner.text, scanner.at)
            if line is None or line.group(1).count(".") < level:
                break
            scanner.at = line.end()
            outer, self._dots = self._dots, level
            self._indented(self._rest_of_line)
            self._dots = outer
            behind = scanner.at
        self._within.pop()
        self._depth += 1
        self._emit("break")
        self._depth -= 1
        self._emit("finally:")
        self._depth += 1
        self._emit(f"o.unwind(f, {mark}[0]); f.test = {mark}[1]")
        self._depth -= 2
        if scanner.text[rest : scanner.text.find("\n", rest)].strip() and behind > rest:
            line_of = scanner.text[rest:].split("\n", 1)[0].strip()
            if line_of and not line_of.startswith((";", "//")):
                scanner.fail("commands behind an argumentless do on its line are not supported", rest)

    _dots = 0

    # --- scope, indirection and the platform ---

    def _new(self, argumentless: bool) -> None:
        self._news = True
        if argumentless:
            self._emit("o.new(f, None)")
        elif self.scanner.take("("):
            self._emit(f"o.new_except(f, ({''.join(f'{name!r}, ' for name in self._variables())}))")
        else:
            self._each(lambda: self._emit(f"o.new(f, ({self._variable()!r},))"))

    def _variable(self) -> str:
        if self.scanner.peek() == "$":
            self.scanner.at += 1
        name = self.scanner.match(NAME)
        if name is None:
            self.scanner.fail(f"a variable was expected, found {self.scanner.found()}")
        return str(name)

    def _variables(self) -> list[str]:
        found: list[str] = []
        while True:
            self.scanner.space()
            found.append(self._variable())
            self.scanner.space()
            if self.scanner.take(")"):
                return found
            self.scanner.expect(",", "a variable")

    def _merge(self, _argumentless: bool) -> None:
        def one() -> None:
            target = self.expressions.reference()
            self.scanner.blanks()
            self.scanner.expect("=", "the target of merge")
            self.scanner.blanks()
            self._emit(f"o.merge({target}, {self.expressions.reference()})")

        self._each(one)

    def _xecute(self, _argumentless: bool) -> None:
        def one() -> None:
            source = self.expressions.expression()
            if self.scanner.take(":"):
                source = f"{source} if o.truth({self.expressions.expression()}) else ''"
            self._emit(f"o.xecute(f, {source})")

        self._each(one)

    def _lock(self, argumentless: bool) -> None:
        if argumentless:
            self._emit("o.lock(f, '', (), None)")
            return
        scanner = self.scanner

        def one() -> None:
            mode = "+" if scanner.take("+") else "-" if scanner.take("-") else ""
            places = []
            grouped = scanner.take("(")
            while True:
                scanner.blanks()
                places.append(f"{self.expressions.reference()}.written(), ")
                if scanner.take("#"):
                    self.expressions.operand()
                scanner.blanks()
                if not grouped or scanner.take(")"):
                    break
                scanner.expect(",", "a name to lock")
            timeout = self.expressions.expression() if scanner.take(":") else "None"
            self._emit(f"o.lock(f, {mode!r}, ({''.join(places)}), {timeout})")

        self._each(one)

    def _tstart(self, _argumentless: bool) -> None:
        self._emit("o.transaction(f, 'tstart')")

    def _tcommit(self, _argumentless: bool) -> None:
        self._emit("o.transaction(f, 'tcommit')")

    def _trollback(self, argumentless: bool) -> None:
        if not argumentless and self.scanner.peek().isdigit():
            self.expressions.operand()
        self._emit("o.transaction(f, 'trollback')")

    def _kill(self, argumentless: bool) -> None:
        if argumentless:
            self._emit("o.kill_except(f, ())")
        elif self.scanner.take("("):
            self._emit(f"o.kill_except(f, ({''.join(f'{name!r}, ' for name in self._variables())}))")
        else:
            self._each(lambda: self._emit(f"{self.expressions.reference()}.kill()"))

    def _write(self, argumentless: bool) -> None:
        if not argumentless:
            self._each(self._one_write)

    def _one_write(self) -> None:
        scanner = self.scanner
        if scanner.peek() and scanner.peek() in "!#?" and scanner.peek(2) != "##":
            while scanner.peek() and scanner.peek() in "!#" and scanner.peek(2) != "##":
                self._emit(f"f.output.append({'chr(10)' if scanner.peek() == '!' else 'chr(12)'})")
                scanner.at += 1
            if scanner.take("?"):
                self._emit(f"o.write_column(f, {self.expressions.expression()})")
        elif scanner.take("*"):
            self._emit(f"f.output.append(fn.char({self.expressions.expression()}))")
        else:
            self._emit(f"f.output.append(o.text({self.expressions.expression()}))")

    def _hang(self, _argumentless: bool) -> None:
        self._emit(f"o.hang({self.expressions.expression()})")

    # --- control ---

    def _quit(self, argumentless: bool) -> None:
        if argumentless and self._within and self._within[-1] == "loop":
            self._emit("break")
        elif self._within and argumentless:
            self._tries[-1] = True
            self._emit("raise o.LeaveTry")
        elif argumentless:
            self._emit("return ''")
        else:
            self._emit(f"return {self.expressions.expression()}")

    def _return(self, argumentless: bool) -> None:
        self._emit("return ''" if argumentless else f"return {self.expressions.expression()}")

    def _continue(self, _argumentless: bool) -> None:
        self._emit("continue")

    def _if(self, argumentless: bool, keyword: str = "if") -> None:
        conditions: list[str] = []
        if not argumentless:
            self._each(lambda: conditions.append(f"o.truth({self.expressions.expression()})"))
        test = " and ".join(conditions) or "f.test"
        if self._braces_follow():
            self._emit(f"{keyword} {test}:")
            self._body()
            self._chain = (len(self.lines), self._depth)
            return
        self._emit(f"f.test = int({test})")
        self._emit("if f.test:")
        self._body()

    def _braces_follow(self) -> bool:
        at = self.scanner.at
        self.scanner.space()
        found = self.scanner.peek() == "{"
        self.scanner.at = at
        return found

    def _after_if(self, word: str) -> None:
        if self._chain != (len(self.lines), self._depth):
            self.scanner.fail(f"{word} stands without its if")

    def _body(self) -> None:
        at = self.scanner.at
        self.scanner.space()
        if self.scanner.peek() == "{":
            self._braced()
        else:
            self.scanner.at = at
            self._line()

    def _elseif(self, argumentless: bool) -> None:
        self._after_if("elseif")
        self._if(argumentless, "elif")

    def _else(self, _argumentless: bool) -> None:
        if self._braces_follow():
            self._after_if("else")
            self._emit("else:")
        else:
            self._emit("if not f.test:")
        self._body()

    def _while(self, _argumentless: bool) -> None:
        conditions: list[str] = []
        self._each(lambda: conditions.append(f"o.truth({self.expressions.expression()})"))
        self._emit(f"while {' and '.join(conditions)}:")
        self._loop()

    def _loop(self) -> None:
        self._within.append("loop")
        self._body()
        self._within.pop()

    def _for(self, argumentless: bool) -> None:
        scanner = self.scanner
        if argumentless or scanner.peek() == "{":
            self._emit("while True:")
            self._loop()
            return
        name = scanner.match(NAME)
        if name is None:
            scanner.fail(f"the variable of for was expected, found {scanner.found()}")
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
        self._emit(f"for _ in o.for_values(f, {name!r}, {', '.join(ranges)}):")
        self._loop()

    def _try(self, _argumentless: bool) -> None:
        scanner = self.scanner
        self._within.append("try")
        self._tries.append(False)
        start = len(self.lines)
        self._emit("try:")
        self._braced()
        self._space()
        if str(scanner.match(_WORD)).lower() != "catch":
            scanner.fail("'catch' was expected behind the block of try")
        scanner.blanks()
        parenthesis = scanner.take("(")
        scanner.blanks()
        name = scanner.match(NAME)
        scanner.blanks()
        if parenthesis:
            scanner.expect(")", "the variable of catch")
        scanner.space()
        error = self._fresh("e")
        self._emit(f"except Exception as {error}:")
        self._depth += 1
        self._emit(f"o.catch(f, {name!r}, {error})")
        self._depth -= 1
        self._braced()
        self._within.pop()
        if self._tries.pop():
            pad = "    " * self._depth
            inner = [f"    {line}" for line in self.lines[start:]]
            self.lines[start:] = [f"{pad}try:", *inner, f"{pad}except o.LeaveTry:", f"{pad}    pass"]

    def _catch(self, _argumentless: bool) -> None:
        self.scanner.fail("catch stands without its try")

    def _throw(self, _argumentless: bool) -> None:
        self._emit(f"o.throw({self.expressions.expression()})")


def _braces(source: str) -> str:
    """The source with its braces kept through ``str.format``."""
    return source.replace("{", "{{").replace("}", "}}")
