"""Commands that decide what runs next: ``if``, ``for``, ``do``, ``quit``, ``try``, ``goto`` and their like."""

import re
from collections.abc import Callable

from .emitter import WORD, Emitter
from .expressions import scope_of
from .scanner import CLASS_NAME, NAME, Scanner

_LABEL = re.compile(r"(%?[A-Za-z]\w*)?(?:\+(\d+))?(?:\^(%?[A-Za-z][\w.]*))?(?=[\s(,:}]|$)")
_DOTTED = re.compile(r"\r?\n[ \t]*((?:\.[ \t]*)+)")
_LEFT_OUT = re.compile(r"\s*(?:$|;|//)")


class FlowCompiler(Emitter):
    """Control flow; part of the command compiler."""

    def __init__(self, scanner: Scanner) -> None:
        super().__init__(scanner)
        self._tries: list[bool] = []  # whether a quit leaves the try, innermost last
        self._chain = (-1, -1)  # where a braced if has ended: an else may follow there

    # --- do, goto and labels ---

    def _do(self, argumentless: bool) -> None:
        scanner = self.scanner
        if argumentless and self._braces_follow():
            scanner.space()
        if scanner.peek() == "{":
            self._within.append("loop")
            first = self._fresh("b")
            self._emit(f"{first} = True")
            head = len(self.lines)
            self._emit("")  # the condition stands behind the block; continue goes to it
            self._indented(lambda: self._emit(f"{first} = False"))
            self._turn()
            self._braced()
            self._space()
            if str(scanner.match(WORD)).lower() != "while":
                scanner.fail("'while' was expected behind the block of do")
            scanner.blanks()
            self.lines[head] += f"while {first} or ({self._conditions()}):"
            self._within.pop()
        elif argumentless:
            self._dotted()
        else:
            self._each(self._one_do)

    def _one_do(self) -> None:
        scanner = self.scanner
        if scanner.take("@"):
            source = f"o.indirect_do(f, {self.expressions.indirection()})"
        elif (label := self._label()) is not None:
            arguments = self.expressions.arguments() if scanner.peek() == "(" else "()"
            source = f"o.do_label(f, {label}, {arguments})"
        else:
            source = self.expressions.operand()
            if source.startswith("o.get(f, "):
                owner, name = source.removeprefix("o.get(f, ").removesuffix(")").rsplit(", ", 1)
                source = f"o.call_method(f, {owner}, {name}, ())"
            if source.endswith(", '%ToJSON', ())"):  # called by do, it writes
                source = f"f.output.append({source})"
        self._on_condition(lambda: self._emit(source))

    def _label(self) -> str | None:
        """``label^routine`` as ``'label', 'routine'``; None when something else stands here."""
        found = _LABEL.match(self.scanner.text, self.scanner.at)
        if found is None or not found.group():
            return None
        if found.group(2):
            self.scanner.fail("a line offset behind a label is not supported: give the line a label of its own")
        self.scanner.at = found.end()
        return f"{found.group(1) or ''!r}, {found.group(3) or ''!r}"

    def _goto(self, argumentless: bool) -> None:
        if argumentless:
            self.scanner.fail("goto needs a label")

        def one() -> None:
            label = self._label()
            if label is None:
                self.scanner.fail(f"a label was expected, found {self.scanner.found()}")
            self._on_condition(lambda: self._emit(f"return o.Goto({label})"))

        self._each(one)

    def _dotted(self) -> None:
        """A legacy block: the lines below with one dot more than this one."""
        scanner = self.scanner
        scanner.blanks()
        rest = scanner.at
        scanner.line_end()
        end = scanner.at
        level = self._dots + 1
        self._emit("while True:")
        self._depth += 1
        mark = self._fresh("m")
        self._emit(f"{mark} = len(f.saved), f.test")
        self._emit("try:")
        self._within.append("dots")
        while (line := _DOTTED.match(scanner.text, scanner.at)) is not None and line.group(1).count(".") >= level:
            scanner.at = line.end()
            outer, self._dots = self._dots, level
            self._indented(self._rest_of_line)
            self._dots = outer
        self._within.pop()
        self._depth += 1
        self._emit("break")
        self._depth -= 1
        self._emit("finally:")
        self._depth += 1
        self._emit(f"o.unwind(f, {mark}[0]); f.test = {mark}[1]")
        self._depth -= 2
        if not _LEFT_OUT.match(scanner.text[rest:end]):  # they run when the block has ended
            behind, scanner.at = scanner.at, rest
            self._rest_of_line()
            scanner.at = behind

    # --- leaving ---

    def _quit(self, argumentless: bool) -> None:
        if not argumentless:
            self._emit(f"return {self.expressions.expression()}")
        elif self._within and self._within[-1] in ("loop", "dots"):
            self._emit("break")
        elif self._within:
            self._tries[-1] = True
            self._emit("raise o.LeaveTry")
        else:
            self._emit("return ''")

    def _return(self, argumentless: bool) -> None:
        self._emit("return ''" if argumentless else f"return {self.expressions.expression()}")

    def _continue(self, _argumentless: bool) -> None:
        around = [item for item in self._within if item != "try"]
        if not around:
            self.scanner.fail("continue stands outside of a loop", self.scanner.at - len("continue"))
        self._emit("break" if around[-1] == "dots" else "continue")  # a legacy block ends, and its loop goes on

    # --- if and loops ---

    def _conditions(self) -> str:
        conditions: list[str] = []
        self._each(lambda: conditions.append(f"o.truth({self.expressions.expression()})"))
        return " and ".join(conditions)

    def _if(self, argumentless: bool, keyword: str = "if") -> None:
        test = "f.test" if argumentless else self._conditions()
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
        self._emit(f"while {self._conditions()}:")
        self._loop(self._body)

    def _turn(self) -> None:
        """At the head of a loop's block: a loop without end can be ended from outside."""
        self._indented(lambda: self._emit("if asked: o.answer_interrupt()"))

    def _loop(self, body: Callable[[], None]) -> None:
        self._turn()
        self._within.append("loop")
        body()
        self._within.pop()

    def _for(self, argumentless: bool) -> None:
        scanner = self.scanner
        if argumentless or scanner.peek() == "{":
            self._emit("while True:")
            self._loop(self._body)
            return
        name = scanner.match(NAME)
        if name is None:
            scanner.fail(f"the variable of for was expected, found {scanner.found()}")
        place = (
            f"o.LocalReference({scope_of(str(name))}, {name!r}, {self.expressions.subscripts()})"
            if scanner.peek() == "("
            else ""
        )
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
        values = f"for_places({place}" if place else f"for_values({scope_of(str(name))}, {name!r}"
        self._emit(f"for _ in o.{values}, {', '.join(ranges)}):")
        self._loop(self._body)

    # --- try ---

    def _try(self, _argumentless: bool) -> None:
        scanner = self.scanner
        self._within.append("try")
        self._tries.append(False)
        start = len(self.lines)
        self._emit("try:")
        self._braced()
        self._space()
        if str(scanner.match(WORD)).lower() != "catch":
            scanner.fail("'catch' was expected behind the block of try")
        scanner.blanks()
        parenthesis = scanner.take("(")
        scanner.blanks()
        name = scanner.match(NAME)
        if scanner.peek() == ".":  # catch ex.Type: the type is only told
            scanner.match(CLASS_NAME)
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
            head, tail = self.origins[start], self.origins[-1]
            inner = [f"    {line}" for line in self.lines[start:]]
            self.lines[start:] = [f"{pad}try:", *inner, f"{pad}except o.LeaveTry:", f"{pad}    pass"]
            self.origins[start:] = [head, *self.origins[start:], tail, tail]

    def _catch(self, _argumentless: bool) -> None:
        self.scanner.fail("catch stands without its try")

    def _throw(self, argumentless: bool) -> None:
        self._emit("raise" if argumentless else f"o.throw({self.expressions.expression()})")
