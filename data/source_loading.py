"""Source files into a namespace: parsed, stored, then compiled to see what is wrong; nothing of them is run.

All files are stored before any is checked, so that they may refer to each other in any order. What was found about a
file is remembered by its content.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript.checking import Checked, check_class, check_include, check_routine, described
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.errors import CompileError
from isc.py.objectscript.references import missing
from isc.py.objectscript.source_files import read_items
from isc.py.objectscript.source_items import SourceItem
from isc.py.objectscript.source_text import decoded
from isc.py.objectscript.udl import parse_class

from .load_cache import LoadCache, Remembered, content_name

Check = Callable[[ClassDefinition], Sequence[str]]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of one thing of a file: a class (or routine …), what of it is not used, or why it was not loaded.

    `class_name` is the name of the thing, `kind` says what it is. With `errors` a class that could be read is stored
    all the same: what is wrong with it shows again when it is reached.
    """

    path: Path
    class_name: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""
    kind: str = "class"
    errors: tuple[str, ...] = ()


class Store(Protocol):
    """Where sources are kept."""

    def text(self, kind: str, name: str) -> str | None:
        """The text of a source."""

    def put(self, kind: str, name: str, text: str) -> None:
        """Store a source."""

    def include_digest(self) -> str:
        """A name for what all include files say."""


@dataclass(slots=True)
class _File:
    path: Path
    content: str = ""
    items: list[Remembered] = field(default_factory=list)
    failed: str = ""
    sources: list[SourceItem] = field(default_factory=list)
    known: bool = False


class Loader:
    """Loads files into a store."""

    def __init__(self, store: Store, cache: Path, check: Check | None) -> None:
        self.store = store
        self.cache = LoadCache(cache, checked=check is not None)
        self.check = check

    def load(self, paths: list[Path]) -> list[LoadReport]:
        """Load them all; a report for each thing they hold, in their order."""
        files = [self._stored(path) for path in paths]
        digest = self.store.include_digest()
        for file in files:
            if not file.failed and not (file.known and all(item.includes == digest for item in file.items)):
                self._compile(file, digest)
        self.cache.write()
        first: dict[tuple[str, str], Path] = {}
        return [report for file in files for report in self._reports(file, first)]

    # --- storing ---

    def _stored(self, path: Path) -> _File:
        file = _File(path)
        try:
            data = path.read_bytes()
            file.content = content_name(path.name.encode("utf-8", "surrogateescape") + b"\0" + data)
            remembered = self.cache.find(file.content)
            if remembered is not None and all(self._is_stored(item) for item in remembered):
                file.items, file.known = remembered, True
                return file
            self._read(file, data)
        except (IscError, OSError) as error:
            file.failed = f"{path}{_shown(error)}"
        except RecursionError:
            file.failed = f"{path}:1:1: it is nested too deep"
        return file

    def _read(self, file: _File, data: bytes) -> None:
        file.sources = read_items(decoded(data), file.path)
        file.items = [self._store(source, file.path) for source in file.sources]

    def _is_stored(self, item: Remembered) -> bool:
        if item.stored == "":
            return True
        text = self.store.text(item.kind, item.name)
        return text is not None and content_name(text.encode("utf-8", "surrogatepass")) == item.stored

    def _store(self, source: SourceItem, path: Path) -> Remembered:
        item = Remembered(source.kind, source.name, list(source.notes))
        if source.kind in ("project", "other"):
            return item
        try:
            text = source.text
            if source.kind == "class":
                definition = parse_class(text, str(path))
                item.name = definition.name
                item.notes += [_moved(note, source) for note in definition.notes]
                if self.check is not None:
                    item.notes += [_moved(note, source) for note in self.check(definition)]
            self.store.put(source.kind, item.name, text)
            item.stored = content_name(text.encode("utf-8", "surrogatepass"))
        except IscError as error:
            item.errors.append(_shown(error, source))
        return item

    # --- checking ---

    def _compile(self, file: _File, digest: str) -> None:
        if not file.sources:  # known, but compiled with other include files
            self._read(file, file.path.read_bytes())
        for source, item in zip(file.sources, file.items, strict=True):
            item.includes = digest
            if item.stored:
                found = _checked(source, item.name, str(file.path))
                item.errors += described(found.problems, source.line)
                item.notes += [_moved(note, source) for note in found.notes]
                item.references = found.references
                item.lines = list(source.origins)
        self.cache.keep(file.content, file.items)

    def _reports(self, file: _File, first: dict[tuple[str, str], Path]) -> Iterator[LoadReport]:
        if file.failed:
            yield LoadReport(file.path, error=file.failed, errors=(file.failed,))
        for item in file.items:
            notes = [*item.notes]
            if item.stored:
                source = SourceItem(item.kind, item.name, "", tuple(item.lines))
                notes += [_moved(note, source) for note in missing(item.references)]
                before = first.setdefault((item.kind, item.name), file.path)
                if before != file.path:
                    notes.append(f"it replaces the one of {before}")
            errors = tuple(f"{file.path}{error}" for error in item.errors)
            yield LoadReport(file.path, item.name, tuple(notes), errors[0] if errors else "", item.kind, errors)


def _checked(source: SourceItem, name: str, place: str) -> Checked:
    if source.kind == "class":
        return check_class(parse_class(source.text, place))
    return check_routine(name, source.text) if source.kind == "routine" else check_include(name, source.text)


def _moved(note: str, source: SourceItem) -> str:
    """A note of a line of the text as one of the file."""
    if not note.startswith("line ") or not source.origins:
        return note
    number, colon, rest = note.removeprefix("line ").partition(":")
    return f"line {source.line(int(number))}:{rest}" if colon and number.isdigit() else note


def _shown(error: Exception, source: SourceItem | None = None) -> str:
    """An error as ``:line:column: reason``, as far as it tells."""
    if isinstance(error, CompileError):
        line = source.line(error.line) if source is not None else error.line
        lines = error.text.splitlines() or [""]
        found = lines[min(error.line, len(lines)) - 1].strip()[:80]
        shown = f" in `{found}`" if found and repr(found) not in error.reason else ""
        return f":{line}:{error.column}: {error.reason}{shown}"
    return f": {error}"
