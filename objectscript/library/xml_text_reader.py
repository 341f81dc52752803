"""``%XML.TextReader``: any document, walked node by node.

The whole document is read and checked first; no external entity is read and nothing is fetched.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from lxml import etree

from .. import status
from ..frame import ByRef
from ..objects import ObjectMethods
from ..values import number, text
from .xml_source import XMLProblem, parsed, parsed_file


@dataclass(frozen=True, slots=True)
class _Node:
    """A node: its kind, names, value, the path of its element, how deep that is, and the attributes of that."""

    kind: str
    name: str = ""
    local: str = ""
    prefix: str = ""
    space: str = ""
    value: str = ""
    path: str = ""
    depth: int = 0
    attributes: tuple["_Node", ...] = ()
    empty: bool = False


def _named(found: etree._Element) -> tuple[str, str, str, str]:
    """The name as written, without prefix, the prefix, the namespace."""
    parts = etree.QName(found)
    prefix = found.prefix or ""
    return (
        (f"{prefix}:{parts.localname}" if prefix else parts.localname),
        parts.localname,
        prefix,
        parts.namespace or "",
    )


def _attributes(found: etree._Element, path: str, depth: int) -> Iterator[_Node]:
    prefixes = {uri: prefix for prefix, uri in found.nsmap.items() if prefix}
    for key, value in found.attrib.items():
        parts = etree.QName(str(key))
        prefix = prefixes.get(parts.namespace or "", "") if parts.namespace else ""
        if parts.namespace == "http://www.w3.org/XML/1998/namespace":
            prefix = "xml"
        name = f"{prefix}:{parts.localname}" if prefix else parts.localname
        yield _Node("attribute", name, parts.localname, prefix, parts.namespace or "", str(value), path, depth)


def _text(value: str | None, path: str, depth: int, keep: bool) -> Iterator[_Node]:
    if value and (value.strip() or keep):
        kind = "chars" if value.strip() else "ignorablewhitespace"
        yield _Node(kind, value=value, path=path, depth=depth)


def _nodes(found: Any, above: str, depth: int, keep: bool) -> Iterator[_Node]:
    if found.tag is etree.Comment:
        yield _Node("comment", value=found.text or "", path=above, depth=depth)
        return
    if found.tag is etree.PI:
        yield _Node(
            "processinginstruction", found.target, found.target, value=found.text or "", path=above, depth=depth
        )
        return
    name, local, prefix, space = _named(found)
    path = f"{above}/{name}"
    attributes = tuple(_attributes(found, path, depth))
    empty = found.text is None and not len(found)
    yield _Node("element", name, local, prefix, space, "", path, depth, attributes, empty)
    yield from _text(found.text, path, depth, keep)
    for child in found:
        yield from _nodes(child, path, depth + 1, keep)
        yield from _text(child.tail, path, depth, keep)
    yield _Node("endelement", name, local, prefix, space, "", path, depth)


class TextReader(ObjectMethods):
    """``%XML.TextReader``: `Read` goes to the next node, the properties tell of it."""

    _nothing = _Node("")

    def __init__(self) -> None:
        self._nodes: list[_Node] = []
        self._at = -1
        self._attribute = -1  # which attribute of the element is looked at

    @classmethod
    def _property_names(cls) -> list[str]:
        return [
            "AttributeCount", "Depth", "EOF", "HasAttributes", "HasValue", "IsEmptyElement", "LocalName", "Name",
            "NamespaceUri", "NodeType", "Path", "Prefix", "seq", "Value", "ReadState",
        ]  # fmt: skip

    @classmethod
    def _of(cls, root: etree._Element, keep: bool = False) -> Self:
        """A reader of an element and what is in it; comments and instructions beside a root are read, too."""
        made = cls()
        before = list(root.itersiblings(preceding=True)) if root.getparent() is None else []
        after = list(root.itersiblings()) if root.getparent() is None else []
        for found in (*reversed(before), root, *after):
            made._nodes += _nodes(found, "", 1, keep)
        return made

    # --- sources ---

    @classmethod
    def ParseString(cls, source: object = "", target: ByRef[object] | None = None, *options: object) -> object:
        """A reader of a text, by reference: OK, or the status that says where it is not well-formed."""
        return cls._read(parsed, source, target, options)

    ParseStream = ParseString

    @classmethod
    def ParseFile(cls, name: object = "", target: ByRef[object] | None = None, *options: object) -> object:
        """A reader of a file, by reference."""
        return cls._read(parsed_file, name, target, options)

    @classmethod
    def _read(
        cls,
        read: Callable[[object], etree._Element],
        source: object,
        target: ByRef[object] | None,
        options: tuple[object, ...],
    ) -> object:
        try:
            made = cls._of(read(source), _keeps(options))
        except XMLProblem as problem:
            return problem.status
        if target is not None:
            target.set(made)
        return status.OK

    @classmethod
    def ParseURL(cls, url: object = "", *_: object) -> object:
        """Nothing is read from the network: an error status that says so."""
        return status.error(6301, f"{text(url)} is not read: get it by an HTTP operation, then ParseStream")

    # --- walking ---

    def Read(self, problems: object = None) -> int:
        """Go to the next node; 0 at the end."""
        if isinstance(problems, ByRef):
            problems.set(status.OK)
        self._attribute = -1
        self._at = min(self._at + 1, len(self._nodes))
        return int(self._at < len(self._nodes))

    def ReadStartElement(self, name: object = "") -> int:
        """Whether an element begins here (of this name), then go behind its beginning."""
        here = self._node
        if here.kind != "element" or (text(name) and text(name) not in (here.name, here.local)):
            return 0
        return self.Read()

    def ReadEndElement(self) -> int:
        """Whether an element ends here, then go behind its end."""
        return self.Read() if self._node.kind == "endelement" else 0

    def MoveToContent(self) -> int:
        """Go to the next text, element or end of one, unless it is here; 0 when there is none."""
        while self._node.kind not in ("chars", "element", "endelement"):
            if not self.Read():
                return 0
        return 1

    def Skip(self) -> int:
        """Go behind the end of this element and what is in it."""
        here = self._element
        while here.kind == "element" and self.Read():
            if self._node.kind == "endelement" and self._node.depth == here.depth:
                break
        return self.Read()

    def Rewind(self) -> None:
        """Begin anew."""
        self._at, self._attribute = -1, -1

    # --- attributes ---

    def MoveToAttributeIndex(self, index: object) -> int:
        """Look at an attribute, counted from 1; 0 when there is none."""
        at = int(number(text(index))) - 1
        if not 0 <= at < len(self._element.attributes):
            return 0
        self._attribute = at
        return 1

    def MoveToAttributeName(self, name: object, space: object = "") -> int:
        """Look at the attribute of a name; 0 when there is none."""
        for at, found in enumerate(self._element.attributes):
            if text(name) in (found.name, found.local) and text(space) in ("", found.space):
                self._attribute = at
                return 1
        return 0

    def MoveToFirstAttribute(self) -> int:
        """Look at the first attribute; 0 when there is none."""
        return self.MoveToAttributeIndex(1)

    def MoveToNextAttribute(self) -> int:
        """Look at the next attribute, the first to begin with; 0 when there is none."""
        return self.MoveToAttributeIndex(self._attribute + 2)

    def MoveToElement(self) -> int:
        """Look at the element again."""
        moved = int(self._attribute >= 0)
        self._attribute = -1
        return moved

    # --- what is here ---

    @property
    def _element(self) -> _Node:
        return self._nodes[self._at] if 0 <= self._at < len(self._nodes) else self._nothing

    @property
    def _node(self) -> _Node:
        here = self._element
        return here.attributes[self._attribute] if self._attribute >= 0 else here

    def _get_property(self, name: str) -> object:
        here = self._node
        known: dict[str, object] = {
            "AttributeCount": len(self._element.attributes),
            "Depth": here.depth,
            "EOF": int(self._at >= len(self._nodes)),
            "HasAttributes": int(bool(self._element.attributes)),
            "HasValue": int(here.kind not in ("", "element", "endelement")),
            "IsEmptyElement": int(here.empty),
            "LocalName": here.local,
            "Name": here.name,
            "NamespaceUri": here.space,
            "NodeType": here.kind,
            "Path": here.path,
            "Prefix": here.prefix,
            "seq": max(self._at, 0) + 1 if self._at >= 0 else 0,
            "Value": here.value,
            "ReadState": "initial" if self._at < 0 else "endoffile" if self._at >= len(self._nodes) else "interactive",
        }
        if name not in known:
            raise AttributeError(name)
        return known[name]


def _keeps(options: tuple[object, ...]) -> bool:
    """KeepWhiteSpace, the seventh argument of the methods that parse."""
    return len(options) > 4 and bool(number(text(options[4])))
