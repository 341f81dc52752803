"""XML that code holds, read: no external entity, no other file, nothing from the network."""

from lxml import etree

from .. import status
from ..values import text
from .confinement import path_of
from .encryption import octets


class XMLProblem(Exception):
    """What keeps a document from being read, as the `status` that code gets."""

    def __init__(self, status_: str) -> None:
        self.status = status_
        super().__init__(status_)


def parsed(source: object) -> etree._Element:
    """The document that a string or a stream holds.

    Raises:
        XMLProblem: it is not well-formed, or has an entity of its own.
    """
    shown = str(source) if hasattr(source, "Rewind") else text(source)
    return _parsed(octets(shown) if shown.startswith("<?xml") and shown.isascii() else shown.encode())


def parsed_file(name: object) -> etree._Element:
    """The document of a file.

    Raises:
        XMLProblem: it cannot be read, is not well-formed, or has an entity of its own.
    """
    try:
        return _parsed(path_of(name).read_bytes())
    except OSError as error:
        raise XMLProblem(status.error(5005, f"{text(name)}: {error.strerror}")) from error


def _parsed(data: bytes) -> etree._Element:
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        told = f"line {error.lineno}, column {error.offset}: {error.msg}"
        raise XMLProblem(status.error(6301, told)) from error
    left = next(root.iter(etree.Entity), None)
    if left is not None:
        told = f"line {left.sourceline}: the entity {left.text} is not read: put its text there"
        raise XMLProblem(status.error(6301, told))
    return root
