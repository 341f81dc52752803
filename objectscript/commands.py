"""Commands of the language as Python source text: the body of a method, of a label or of a BPL code block."""

import re

from .device_commands import DeviceCompiler
from .embedded_sql import compile_sql
from .embedded_text import embedded_text, html_parts
from .emitter import WORD
from .flow import FlowCompiler
from .scanner import NAME
from .targets import TargetCompiler

COMMANDS = {
    "s": "set", "set": "set", "d": "do", "do": "do", "q": "quit", "quit": "quit", "ret": "return", "return": "return",
    "i": "if", "if": "if", "elseif": "elseif", "e": "else", "else": "else", "f": "for", "for": "for",
    "while": "while", "k": "kill", "kill": "kill", "w": "write", "write": "write", "h": "hang", "hang": "hang",
    "try": "try", "throw": "throw", "continue": "continue", "catch": "catch", "n": "new", "new": "new", "m": "merge",
    "merge": "merge", "x": "xecute", "xecute": "xecute", "l": "lock", "lock": "lock", "ts": "tstart",
    "tstart": "tstart", "tc": "tcommit", "tcommit": "tcommit", "tro": "trollback", "trollback": "trollback",
    "g": "goto", "goto": "goto", "r": "read", "read": "read", "zwrite": "zwrite", "zw": "zwrite", "halt": "halt",
    "zkill": "zkill", "zk": "zkill", "o": "open", "open": "open", "u": "use", "use": "use", "c": "close",
    "close": "close", "znspace": "znspace", "zn": "znspace",
}  # fmt: skip
INSTEAD = {
    "job j": "call the method, or send a message asynchronously",
    "view v": "there is no memory to look at",
    "break b zbreak": "use iscpy emulate --until ACTIVITY",
    "print zprint zp": "read the class file",
    "zinsert zremove zload zsave": "edit the file",
    "ztrap zquit": "use throw",
}
_REFUSED = {word: instead for words, instead in INSTEAD.items() for word in words.split()}
_EMBEDDED = re.compile(r"(?:&|##)(sql|html|js|jscript|javascript)(?=\w*[(<])", re.I)
_BEHIND = re.compile(r"[ \t]+(?:[A-Za-z]+(?:[ \t:]|$)|[{};]|//|\$\$\$|$)")
_UNCONDITIONAL = frozenset({"if", "elseif", "for", "while", "try", "else", "catch"})


