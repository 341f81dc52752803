"""The linter: what is wrong with a process class, found before it runs. Rules are in `findings`.

Nothing is executed. Classes that a process refers to are looked for in the class dictionary, so whatever is loaded (or
offered to the dictionary as a source) counts as there.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ClassNotFoundError, NotSupportedError
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.names import similar

from .exceptions import BPLError
from .findings import ERROR, Finding
from .lint_annotations import PYTHON, SQL, check_annotation
from .names_used import names_used
from .outline import Branch, Node, Outline, read_outline
from .program import compile_process
from .reader import read_bpl
from .scope import Problem, Scope, found_class

_EXPRESSIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "assign": (("property", "target"), ("value", "expression"), ("key", "expression")),
    "call": (("timeout", "expression"),),
    "sync": (("timeout", "expression"),),
    "if": (("condition", "expression"),),
    "while": (("condition", "expression"),),
    "until": (("condition", "expression"),),
    "branch": (("condition", "expression"),),
    "foreach": (("property", "expression"), ("key", "target")),
    "trace": (("value", "expression"),),
    "alert": (("value", "expression"),),
    "milestone": (("value", "expression"),),
    "delay": (("duration", "expression"), ("until", "expression")),
    "throw": (("fault", "expression"),),
    "transform": (("source", "expression"), ("target", "target")),
    "rule": (("ruleContext", "expression"), ("resultLocation", "target"), ("reasonLocation", "target")),
}
_UNNAMED_MAY_BE = ("label", "branch", "sequence", "scope", "empty", "sync")
_LINE = re.compile(r"line (\d+)")
_GET_ANNOTATION = re.compile(r"GetAnnotation(?:Stream)?\(\"((?:[^\"]|\"\")*)\"\)")
_CODE, _QUERY = ("callrequest.Code",), ("callrequest.Query",)


@dataclass(frozen=True, slots=True)
class ProductionItems:
    """A production as far as the linter needs it: its item names, and which class each has."""

    name: str
    items: Mapping[str, str]


def lint_class(
    cls: type, definition: ClassDefinition, file: str, productions: Sequence[ProductionItems] = ()
) -> list[Finding]:
    """The findings of a class, by line; none when it has no BPL."""
    found: list[Finding] = []
    for xdata in definition.xdatas:
        if xdata.name == "BPL":
            try:
                outline = read_outline(xdata.text, definition.name, xdata.line)
            except BPLError as error:
                return [Finding(file, _line_of(str(error), xdata.line), "syntax", str(error))]
            found += _Linter(cls, outline, file, definition.name, productions).findings()
            found += _compiled(xdata.text, xdata.line, definition.name, file, found)
    return sorted(set(found))


def _compiled(xml: str, line: int, name: str, file: str, known: Sequence[Finding]) -> Iterator[Finding]:
    """What the engine itself would refuse, unless that line has an error already."""
    try:
        process = read_bpl(xml, name, line)
        for note in process.notes:
            yield Finding(file, _line_of(note, line), "unknown-attribute", note.partition(": ")[2])
        compile_process(process, name)
    except (BPLError, NotSupportedError) as error:
        at = _line_of(str(error), line)
        if not any(finding.line == at and finding.severity == ERROR for finding in known):
            yield Finding(file, at, "syntax", str(error))


def _line_of(told: str, otherwise: int) -> int:
    lines = _LINE.findall(told)
    return int(lines[-1]) if lines else otherwise


class _Linter:
    def __init__(
        self, cls: Any, outline: Outline, file: str, class_name: str, productions: Sequence[ProductionItems]
    ) -> None:
        self.outline = outline
        self.file = file
        self.class_name = class_name
        self.scope = Scope(cls, outline)
        self._language = outline.attributes.get("language", "").lower()
        self.productions = [item for item in productions if class_name in item.items.values()]
        self.nodes = [node for node in outline.walk() if not node.disabled]
        self.lasting = self._lasting()
        self.annotated = {node.name: node for node in reversed(self.nodes) if node.annotation is not None}

    def findings(self) -> Iterator[Finding]:
        yield from self._classes()
        yield from self._names()
        languages = self._languages()
        for node in self.nodes:
            yield from self._expressions(node, self.scope)
            for assign in node.assigns:
                if not assign.disabled and not self._is_python(node):
                    yield from self._expressions(assign, self.scope.at(node), "assign")
            for branch in node.branches:
                yield from self._case(branch)
            yield from self._target(node)
            yield from self._waiting(node)
            if node.element == "code" and not self._is_python(node):
                yield from self._text(node.line, node.text, "block", self.scope, in_code=True)
            if node.annotation is not None and node.name in languages and self.annotated.get(node.name) is node:
                scope = self.scope.at(node)
                for line, problem in check_annotation(node.annotation, languages[node.name], scope):
                    yield self._finding(line, problem)
        yield from self._missing_annotations()

    def _finding(self, line: int, problem: Problem) -> Finding:
        return Finding(self.file, line, problem.rule, problem.message, problem.mend)

    def _lasting(self) -> dict[str, str]:
        """The variables that activities of the process leave behind, with the name of the first such activity."""
        found: dict[str, str] = {}
        for node in self.nodes:
            texts = [(node.text, "block")] if node.element == "code" else []
            texts += (
                [(node.attributes["key"], "target")] if node.element == "foreach" and "key" in node.attributes else []
            )
            texts += [(node.attributes["property"], "target")] if "property" in node.attributes else []
            for text, kind in texts if not self._is_python(node) else ():
                try:
                    for name in names_used(text, kind).sets:
                        found.setdefault(name, node.name)
                except IscError:
                    continue  # it is told where the text is checked
        return found

    def _is_python(self, node: Node | Branch) -> bool:
        return (node.attributes.get("languageOverride", "").lower() or self._language) == "python"

    # --- classes and names ---

    def _classes(self) -> Iterator[Finding]:
        used = [(self.outline.line, self.outline.attributes.get(name, "")) for name in ("request", "response")]
        used += [(item.line, item.type) for item in self.outline.context if not item.type.startswith("%")]
        for node in self.nodes:
            used += [(node.line, node.request_type), (node.line, node.response_type)]
            if node.element == "transform":
                used.append((node.line, node.attributes.get("class", "")))
        for line, name in used:
            if name and not name.startswith("@"):
                try:
                    found_class(name)
                except ClassNotFoundError as error:
                    yield Finding(self.file, line, "missing-class", f"there is no class {name!r}{error.hint}")

    def _names(self) -> Iterator[Finding]:
        counted = Counter(node.name for node in self.nodes if node.is_named)
        first = {node.name: node for node in reversed(self.nodes)}
        for node in self.nodes:
            if not node.is_named and node.element not in _UNNAMED_MAY_BE:
                mend = "give it one: traces, coverage and errors show it"
                yield Finding(self.file, node.line, "unnamed", f"this {node.element} has no name", mend)
            elif node.is_named and counted[node.name] > 1 and first[node.name] is not node:
                message = f"{node.element} {node.name!r}: {first[node.name].element} of line {first[node.name].line}"
                yield Finding(self.file, node.line, "duplicate-name", f"{message} has this name, too", "rename one")

    # --- expressions ---

    def _expressions(self, node: Node, scope: Scope, element: str = "") -> Iterator[Finding]:
        if self._is_python(node):
            return
        for attribute, kind in _EXPRESSIONS.get(element or node.element, ()):
            text = node.attributes.get(attribute, "")
            if text.strip():
                yield from self._text(node.line, text, kind, scope)
        target = node.attributes.get("target", "")
        if node.element == "call" and target.startswith("@"):
            yield from self._text(node.line, target[1:], "expression", scope)

    def _case(self, branch: Branch) -> Iterator[Finding]:
        if branch.kind == "case" and branch.attributes.get("condition") and not self._is_python(branch):
            yield from self._text(branch.line, branch.attributes["condition"], "expression", self.scope)

    def _text(self, line: int, text: str, kind: str, scope: Scope, *, in_code: bool = False) -> Iterator[Finding]:
        try:
            names = names_used(text, kind)
        except IscError as error:
            yield Finding(self.file, line, "syntax", str(error))
            return
        for problem in scope.problems(names, in_code=in_code):
            owner = self.lasting.get(problem.variable)
            if owner is not None:
                message = f"{problem.variable!r} is a variable of {owner!r}: it is gone once the process has waited"
                mend = f"keep it in the context: context.{problem.variable}"
                yield Finding(self.file, line, "short-lived", message, mend)
            else:
                yield self._finding(line, problem)

    # --- targets and annotations ---

    def _target(self, node: Node) -> Iterator[Finding]:
        target = node.attributes.get("target", "")
        if node.element != "call" or target.startswith("@") or not target:
            return
        for production in self.productions:
            if target not in production.items:
                message = f"call {node.name!r} goes to {target!r}, which {production.name} does not have"
                mend = f"add the item, or use one of {', '.join(production.items)}"
                yield Finding(self.file, node.line, "unknown-target", message, mend)

    def _waiting(self, node: Node) -> Iterator[Finding]:
        calls = [item.name for item in self.nodes if item.element == "call"]
        named = node.attributes.get("calls", "@")
        if node.element != "sync" or named.startswith("@") or any(name.startswith("@") for name in calls):
            return
        for name in filter(None, (part.strip() for part in named.split(","))):
            if name not in calls:
                hint = similar(name, calls) or f"; the calls are {', '.join(calls) or 'none'}"
                message = f"sync {node.name!r} waits for {name!r}, and no call has that name{hint}"
                yield Finding(self.file, node.line, "unknown-call", message)

    def _languages(self) -> dict[str, str]:
        """Which annotations are used, and as what: `callrequest.Code` is Python, `callrequest.Query` SQL."""
        found: dict[str, str] = {}
        for node in self.nodes:
            for assign in node.assigns:
                for name in _GET_ANNOTATION.findall(assign.attributes.get("value", "")):
                    target = assign.attributes.get("property", "").strip()
                    language = PYTHON if target in _CODE else SQL if target in _QUERY else ""
                    found[name] = language or found.get(name, "")
            for text in (node.text, *node.attributes.values()):
                for name in _GET_ANNOTATION.findall(text):
                    found.setdefault(name, "")
        return found

    def _missing_annotations(self) -> Iterator[Finding]:
        for node in self.nodes:
            texts = [(node.line, node.text)] + [
                (item.line, value) for item in (node, *node.assigns) for value in item.attributes.values()
            ]
            for line, text in texts:
                for name in _GET_ANNOTATION.findall(text):
                    if name not in self.annotated:
                        known = ", ".join(map(repr, self.annotated)) or "none"
                        message = f"no activity {name!r} has an annotation"
                        yield Finding(self.file, line, "missing-annotation", message, f"those with one are {known}")
