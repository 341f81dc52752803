"""BPL's XML to its model. What is not the language is refused here, by name and line.

Attributes that an element does not have are passed over with a note: designers of several versions wrote such files.
"""

from collections.abc import Callable, Iterator

from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.dictionary import full_name
from isc.py.objectscript.names import similar
from lxml import etree

from . import model as m
from .exceptions import BPLError
from .xml_source import XmlSource, is_disabled, own_text, tag

_LANGUAGES = {"objectscript": "objectscript", "cache": "objectscript", "python": "python"}
_ACTIONS = ("set", "append", "insert", "remove", "clear")
_COMMON = frozenset("name xpos ypos xend yend disabled languageOverride version component height width layout".split())
_ATTRIBUTES = {
    "process": "language request response includes contextsuperclass contextclass",
    "context": "",
    "property": "type collection initialexpression instantiate deletewithcontext",
    "assign": "property value action key",
    "call": "target async timeout",
    "request": "type",
    "response": "type",
    "sync": "calls timeout type allowresync",
    "if": "condition",
    "case": "condition",
    "while": "condition",
    "until": "condition",
    "foreach": "property key",
    "branch": "condition label",
    "catch": "fault",
    "throw": "fault",
    "compensate": "target",
    "code": "language",
    "trace": "value",
    "alert": "value",
    "milestone": "value",
    "delay": "duration until",
    "transform": "class source target",
    "rule": "rule resultLocation reasonLocation ruleContext activityName",
    "xpath": "source property expression context prefixmappings schemaspec",
    "xslt": "source target xslurl callbackclass",
    "parameter": "value",
}


def read_bpl(xml: str, source: str, first_line: int = 1) -> m.Process:
    """The process of a BPL text; `source` and `first_line` say where the text stands.

    Raises:
        BPLError: the text is no XML, or has what BPL has not; names element and line.
    """
    return _Reader(source, first_line).read(xml)


def elements() -> dict[str, tuple[str, ...]]:
    """The activities of BPL by element, each with its own attributes."""
    return {name: tuple(_ATTRIBUTES.get(name, "").split()) for name in sorted(_Reader("", 1).readers)}


