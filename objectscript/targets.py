"""``set``: what can stand left of the ``=``."""

from .emitter import Emitter, braces
from .expressions import item_parts, scope_of
from .functions.elsewhere import NOT_HERE
from .scanner import NAME

_FUNCTIONS = {
    "piece": "piece", "p": "piece", "extract": "extract", "e": "extract", "list": "list", "li": "list", "bit": "bit",
    "wextract": "extract", "we": "extract",
}  # fmt: skip
_SPECIALS = {
    "ecode": "ecode", "ec": "ecode", "zerror": "zerror", "ze": "zerror",
    "test": "test", "t": "test",
    "namespace": "namespace", "znspace": "namespace", "x": "x", "y": "y",
}  # fmt: skip
_TRAPS = frozenset({"ztrap", "zt", "etrap", "et"})


class TargetCompiler(Emitter):
    """The targets of ``set``, ``for`` and ``read``."""

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
        targets = self._targets()
        scanner.blanks()
        scanner.expect("=", "the target of set")
        scanner.blanks()
        source = self.expressions.expression()
        if len(targets) == 1:
            self._emit(targets[0].format(value=source))
            return
        value = self._fresh("v")
        self._emit(f"{value} = {source}")
        for target in targets:
            self._emit(target.format(value=value))
        self._emit(f"del {value}")

    def _targets(self) -> list[str]:
        scanner = self.scanner
        if not scanner.take("("):
            return [self.target()]
        targets = []
        while True:
            scanner.space()
            targets.append(self.target())
            scanner.space()
            if scanner.take(")"):
                return targets
            scanner.expect(",", "a target of set")

    def target(self) -> str:
        """What can be assigned, as a statement with ``{value}`` in it."""
        scanner = self.scanner
        start = scanner.at
        if scanner.peek() == "^":
            return f"o.GlobalReference(f, {braces(self.expressions.global_reference())}).set({{value}})"
        if scanner.take("@"):
            return f"o.indirect_place(f, {braces(self.expressions.indirection())}).set({{value}})"
        if scanner.peek() == "$":
            return self._dollar_target()
        if (instance := self.expressions.instance()) is not None:
            return f"o.put_instance(f, {braces(instance)}, {{value}})"
        if scanner.peek(2) != "..":
            name = scanner.match(NAME)
            if name is None:
                if scanner.text[scanner.at : scanner.at + 7].lower() != "##class":
                    scanner.fail(f"something to assign to was expected, found {scanner.found()}")
            elif scanner.peek() == "(":
                at = scanner.at
                subscripts = self.expressions.subscripts()
                if scanner.peek() != ".":
                    return f"o.local_set({scope_of(name)}, {name!r}, {braces(subscripts)}, {{value}})"
                scanner.at = at
            elif scanner.peek() != ".":
                return f"o.local_set({scope_of(name)}, {name!r}, (), {{value}})"
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
            return f"o.put(f, {braces(owner)}, {name}, {{value}})"
        if source.startswith("o.member(f, "):
            return self._item_target(source)
        if source.startswith("o.undefined_macro(f, "):  # told by its note; an error when it is reached
            return f"({braces(source)}, {{value}})"
        if source.startswith("o.get_path(f, "):
            inside = source.removeprefix("o.get_path(f, ").removesuffix(")")
            return f"o.put_path(f, {braces(inside)}, {{value}})"
        scanner.fail(f"{written!r} cannot be assigned to", start)
        return ""

    @staticmethod
    def _item_target(source: str) -> str:
        owner, name, subscripts = item_parts(source)
        return f"o.put_member(f, {braces(owner)}, {name}, {braces(subscripts)}, {{value}})"

    def _dollar_target(self) -> str:
        scanner = self.scanner
        start = scanner.at
        scanner.at += 1
        if scanner.take("$$"):
            scanner.at = start
            return self._member_target()
        name = str(scanner.match(NAME)).lower()
        if scanner.peek() != "(":
            if name in _TRAPS:
                self.notes.append(f"line {self.line_number()}: set ${name} has no effect here: use try and catch")
                return "o.no_trap({value})"
            if name in _SPECIALS:
                self._news = self._news or _SPECIALS[name] == "namespace"  # the method's end gives it back
                return f"o.set_special(f, {_SPECIALS[name]!r}, {{value}})"
        if name in ("listbuild", "lb"):
            return self._list_target()
        if name in ("property", "zobjproperty") and scanner.peek() == "(":
            return f"o.put_named(f, *{braces(self.expressions.arguments())}, value={{value}})"
        if f"${name}" in NOT_HERE:
            scanner.at = start
            return f"({braces(self.expressions.operand())}, {{value}})"
        if name not in _FUNCTIONS:
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
            rest.append(self.expressions.position())
            scanner.blanks()
        arguments = braces(", ".join(rest))
        read = f"fn.get(f, {braces(reference)})"
        return inner.format(value=f"fn.set_{_FUNCTIONS[name]}({read}, {{value}}{', ' + arguments if rest else ''})")

    def _list_target(self) -> str:
        """``set $listbuild(a,,b) = list``: each place takes its element; without one it stays as it is."""
        scanner = self.scanner
        scanner.expect("(", "$listbuild")
        references: list[str] = []
        while True:
            scanner.space()
            references.append("None" if scanner.peek() in (",", ")") else self.expressions.reference())
            scanner.space()
            if scanner.take(")"):
                break
            scanner.expect(",", "a place of $listbuild")
        return f"fn.set_elements(({braces(', '.join(references))},), {{value}})"
