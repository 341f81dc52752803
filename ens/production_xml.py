"""A production's definition as XML, read and written: ``<Production>`` with its ``<Item>`` and ``<Setting>``."""

from collections.abc import Sequence

from lxml import etree

from .definition import Definition, Item
from .exceptions import ProductionError
from .settings import ADAPTER

_PRODUCTION = ("Name", "TestingEnabled", "LogGeneralTraceEvents")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_ITEM = "Name Category ClassName PoolSize Enabled Foreground Comment LogTraceEvents Schedule".split()


def read_xml(name: str, text: str, first_line: int = 1) -> Definition:
    """The definition that an XML text says; `first_line` is the line of its file on which it begins.

    Raises:
        ProductionError: it is no XML or does not say what it should; names the line.
    """
    lead = text.count("\n", 0, len(text) - len(text.lstrip()))
    offset = first_line + lead - 1
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False)
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ProductionError(
            f"production {name} is no XML: {error.msg} (line {offset + (error.lineno or 1)})"
        ) from error
    if root.tag != "Production":
        raise ProductionError(f"production {name}: its definition is a <{root.tag}>, not a <Production>")
    reader = _Reader(name, offset)
    return Definition(
        root.get("Name", "") or name,
        tuple(reader.item(element) for element in root.iterfind("Item")),
        description=root.findtext("Description") or "",
        actor_pool_size=reader.whole(root.findtext("ActorPoolSize") or "", "ActorPoolSize", root),
        testing_enabled=reader.boolean("", "TestingEnabled", root),
        log_general_trace_events=bool(reader.boolean("", "LogGeneralTraceEvents", root)),
        settings=_settings(root),
        extra=_others(root, _PRODUCTION),
    )


class _Reader:
    def __init__(self, production: str, offset: int) -> None:
        self._production = production
        self._offset = offset

    def _line(self, element: etree._Element) -> int:
        return self._offset + (element.sourceline if isinstance(element.sourceline, int) else 1)

    def _place(self, element: etree._Element) -> str:
        return f"line {self._line(element)} of production {self._production}"

    def whole(self, text: str, what: str, element: etree._Element) -> int | None:
        if not text.strip():
            return None
        if not text.strip().isdigit():
            raise ProductionError(f"{what} {text!r} is no whole number from 0 on ({self._place(element)})")
        return int(text)

    def boolean(self, item: str, name: str, element: etree._Element) -> bool | None:
        """An attribute that is true or false, None when it is not there."""
        text = (element.get(name) or "").strip()
        if not text:
            return None
        if text.lower() not in _BOOLEANS:
            what = f"item {item!r}: {name}" if item else name
            raise ProductionError(f"{what} {text!r} is neither true nor false ({self._place(element)})")
        return _BOOLEANS[text.lower()]

    def item(self, element: etree._Element) -> Item:
        name = element.get("Name", "") or element.get("ClassName", "")
        if not name:
            raise ProductionError(f"an Item has neither Name nor ClassName ({self._place(element)})")
        pool = self.whole(element.get("PoolSize", ""), f"item {name!r}: PoolSize", element)
        return Item(
            name,
            element.get("ClassName", "") or name,
            1 if pool is None else pool,
            self.boolean(name, "Enabled", element) is not False,
            _settings(element),
            category=element.get("Category", ""),
            comment=element.get("Comment", ""),
            foreground=bool(self.boolean(name, "Foreground", element)),
            log_trace_events=bool(self.boolean(name, "LogTraceEvents", element)),
            schedule=element.get("Schedule", ""),
            extra=_others(element, _ITEM),
            line=self._line(element),
        )


def _others(element: etree._Element, known: Sequence[str]) -> dict[str, str]:
    return {str(key): str(value) for key, value in element.attrib.items() if key not in known}


def _settings(element: etree._Element) -> dict[str, str]:
    found = {}
    for setting in element.iterfind("Setting"):
        prefix = ADAPTER if setting.get("Target", "Host").lower() == "adapter" else ""
        value = setting.text or ""
        found[prefix + setting.get("Name", "")] = value.strip() if "\n" in value else value
    return found


def write_xml(definition: Definition) -> str:
    """The definition as XML, two blanks a level, with every attribute the field writes."""
    root = etree.Element("Production", Name=definition.name)
    if definition.testing_enabled is not None:
        root.set("TestingEnabled", _shown(definition.testing_enabled))
    root.set("LogGeneralTraceEvents", _shown(definition.log_general_trace_events))
    for key, value in definition.extra.items():
        root.set(key, value)
    etree.SubElement(root, "Description").text = definition.description
    if definition.actor_pool_size is not None:
        etree.SubElement(root, "ActorPoolSize").text = str(definition.actor_pool_size)
    for name, value in definition.settings.items():
        _setting(root, name, value, "Production")
    for item in definition.items:
        element = etree.SubElement(root, "Item")
        shown = (item.name, item.category, item.class_name, str(item.pool_size), _shown(item.enabled))
        rest = (_shown(item.foreground), item.comment, _shown(item.log_trace_events), item.schedule)
        for key, value in [*zip(_ITEM, (*shown, *rest), strict=True), *item.extra.items()]:
            element.set(key, value)
        for name, value in item.settings.items():
            target = "Adapter" if name.startswith(ADAPTER) else "Host"
            _setting(element, name.removeprefix(ADAPTER), value, target)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _setting(parent: etree._Element, name: str, value: str, target: str) -> None:
    etree.SubElement(parent, "Setting", Target=target, Name=name).text = value


def _shown(value: bool) -> str:
    return "true" if value else "false"


def write_class(definition: Definition) -> str:
    """The definition as a class file."""
    body = write_xml(definition)
    return f"Class {definition.name} Extends Ens.Production\n{{\n\nXData ProductionDefinition\n{{\n{body}\n}}\n\n}}\n"
