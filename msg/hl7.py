"""``EnsLib.HL7.Message``: HL7 version 2 read and written by virtual property paths.

Values are those of the text, escapes included, as in the vendor's class: ``Escape`` and ``Unescape`` translate.
"""

from typing import ClassVar, Self

from isc.py.objectscript import ByRef, status
from isc.py.objectscript.library.confinement import path_of
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.values import number as number_of
from isc.py.objectscript.values import text as text_of
from pydantic import PrivateAttr

from . import er7, hl7_paths, hl7_schema
from .base import Message
from .er7 import Address, HL7Error, Separators
from .hl7_document import Document, Held, Line
from .hl7_paths import ALL, COUNT, Path
from .hl7_segment import ACTIONS, Segment, separators_of, several
from .properties import Text


class HL7Message(Message):
    """``EnsLib.HL7.Message``.

    `RawContent` is the text, a carriage return behind each segment; `DocType` the structure, as ``2.5:ADT_A01``: MSH
    says it where this is empty.
    """

    RawContent: Text = ""
    DocType: Text = ""
    Source: Text = ""
    Envelope: Text = ""
    _document: Document | None = PrivateAttr(default=None)
    _read_from: tuple[str, str] = PrivateAttr(default=("", ""))

    _COMPUTED: ClassVar[tuple[str, ...]] = (
        "Name", "DocTypeName", "DocTypeCategory", "TypeCategory", "TypeVersion", "SegCount", "Separators", "Identifier"
    )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # as every message, it can change

    @classmethod
    def _New(cls, *arguments: object) -> Self:
        """``%New``: empty, or of a text or stream.

        Raises:
            HL7Error: the text is no HL7; names segment and position.
        """
        made = super()._New()
        if arguments and text_of(_content(arguments[0])):
            made.RawContent = _normal(_content(arguments[0]))
        return made

    # --- text ---

    @classmethod
    def ImportFromString(cls, text: object, result: ByRef[object] | None = None, *_: object) -> object:
        """The message of a text, "" with an error in the by-reference status when it is no HL7.

        Raises:
            HL7Error: no status was passed to tell it in.
        """
        try:
            made = cls._New()
            made.RawContent = _normal(_content(text))
        except HL7Error as error:
            if result is None:
                raise
            result.value = status.error(5001, str(error))
            return ""
        if result is not None:
            result.value = status.OK
        return made

    ImportFromIOStream = ImportFromString
    ImportFromLibraryStream = ImportFromString

    @classmethod
    def ImportFromFile(
        cls, path: object, position: object = 1, result: ByRef[object] | None = None, *_: object
    ) -> object:
        """The message at a position of a file with one or more, "" with an error status when there is none."""
        try:
            text = path_of(path).read_text("latin-1")
        except OSError as error:
            failed = HL7Error(f"{text_of(path)}: {error.strerror}")
            if result is None:
                raise failed from error
            result.value = status.error(5001, str(failed))
            return ""
        parts = messages_of(text)
        at = max(int(number_of(position)), 1)
        return cls.ImportFromString(parts[at - 1] if at <= len(parts) else "", result)

    def OutputToString(self, separators: object = "", *_: object) -> str:
        """The text, with other separators when some are given."""
        if not text_of(separators):
            return self.RawContent
        new = separators_of(separators)
        document = self.document()
        return "".join(f"{er7.translated(line.text, document.separators, new)}\r" for line in document.lines())

    def OutputToFile(self, path: object, overwrite: object = 0, *_: object) -> object:
        """Write the text to a file, behind what it has or instead of it. Returns a %Status."""
        try:
            with path_of(path).open("w" if number_of(overwrite) else "a", encoding="latin-1", newline="") as file:
                file.write(self.RawContent)
        except (OSError, UnicodeEncodeError) as error:
            return status.error(5001, f"{text_of(path)}: {error}")
        return status.OK

    # --- what it is ---

    def document(self) -> Document:
        """The segments.

        Raises:
            HL7Error: the text is no HL7; names segment and position.
        """
        key = (self.RawContent, self.DocType)
        if self._document is None or self._read_from[0] is not key[0] or self._read_from[1] != key[1]:
            lines = er7.split(self.RawContent, is_whole=False) if self.RawContent else []
            version, name = self._version(lines), self._structure(lines)
            self._document = Document(
                lines, hl7_schema.structure(version, name) if name else None, self.DocType or name, version
            )
            self._read_from = key
        return self._document

    def check(self) -> Self:
        """This message, validated. Raises `HL7Error` when its text is no HL7."""
        super().check()
        if self.RawContent:
            er7.split(self.RawContent)
        return self

    def _header(self, field: int, component: int) -> str:
        lines = self.document().lines()
        if not lines or not lines[0].text.startswith("MSH"):
            return ""
        return er7.read(lines[0].text, self.document().separators, Address(field, 1, component))

    def _version(self, lines: list[str]) -> str:
        has_header = bool(lines) and lines[0].startswith("MSH")
        declared = er7.read(lines[0], Separators.of(lines[0]), Address(12, 1, 1)) if has_header else ""
        return hl7_schema.version_of(self.DocType.partition(":")[0], declared)

    def _structure(self, lines: list[str]) -> str:
        named = self.DocType.partition(":")[2]
        if named or not lines or not lines[0].startswith("MSH"):
            return named
        separators = Separators.of(lines[0])
        parts = [er7.read(lines[0], separators, Address(9, 1, at)) for at in (1, 2, 3)]
        return hl7_schema.structure_name(*parts)

    def _get_property(self, name: str) -> object:
        if name in self._COMPUTED:
            return getattr(self, name)
        return super()._get_property(name)

    @classmethod
    def _property_names(cls) -> list[str]:
        return [*super()._property_names(), *cls._COMPUTED]

    @property
    def Name(self) -> str:
        """Message type and event, as ``ADT_A04``."""
        return "_".join(part for part in (self._header(9, 1), self._header(9, 2)) if part)

    @property
    def DocTypeCategory(self) -> str:
        """What stands before the colon of the DocType."""
        return self.DocType.partition(":")[0]

    TypeCategory = DocTypeCategory

    @property
    def DocTypeName(self) -> str:
        """What stands behind the colon of the DocType."""
        return self.DocType.partition(":")[2]

    @property
    def TypeVersion(self) -> str:
        """The version that MSH declares."""
        return self._header(12, 1)

    @property
    def Identifier(self) -> str:
        """The control id."""
        return self._header(10, 1)

    @property
    def SegCount(self) -> int:
        """How many segments."""
        return len(self.document().lines())

    @property
    def Separators(self) -> str:
        """Field separator and the others."""
        return str(self.document().separators)

    def PokeDocType(self, doc_type: object) -> object:
        """Say which structure the message has. Returns a %Status."""
        self.DocType = text_of(doc_type)
        return status.OK

    # --- values ---

    def GetValueAt(
        self, path: object, form: object = "", result: ByRef[object] | None = None, test: object = 0, *_: object
    ) -> object:
        """A value by path, "" when there is none; ``(*)`` counts, ``()`` gives all as ``<a><b>``.

        Raises:
            HL7Error: the path is none, or names what the structure does not have, and no status was passed to tell it.
        """
        try:
            value = self.value(hl7_paths.parse(text_of(path)))
        except HL7Error as error:
            if result is None:
                raise
            result.value = status.error(5001, str(error))
            return ""
        if result is not None:
            result.value = status.OK
        return value

    def value(self, path: Path) -> object:
        """What a path leads to. Raises like `GetValueAt`."""
        document = self.document()
        if not path.field and path.segment[-1].index == COUNT:
            return document.count(path.segment)
        items = document.find(path.segment)
        if not path.field:
            return "\r".join(line.text for item in items for line in _lines(item) if line.text)
        values = [self._segment(item, path).value(path.field, path.text) for item in items]
        if path.field[0].index == COUNT:
            return values[0] if values else 0
        return several([text_of(value) for value in values])

    def has(self, path: Path) -> bool:
        """Whether the segment of a path is there. Raises like `GetValueAt`."""
        return bool(self.document().find(path.segment))

    def misplaced(self) -> list[str] | None:
        """The names of the segments that have no place in the structure, None when there is no structure."""
        return self.document().misplaced()

    def _segment(self, item: Line | Held, path: Path) -> Segment:
        if isinstance(item, Held):
            raise HL7Error(f"path {path.text!r}: {item.group.name} is a group, a field is of a segment")
        document = self.document()
        return Segment.of(item, document.separators, document.version, lambda: self._written(document))

    def SetValueAt(self, value: object, path: object, action: object = "set", key: object = "", *_: object) -> object:
        """Put a value in: a field, or a whole segment or group. Returns a %Status.

        Segments that are not there are made, but for an empty value. `action` is ``set``, ``append`` (a new repetition
        or segment), ``insert`` (in front of repetition `key` or of the segment), ``remove`` or ``clear``.
        """
        try:
            self.put(value, hl7_paths.parse(text_of(path)), text_of(action) or "set", text_of(key))
        except HL7Error as error:
            if self._document is not None and self._document.text() != self.RawContent:
                self._document = None  # what was made on the way is forgotten
            return status.error(5001, str(error))
        return status.OK

    def put(self, value: object, path: Path, action: str = "set", key: str = "") -> None:
        """Put a value in, as `SetValueAt` does.

        Raises:
            HL7Error: the path, the action or the value does not fit.
        """
        if action not in ACTIONS:
            raise HL7Error(f"action {action!r} of {path.text!r} is none: use {', '.join(ACTIONS)}")
        document = self.document()
        if not path.field:
            self._put_whole(value, path, action)
        elif any(step.index == ALL for step in path.segment) and document.find(path.segment):
            for item in document.find(path.segment):
                self._segment(item, path).put(value, path.field, path.text, action, key)
        elif document.find(path.segment) or (text_of(value) != "" and action not in ("remove", "clear")):
            self._segment(document.make(path.segment), path).put(value, path.field, path.text, action, key)
        self._written(document)

    def _put_whole(self, value: object, path: Path, action: str) -> None:
        document = self.document()
        if action in ("remove", "clear"):
            document.remove(document.find(path.segment))
            return
        lines = self._given(value)
        if not lines:
            return
        if action == "insert":
            found = document.find(path.segment)
            if found and isinstance(found[0], Line):
                document.insert(document.lines().index(found[0]), lines[0])
                return
        steps = path.segment
        if steps[-1].index == ALL:
            document.replace_all(steps, lines)
            return
        item = document.make(steps, append=action == "append")
        document.replace(item, lines)

    def _given(self, value: object) -> list[str]:
        separators = self.document().separators
        if isinstance(value, Segment):
            if value.Name in er7.HEADERS and not self.RawContent:
                return [value.RawContent]
            return [er7.translated(value.RawContent, value.separators, separators)]
        text = text_of(value).replace("\r\n", "\r").replace("\n", "\r")
        lines = [line for line in text.split("\r") if line]
        for number, line in enumerate(lines, 1):
            er7.check_segment(
                line,
                Separators.of(line) if line.startswith(er7.HEADERS) else separators,
                f"segment {number} of the value",
            )
        return lines

    def _written(self, document: Document) -> None:
        self.RawContent = document.text()
        self._read_from = (self.RawContent, self.DocType)

    # --- segments ---

    def GetSegmentAt(self, path: object, result: ByRef[object] | None = None, *_: object) -> object:
        """A copy of a segment, by number or path; "" when there is none.

        Raises:
            HL7Error: the path is none, and no status was passed to tell it in.
        """
        found = self.GetMutableSegmentAt(path, result)
        return Segment(found.RawContent, found.separators, found.version) if isinstance(found, Segment) else ""

    def GetMutableSegmentAt(self, path: object, result: ByRef[object] | None = None, *_: object) -> object:
        """A segment of the message: what is written to it is written to the message. Otherwise as `GetSegmentAt`."""
        try:
            parsed = hl7_paths.parse(text_of(path))
            items = self.document().find(parsed.segment)
            found = self._segment(items[0], parsed) if items else ""
        except HL7Error as error:
            if result is None:
                raise
            result.value = status.error(5001, str(error))
            return ""
        if result is not None:
            result.value = status.OK if found else status.error(5001, f"there is no segment {text_of(path)!r}")
        return found

    def SetSegmentAt(self, segment: object, path: object, action: object = "set", *_: object) -> object:
        """Put a whole segment in. Returns a %Status."""
        return self.SetValueAt(segment, path, action)

    def AppendSegment(self, segment: object, *_: object) -> object:
        """A segment behind the others. Returns a %Status."""
        return self.InsertSegmentAt(segment, self.SegCount + 1)

    def InsertSegmentAt(self, segment: object, position: object, *_: object) -> object:
        """A segment in front of the one at a position. Returns a %Status."""
        try:
            document = self.document()
            for at, line in enumerate(self._given(segment), int(number_of(position)) - 1):
                document.insert(at, line)
        except HL7Error as error:
            return status.error(5001, str(error))
        self._written(document)
        return status.OK

    def commitSegmentByPath(self, _path: object, *_: object) -> object:
        """OK: a message keeps no segment objects that had to be let go."""
        return status.OK

    def RemoveSegmentAt(self, path: object, *_: object) -> object:
        """Take a segment or group out. Returns a %Status."""
        return self.SetValueAt("", path, "remove")

    def FindSegment(self, name: object, position: ByRef[object] | None = None, *_: object) -> object:
        """The next segment of a name behind a position, which moves on to it; "" when there is none."""
        start = int(number_of(position.value)) if position is not None else 0
        for at, line in enumerate(self.document().lines()[start:], start + 1):
            if line.text[:3] == text_of(name):
                if position is not None:
                    position.value = at
                return self.GetSegmentAt(at)
        if position is not None:
            position.value = ""
        return ""

    def FindSegmentValues(self, path: object, *_: object) -> str:
        """The values of a field in all segments of that name, wherever they stand; several as ``<a><b>``.

        Raises:
            HL7Error: the path is none, or names what the version does not have.
        """
        parsed = hl7_paths.parse(text_of(path))
        name = parsed.segment[-1].name
        found = [self._segment(line, parsed) for line in self.document().lines() if line.text[:3] == name]
        return several([text_of(segment.value(parsed.field, parsed.text)) for segment in found])


def _lines(item: Line | Held) -> list[Line]:
    return [item] if isinstance(item, Line) else list(item.lines())


def _content(value: object) -> str:
    return str(value) if isinstance(value, CharacterStream) else text_of(value)


def _normal(text: str) -> str:
    return "".join(f"{line}\r" for line in er7.split(text))


def messages_of(text: str) -> list[str]:
    """The messages of a text, each from MSH on; what stands around them in a batch is left out."""
    lines = text.replace("\r\n", "\r").replace("\n", "\r").split("\r")
    found: list[list[str]] = []
    for line in (line.strip("\x0b\x1c") for line in lines):
        if line.startswith("MSH"):
            found.append([line])
        elif found and line and not line.startswith(("FHS", "FTS", "BHS", "BTS")):
            found[-1].append(line)
    return ["\r".join(lines) for lines in found]
