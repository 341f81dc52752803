"""The XML of a rule definition to its model. What is unknown is refused by name and line."""

from collections.abc import Callable
from datetime import datetime

from lxml import etree

from .exceptions import RuleError
from .rule_model import (
    Assign,
    Constraint,
    Delete,
    ForEach,
    Item,
    Return,
    Rule,
    RuleDefinition,
    RuleSet,
    Send,
    Trace,
    When,
)
from .xml_source import XmlSource, is_disabled, tag

#: The constraints there are; a value may be a list with commas.
CONSTRAINTS = ("source", "msgClass", "docCategory", "docName")
ELEMENTS = "assign comment debug delete foreach return rule send trace"
_HEAD = "name comment disabled"


def read_rules(xml: str, source: str, first_line: int = 1) -> RuleDefinition:
    """The definition of a text; `source` and `first_line` say where the text stands.

    Raises:
        RuleError: the text is no XML, or has what rules do not have; names element and line.
    """
    return _Reader(XmlSource(xml, f"the rules of {source}", first_line, RuleError), source).definition()


class _Reader:
    def __init__(self, xml: XmlSource, source: str) -> None:
        self.xml = xml
        self.source = source
        self.rules = 0
        self.readers: dict[str, Callable[[etree._Element], Item]] = {
            "assign": self._assign,
            "debug": self._trace,
            "delete": self._delete,
            "foreach": self._foreach,
            "return": self._return,
            "rule": self._rule,
            "send": self._send,
            "trace": self._trace,
        }

    def definition(self) -> RuleDefinition:
        xml, root = self.xml, self.xml.root
        xml.check_root("ruleDefinition")
        found = xml.attributes(root, "alias context production description shortDescription")
        sets = [self._set(child) for child in xml.children(root, "ruleSet description") if tag(child) == "ruleSet"]
        context, production = found.get("context", ""), found.get("production", "")
        return RuleDefinition(self.source, found.get("alias", ""), context, production, tuple(sets))

    def _set(self, element: etree._Element) -> RuleSet:
        found = self.xml.attributes(element, f"effectiveBegin effectiveEnd {_HEAD}")
        self.rules = 0
        begin, end = self._time(element, "effectiveBegin"), self._time(element, "effectiveEnd")
        return RuleSet(found.get("name", ""), begin, end, self._items(element, ELEMENTS), self.xml.line(element))

    def _time(self, element: etree._Element, attribute: str) -> datetime | None:
        written = str(element.get(attribute) or "").strip()
        if not written:
            return None
        try:
            return datetime.fromisoformat(written).replace(tzinfo=None)
        except ValueError:
            reason = f"{attribute} {written!r} is no time: write it as 2026-01-31T08:00:00"
            raise self.xml.error(element, reason) from None

    def _items(self, element: etree._Element, known: str) -> tuple[Item, ...]:
        found: list[Item] = []
        for child in self.xml.children(element, known):
            if tag(child) == "comment":
                self.xml.attributes(child, "text value name comment")
            elif tag(child) in self.readers:
                item = self.readers[tag(child)](child)
                if not is_disabled(child):
                    found.append(item)
        return tuple(found)

    def _rule(self, element: etree._Element) -> Item:
        found = self.xml.attributes(element, _HEAD)
        self.rules += 1
        number = self.rules
        constraints: list[Constraint] = []
        whens: list[When] = []
        for child in self.xml.children(element, f"constraint when otherwise {ELEMENTS}"):
            kind, line = tag(child), self.xml.line(child)
            if kind == "constraint":
                constraints += self._constraint(child)
            elif kind in ("when", "otherwise"):
                self.xml.attributes(child, f"condition {_HEAD}" if kind == "when" else _HEAD)
                condition = self.xml.need(child, "condition") if kind == "when" else None
                items = self._items(child, ELEMENTS)
                if not is_disabled(child):
                    whens.append(When(condition, items, line))
            elif kind != "comment":
                raise self.xml.error(child, f"<{kind}> stands in <rule>: put it into a <when> or <otherwise>")
        ordered = tuple(sorted(whens, key=lambda when: when.condition is None))
        return Rule(number, found.get("name", ""), tuple(constraints), ordered, self.xml.line(element))

    def _constraint(self, element: etree._Element) -> list[Constraint]:
        self.xml.attributes(element, f"value {_HEAD}")
        name = self.xml.need(element, "name")
        if name not in CONSTRAINTS:
            raise self.xml.error(element, f"there is no constraint {name!r}: use {', '.join(CONSTRAINTS)}")
        values = tuple(_listed(self.xml.need(element, "value")))
        return [Constraint(name, values)] if values else []

    def _assign(self, element: etree._Element) -> Item:
        self.xml.attributes(element, f"property value action {_HEAD}")
        self.xml.choice(element, "action", ("set",))
        return Assign(self.xml.need(element, "property"), self.xml.need(element, "value"), self.xml.line(element))

    def _return(self, element: etree._Element) -> Item:
        found = self.xml.attributes(element, f"value {_HEAD}")
        return Return(found.get("value", ""), self.xml.line(element))

    def _send(self, element: etree._Element) -> Item:
        found = self.xml.attributes(element, f"transform target {_HEAD}")
        transforms, targets = _listed(found.get("transform", "")), _listed(found.get("target", ""))
        if not transforms and not targets:
            raise self.xml.error(element, "<send> has neither transform nor target: add one")
        return Send(tuple(transforms), tuple(targets), self.xml.line(element))

    def _delete(self, element: etree._Element) -> Item:
        self.xml.attributes(element, _HEAD)
        return Delete(self.xml.line(element))

    def _trace(self, element: etree._Element) -> Item:
        self.xml.attributes(element, f"value {_HEAD}")
        return Trace(self.xml.need(element, "value"), self.xml.line(element), tag(element) == "debug")

    def _foreach(self, element: etree._Element) -> Item:
        found = self.xml.attributes(element, f"property propertyPath key {_HEAD}")
        collection = found.get("property") or found.get("propertyPath") or self.xml.need(element, "property")
        return ForEach(
            collection, self.xml.need(element, "key"), self._items(element, ELEMENTS), self.xml.line(element)
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
