"""A ``<Class>`` of a Studio export as UDL text, with the line of the export for every line of it."""

import re
from collections.abc import Callable

from lxml import etree

from .signatures import split

#: Elements that are keywords of a class or member, when their own name is not the keyword's.
_KEYWORD_NAMES = {"XMLMIMEType": "MimeType"}
#: Elements that are no keywords: what has a place of its own, and what only a server means.
_SKIPPED = frozenset(
    "Super Description Import IncludeCode IncludeGenerator TimeChanged TimeCreated Parameter Property Method Query "
    "Index ForeignKey Trigger XData Storage Projection UDLText Type Collection Default Implementation FormalSpec "
    "ReturnType ClassMethod Properties References ReferencedClass ReferencedKey Data Code Expression "
    "ReturnTypeParams ClientMethod MimeType".split()
)
_CODE_KEYWORDS = frozenset({"InitialExpression", "SqlComputeCode"})
_FLAGS = frozenset({"1", "true"})
_WORD = re.compile(r"[\w.%/-]+")
_SPEC = re.compile(r"([&*]?)(%?[\w]+(?:\.\.\.)?)(?::([^=(]*(?:\([^)]*\))?))?(?:=(.*))?$", re.S)


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.origins: list[int] = []

    def add(self, text: str, line: int) -> None:
        """One line, or several that all come from `line`."""
        for part in text.split("\n"):
            self.lines.append(part)
            self.origins.append(line)

    def body(self, element: etree._Element | None, line: int) -> None:
        """A body with its own lines."""
        self.add("{", line)
        text = (element.text or "") if element is not None else ""
        first = line_of(element) if element is not None else line
        for number, part in enumerate(text.replace("\r\n", "\n").split("\n")):
            self.lines.append(part)
            self.origins.append(first + number)
        self.add("}", line)


def class_text(element: etree._Element) -> tuple[str, list[int]]:
    """The UDL of a ``<Class>`` element and the line of the export for each line of it."""
    writer = _Writer()
    line = line_of(element)
    for tag, word in (("IncludeCode", "Include"), ("Import", "Import")):
        value = (element.findtext(tag) or "").strip()
        if value:
            writer.add(f"{word} ({value})", line)
    extends = (element.findtext("Super") or "").strip()
    head = f"Class {element.get('name', '')}" + (f" Extends ({extends})" if extends else "")
    writer.add(head + _keywords(element), line)
    writer.add("{", line)
    for child in element:
        write = _MEMBERS.get(str(child.tag)) if isinstance(child.tag, str) else None
        if write is not None:
            writer.add("", line_of(child))
            write(writer, child)
    writer.add("\n}", line)
    return "\n".join(writer.lines), writer.origins


def line_of(element: etree._Element) -> int:
    """The line of the export on which an element begins."""
    return element.sourceline if isinstance(element.sourceline, int) else 1


def _name(element: etree._Element) -> str:
    name = element.get("name", "")
    return name if re.fullmatch(r"%?\w+", name) else '"' + name.replace('"', '""') + '"'


def _keywords(element: etree._Element) -> str:
    found = []
    for child in element:
        if not isinstance(child.tag, str) or child.tag in _SKIPPED or len(child):
            continue
        name, value = _KEYWORD_NAMES.get(child.tag, child.tag), (child.text or "").strip()
        if value in _FLAGS:
            found.append(name)
        elif value in ("0", "false"):
            found.append(f"Not {name}")
        elif name in _CODE_KEYWORDS:
            found.append(f"{name} = {{{value}}}")
        elif value:
            plain = _WORD.fullmatch(value) is not None or value.startswith('"')
            found.append(f"{name} = {value if plain else _quoted(value)}")
    return f" [ {', '.join(found)} ]" if found else ""


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w.%, ]+", value):
        return f"({value})"
    return '"' + value.replace('"', '""') + '"'


def _typed(element: etree._Element) -> str:
    type_name = (element.findtext("Type") or "").strip()
    collection = (element.findtext("Collection") or "").strip()
    given = [
        f"{child.get('name', '')} = {_value(child.get('value', ''))}"
        for child in element.findall("Parameter")
        if child.get("name")
    ]
    as_type = f" As {f'{collection} Of ' if collection else ''}{type_name}" if type_name else ""
    return as_type + (f"({', '.join(given)})" if given and type_name else "")


def _value(value: str) -> str:
    return value if re.fullmatch(r"-?\d+(\.\d+)?", value) else '"' + value.replace('"', '""') + '"'