class _Reader:
    def __init__(self, source: str, first_line: int) -> None:
        self.source = source
        self.first_line = first_line
        self.annotations: dict[str, m.Annotation] = {}
        self.notes: list[str] = []
        self.readers: dict[str, Callable[[etree._Element, m.Head], m.Activity]] = {
            "assign": self._assign,
            "call": self._call,
            "sync": self._sync,
            "if": self._if,
            "switch": self._switch,
            "while": lambda e, head: m.While(head, self._need(e, "condition"), self._activities(e)),
            "until": lambda e, head: m.While(head, self._need(e, "condition"), self._activities(e), until=True),
            "foreach": lambda e, head: m.ForEach(
                head, self._need(e, "property"), self._need(e, "key"), self._activities(e)
            ),
            "label": lambda e, head: m.Label(head),
            "branch": lambda e, head: m.Branch(head, self._need(e, "condition"), self._need(e, "label")),
            "break": lambda e, head: m.Leave(head),
            "continue": lambda e, head: m.Leave(head, again=True),
            "sequence": lambda e, head: m.Sequence(head, self._activities(e)),
            "flow": self._flow,
            "scope": self._scope,
            "throw": lambda e, head: m.Throw(head, self._need(e, "fault")),
            "compensate": lambda e, head: m.Compensate(head, self._need(e, "target")),
            "code": self._code,
            "trace": self._told,
            "alert": self._told,
            "milestone": self._told,
            "delay": self._delay,
            "empty": lambda e, head: m.Plain(head),
            "reply": lambda e, head: m.Plain(head),
            "sql": lambda e, head: m.Sql(head, own_text(e).strip()),
            "transform": lambda e, head: m.TransformCall(
                head, self._need(e, "class"), self._need(e, "source"), self._need(e, "target")
            ),
            "rule": lambda e, head: m.RuleCall(
                head,
                e.get("rule") or head.name,
                e.get("resultLocation", ""),
                e.get("reasonLocation", ""),
                e.get("ruleContext", ""),
            ),
            "xpath": lambda e, head: m.XPath(
                head,
                self._need(e, "source"),
                self._need(e, "property"),
                self._need(e, "expression"),
                e.get("context") or "/",
                e.get("prefixmappings") or "",
            ),
            "xslt": self._xslt,
        }

    def read(self, xml: str) -> m.Process:
        self.xml = XmlSource(xml, f"the BPL of {self.source}", self.first_line, BPLError)
        root = self.xml.root
        if tag(root) != "process":
            raise self._error(root, f"the root of a BPL is <process>, found <{tag(root)}>")
        self._check(root)
        context: tuple[PropertyDefinition, ...] = ()
        activities: m.Activities = ()
        for child in root.iterchildren("{*}context"):
            self._check(child)
            context += tuple(self._property(item) for item in self.xml.children(child, "property"))
        for activity in self._activities(root, "context"):
            activities += activity.activities if isinstance(activity, m.Sequence) else (activity,)
        return m.Process(
            self.source,
            self._language(root, root.get("language") or "objectscript"),
            root.get("request", ""),
            root.get("response", ""),
            context,
            root.get("contextsuperclass") or root.get("contextclass") or "",
            activities,
            self.annotations,
            tuple(self.notes),
            tuple(part.strip() for part in root.get("includes", "").split(",") if part.strip()),
        )

    def _error(self, element: etree._Element, reason: str) -> BPLError:
        return BPLError(f"{reason} (line {self.xml.line(element)} of {self.source})")

    def _check(self, element: etree._Element) -> None:
        """Note the attributes that the element does not have; one that is written in another case gets its own."""
        known = _COMMON.union(_ATTRIBUTES.get(tag(element), "").split())
        for name in element.attrib:
            if str(name) not in known and not str(name).startswith("{"):
                meant = next((item for item in known if item.lower() == str(name).lower()), "")
                if meant:
                    element.set(meant, element.get(meant) or element.attrib[name])
                    continue
                hint = similar(str(name), sorted(known))
                self.notes.append(
                    f"line {self.xml.line(element)}: <{tag(element)}> has no attribute {str(name)!r}{hint}: passed over"
                )

    def _need(self, element: etree._Element, attribute: str) -> str:
        value = element.get(attribute)
        if value is None:
            name = element.get("name", "")
            raise self._error(element, f"<{tag(element)}> {name!r} has no attribute {attribute!r}: add it")
        return str(value)

    def _head(self, element: etree._Element) -> m.Head:
        line = self.xml.line(element)
        self._check(element)
        name = element.get("name", "") or f"{tag(element)} at line {line}"
        annotation = None
        for child in element:
            if isinstance(child.tag, str) and tag(child) == "annotation":
                annotation = m.Annotation(child.text or "", self.xml.line(child))
        if annotation is not None:
            self.annotations.setdefault(name, annotation)
        return m.Head(name, tag(element), line, annotation, self._language(element))

    def _language(self, element: etree._Element, otherwise: str = "") -> str:
        """The language of the element's expressions, when it says one."""
        language = (element.get("languageOverride") or otherwise).lower()
        if language and language not in _LANGUAGES:
            raise self._error(element, f"the language {language!r} is not supported: use objectscript or python")
        return _LANGUAGES.get(language, "")

    def _property(self, element: etree._Element) -> PropertyDefinition:
        self._check(element)
        parameters: dict[str, str] = {}
        for child in self.xml.children(element, "parameters"):
            for item in self.xml.children(child, "parameter"):
                parameters[item.get("name", "")] = item.get("value", "")
        initial = element.get("initialexpression", "")
        keywords = {"InitialExpression": initial} if initial else {}
        if element.get("instantiate", "0") in ("1", "true"):
            keywords["Instantiate"] = "1"
        return PropertyDefinition(
            self._need(element, "name"),
            full_name(element.get("type") or "%String"),
            element.get("collection", "").lower(),
            parameters,
            keywords,
            self.xml.line(element),
        )

    def _activities(self, element: etree._Element, apart: str = "") -> m.Activities:
        """The activities in an element; those of the names in `apart` are not looked at."""
        found = []
        for child in self.xml.children(element, " ".join([*self.readers, apart])):
            if tag(child) in apart.split():
                continue
            head = self._head(child)
            if not is_disabled(child):
                found.append(self.readers[tag(child)](child, head))
        return tuple(found)

    # --- one element ---

    def _assign(self, element: etree._Element, head: m.Head) -> m.Assign:
        action = element.get("action", "set") or "set"
        if action not in _ACTIONS:
            raise self._error(element, f"assign action {action!r} is none of {', '.join(_ACTIONS)}")
        value = element.get("value", '""') if action in ("remove", "clear") else self._need(element, "value")
        return m.Assign(head, self._need(element, "property"), value, action, element.get("key", ""))

    def _call(self, element: etree._Element, head: m.Head) -> m.Activity:
        parts = {tag(child): child for child in self.xml.children(element, "request response")}
        if "request" not in parts:
            raise self._error(element, f"call {head.name!r} has no <request type='…'>: add it")
        for part in parts.values():
            self._check(part)
        return m.Call(
            head,
            self._need(element, "target"),
            parts["request"].get("type") or "Ens.Request",
            self._assigns(parts["request"], head),
            self._assigns(parts["response"], head) if "response" in parts else (),
            element.get("async", "0").lower() in ("1", "true"),
            element.get("timeout", ""),
        )

    def _assigns(self, element: etree._Element, head: m.Head) -> tuple[m.Assign, ...]:
        found = []
        for child in self.xml.children(element, "assign"):
            self._check(child)
            if not is_disabled(child):
                language = self._language(child, head.language)
                kind = f"{tag(element)} assign"
                found.append(self._assign(child, m.Head(head.name, kind, self.xml.line(child), None, language)))
        return tuple(found)

    def _sync(self, element: etree._Element, head: m.Head) -> m.Activity:
        kind = (element.get("type") or "all").lower()
        if kind not in ("all", "any"):
            raise self._error(element, f"sync type {kind!r} is none: use all or any")
        calls = self._need(element, "calls").strip()
        again = element.get("allowresync", "0").lower() in ("1", "true")
        return m.Sync(head, calls, element.get("timeout", ""), kind == "any", again)

    def _if(self, element: etree._Element, head: m.Head) -> m.Activity:
        branches: dict[str, m.Activities] = {"true": (), "false": ()}
        for child in self.xml.children(element, "true false"):
            branches[tag(child)] += self._activities(child)
        return m.If(head, self._need(element, "condition"), branches["true"], branches["false"])

    def _switch(self, element: etree._Element, head: m.Head) -> m.Activity:
        cases = []
        for child in self.xml.children(element, "case default"):
            condition = self._need(child, "condition") if tag(child) == "case" else None
            cases.append(m.Case(self._head(child), condition, self._activities(child)))
        return m.Switch(head, tuple(sorted(cases, key=lambda case: case.condition is None)))

    def _flow(self, element: etree._Element, head: m.Head) -> m.Activity:
        branches = [
            activity if isinstance(activity, m.Sequence) else m.Sequence(activity.head, (activity,))
            for activity in self._activities(element)
        ]
        return m.Flow(head, tuple(branches))

    def _scope(self, element: etree._Element, head: m.Head) -> m.Activity:
        activities = self._activities(element, "faulthandlers compensationhandlers")
        catches: list[m.Catch] = []
        compensations: list[m.Compensation] = []
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if tag(child) == "faulthandlers":
                for item in self.xml.children(child, "catch catchall"):
                    fault = self._need(item, "fault") if tag(item) == "catch" else None
                    catches.append(m.Catch(self._head(item), fault, self._activities(item)))
            elif tag(child) == "compensationhandlers":
                for item in self.xml.children(child, "compensationhandler"):
                    compensations.append(m.Compensation(self._head(item), self._activities(item)))
        return m.Scope(head, activities, tuple(catches), tuple(compensations))

    def _code(self, element: etree._Element, head: m.Head) -> m.Activity:
        for child in self.xml.children(element, ""):
            raise self._error(child, f"<{tag(child)}> is not supported in <code>: it has text")
        return m.Code(head, own_text(element), head.language or self._language(element, element.get("language", "")))

    def _told(self, element: etree._Element, head: m.Head) -> m.Activity:
        return m.Told(head, self._need(element, "value"))

    def _delay(self, element: etree._Element, head: m.Head) -> m.Activity:
        duration, until = element.get("duration", ""), element.get("until", "")
        if bool(duration) == bool(until):
            raise self._error(element, f"delay {head.name!r} needs either duration or until")
        return m.Delay(head, duration, until)

    def _xslt(self, element: etree._Element, head: m.Head) -> m.Activity:
        parameters: list[tuple[str, str]] = []
        for child in self.xml.children(element, "parameters parameter"):
            items: Iterator[etree._Element] = (
                self.xml.children(child, "parameter") if tag(child) == "parameters" else iter([child])
            )
            parameters += [(self._need(item, "name"), self._need(item, "value")) for item in items]
        return m.Xslt(
            head,
            self._need(element, "xslurl"),
            self._need(element, "source"),
            self._need(element, "target"),
            tuple(parameters),
        )
