"""BPL's XML to its model. What is not supported is refused here, by name and line; nothing is skipped in silence."""

from collections.abc import Callable, Iterator

from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.dictionary import full_name
from lxml import etree

from .exceptions import BPLError
from .model import Activity, Annotation, Assign, Call, Case, Code, Head, If, Process, Sequence, Switch, Sync, Trace

_PARSER_OPTIONS = {"resolve_entities": False, "no_network": True, "load_dtd": False, "strip_cdata": True}
_ACTIONS = ("set", "append")


def read_bpl(xml: str, source: str, first_line: int = 1) -> Process:
    """The process of a BPL text; `source` and `first_line` say where the text stands.

    Raises:
        BPLError: the text is no XML, or has something that is not supported; names element and line.
    """
    return _Reader(source, first_line).read(xml)


class _Reader:
    def __init__(self, source: str, first_line: int) -> None:
        self.source = source
        self.offset = first_line - 1
        self.annotations: dict[str, Annotation] = {}
        self.readers: dict[str, Callable[[etree._Element, Head], Activity]] = {
            "assign": self._assign,
            "call": self._call,
            "sync": self._sync,
            "if": self._if,
            "switch": self._switch,
            "code": self._code,
            "trace": self._trace,
            "sequence": self._sequence,
        }

    def read(self, xml: str) -> Process:
        lead = len(xml) - len(xml.lstrip())
        self.offset += xml.count("\n", 0, lead)
        try:
            root = etree.fromstring(xml.strip().encode(), etree.XMLParser(**_PARSER_OPTIONS))  # type: ignore[arg-type]  # options of one parser
        except etree.XMLSyntaxError as error:
            line = self.offset + (error.lineno or 1)
            raise BPLError(f"the BPL of {self.source} is no XML: {error.msg} (line {line})") from error
        if _tag(root) != "process":
            raise self._error(root, f"the root of a BPL is <process>, found <{_tag(root)}>")
        context: tuple[PropertyDefinition, ...] = ()
        activities: tuple[Activity, ...] = ()
        for child in self._children(root):
            if _tag(child) == "context":
                context = tuple(self._property(item) for item in self._children(child))
            elif _tag(child) == "sequence":
                activities += self._activities(child)
            else:
                raise self._error(
                    child, f"<{_tag(child)}> is not supported in <process>: it has <context> and <sequence>"
                )
        return Process(
            self.source,
            root.get("language", "objectscript").lower(),
            root.get("request", ""),
            root.get("response", ""),
            context,
            activities,
            self.annotations,
        )

    def _children(self, element: etree._Element) -> Iterator[etree._Element]:
        """Element children but annotations."""
        for child in element:
            if isinstance(child.tag, str) and _tag(child) != "annotation":
                yield child

    def _line(self, element: etree._Element) -> int:
        return self.offset + (element.sourceline if isinstance(element.sourceline, int) else 1)

    def _error(self, element: etree._Element, reason: str) -> BPLError:
        return BPLError(f"{reason} (line {self._line(element)} of {self.source})")

    def _need(self, element: etree._Element, attribute: str) -> str:
        value = element.get(attribute)
        if value is None:
            name = element.get("name", "")
            raise self._error(element, f"<{_tag(element)}> {name!r} has no attribute {attribute!r}: add it")
        return str(value)

    def _head(self, element: etree._Element) -> Head:
        name = element.get("name", "") or f"{_tag(element)} at line {self._line(element)}"
        annotation = None
        for child in element:
            if isinstance(child.tag, str) and _tag(child) == "annotation":
                annotation = Annotation(child.text or "", self._line(child))
        if annotation is not None:
            self.annotations.setdefault(name, annotation)
        return Head(name, _tag(element), self._line(element), annotation)

    def _property(self, element: etree._Element) -> PropertyDefinition:
        if _tag(element) != "property":
            raise self._error(element, f"<{_tag(element)}> is not supported in <context>: it has <property>")
        parameters: dict[str, str] = {}
        for child in self._children(element):
            if _tag(child) != "parameters":
                raise self._error(child, f"<{_tag(child)}> is not supported in <property>")
            for item in self._children(child):
                parameters[item.get("name", "")] = item.get("value", "")
        initial = element.get("initialexpression", "")
        return PropertyDefinition(
            self._need(element, "name"),
            full_name(element.get("type", "%String")),
            element.get("collection", "").lower(),
            parameters,
            {"InitialExpression": initial} if initial else {},
            self._line(element),
        )

    def _activities(self, element: etree._Element) -> tuple[Activity, ...]:
        found = []
        for child in self._children(element):
            reader = self.readers.get(_tag(child))
            if reader is None:
                known = ", ".join(sorted(self.readers))
                name = child.get("name", "")
                raise self._error(child, f"the element <{_tag(child)}> {name!r} is not supported: use {known}")
            head = self._head(child)
            if child.get("disabled", "false").lower() not in ("true", "1"):
                found.append(reader(child, head))
        return tuple(found)

    def _sequence(self, element: etree._Element, head: Head) -> Activity:
        return Sequence(head, self._activities(element))

    def _assign(self, element: etree._Element, head: Head) -> Assign:
        action = element.get("action", "set") or "set"
        if action not in _ACTIONS:
            raise self._error(element, f"assign action {action!r} is not supported: use {' or '.join(_ACTIONS)}")
        return Assign(
            head, self._need(element, "property"), self._need(element, "value"), action, element.get("key", "")
        )

    def _call(self, element: etree._Element, head: Head) -> Activity:
        parts: dict[str, etree._Element] = {}
        for child in self._children(element):
            if _tag(child) not in ("request", "response"):
                raise self._error(child, f"<{_tag(child)}> is not supported in <call>: it has <request> and <response>")
            parts[_tag(child)] = child
        if "request" not in parts:
            raise self._error(element, f"call {head.name!r} has no <request type='…'>: add it")
        return Call(
            head,
            self._need(element, "target"),
            self._need(parts["request"], "type"),
            self._assigns(parts["request"], head),
            self._assigns(parts["response"], head) if "response" in parts else (),
            element.get("async", "0") in ("1", "true"),
            element.get("timeout", ""),
        )

    def _assigns(self, element: etree._Element, head: Head) -> tuple[Assign, ...]:
        found = []
        for child in self._children(element):
            if _tag(child) != "assign":
                raise self._error(child, f"<{_tag(child)}> is not supported in <{_tag(element)}> of call {head.name!r}")
            if child.get("disabled", "false").lower() not in ("true", "1"):
                found.append(self._assign(child, Head(head.name, f"{_tag(element)} assign", self._line(child))))
        return tuple(found)

    def _sync(self, element: etree._Element, head: Head) -> Activity:
        if element.get("type", "all") != "all":
            raise self._error(element, f"sync type {element.get('type')!r} is not supported: use all")
        calls = tuple(part.strip() for part in self._need(element, "calls").split(",") if part.strip())
        return Sync(head, calls, element.get("timeout", ""))

    def _if(self, element: etree._Element, head: Head) -> Activity:
        branches: dict[str, tuple[Activity, ...]] = {"true": (), "false": ()}
        for child in self._children(element):
            if _tag(child) not in branches:
                raise self._error(child, f"<{_tag(child)}> is not supported in <if>: it has <true> and <false>")
            branches[_tag(child)] = self._activities(child)
        return If(head, self._need(element, "condition"), branches["true"], branches["false"])

    def _switch(self, element: etree._Element, head: Head) -> Activity:
        cases = []
        for child in self._children(element):
            if _tag(child) not in ("case", "default"):
                raise self._error(child, f"<{_tag(child)}> is not supported in <switch>: it has <case> and <default>")
            condition = self._need(child, "condition") if _tag(child) == "case" else None
            cases.append(Case(self._head(child), condition, self._activities(child)))
        return Switch(head, tuple(sorted(cases, key=lambda case: case.condition is None)))

    def _code(self, element: etree._Element, head: Head) -> Activity:
        language = (element.get("languageOverride") or "").lower()
        for child in self._children(element):
            raise self._error(child, f"<{_tag(child)}> is not supported in <code>: it has text")
        text = "".join(str(part) for part in _own_text(element))
        return Code(head, text, language)

    def _trace(self, element: etree._Element, head: Head) -> Activity:
        return Trace(head, self._need(element, "value"))


def _own_text(element: etree._Element) -> Iterator[str]:
    """The text of an element without that of its annotation."""
    yield element.text or ""
    for child in element:
        yield child.tail or ""


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname
