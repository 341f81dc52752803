"""Rows of a class from an XML block of the class: what a class that extends ``isc.py.data.XMLImport`` imports.

The block (``XData Rows``) holds one element a row; a property is an attribute or a child element of its name::

    <Rows><Row WeekStart="2024-01-01" Drinks="120"/></Rows>

Dates are written YYYY-MM-DD and times HH:MM:SS, as XML has them.
"""

from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition, find_xdata
from isc.py.objectscript.functions import zdateh, ztimeh
from isc.py.objectscript.library.datatypes import short
from isc.py.objectscript.names import similar
from isc.py.objectscript.objects import properties
from isc.py.objectscript.values import text
from lxml import etree

from .exceptions import DataError
from .persistent import Persistent, save_all


class XMLImport:
    """Gives a persistent class the class method ``Import``."""

    @classmethod
    def Import(cls, xdata: object = "Rows", replace: object = 1) -> int:
        """Store the rows of an XData block; the rows there are go first unless `replace` is 0. How many there are now.

        Raises:
            DataError: no such block, an unknown property or a value that does not fit; names the line.
        """
        name = dictionary.name_of(cls)
        if not issubclass(cls, Persistent):
            raise DataError(f"{name} is not persistent: extend %Persistent, too")
        rows = _rows(cls, name, text(xdata))
        if text(replace) != "0":
            cls._KillExtent()
        save_all(rows)
        return len(rows)


def _rows(cls: type[Persistent], name: str, xdata: str) -> list[Persistent]:
    found = find_xdata(cls, xdata)
    if found is None:
        raise DataError(f"{name} has no XData block {xdata!r} to import")
    block = found[1]
    try:
        root = etree.fromstring(block.text.strip().encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise DataError(f"XData {xdata} of {name} is no XML: {error.msg}") from error
    known = {definition.name: definition for definition in properties(cls)}
    return [_row(cls, known, element, f"line {block.line + _line(element) - 1} of {name}") for element in root]


def _row(
    cls: type[Persistent], known: dict[str, PropertyDefinition], element: etree._Element, place: str
) -> Persistent:
    made = cls()
    values = {str(key): str(value) for key, value in element.attrib.items()}
    values |= {str(child.tag): child.text or "" for child in element}
    for key, value in values.items():
        if key not in known:
            raise DataError(f"{place}: the class has no property {key!r}{similar(key, list(known))}")
        made._set_property(key, _value(known[key], value))
    wrong = made._ValidateObject()
    if status.is_error(wrong):
        raise DataError(f"{place}: {status.text(wrong)}")
    return made


def _value(definition: PropertyDefinition, value: str) -> object:
    kind = short(definition.type)
    if kind == "Date" and "-" in value:
        return zdateh(value, 3)
    if kind == "Time" and ":" in value:
        return ztimeh(value)
    if kind == "Boolean" and value in ("true", "false"):
        return int(value == "true")
    return value


def _line(element: etree._Element) -> int:
    return element.sourceline if isinstance(element.sourceline, int) else 1
