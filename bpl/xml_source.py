"""XML of a class's XData block: parsed without entities or network, its elements and attributes checked, with lines."""

import re
from collections.abc import Iterator, Mapping

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript.names import similar
from lxml import etree


class XmlSource:
    """The text of a block, and where it stands.

    Args:
        text: the XML.
        what: what it is in words, as "the DTL of Demo.Transform".
        first_line: the line of the file on which it begins.
        error: the class of the errors that are raised.
    """

    def __init__(self, text: str, what: str, first_line: int, error: type[IscError]) -> None:
        self.what = what
        self._raise = error
        self._offset = first_line - 1 + text.count("\n", 0, len(text) - len(text.lstrip()))
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
        try:
            self.root = etree.fromstring(text.strip().encode("utf-8", "surrogatepass"), parser)
        except etree.XMLSyntaxError as caught:
            raise error(f"{what} is no XML: {told(caught, self._offset)}") from caught

    def line(self, element: etree._Element) -> int:
        """The line of the file on which an element begins."""
        return self._offset + (element.sourceline if isinstance(element.sourceline, int) else 1)

    def error(self, element: etree._Element, reason: str) -> IscError:
        """An error that names the line."""
        return self._raise(f"{self.what}, line {self.line(element)}: {reason}")

    def check_root(self, name: str) -> None:
        """Check the name of the outermost element.

        Raises:
            IscError: it has another.
        """
        if tag(self.root) != name:
            raise self.error(self.root, f"<{name}> was expected, found <{tag(self.root)}>")

    def attributes(self, element: etree._Element, known: str) -> Mapping[str, str]:
        """The attributes of an element.

        Raises:
            IscError: one is not among the `known` (names with blanks).
        """
        names = known.split()
        found = {str(key): str(value) for key, value in element.attrib.items() if not str(key).startswith("{")}
        for name in found:
            if name not in names:
                hint = similar(name, names) or f"; it has {', '.join(names) or 'none'}"
                raise self.error(element, f"<{tag(element)}> has no attribute {name!r}{hint}")
        return found

    def children(self, element: etree._Element, known: str) -> Iterator[etree._Element]:
        """The elements in an element, but annotations and comments.

        Raises:
            IscError: one is not among the `known` (names with blanks).
        """
        for child in element:
            if not isinstance(child.tag, str) or tag(child) == "annotation":
                if child.tag is etree.Entity:
                    raise self.error(element, f"<{tag(element)}> has an entity, which is not read: write its text")
                continue
            if tag(child) not in known.split():
                hint = similar(tag(child), known.split()) or f": it has {known or 'none'}"
                raise self.error(child, f"the element <{tag(child)}> is not supported in <{tag(element)}>{hint}")
            yield child

    def need(self, element: etree._Element, attribute: str) -> str:
        """An attribute.

        Raises:
            IscError: it is missing.
        """
        value = element.get(attribute)
        if value is None:
            raise self.error(element, f"<{tag(element)}> has no attribute {attribute!r}: add it")
        return str(value)

    def choice(self, element: etree._Element, attribute: str, choices: tuple[str, ...]) -> str:
        """An attribute that is one of `choices`, the first when it is missing or empty.

        Raises:
            IscError: it is none of them.
        """
        value = str(element.get(attribute) or choices[0])
        if value not in choices:
            reason = f"<{tag(element)}> has {attribute} {value!r}: use {', '.join(choices)}"
            raise self.error(element, reason)
        return value


def told(error: etree.XMLSyntaxError, offset: int) -> str:
    """What is wrong with a text, and where: the line is that of the file on which it begins `offset` lines down."""
    reason = re.sub(r", line \d+, column \d+$", "", error.msg or "it is empty")
    return f"{reason} (line {offset + (error.lineno or 1)}, column {error.offset or 1})"


def tag(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def is_disabled(element: etree._Element) -> bool:
    """Whether an element is switched off."""
    return str(element.get("disabled", "")).lower() in ("1", "true")


def own_text(element: etree._Element) -> str:
    """The text of an element without that of its annotation."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])
