"""A source file of any kind as the things it holds.

``.cls`` (UDL), Studio exports, ``.mac`` ``.int`` ``.inc`` and routine exports (``.rtn``, ``.ro``), and the bare XML of
a process or transformation (``.bpl``, ``.dtl``). What a file is, is told by its content before its name.
"""

import re
from pathlib import Path, PurePath

from .errors import CompileError
from .source_items import SourceItem
from .source_text import decoded, unified
from .studio_xml import read_export, refuse_entities
from .udl import class_name_of

#: Suffixes of files that are looked at in a folder.
SUFFIXES = (".cls", ".mac", ".int", ".inc", ".rtn", ".ro", ".xml", ".bpl", ".dtl")

_ROUTINE_HEADER = re.compile(r"ROUTINE\s+(%?[\w.]+)\s*(\[[^\]\n]*\])?[^\n]*", re.I)
_TYPE = re.compile(r"\bType\s*=\s*\"?(\w+)", re.I)
_EXPORTED = re.compile(r"(%?[\w.]+)\^(INT|MAC|INC|BAS|OBJ)\^[^\n]*", re.I)
_ROOT = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*>)*<([A-Za-z][\w:.-]*)", re.S)
_FOREIGN = re.compile(
    r"\ufeff?\s*(?:$|\\|%[^\w\n]|VERSION \d|@\w+|<\?php|<%|\{-"
    r"|(?:public|private|global|abstract|virtual|with|without|package)\s)",
    re.I,
)
_BARE = {
    "process": ("Ens.BusinessProcessBPL", "BPL", "http://www.intersystems.com/bpl"),
    "transform": ("Ens.DataTransformDTL", "DTL", "http://www.intersystems.com/dtl"),
}


def is_source(path: Path) -> bool:
    """Whether a file of a folder is one to load: by its name, and by how it begins.

    Other languages have files of these names, too: TeX, Visual Basic, Apex, PHP.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or not path.is_file():
        return False
    if suffix not in (".xml", ".cls", ".inc"):
        return True
    with path.open("rb") as file:
        head = decoded(file.read(4096))
    if suffix != ".xml":
        return _FOREIGN.match(head) is None
    root = _ROOT.match(head)
    return root is not None and root.group(1) in ("Export", *_BARE)


def read_items(text: str, path: PurePath) -> list[SourceItem]:
    """What a file holds.

    Raises:
        CompileError: it is none of the kinds, or not well-formed; names the line.
    """
    text = unified(text)
    suffix = path.suffix.lower()
    root = _ROOT.match(text)
    if root is not None or suffix in (".xml", ".bpl", ".dtl") or text.lstrip().startswith("<!"):
        return _xml_items(text, path, root.group(1) if root is not None else "")
    if suffix in (".mac", ".int", ".inc"):
        return [_routine(text, path)]
    if suffix in (".rtn", ".ro"):
        return _exported(text, path)
    if _ROUTINE_HEADER.match(text) is not None:
        return [_routine(text, path)]
    return [SourceItem("class", class_name_of(text), text)]


def _xml_items(text: str, path: PurePath, root: str) -> list[SourceItem]:
    refuse_entities(text, str(path))
    if root == "Export":
        return read_export(text, str(path))
    if root in _BARE:
        return [_bare(text, path, root)]
    shown = f"its root is <{root}>" if root else "it is no XML"
    reason = f"XML that can be loaded is an <Export> of Studio, a <process> (BPL) or a <transform> (DTL); {shown}"
    raise CompileError(reason, text, 1, 1, str(path))


def _bare(text: str, path: PurePath, root: str) -> SourceItem:
    """A process or transformation by itself as a class named after the file."""
    superclass, block, namespace = _BARE[root]
    name = re.sub(r"[^\w.%]", "", path.stem)
    head = f'Class {name} Extends {superclass}\n{{\n\nXData {block} [ XMLNamespace = "{namespace}" ]\n{{'
    body = re.sub(r"<\?xml[^>]*\?>", "", text, count=1).rstrip("\n")
    made = f"{head}\n{body}\n}}\n\n}}\n"
    count = made.count("\n") + 1
    lead = head.count("\n") + 1
    origins = tuple(max(1, min(number - lead, text.count("\n") + 1)) for number in range(1, count + 1))
    return SourceItem("class", name, made, origins)


def _routine(text: str, path: PurePath) -> SourceItem:
    header = _ROUTINE_HEADER.match(text)
    name, kind = path.stem, path.suffix.lower().removeprefix(".")
    if header is not None:
        name = header.group(1)
        told = _TYPE.search(header.group(2) or "")
        kind = told.group(1).lower() if told is not None else kind
    return SourceItem("include" if kind == "inc" else "routine", name, text)


def _exported(text: str, path: PurePath) -> list[SourceItem]:
    """The routines of a ``%RO`` export: two lines of heading, then each with a line of its own before it."""
    lines = text.split("\n")
    heads = [(number, found) for number, line in enumerate(lines) if (found := _EXPORTED.fullmatch(line)) is not None]
    heads = [(number, found) for number, found in heads if number > 0]
    if not heads:
        if _ROUTINE_HEADER.match(text) is not None:
            return [_routine(text, path)]
        raise CompileError("a routine export has a line NAME^INT^… before each routine", text, 1, 1, str(path))
    items = []
    for at, (number, found) in enumerate(heads):
        end = heads[at + 1][0] if at + 1 < len(heads) else len(lines)
        kind = "include" if found.group(2).upper() == "INC" else "routine"
        body = "\n".join(lines[number + 1 : end]).rstrip("\n")
        items.append(SourceItem(kind, found.group(1), body, tuple(range(number + 2, end + 2))))
    return items
