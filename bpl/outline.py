"""The outline of a process: every element of its BPL with name, line, position and branches, whatever the element is.

The reader refuses what it does not know; the outline takes all, so that a process can be drawn, checked and measured
element by element. Texts are as written: nothing is compiled here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import find_xdata
from lxml import etree

from .exceptions import BPLError
from .model import Annotation
from .xml_source import told

_GROUPS = ("true", "false", "case", "default", "catch", "catchall", "compensationhandler")
_WRAPPERS = ("faulthandlers", "compensationhandlers")
_LOOPS = ("while", "until", "foreach")
_NOT_ACTIVITIES = ("annotation", "request", "response", "parameters", "property", "context")


@dataclass(frozen=True, slots=True)
class Branch:
    """A way through an activity: `kind` is true, false, case, default, catch, body …; `label` is what to call it."""

    kind: str
    label: str
    name: str
    line: int
    nodes: "tuple[Node, ...]" = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """An activity. `assigns` are those of a call's request and response, `position` is where Studio drew it."""

    name: str
    element: str
    line: int
    attributes: Mapping[str, str]
    text: str = ""
    branches: tuple[Branch, ...] = ()
    assigns: tuple["Node", ...] = ()
    annotation: Annotation | None = None
    position: tuple[int, int] | None = None
    is_named: bool = True
    disabled: bool = False
    request_type: str = ""
    response_type: str = ""

    def walk(self) -> "Iterator[Node]":
        """It and all activities in it."""
        yield self
        for branch in self.branches:
            for node in branch.nodes:
                yield from node.walk()


@dataclass(frozen=True, slots=True)
class ContextProperty:
    """A property of the context; `initial` is an expression."""

    name: str
    type: str
    line: int
    initial: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole process. `lines_before` is what to add to a line of the XML to get one of the file."""

    source: str
    attributes: Mapping[str, str]
    context: tuple[ContextProperty, ...]
    nodes: tuple[Node, ...]
    line: int = 1

    def walk(self) -> Iterator[Node]:
        """All activities, in the order of the text."""
        for node in self.nodes:
            yield from node.walk()


def outline_of(cls: type) -> Outline:
    """The outline of a process class.

    Raises:
        BPLError: the class has no BPL, or it is no XML.
    """
    held: Outline | None = cls.__dict__.get("_outline")
    if held is None:
        found = find_xdata(cls, "BPL")
        if found is None:
            raise BPLError(f"{dictionary.name_of(cls)} has no XData block BPL: write the process there")
        held = read_outline(found[1].text, dictionary.name_of(found[0]), found[1].line)
        cls._outline = held  # type: ignore[attr-defined]  # a cache on the class it describes
    return held


def read_outline(xml: str, source: str, first_line: int = 1) -> Outline:
    """The outline of a BPL text; `source` and `first_line` say where the text stands.

    Raises:
        BPLError: the text is no XML; names the line.
    """
    offset = first_line - 1 + xml.count("\n", 0, len(xml) - len(xml.lstrip()))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(xml.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise BPLError(f"the BPL of {source} is no XML: {told(error, offset)}") from error
    return _Outliner(offset).outline(root, source)


class _Outliner:
    def __init__(self, offset: int) -> None:
        self.offset = offset

    def outline(self, root: etree._Element, source: str) -> Outline:
        nodes: tuple[Node, ...] = ()
        context: list[ContextProperty] = []
        for child in _elements(root):
            if _tag(child) == "context":
                context += [self._property(item) for item in _elements(child) if _tag(item) == "property"]
            elif _tag(child) == "sequence":
                nodes += self._nodes(child)
            elif _tag(child) not in _NOT_ACTIVITIES:
                nodes += (self._node(child),)
        return Outline(source, _attributes(root), tuple(context), nodes, self._line(root))

    def _line(self, element: etree._Element) -> int:
        return self.offset + (element.sourceline if isinstance(element.sourceline, int) else 1)

    def _property(self, element: etree._Element) -> ContextProperty:
        return ContextProperty(
            element.get("name", ""), element.get("type", ""), self._line(element), element.get("initialexpression", "")
        )

    def _nodes(self, element: etree._Element) -> tuple[Node, ...]:
        apart = (*_GROUPS, *_WRAPPERS, *_NOT_ACTIVITIES)
        return tuple(self._node(child) for child in _elements(element) if _tag(child) not in apart)

    def _node(self, element: etree._Element) -> Node:
        line = self._line(element)
        return Node(
            element.get("name", "") or f"{_tag(element)} at line {line}",
            _tag(element),
            line,
            _attributes(element),
            "".join([element.text or "", *(child.tail or "" for child in element)]),
            tuple(self._branches(element)),
            tuple(self._assigns(element)),
            self._annotation(element),
            _position(element),
            bool(element.get("name")),
            element.get("disabled", "false").lower() in ("true", "1"),
            self._type(element, "request"),
            self._type(element, "response"),
        )

    @staticmethod
    def _type(element: etree._Element, part: str) -> str:
        otherwise = f"Ens.{part.capitalize()}"
        return next((child.get("type") or otherwise for child in _elements(element) if _tag(child) == part), "")

    def _branches(self, element: etree._Element) -> Iterator[Branch]:
        if _tag(element) == "flow":
            for number, child in enumerate(_elements(element), 1):
                label = child.get("name") or f"thread {number}"
                if _tag(child) == "sequence":
                    yield self._branch(child, "sequence", label, self._nodes(child))
                elif _tag(child) not in _NOT_ACTIVITIES:
                    yield self._branch(child, "sequence", label, (self._node(child),))
            return
        body = self._nodes(element)
        if body:
            label = {"foreach": "each", "while": "again", "until": "again"}.get(_tag(element), "")
            yield self._branch(element, "body", label, body)
        for child in _elements(element):
            if _tag(child) in _GROUPS:
                yield self._group(child)
            elif _tag(child) in _WRAPPERS:
                for handler in _elements(child):
                    yield self._group(handler)

    def _group(self, element: etree._Element) -> Branch:
        named = element.get("name") or element.get("fault") or ""
        label = named if _tag(element) in ("case", "compensationhandler") and named else _tag(element)
        if _tag(element) == "case" and not named:
            label = element.get("condition", "case")
        if _tag(element) == "catch" and named:
            label = f"catch {named}"
        return self._branch(element, _tag(element), label, self._nodes(element))

    def _branch(self, element: etree._Element, kind: str, label: str, nodes: tuple[Node, ...]) -> Branch:
        line = self._line(element)
        name = element.get("name", "") or f"{_tag(element)} at line {line}"
        return Branch(kind, label, name, line, nodes, _attributes(element))

    def _assigns(self, element: etree._Element) -> Iterator[Node]:
        for part in _elements(element):
            if _tag(part) in ("request", "response"):
                for child in _elements(part):
                    if _tag(child) == "assign":
                        node = self._node(child)
                        yield Node(
                            element.get("name", ""),
                            f"{_tag(part)} assign",
                            node.line,
                            node.attributes,
                            disabled=node.disabled,
                        )

    def _annotation(self, element: etree._Element) -> Annotation | None:
        for child in _elements(element):
            if _tag(child) == "annotation":
                return Annotation(child.text or "", self._line(child))
        return None


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _position(element: etree._Element) -> tuple[int, int] | None:
    try:
        return int(element.get("xpos", "")), int(element.get("ypos", ""))
    except ValueError:
        return None


def is_loop(node: Node) -> bool:
    """Whether an activity runs its body as long as something holds."""
    return node.element in _LOOPS