class CommandCompiler(TargetCompiler, FlowCompiler, DeviceCompiler):
    """Reads commands at a scanner's position and gathers lines of Python."""

    def block(self, ending: str = "''") -> list[str]:
        """All commands up to the end of the text, which gives `ending` when nothing else was returned."""
        self._commands(until="")
        if self.scanner.peek():
            self.scanner.fail(f"a command was expected, found {self.scanner.found()}")
        return self._ended(ending)

    def braced_block(self) -> list[str]:
        """The commands between the braces that stand here: the body of a procedure."""
        self.scanner.expect("{", "the head of a procedure")
        self._commands(until="}")
        self._space()
        self.scanner.expect("}", "the body of a procedure")
        return self._ended("''")

    def _ended(self, ending: str) -> list[str]:
        self._emit(f"return {ending}")
        if not self._news:
            return self.lines
        first, last = self.origins[0], self.origins[-1]
        self.origins[:] = [first, first, *self.origins, last, last]
        body = [f"    {line}" for line in self.lines]
        return ["    mark = len(f.saved)", "    try:", *body, "    finally:", "        o.unwind(f, mark)"]

    def _command(self) -> None:
        scanner = self.scanner
        start = scanner.at
        word = scanner.match(WORD)
        if word is None:
            if scanner.text.startswith("$$$", start):
                self._macro_command()
                return
            if (embedded := _EMBEDDED.match(scanner.text, start)) is not None:
                self._embedded(embedded.group(1).lower())
                return
            scanner.fail(f"a command was expected, found {scanner.found()}")
        name = COMMANDS.get(str(word).lower())
        if name is None:
            if str(word).lower() in _REFUSED:
                self._refused(str(word))
                return
            scanner.fail(f"{word!r} is no command", start)
        if name not in _UNCONDITIONAL and scanner.peek() == ":":
            self._on_condition(lambda: self._arguments(str(name)))
        else:
            self._arguments(str(name))

    def _arguments(self, name: str) -> None:
        scanner = self.scanner
        argumentless = scanner.peek(2) == "  " or scanner.peek() in ("\n", "\r", "", "}")
        if name == "else" and scanner.peek() in (" ", "\t", "{"):
            argumentless = True
        scanner.blanks()
        argumentless = argumentless or scanner.peek() in ("\n", "\r", "", "}", ";") or scanner.peek(2) == "//"
        getattr(self, f"_{name}")(argumentless)

    def _refused(self, word: str) -> None:
        """A command that cannot be had here: an error when it is reached, a note before."""
        line = self.line_number()
        if self.scanner.take(":"):
            self._emit(f"if o.truth({self.expressions.postconditional()}):")
            self._emit(f"    o.refuse(f, {word.lower()!r}, {_REFUSED[word.lower()]!r})")
        else:
            self._emit(f"o.refuse(f, {word.lower()!r}, {_REFUSED[word.lower()]!r})")
        self.notes.append(f"line {line}: the command {word} cannot be had here: {_REFUSED[word.lower()]}")
        self._past_arguments()

    def _past_arguments(self) -> None:
        """Step over the arguments of a command that is not read: to a blank behind which another command stands."""
        scanner = self.scanner
        if scanner.peek() in ("", "\n", "\r") or scanner.peek(2) == "  ":
            return
        scanner.blanks()
        start, end = scanner.at, scanner.text.find("\n", scanner.at)
        line = scanner.text[start : len(scanner.text) if end < 0 else end]
        quoted, depth = False, 0
        for at, char in enumerate(line):
            quoted ^= char == '"'
            depth += 0 if quoted else (char == "(") - (char == ")")
            if not quoted and depth <= 0 and (char == "}" or _BEHIND.match(line, at) is not None):
                scanner.at = start + at
                return
        scanner.at = start + len(line)

    def _macro_command(self) -> None:
        """``$$$LogMessage(…)`` where a command may stand: a macro that is a call."""
        self._emit(self.expressions.operand())

    def _embedded(self, language: str) -> None:
        """``&sql(…)``, ``&html<…>``; scripts for a browser are refused when they are reached."""
        scanner = self.scanner
        line = self.line_number()
        inside = embedded_text(scanner)
        if language == "sql":
            compile_sql(inside, scanner.place)
            self._emit(f"o.embedded_sql(f, {inside!r})")
        elif language == "html":
            self._emit(f"o.write_html(f, {', '.join(html_parts(inside, scanner.place))})")
        else:
            self._emit(f"o.refuse(f, '&{language}', 'it is for a browser: write the text with write')")
            self.notes.append(f"line {line}: &{language} cannot be had here: it is for a browser")

    # --- scope, indirection and the platform ---

    def _new(self, argumentless: bool) -> None:
        self._news = True
        if argumentless:
            self._emit("o.new(f, None)")
        elif self.scanner.take("("):
            self._emit(f"o.new_except(f, ({''.join(f'{name!r}, ' for name in self._variables())}))")
        else:
            self._each(self._one_new)

    def _one_new(self) -> None:
        if self.scanner.text.startswith("$$$", self.scanner.at):
            self._emit(self.expressions.operand())  # an unknown macro: an error when it is reached
        elif self.scanner.take("$"):
            self._variable()  # a special variable: try and catch keep what code needs of it
        else:
            name = self._variable()
            self._emit(f"o.new_public(f, {name!r})" if name.startswith("%") else f"o.new(f, ({name!r},))")

    def _variable(self) -> str:
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
            self._on_condition(lambda: self._emit(f"o.xecute(f, {source})"))

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
                place = f"{self.expressions.reference()}.written()"
                if scanner.take("#"):
                    place = f"o.lock_type({place}, {self.expressions.operand()})"
                places.append(f"{place}, ")
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

    def _zkill(self, _argumentless: bool) -> None:
        self._each(lambda: self._emit(f"o.kill_value({self.expressions.reference()})"))

    # --- output and input ---

    def _write(self, argumentless: bool) -> None:
        if argumentless:
            self._emit("o.write_variables(f)")
        else:
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

    def _zwrite(self, argumentless: bool) -> None:
        if argumentless:
            self._emit("o.write_variables(f)")
        else:
            self._each(lambda: self._emit(f"o.zwrite(f, {self.expressions.reference()})"))

    def _read(self, _argumentless: bool) -> None:
        self._each(self._one_read)

    def _one_read(self) -> None:
        scanner = self.scanner
        if scanner.peek() and scanner.peek() in '"!#?':
            if scanner.peek() == '"':
                self._emit(f"f.output.append({self.expressions.operand()})")
            else:
                self._one_write()
            return
        single = scanner.take("*")
        target = self.target()
        length = self.expressions.operand() if scanner.take("#") else "None"
        timeout = self.expressions.expression() if scanner.take(":") else "None"
        self._emit(target.format(value=f"o.read(f, {single}, {length}, {timeout})"))

    def _hang(self, argumentless: bool) -> None:
        if argumentless:
            self._halt(True)
        else:
            self._emit(f"o.hang({self.expressions.expression()})")

    def _halt(self, _argumentless: bool) -> None:
        self._emit("o.halt(f)")
