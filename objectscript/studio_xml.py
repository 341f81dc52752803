"""Studio exports (``<Export>`` XML): classes, routines, include files and projects, each as the text of a source file.

Entities are not resolved, nothing is fetched. A class becomes UDL in `studio_class`.
"""

import re
from collections.abc import Iterator

from lxml import etree

from .errors import CompileError
from .source_items import SourceItem
from .studio_class import class_text, line_of

_PARSER_OPTIONS = {"resolve_entities": False, "no_network": True, "load_dtd": False, "strip_cdata": False}
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>", re.I)
_DOCUMENT_KINDS = {"cls": "class", "mac": "routine", "int": "routine", "inc": "include", "bas": "routine"}
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def parse_xml(text: str, source: str) -> etree._Element:
    """The root of an XML text.

    Raises:
        CompileError: it is no XML, or declares entities; names line and column.
    """
    refuse_entities(text, source)
    data = _DECLARATION.sub("", text, count=1)
    lead = text.count("\n") - data.count("\n")
    try:
        parser = etree.XMLParser(huge_tree=False, **_PARSER_OPTIONS)  # type: ignore[arg-type]  # options of one parser
        return etree.fromstring(_NOT_XML.sub(" ", data).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        line, column = (error.position if error.lineno else (1, 1)) or (1, 1)
        raise CompileError(f"no XML: {error.msg}", text, line + lead, max(column, 1), source) from error


def refuse_entities(text: str, source: str) -> None:
    """Look for declarations of entities.

    Raises:
        CompileError: there is one; names its line.
    """
    at = text.find("<!ENTITY")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        raise CompileError("entities are refused: write the text itself", text, line, 1, source)


def read_export(text: str, source: str = "") -> list[SourceItem]:
    """What an export holds, in its order; projects tell only what they name.

    Raises:
        CompileError: it is no export; names line and column.
    """
    root = parse_xml(text, source)
    lead = text.count("\n", 0, _DECLARATION.match(text).end()) if _DECLARATION.match(text) else 0  # type: ignore[union-attr]  # it matched
    if root.tag != "Export":
        raise CompileError(f"an export begins with <Export>, this is <{root.tag}>", text, 1, 1, source)
    found = [item for child in root for item in _items(child, lead)]
    return [_told(item, found) if item.kind == "project" else item for item in found]


def _items(element: etree._Element, lead: int) -> Iterator[SourceItem]:
    if not isinstance(element.tag, str):
        return
    line, name = line_of(element) + lead, element.get("name", "")
    if element.tag == "Class":
        made, origins = class_text(element)
        yield SourceItem("class", name, made, tuple(number + lead for number in origins))
    elif element.tag == "Routine":
        kind = "include" if element.get("type", "").upper() == "INC" else "routine"
        yield _text_item(kind, name, element, line)
    elif element.tag == "Document" and name.rpartition(".")[2].lower() in _DOCUMENT_KINDS:
        stem, _, suffix = name.rpartition(".")
        yield _text_item(_DOCUMENT_KINDS[suffix.lower()], stem, element, line)
    elif element.tag == "Project":
        named = [child.get("name", "") for child in element.iter("ProjectItem")]
        yield SourceItem("project", name, "\n".join(named), (line,))
    else:
        what = f"<{element.tag}> {name}".strip()
        yield SourceItem("other", name, "", (line,), (f"line {line}: {what} is not used here",))


def _text_item(kind: str, name: str, element: etree._Element, line: int) -> SourceItem:
    text = "".join(str(part) for part in element.itertext()).replace("\r\n", "\n")
    if text.startswith("\n"):
        text, line = text[1:], line + 1
    return SourceItem(kind, name, text, tuple(range(line, line + text.count("\n") + 1)))


def _told(project: SourceItem, items: list[SourceItem]) -> SourceItem:
    """The project with a note of what it names and the export does not hold."""
    held = {item.name.lower() for item in items if item.kind != "project"}
    absent = [name for name in project.text.split("\n") if name and held.isdisjoint((name.lower(), _stem(name)))]
    if not absent:
        return project
    shown = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
    return SourceItem("project", project.name, project.text, project.origins, (f"the export lacks {shown}",))


def _stem(name: str) -> str:
    """The name without the suffix of a document, in lower case."""
    stem, _, suffix = name.lower().rpartition(".")
    return stem if suffix in _DOCUMENT_KINDS else name.lower()
