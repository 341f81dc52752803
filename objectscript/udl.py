"""Class files (UDL) to `ClassDefinition`.

A member begins in column 0 with its keyword; a body runs from ``{`` to the ``}`` that stands alone in column 0.
"""

import re
from dataclasses import replace
from pathlib import Path

from lxml import etree

from .definitions import (
    ClassDefinition,
    IndexDefinition,
    MethodDefinition,
    PropertyDefinition,
    StorageDefinition,
    XDataDefinition,
)
from .dictionary import full_name
from .errors import CompileError
from .signatures import argument, balanced, split

_CLASS = re.compile(r"Class\s+(%?[\w.%]+)\s*(?:Extends\s+(\([^)]*\)|%?[\w.%]+))?\s*(\[.*?\])?\s*$", re.S)
_MEMBER = re.compile(
    r"(Property|Relationship|Parameter|ClassMethod|Method|ClientMethod|XData|Storage|Index|Query|Trigger|ForeignKey|Projection)\s+"
    r'("(?:[^"]|"")+"|%?[\w%]+)'
)
_BODIED = {"ClassMethod", "Method", "ClientMethod", "XData", "Storage", "Query", "Trigger"}
_TYPE = re.compile(r"\s*As\s+(?:(list|array)\s+Of\s+)?(%?[\w.%]+)\s*", re.I)


def load_file(path: Path) -> ClassDefinition:
    """The class a ``.cls`` file defines.

    Raises:
        CompileError: the file is no class; names file and line.
        OSError: it cannot be read.
    """
    return parse_class(read_source(path), source=str(path))


