"""``<xpath>`` and ``<xslt>``: XML that a process holds, read without entities, files of others or the network."""

from typing import Any
from urllib.parse import unquote, urlsplit

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import find_xdata
from isc.py.objectscript.library.confinement import path_of
from isc.py.objectscript.library.xml_documents import CLOSED
from isc.py.objectscript.values import text
from lxml import etree

from .exceptions import BPLError


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def document(source: object, place: str) -> etree._Element:
    """The XML that a string or stream holds.

    Raises:
        BPLError: it is no XML; tells line and column.
    """
    rewind, read = getattr(source, "Rewind", None), getattr(source, "Read", None)
    content: object = source
    if rewind is not None and read is not None:
        rewind()
        content = read()
    data = content if isinstance(content, bytes) else text(content).encode()
    try:
        return etree.fromstring(data.strip(), _parser())
    except etree.XMLSyntaxError as error:
        raise BPLError(f"{place}: the source is no XML: {error}") from error


def evaluate(
    root: etree._Element, context: str, expression: str, prefixes: tuple[tuple[str, str], ...], place: str
) -> str:
    """What an XPath gives, as text: of the first node when it is a set of them, "" when there is none.

    Raises:
        BPLError: it is no XPath.
    """
    names = {prefix: uri for prefix, uri in prefixes if prefix}
    try:
        tree: Any = root.getroottree()
        nodes = [tree] if context in ("", "/") else tree.xpath(context, namespaces=names)
        if not isinstance(nodes, list):
            raise BPLError(f"{place}: the context {context!r} gives no nodes")
        found: Any = nodes[0].xpath(expression, namespaces=names) if nodes else ""
    except (etree.XPathError, TypeError) as error:
        raise BPLError(f"{place}: {expression!r} is no XPath: {error}") from error
    return _shown(found)


def _shown(found: Any) -> str:
    if isinstance(found, list):
        return _shown(found[0]) if found else ""
    if isinstance(found, etree._Element):
        return "".join(str(part) for part in found.itertext())
    if isinstance(found, bool):
        return str(int(found))
    if isinstance(found, float):
        return str(int(found)) if found == int(found) else str(found)
    return str(found)


def transformed(source: object, url: str, parameters: dict[str, str], place: str) -> str:
    """A document made by a stylesheet: ``file:…`` of this machine, or ``xdata://Class:Block``.

    Raises:
        BPLError: the stylesheet cannot be had, is wrong, or failed.
    """
    root = document(source, place)
    try:
        sheet = etree.XSLT(etree.fromstring(_sheet(url, place), _parser()), access_control=CLOSED)
        given: Any = {name: etree.XSLT.strparam(value) for name, value in parameters.items()}
        made = sheet(root, **given)
    except (etree.XMLSyntaxError, etree.XSLTError) as error:
        raise BPLError(f"{place}: the stylesheet {url!r}: {error}") from error
    return str(made)


def _sheet(url: str, place: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        path = path_of(unquote(parts.path) if parts.scheme else url)
        try:
            return path.read_bytes()
        except OSError as error:
            raise BPLError(f"{place}: the stylesheet {url!r} cannot be read: {error.strerror}") from error
    if parts.scheme == "xdata":
        name, _, block = url.removeprefix("xdata://").partition(":")
        found = find_xdata(dictionary.resolve(name), block)
        if found is None:
            raise BPLError(f"{place}: {name} has no XData block {block!r}")
        return found[1].text.strip().encode()
    raise BPLError(f"{place}: a stylesheet is never fetched from {parts.scheme}: give a file, or xdata://Class:Block")
