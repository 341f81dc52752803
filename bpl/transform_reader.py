"""DTL's XML to its model. What is unknown is refused by name and line; nothing is skipped in silence."""

from collections.abc import Callable

from lxml import etree

from .exceptions import TransformError
from .transform_model import (
    Action,
    Assign,
    Break,
    Case,
    Code,
    ForEach,
    Group,
    Head,
    If,
    Subtransform,
    Switch,
    Trace,
    Transform,
)
from .xml_source import XmlSource, is_disabled, own_text, tag

_ACTIONS = ("set", "append", "insert", "remove", "clear")
_CREATE = ("new", "copy", "existing")
_LANGUAGES = ("objectscript", "python")
ELEMENTS = "assign break code comment foreach group if sql subtransform switch trace"
_HEAD = "name comment disabled xpos ypos xend yend"


def read_transform(xml: str, source: str, first_line: int = 1) -> Transform:
    """The transformation of a DTL text; `source` and `first_line` say where the text stands.

    Raises:
        TransformError: the text is no XML, or has what DTL does not have; names element and line.
    """
    return _Reader(XmlSource(xml, f"the DTL of {source}", first_line, TransformError), source).transform()


class _Reader:
    def __init__(self, xml: XmlSource, source: str) -> None:
        self.xml = xml
        self.source = source
        self.language = "objectscript"
        self.readers: dict[str, Callable[[etree._Element], Action]] = {
            "assign": self._assign,
            "break": self._break,
            "code": self._code,
            "foreach": self._foreach,
            "group": self._group,
            "if": self._if,
            "sql": self._sql,
            "subtransform": self._subtransform,
            "switch": self._switch,
            "trace": self._trace,
        }

    def transform(self) -> Transform:
        xml, root = self.xml, self.xml.root
        xml.check_root("transform")
        known = "sourceClass targetClass sourceDocType targetDocType create language name disabled"
        found = xml.attributes(root, known)
        self.language = xml.choice(root, "language", _LANGUAGES)
        return Transform(
            self.source,
            found.get("sourceClass", ""),
            found.get("targetClass", ""),
            found.get("sourceDocType", ""),
            found.get("targetDocType", ""),
            xml.choice(root, "create", _CREATE),
            self.language,
            self._actions(root),
        )

    def _actions(self, element: etree._Element) -> tuple[Action, ...]:
        found = []
        for child in self.xml.children(element, ELEMENTS):
            if tag(child) == "comment":
                self.xml.attributes(child, f"value text {_HEAD}")
                continue
            action = self.readers[tag(child)](child)
            if not is_disabled(child):
                found.append(action)
        return tuple(found)

    def _head(self, element: etree._Element) -> Head:
        return Head(tag(element), self.xml.line(element), str(element.get("name") or ""))

    def _assign(self, element: etree._Element) -> Action:
        found = self.xml.attributes(element, f"property value action key {_HEAD}")
        action = self.xml.choice(element, "action", _ACTIONS)
        value = found.get("value", "") if action in ("remove", "clear") else self.xml.need(element, "value")
        return Assign(self._head(element), self.xml.need(element, "property"), value, action, found.get("key", ""))

    def _break(self, element: etree._Element) -> Action:
        self.xml.attributes(element, _HEAD)
        return Break(self._head(element))

    def _if(self, element: etree._Element) -> Action:
        self.xml.attributes(element, f"condition {_HEAD}")
        branches: dict[str, tuple[Action, ...]] = {"true": (), "false": ()}
        for child in self.xml.children(element, "true false"):
            branches[tag(child)] += self._actions(child)
        return If(self._head(element), self.xml.need(element, "condition"), branches["true"], branches["false"])

    def _switch(self, element: etree._Element) -> Action:
        self.xml.attributes(element, _HEAD)
        cases = []
        for child in self.xml.children(element, "case default"):
            self.xml.attributes(child, f"condition {_HEAD}" if tag(child) == "case" else _HEAD)
            condition = self.xml.need(child, "condition") if tag(child) == "case" else None
            if not is_disabled(child):
                cases.append(Case(self._head(child), condition, self._actions(child)))
        return Switch(self._head(element), tuple(sorted(cases, key=lambda case: case.condition is None)))

    def _foreach(self, element: etree._Element) -> Action:
        self.xml.attributes(element, f"property key unload {_HEAD}")
        key = self.xml.need(element, "key")
        return ForEach(self._head(element), self.xml.need(element, "property"), key, self._actions(element))

    def _group(self, element: etree._Element) -> Action:
        self.xml.attributes(element, _HEAD)
        return Group(self._head(element), self._actions(element))

    def _subtransform(self, element: etree._Element) -> Action:
        known = f"class sourceObj sourceObject targetObj targetObject auxiliary {_HEAD}"
        found = self.xml.attributes(element, known)
        source = found.get("sourceObj") or found.get("sourceObject") or self.xml.need(element, "sourceObj")
        target = found.get("targetObj") or found.get("targetObject") or self.xml.need(element, "targetObj")
        auxiliary = found.get("auxiliary", "")
        return Subtransform(self._head(element), self.xml.need(element, "class"), source, target, auxiliary)

    def _code(self, element: etree._Element) -> Action:
        self.xml.attributes(element, f"language languageOverride {_HEAD}")
        language = str(element.get("languageOverride") or element.get("language") or self.language).lower()
        if language not in _LANGUAGES:
            raise self.xml.error(element, f"<code> has language {language!r}: use {' or '.join(_LANGUAGES)}")
        list(self.xml.children(element, ""))
        return Code(self._head(element), own_text(element), language)

    def _sql(self, element: etree._Element) -> Action:
        self.xml.attributes(element, _HEAD)
        list(self.xml.children(element, ""))
        return Code(self._head(element), own_text(element), "sql")

    def _trace(self, element: etree._Element) -> Action:
        self.xml.attributes(element, f"value {_HEAD}")
        return Trace(self._head(element), self.xml.need(element, "value"))