def read_source(path: Path) -> str:
    """The text of a class file: UTF-8, with or without its mark, else as Windows writes it.

    Raises:
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def parse_class(text: str, source: str = "") -> ClassDefinition:
    """The class that a UDL text defines.

    Raises:
        CompileError: names the line and what stands there.
    """
    return _ClassReader(text.replace("\r\n", "\n").replace("\r", "\n"), source).read()


class _ClassReader:
    def __init__(self, text: str, source: str) -> None:
        self.lines = text.split("\n")
        self.text = text
        self.source = source
        self.at = 0

    def fail(self, reason: str, line: int) -> CompileError:
        return CompileError(reason, self.text, line + 1, 1, self.source)

    def read(self) -> ClassDefinition:
        start = next((n for n, line in enumerate(self.lines) if line.startswith("Class ")), None)
        if start is None:
            raise self.fail("a class file has a line that begins with 'Class NAME'; there is none", 0)
        self.at = start
        head = []
        while self.at < len(self.lines) and self.lines[self.at].strip() != "{":
            head.append(self.lines[self.at].split("//")[0])
            self.at += 1
        found = _CLASS.match(" ".join(head).strip().removesuffix("{").rstrip())
        if found is None or self.at >= len(self.lines):
            raise self.fail("'Class NAME [Extends NAME] [ [keywords] ]' and '{' were expected", start)
        self.at += 1
        name, extends, keywords = found.groups()
        definition = ClassDefinition(
            name,
            tuple(part.strip() for part in (extends or "").strip("()").split(",") if part.strip()),
            _keywords(keywords or ""),
            source=self.source,
        )
        return self._members(definition)

    def _members(self, definition: ClassDefinition) -> ClassDefinition:
        properties: list[PropertyDefinition] = []
        methods: list[MethodDefinition] = []
        xdatas: list[XDataDefinition] = []
        indices: list[IndexDefinition] = []
        notes: list[str] = []
        parameters: dict[str, str] = {}
        storage: StorageDefinition | None = None
        while True:
            if self.at >= len(self.lines):
                raise self.fail("the class has no '}' of its own in column 0", len(self.lines) - 1)
            line = self.lines[self.at]
            if line.startswith("}"):
                break
            if not line.strip() or line.lstrip().startswith(("///", "//", "#;")):
                self.at += 1
                continue
            start = self.at
            kind, name, head, body, body_line = self._member()
            if kind == "Property" or kind == "Relationship":
                properties.append(self._property(name, head, start))
            elif kind == "Parameter":
                parameters[name] = _parameter(head)
            elif kind in ("Method", "ClassMethod"):
                methods.append(self._method(kind, name, head, body, body_line))
            elif kind == "XData":
                xdatas.append(XDataDefinition(name, body, _keywords(head), body_line))
            elif kind == "Storage":
                storage = self._storage(name, body, body_line)
            elif kind == "Index":
                indices.append(_index(name, head))
            else:
                notes.append(f"line {start + 1}: {kind} {name} is not used here")
        return replace(
            definition,
            parameters=parameters,
            storage=storage,
            properties=tuple(properties),
            methods=tuple(methods),
            xdatas=tuple(xdatas),
            indices=tuple(indices),
            notes=tuple(notes),
        )

    def _member(self) -> tuple[str, str, str, str, int]:
        """Kind, name, the rest of the head, the body and the line (from 1) on which the body begins."""
        start = self.at
        found = _MEMBER.match(self.lines[start])
        if found is None:
            shown = self.lines[start].strip()[:60]
            raise self.fail(f"a member (Property, Method, XData, …) was expected, found {shown!r}", start)
        kind, name = found.group(1), found.group(2).strip('"').replace('""', '"')
        head = self.lines[start][found.end() :]
        self.at += 1
        if kind not in _BODIED:
            while not head.rstrip().endswith(";"):
                if self.at >= len(self.lines):
                    raise self.fail(f"{kind} {name} has no ';'", start)
                head += "\n" + self.lines[self.at]
                self.at += 1
            return kind, name, head.rstrip()[:-1], "", 0
        while self.at < len(self.lines) and self.lines[self.at].strip() != "{" and not head.rstrip().endswith("{"):
            head += "\n" + self.lines[self.at]
            self.at += 1
        if head.rstrip().endswith("{"):
            head = head.rstrip()[:-1]
        else:
            self.at += 1
        body_start = self.at
        while self.at < len(self.lines) and self.lines[self.at].rstrip() != "}":
            self.at += 1
        if self.at >= len(self.lines) or all(not line.startswith("}") for line in self.lines[self.at + 1 :]):
            raise self.fail(f"{kind} {name} has no '}}' of its own in column 0", start)
        self.at += 1
        return kind, name, head, "\n".join(self.lines[body_start : self.at - 1]), body_start + 1

    def _property(self, name: str, head: str, line: int) -> PropertyDefinition:
        found = _TYPE.match(head)
        collection, type_name, rest = "", "%Library.String", head
        if found is not None:
            collection, type_name = (found.group(1) or "").lower(), found.group(2)
            rest = head[found.end() :]
        parameters: dict[str, str] = {}
        if rest.lstrip().startswith("("):
            inside, rest = balanced(rest.lstrip())
            parameters = {key.strip(): _unquoted(value) for key, _, value in map(_partition, split(inside))}
        return PropertyDefinition(name, full_name(type_name), collection, parameters, _keywords(rest), line + 1)

    def _method(self, kind: str, name: str, head: str, body: str, line: int) -> MethodDefinition:
        inside, rest = balanced(head.lstrip())
        returns = _TYPE.match(rest)
        if returns is not None:
            rest = rest[returns.end() :]
        return MethodDefinition(
            name,
            body,
            tuple(argument(part) for part in split(inside) if part.strip()),
            returns.group(2) if returns else "",
            kind == "ClassMethod",
            _keywords(rest),
            line,
        )

    def _storage(self, name: str, body: str, line: int) -> StorageDefinition:
        try:
            root = etree.fromstring(f"<Storage>{body}</Storage>")
        except etree.XMLSyntaxError as error:
            raise self.fail(f"Storage {name} is no XML: {error.msg}", line + (error.lineno or 1) - 2) from error
        positions = {}
        for data in root.iterfind("Data"):
            for value in data.iterfind("Value"):
                positions[value.findtext("Value") or ""] = int(value.get("name") or 0)
        texts = {tag: (root.findtext(tag) or "").strip() for tag in ("DataLocation", "IdLocation", "IndexLocation")}
        return StorageDefinition(name, texts["DataLocation"], texts["IdLocation"], texts["IndexLocation"], positions)


def _partition(text: str) -> tuple[str, str, str]:
    return text.partition("=")


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _keywords(text: str) -> dict[str, str]:
    """``[ Abstract, Language = python ]``; a keyword without value is "1", ``Not X`` is "0"."""
    text = text.strip()
    if not text.startswith("["):
        return {}
    found = {}
    for part in split(text[1 : text.rfind("]")]):
        name, equals, value = part.strip().partition("=")
        name = name.strip()
        if not equals and name.lower().startswith("not "):
            found[name[4:].strip()] = "0"
        else:
            found[name] = _keyword_value(value) if equals else "1"
    return found


def _keyword_value(value: str) -> str:
    value = value.strip()
    return value[1:-1].strip() if value.startswith("{") and value.endswith("}") else value


def _parameter(head: str) -> str:
    found = _TYPE.match(head)
    rest = head[found.end() :] if found else head
    keywords = re.match(r"\s*\[[^\]]*\]\s*(?==|$)", rest)
    rest = rest[keywords.end() :] if keywords else rest
    return _unquoted(rest.strip().removeprefix("=")) if "=" in rest else ""


def _index(name: str, head: str) -> IndexDefinition:
    found = re.match(r"\s*On\s*(\([^)]*\)|[\w%.]+)", head, re.I)
    columns = found.group(1).strip("()").split(",") if found else []
    rest = head[found.end() :] if found else head
    return IndexDefinition(name, tuple(column.split(" As ")[0].strip() for column in columns), _keywords(rest))
