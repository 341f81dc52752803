"""Class files (UDL) to `ClassDefinition`.

A member begins with its keyword; a body runs from ``{`` to the ``}`` that stands alone in the column of the keyword
and closes what the body opened. The pieces of a head are read in `udl_parts`.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from .definitions import (
    ClassDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    MethodDefinition,
    PropertyDefinition,
    QueryDefinition,
    StorageDefinition,
    XDataDefinition,
)
from .dictionary import full_name
from .errors import CompileError
from .signatures import balanced, code_spans
from .source_text import read_source, unified
from .udl_body import Body, body_end
from .udl_parts import arguments, foreign_key, index, keywords, names, parameter, typed, unquoted, without_comments

__all__ = ["load_file", "parse_class", "read_source"]

_CLASS = re.compile(r"Class\s+(%?[\w.%]+)\s*(?:Extends\s+(\([^)]*\)|%?[\w.%]+))?\s*(\[.*\])?\s*$", re.S | re.I)
_CLASS_LINE = re.compile(r"\s*Class\s+%?\w", re.I)
_MEMBER = re.compile(
    r"\s*(Property|Relationship|Parameter|ClassMethod|Method|ClientMethod|ClientClassMethod|XData|Storage|Index|Query"
    r"|Trigger|ForeignKey|Projection)\s+"
    r'("(?:[^"]|"")+"|%?[\w%]+)',
    re.I,
)
_DIRECTIVE = re.compile(r"(IncludeGenerator|Include|Import)\s+(.*)$", re.I)
_BODIED = frozenset("classmethod method clientmethod clientclassmethod xdata storage query trigger".split())
_GROUPS = {"classmethod": "method", "relationship": "property"}
_SKIPPED = ("///", "//", "#;", "##;", ";")
_OLD_FORM = re.compile(r"class\s+%?[\w.]+\s*(?:\{\s*)?$")
_OLD_MEMBER = re.compile(r"\s*(?:super\s*=|attribute\s|persistent\s*;|storage\s*=|import\s*=|\w+\s*=\s*[^=].*;\s*$)")
_NOTES = {
    "trigger": "a trigger is ignored: it does not run when rows change",
    "projection": "a projection is ignored",
    "clientmethod": "a client method is ignored: it runs in a browser only",
    "clientclassmethod": "a client method is ignored: it runs in a browser only",
}


def load_file(path: Path) -> ClassDefinition:
    """The class a ``.cls`` file defines.

    Raises:
        CompileError: the file is no class; names file and line.
        OSError: it cannot be read.
    """
    return parse_class(read_source(path), source=str(path))


def parse_class(text: str, source: str = "") -> ClassDefinition:
    """The class that a UDL text defines.

    Raises:
        CompileError: names the line and what stands there.
    """
    return _ClassReader(unified(text), source).read()


@dataclass
class _Members:
    """What a class's body has, as it is gathered."""

    properties: list[PropertyDefinition] = field(default_factory=list)
    methods: list[MethodDefinition] = field(default_factory=list)
    xdatas: list[XDataDefinition] = field(default_factory=list)
    indices: list[IndexDefinition] = field(default_factory=list)
    queries: list[QueryDefinition] = field(default_factory=list)
    foreign_keys: list[ForeignKeyDefinition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    computed: set[str] = field(default_factory=set)
    evaluated: set[str] = field(default_factory=set)
    storage: StorageDefinition | None = None


class _ClassReader:
    def __init__(self, text: str, source: str) -> None:
        self.lines = text.split("\n")
        self.text = text
        self.source = source
        self.at = 0
        self.found = _Members()
        self.seen: dict[tuple[str, str], int] = {}

    def fail(self, reason: str, line: int) -> CompileError:
        return CompileError(reason, self.text, line + 1, 1, self.source)

    def read(self) -> ClassDefinition:
        definition = self._head()
        self._members()
        found = self.found
        return replace(
            definition,
            parameters=found.parameters,
            computed=frozenset(found.computed),
            evaluated=frozenset(found.evaluated),
            storage=found.storage,
            properties=tuple(found.properties),
            methods=tuple(found.methods),
            xdatas=tuple(found.xdatas),
            indices=tuple(found.indices),
            queries=tuple(found.queries),
            foreign_keys=tuple(found.foreign_keys),
            notes=tuple(found.notes),
        )

    # --- the head ---

    def _head(self) -> ClassDefinition:
        includes: list[str] = []
        imports: list[str] = []
        while not _CLASS_LINE.match(self._line_of_head()):
            directive = _DIRECTIVE.match(self.lines[self.at].strip())
            if directive is not None:
                kind, value = directive.group(1).lower(), without_comments(directive.group(2))
                while value.count("(") > value.count(")") and self.at + 1 < len(self.lines):
                    self.at += 1
                    value += self.lines[self.at]
                if kind != "includegenerator":
                    (includes if kind == "include" else imports).extend(names(value))
            self.at += 1
        start = self.at
        head = self._class_head(start)
        found = _CLASS.match(head)
        if found is None:
            raise self.fail("'Class NAME [Extends NAME] [ [keywords] ]' and '{' were expected", start)
        name, extends, words = found.groups()
        return ClassDefinition(
            name,
            names(extends or ""),
            keywords(words or ""),
            includes=tuple(includes),
            imports=tuple(imports),
            source=self.source,
            line=start + 1,
        )

    def _line_of_head(self) -> str:
        """The line that is next, comments skipped."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.lstrip().startswith("/*"):
                self._skip_comment()
            elif line.strip() and not line.lstrip().startswith(_SKIPPED):
                return line
            else:
                self.at += 1
        shown = next((line.strip() for line in self.lines if line.strip()), "")[:60]
        raise self.fail(
            f"a class file has a line that begins with 'Class NAME'; there is none (it begins {shown!r})", 0
        )

    def _skip_comment(self) -> None:
        start = self.at
        while "*/" not in self.lines[self.at]:
            self.at += 1
            if self.at >= len(self.lines):
                raise self.fail("a comment has no '*/'", start)
        behind = self.lines[self.at].partition("*/")[2]
        if behind.strip():
            self.lines[self.at] = behind
        else:
            self.at += 1

    def _class_head(self, start: int) -> str:
        """The text from ``Class`` to before the ``{`` of the body; the position moves behind that."""
        head = ""
        while self.at < len(self.lines):
            before = len(head)
            head += self.lines[self.at] + "\n"
            self.at += 1
            if "{" not in head[before:]:
                continue
            end = _opening_brace(head)
            if end >= 0:
                rest = head[end + 1 :]
                if rest.strip():
                    self.at -= 1
                    self.lines[self.at] = rest.rstrip("\n")
                self._refuse_old_form(start)
                return " ".join(without_comments(head[:end]).split())
        raise self.fail("'Class NAME [Extends NAME] [ [keywords] ]' and '{' were expected", start)

    def _refuse_old_form(self, start: int) -> None:
        following = next((line for line in self.lines[self.at :] if line.strip()), "")
        if _OLD_FORM.match(self.lines[start]) and _OLD_MEMBER.match(following):
            reason = "this is CDL, the class language of Caché 4 and older, which is not read"
            raise self.fail(f"{reason}: export the class as UDL or XML", start)

    # --- the members ---

    def _members(self) -> None:
        while True:
            if self.at >= len(self.lines):
                raise self.fail("the class has no '}' of its own in column 0", len(self.lines) - 1)
            line = self.lines[self.at]
            if line.lstrip().startswith("/*"):
                self._skip_comment()
            elif line.strip().startswith("}"):
                break
            elif not line.strip() or line.lstrip().startswith(_SKIPPED):
                self.at += 1
            else:
                self._member()
        rest = next((n for n in range(self.at + 1, len(self.lines)) if self._matters(n)), None)
        if rest is not None:
            shown = self.lines[rest].strip()[:60]
            raise self.fail(f"nothing may stand behind the '}}' of the class, found {shown!r}", rest)

    def _matters(self, number: int) -> bool:
        line = self.lines[number].strip().strip("\x1a\x00")
        return bool(line) and not line.startswith((*_SKIPPED, "/*", "*"))

    def _member(self) -> None:
        start = self.at
        found = _MEMBER.match(self.lines[start])
        if found is None:
            shown = self.lines[start].strip()[:60]
            raise self.fail(f"a member (Property, Method, XData, …) was expected, found {shown!r}", start)
        kind, name = found.group(1).lower(), found.group(2).strip('"').replace('""', '"')
        group = _GROUPS.get(kind, kind)
        if (group, name) in self.seen:
            raise self.fail(f"the {group} {name} is there twice (line {self.seen[group, name] + 1} has it, too)", start)
        self.seen[group, name] = start
        head = self.lines[start][found.end() :]
        self.at += 1
        if kind in _BODIED:
            head, body = self._bodied(kind, f"{found.group(1)} {name}", head, start)
            self._add_bodied(kind, name, head, body)
        else:
            self._add(kind, name, self._unbodied(f"{found.group(1)} {name}", head, start), start)
        if kind in _NOTES:
            self.found.notes.append(f"line {start + 1}: {found.group(1)} {name}: {_NOTES[kind]}")

    def _unbodied(self, what: str, head: str, start: int) -> str:
        """The head up to its ``;``."""
        while True:
            if ";" in head:
                end = _end_of_head(head, ";")
                if end >= 0:
                    return head[:end]
            if self._class_ends(head) or _MEMBER.match(self.lines[self.at]):
                raise self.fail(f"{what} has no ';'", start)
            head += "\n" + self.lines[self.at]
            self.at += 1

    def _bodied(self, kind: str, what: str, head: str, start: int) -> tuple[str, Body]:
        """The head up to its ``{`` and the body."""
        while True:
            if "{" in head:
                end = _opening_brace(head)
                if end >= 0:
                    break
            elif head.rstrip().endswith(";"):
                return head.rstrip()[:-1], Body("", start + 1)
            if self._class_ends(head):
                raise self.fail(f"{what} has no '{{' that begins its body", start)
            head += "\n" + self.lines[self.at]
            self.at += 1
        rest = head[end + 1 :].rstrip()
        if rest.endswith("}"):  # all in one line
            return head[:end], Body(rest[:-1], self.at)
        indent = self.lines[start][: len(self.lines[start]) - len(self.lines[start].lstrip())]
        closing = body_end(self.lines, self.at, indent, kind, _MEMBER)
        if closing is None:
            raise self.fail(f"{what} has no '}}' of its own in column {len(indent)}", start)
        first = self.at
        lines = self.lines[first:closing]
        self.at = closing + 1
        if rest.strip():
            return head[:end], Body("\n".join([rest, *lines]), first)
        return head[:end], Body("\n".join(lines), first + 1)

    def _class_ends(self, head: str) -> bool:
        """Whether the text or the class ends here; a ``}`` in column 0 may also close code in a keyword of the head."""
        return self.at >= len(self.lines) or (self.lines[self.at].startswith("}") and not _is_open(head))

    def _add(self, kind: str, name: str, head: str, start: int) -> None:
        found = self.found
        head = without_comments(head)
        if kind in ("property", "relationship"):
            collection, type_name, parameters, rest = typed(head)
            type_name = full_name(type_name or "%String")
            found.properties.append(
                PropertyDefinition(name, type_name, collection, parameters, keywords(rest), start + 1)
            )
        elif kind == "parameter":
            found.parameters[name], now, later = parameter(head)
            found.computed |= {name} if now else set()
            found.evaluated |= {name} if later else set()
        elif kind == "index":
            found.indices.append(index(name, head))
        elif kind == "foreignkey":
            key = foreign_key(name, head, start + 1)
            if key is None:
                raise self.fail(f"ForeignKey {name}: '(PROPERTIES) References CLASS[(INDEX)]' was expected", start)
            found.foreign_keys.append(key)

    def _add_bodied(self, kind: str, name: str, head: str, body: Body) -> None:
        found = self.found
        head = without_comments(head)
        if kind in ("method", "classmethod"):
            inside, rest = balanced(head.lstrip()) if head.lstrip().startswith("(") else ("", head)
            _, returns, _, rest = typed(rest)
            found.methods.append(
                MethodDefinition(
                    name, body.text, arguments(inside), returns, kind == "classmethod", keywords(rest), body.line
                )
            )
        elif kind == "query":
            inside, rest = balanced(head.lstrip()) if head.lstrip().startswith("(") else ("", head)
            _, type_name, parameters, rest = typed(rest)
            query_type = full_name(type_name or "%Query")
            found.queries.append(
                QueryDefinition(name, body.text, arguments(inside), query_type, parameters, keywords(rest), body.line)
            )
        elif kind == "xdata":
            found.xdatas.append(XDataDefinition(name, body.text, keywords(head), body.line))
        elif kind == "storage":
            found.storage = self._storage(name, body)

    def _storage(self, name: str, body: Body) -> StorageDefinition:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(f"<Storage>{body.text}</Storage>".encode(), parser)
        except etree.XMLSyntaxError as error:
            raise self.fail(f"Storage {name} is no XML: {error.msg}", body.line + (error.lineno or 1) - 2) from error
        nodes: dict[str, dict[str, int]] = {}
        subnodes = {}
        for data in root.iterfind("Data"):
            subscript = unquoted(data.findtext("Subscript") or "")
            if (data.findtext("Structure") or "").strip() == "subnode":
                subnodes[(data.findtext("Attribute") or "").strip()] = subscript
                continue
            positions = nodes.setdefault(subscript, {})
            for value in data.iterfind("Value"):
                place = value.get("name") or ""
                if place.isdigit():
                    positions[value.findtext("Value") or ""] = int(place)
        tags = ("DataLocation", "IdLocation", "IndexLocation", "StreamLocation")
        data_place, id_place, index_place, stream_place = ((root.findtext(tag) or "").strip() for tag in tags)
        return StorageDefinition(
            name, data_place, id_place, index_place, nodes.pop("", {}), nodes, subnodes, stream_place
        )


def _opening_brace(head: str) -> int:
    """Where the ``{`` stands that is inside of no brackets, -1 when there is none yet."""
    return _end_of_head(head, "{")


def _end_of_head(head: str, wanted: str) -> int:
    depth = 0
    for at, char in code_spans(head):
        if char == wanted and depth == 0:
            return at
        depth += (char in "([{") - (char in ")]}")
    return -1


def _is_open(head: str) -> bool:
    return sum((char in "([{") - (char in ")]}") for _, char in code_spans(head)) > 0


def class_name_of(text: str) -> str:
    """The name a class text gives, "" when it has none; nothing else of it is read."""
    found = re.search(r"^[ \t]*Class\s+(%?[\w.%]+)", text, re.M | re.I)
    return found.group(1) if found is not None else ""