def _property(writer: _Writer, element: etree._Element) -> None:
    relationship = (element.findtext("Relationship") or "").strip() in _FLAGS
    kind = "Relationship" if relationship else "Property"
    words = _keywords(element).replace("Relationship, ", "").replace(", Relationship", "")
    writer.add(f"{kind} {_name(element)}{_typed(element)}{words};", line_of(element))


def _parameter(writer: _Writer, element: etree._Element) -> None:
    type_name = (element.findtext("Type") or "").strip()
    head = f"Parameter {_name(element)}" + (f" As {type_name}" if type_name else "") + _keywords(element)
    default, expression = element.findtext("Default"), element.findtext("Expression")
    if expression is not None:
        head += f" = {{{expression}}}"
    elif default is not None:
        head += f" = {_value(default)}"
    writer.add(f"{head};", line_of(element))


def _formal(spec: str) -> str:
    made = []
    for part in split(spec):
        found = _SPEC.match(part.strip())
        if found is None:
            continue
        mark, name, type_name, default = found.groups()
        word = {"&": "ByRef ", "*": "Output "}.get(mark, "")
        as_type = f" As {type_name.strip()}" if type_name else ""
        made.append(f"{word}{name}{as_type}" + (f" = {default}" if default is not None else ""))
    return ", ".join(made)


def _method(writer: _Writer, element: etree._Element) -> None:
    kind = "ClassMethod" if (element.findtext("ClassMethod") or "").strip() in _FLAGS else "Method"
    if (element.findtext("ClientMethod") or "").strip() in _FLAGS:
        kind = "ClientMethod"
    returns = (element.findtext("ReturnType") or "").strip()
    formal = _formal((element.findtext("FormalSpec") or "").strip())
    head = f"{kind} {_name(element)}({formal})" + (f" As {returns}" if returns else "") + _keywords(element)
    writer.add(head, line_of(element))
    writer.body(element.find("Implementation"), line_of(element))


def _query(writer: _Writer, element: etree._Element) -> None:
    formal = _formal((element.findtext("FormalSpec") or "").strip())
    writer.add(f"Query {_name(element)}({formal}){_typed(element)}", line_of(element))
    writer.body(element.find("SqlQuery"), line_of(element))


def _index(writer: _Writer, element: etree._Element) -> None:
    columns = [column.partition(":")[0] for column in (element.findtext("Properties") or "").split(",") if column]
    on = f" On ({', '.join(columns)})" if columns else ""
    writer.add(f"Index {_name(element)}{on}{_keywords(element)};", line_of(element))


def _foreign_key(writer: _Writer, element: etree._Element) -> None:
    inside = (element.findtext("Properties") or "").strip()
    index_name = (element.findtext("ReferencedKey") or "").strip()
    other = (element.findtext("ReferencedClass") or "").strip() + (f"({index_name})" if index_name else "")
    writer.add(f"ForeignKey {_name(element)}({inside}) References {other}{_keywords(element)};", line_of(element))


def _xdata(writer: _Writer, element: etree._Element) -> None:
    mime = (element.findtext("MimeType") or "").strip()
    writer.add(f"XData {_name(element)}" + (f" [ MimeType = {mime} ]" if mime else ""), line_of(element))
    writer.body(element.find("Data"), line_of(element))


def _trigger(writer: _Writer, element: etree._Element) -> None:
    writer.add(f"Trigger {_name(element)}", line_of(element))
    writer.body(element.find("Code"), line_of(element))


def _storage(writer: _Writer, element: etree._Element) -> None:
    writer.add(f"Storage {_name(element)}\n{{", line_of(element))
    for child in element:
        if isinstance(child.tag, str):
            text = etree.tostring(child, encoding="unicode").strip()
            for number, part in enumerate(text.split("\n")):
                writer.add(part, line_of(child) + number)
    writer.add("}", line_of(element))


def _named(kind: str) -> Callable[[_Writer, etree._Element], None]:
    def write(writer: _Writer, element: etree._Element) -> None:
        writer.add(f"{kind} {_name(element)};", line_of(element))

    return write


_MEMBERS: dict[str, Callable[[_Writer, etree._Element], None]] = {
    "Property": _property,
    "Parameter": _parameter,
    "Method": _method,
    "Query": _query,
    "Index": _index,
    "XData": _xdata,
    "Trigger": _trigger,
    "Storage": _storage,
    "ForeignKey": _foreign_key,
    "Projection": _named("Projection"),
}
