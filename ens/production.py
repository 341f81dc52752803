"""A production's definition: ``XData ProductionDefinition`` of a class as typed items, checked before it starts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from isc.py.bpl.program import program_of
from isc.py.objectscript import ClassNotFoundError, dictionary
from isc.py.objectscript.definitions import find_xdata
from lxml import etree

from .exceptions import ProductionError
from .hosts import BusinessOperation, BusinessProcess, BusinessProcessBPL, BusinessService, Host
from .router import RoutingEngine


@dataclass(frozen=True, slots=True)
class Item:
    """One business host of a production."""

    name: str
    class_name: str
    pool_size: int = 1
    enabled: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A production by name."""

    name: str
    items: tuple[Item, ...]


def definition_of(name: str) -> Definition:
    """The definition of a production class.

    Raises:
        ProductionError: the class or its XData is missing, or the XML does not say what it should; names the line.
    """
    try:
        cls = dictionary.resolve(name)
    except ClassNotFoundError as error:
        if error.class_name != name:
            raise ProductionError(f"production {name}: {error}") from error
        raise ProductionError(f"there is no production {name!r}{error.hint}") from error
    found = find_xdata(cls, "ProductionDefinition")
    if found is None:
        raise ProductionError(f"{name} is no production: it has no XData ProductionDefinition")
    block = found[1]
    text = block.text
    lead = text.count("\n", 0, len(text) - len(text.lstrip()))
    try:
        root = etree.fromstring(text.strip().encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        line = block.line + lead + (error.lineno or 1) - 1
        raise ProductionError(f"production {name} is no XML: {error.msg} (line {line})") from error
    return Definition(name, tuple(_items(name, root, block.line + lead - 1)))


def _items(name: str, root: etree._Element, offset: int) -> Iterator[Item]:
    seen: dict[str, int] = {}
    for element in root.iterfind("Item"):
        line = offset + (element.sourceline if isinstance(element.sourceline, int) else 1)
        place = f"line {line} of production {name}"
        item = element.get("Name", "") or element.get("ClassName", "")
        class_name = element.get("ClassName", "") or item
        if not item:
            raise ProductionError(f"an Item has neither Name nor ClassName ({place})")
        if item in seen:
            raise ProductionError(f"item {item!r} is there twice: lines {seen[item]} and {line} of production {name}")
        seen[item] = line
        pool = element.get("PoolSize", "") or "1"
        if not pool.isdigit():
            raise ProductionError(f"item {item!r}: PoolSize {pool!r} is no number ({place})")
        settings = {}
        for setting in element.iterfind("Setting"):
            if setting.get("Target", "Host") == "Host":
                settings[setting.get("Name", "")] = (setting.text or "").strip()
        enabled = element.get("Enabled", "true").lower() in ("true", "1")
        yield Item(item, class_name, int(pool), enabled, settings, line)


def checked_host(production: str, item: Item) -> Any:
    """An instance of an item's class with its settings.

    Raises:
        ProductionError: the class is missing, is no business host, or a setting does not fit; names item and line.
        BPLError: the item is a BPL process that cannot be loaded.
    """
    place = f"line {item.line} of production {production}"
    try:
        cls: Any = dictionary.resolve(item.class_name)
    except ClassNotFoundError as error:
        if error.class_name == item.class_name:
            raise ProductionError(
                f"item {item.name!r}: there is no class {item.class_name!r}{error.hint} ({place})"
            ) from error
        raise ProductionError(f"item {item.name!r}: {error} ({place})") from error
    if not issubclass(cls, Host):
        raise ProductionError(f"item {item.name!r}: {item.class_name} is no business host: extend one of Ens ({place})")
    if not issubclass(cls, BusinessOperation | BusinessProcessBPL | RoutingEngine | BusinessService):
        kind = "a process that is not BPL" if issubclass(cls, BusinessProcess) else "this kind of host"
        raise ProductionError(f"item {item.name!r}: {kind} is not supported yet ({place})")
    host = cls._New()
    try:
        host.configure(item.name, item.settings)
    except ProductionError as error:
        raise ProductionError(f"{error} ({place})") from error
    if isinstance(host, BusinessProcessBPL):
        program_of(cls)
    if isinstance(host, RoutingEngine):
        try:
            host.check()
        except (ClassNotFoundError, ProductionError) as error:
            raise ProductionError(f"item {item.name!r}: {error} ({place})") from error
    return host
