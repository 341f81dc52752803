"""A production's definition by name, and its items as hosts, checked before they start."""

from typing import Any

from isc.py.bpl.program import program_of
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ClassNotFoundError, dictionary
from isc.py.objectscript.definitions import find_xdata

from .definition import Definition, Item
from .exceptions import ProductionError
from .hosts import BusinessOperation, BusinessProcess, BusinessProcessBPL, BusinessService, Host, Production
from .policy import reply_code_actions
from .production_xml import read_xml
from .schedule import Schedule

__all__ = ["Definition", "Item", "checked_host", "checked_hosts", "definition_of"]


def definition_of(name: str) -> Definition:
    """The definition of a production class, of a class file or of Python.

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
    if found is not None:
        return read_xml(name, found[1].text, found[1].line)
    if not issubclass(cls, Production) or cls is Production or "items" not in dir(cls):
        raise ProductionError(f"{name} is no production: it has no XData ProductionDefinition")
    if not isinstance(cls.items, list | tuple):
        raise ProductionError(f"production {name}: its items are a {type(cls.items).__name__}, not a list of Item")
    for number, item in enumerate(cls.items, 1):
        if not isinstance(item, Item):
            raise ProductionError(f"production {name}: item {number} is {item!r:.60}: write Item(name, class)")
    return Definition(
        cls.name or name,
        tuple(cls.items),
        cls.description,
        cls.actor_pool_size,
        cls.testing_enabled,
        cls.log_general_trace_events,
        dict(cls.settings),
        dict(cls.extra),
    )


def checked_hosts(production: str, definition: Definition) -> dict[str, Any]:
    """An instance of each item's class with its settings, by the item's name.

    Raises:
        ProductionError: items do not fit; names all of them, a line each.
        BPLError: the only thing wrong is a BPL process that cannot be loaded.
    """
    hosts, wrong = {}, []
    for item in definition.items:
        try:
            hosts[item.name] = checked_host(production, item)
        except IscError as error:
            wrong.append(error)
    if len(wrong) > 1:
        told = "".join(f"\n  {error}" for error in wrong)
        raise ProductionError(f"{len(wrong)} items of production {production} do not fit{told}") from wrong[0]
    if wrong:
        raise wrong[0]
    return hosts


def checked_host(production: str, item: Item) -> Any:
    """An instance of an item's class with its settings.

    Raises:
        ProductionError: the class is missing, is no business host, or a setting does not fit; names item and line.
        BPLError: the item is a BPL process that cannot be loaded.
    """
    place = f"line {item.line} of production {production}" if item.line else f"production {production}"
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
    if not issubclass(cls, BusinessOperation | BusinessProcess | BusinessService):
        raise ProductionError(
            f"item {item.name!r}: {item.class_name} is neither service, process nor operation ({place})"
        )
    host = cls._New()
    try:
        host.configure(item.name, item.settings)
        _check(item, host)
    except (ClassNotFoundError, ProductionError) as error:
        shown = str(error) if str(error).startswith("item ") else f"item {item.name!r}: {error}"
        raise ProductionError(f"{shown} ({place})") from error
    if isinstance(host, BusinessProcessBPL):
        program_of(cls)
    return host


def _check(item: Item, host: Any) -> None:
    Schedule.of(item.schedule)
    if isinstance(host, BusinessOperation | BusinessProcess):
        reply_code_actions(host.ReplyCodeActions)
    check = getattr(host, "check", None)
    if callable(check):
        check()
