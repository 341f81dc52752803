"""``EnsLib.HL7.Segment``: one segment, read and written by the paths below it; ``EnsLib.HL7.Schema``."""

from collections.abc import Callable
from typing import Self

from isc.py.objectscript import ByRef, status
from isc.py.objectscript.objects import ObjectMethods
from isc.py.objectscript.values import number as number_of
from isc.py.objectscript.values import text as text_of

from . import er7, hl7_paths, hl7_schema
from .er7 import Address, HL7Error, Separators
from .hl7_document import Line
from .hl7_paths import ALL, COUNT, LAST, Step

ACTIONS = ("set", "append", "insert", "remove", "clear")


def several(values: list[str]) -> str:
    """Values as one string: a single one as it is, several as ``<a><b>``."""
    return values[0] if len(values) == 1 else "".join(f"<{value}>" for value in values)


class Schema(ObjectMethods):
    """``EnsLib.HL7.Schema``: what the versions of HL7 know."""

    @classmethod
    def ResolveSchemaTypeToDocType(
        cls, category: object, name: object, result: ByRef[object] | None = None, *_: object
    ) -> str:
        """The DocType of a message type: ``2.5:ADT_A01`` for 2.5 and ADT_A04; "" with an error status for none."""
        found = hl7_schema.doc_type(text_of(category), text_of(name))
        if result is not None:
            known = status.error(5001, f"HL7 {text_of(category)} has no structure for {text_of(name)}")
            result.value = status.OK if found else known
        return found


class Segment(ObjectMethods):
    """``EnsLib.HL7.Segment``."""

    def __init__(self, text: str = "", separators: Separators = er7.STANDARD, version: str = "") -> None:
        if text:
            er7.check_segment(text, separators, "a segment")
        self._line = Line(text)
        self._changed: Callable[[], None] | None = None
        self.separators = separators
        self.version = version or hl7_schema.version_of("")

    @classmethod
    def _New(cls, *arguments: object) -> Self:
        return cls(text_of(arguments[0]) if arguments else "")

    @classmethod
    def of(cls, line: Line, separators: Separators, version: str, changed: Callable[[], None] | None = None) -> Self:
        """The segment of a document's line; `changed` is called when it was written to."""
        made = cls("", separators, version)
        made._line = line
        made._changed = changed
        return made

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Name", "RawContent", "Separators", "Count", "DocType"]

    def _get_property(self, name: str) -> object:
        if name not in self._property_names():
            raise AttributeError(name)
        return getattr(self, name)

    def _set_property(self, name: str, value: object) -> None:
        if name == "DocType":
            self.PokeDocType(value)
            return
        if name != "RawContent":
            raise AttributeError(name)
        er7.check_segment(text_of(value), self.separators, "a segment")
        self._write(text_of(value))

    def _write(self, text: str) -> None:
        self._line.text = text
        if self._changed is not None:
            self._changed()

    @property
    def Name(self) -> str:
        """Its name, as ``PID``."""
        return self._line.text[:3]

    @property
    def RawContent(self) -> str:
        """Its text."""
        return self._line.text

    @property
    def Separators(self) -> str:
        """Field separator and the others, as MSH declares them."""
        return str(self.separators)

    @property
    def Count(self) -> int:
        """How many fields it has."""
        return self._line.text.count(self.separators.field) + int(self._line.text.startswith(er7.HEADERS))

    @property
    def DocType(self) -> str:
        """Version and name, as ``2.5:PID``."""
        return f"{self.version}:{self.Name}" if self.Name else ""

    def PokeDocType(self, doc_type: object) -> object:
        """Say which segment of which version it is, as ``2.5:PID``. Returns a %Status."""
        category, _, name = text_of(doc_type).partition(":")
        self.version = hl7_schema.version_of(category)
        if name and not self._line.text:
            er7.check_segment(name, self.separators, f"DocType {text_of(doc_type)!r}")
            self._write(f"{name}{self.separators}" if name in er7.HEADERS else name)
        return status.OK

    def __str__(self) -> str:
        return self._line.text

    def OutputToString(self, *_: object) -> str:
        """Its text with the line end."""
        return f"{self._line.text}\r"

    def GetValueAt(self, path: object, *_: object) -> object:
        """A value by path: ``5.1``, ``3(2).4``, ``3(*)``, ``PatientName.GivenName``.

        Raises:
            HL7Error: the path is none, or names what the version does not have.
        """
        if text_of(path) == "":
            return self._line.text
        return self.value(hl7_paths.fields(text_of(path)), text_of(path))

    def value(self, steps: tuple[Step, ...], path: str) -> object:
        """The value that steps below the segment lead to. Raises like `GetValueAt`."""
        address = self.address(steps, path)
        index = steps[0].index
        if index in (COUNT, LAST, ALL):
            total = er7.repetitions(self._line.text, self.separators, address.field)
            if index == COUNT:
                return total
            wanted = [total] if index == LAST else range(1, total + 1)
            places = (Address(address.field, at, address.component, address.subcomponent) for at in wanted)
            return several([er7.read(self._line.text, self.separators, place) for place in places])
        return er7.read(self._line.text, self.separators, address)

    def SetValueAt(self, value: object, path: object, action: object = "set", key: object = "") -> object:
        """Put a value in; the actions are those of the message. Returns a %Status."""
        try:
            self.put(value, hl7_paths.fields(text_of(path)), text_of(path), text_of(action) or "set", text_of(key))
        except HL7Error as error:
            return status.error(5001, str(error))
        return status.OK

    def put(self, value: object, steps: tuple[Step, ...], path: str, action: str, key: str) -> None:
        """Put a value in, as `SetValueAt` does.

        Raises:
            HL7Error: the path or the action cannot be.
        """
        if action not in ACTIONS:
            raise HL7Error(f"action {action!r} of {path!r} is none: use {', '.join(ACTIONS)}")
        address = self.address(steps, path)
        if self.Name in er7.HEADERS and address.field < 3:
            self._declare(address.field, text_of(value))
            return
        total = er7.repetitions(self._line.text, self.separators, address.field)
        if action == "append":
            is_empty = er7.read(self._line.text, self.separators, Address(address.field)) == ""
            at: list[int | None] = [1 if is_empty else total + 1]
        elif steps[0].index == ALL:
            at = list(range(1, max(total, 1) + 1))
        elif steps[0].index == LAST:
            at = [max(total, 1)]
        else:
            at = [int(number_of(key)) if key and action in ("insert", "remove") else address.repetition]
        for repetition in at:
            place = Address(address.field, repetition, address.component, address.subcomponent)
            if action in ("insert", "remove") and repetition is not None and address.component is None:
                self._shift(place, text_of(value), is_new=action == "insert")
            else:
                given = "" if action in ("remove", "clear") else text_of(value)
                self._write(er7.write(self._line.text, self.separators, place, given))

    def _declare(self, field: int, value: str) -> None:
        """Other separators: the text is written with them."""
        declared = value + self.separators.declared() if field == 1 else self.separators.field + value
        new = Separators.of(f"{self.Name}{declared}")
        line, self.separators = er7.translated(self._line.text, self.separators, new), new
        self._write(line)

    def _shift(self, place: Address, value: str, *, is_new: bool) -> None:
        whole = Address(place.field)
        held = er7.read(self._line.text, self.separators, whole)
        parts = held.split(self.separators.repetition) if held else []
        at = (place.repetition or 1) - 1
        if is_new:
            parts.insert(
                at, er7.read(er7.write("X", self.separators, Address(1, 1), value), self.separators, Address(1))
            )
        elif at < len(parts):
            del parts[at]
        self._write(er7.write(self._line.text, self.separators, whole, self.separators.repetition.join(parts)))

    def address(self, steps: tuple[Step, ...], path: str) -> Address:
        """Where steps lead, names resolved.

        Raises:
            HL7Error: a name that the version does not have.
        """
        numbers: list[int] = []
        for step in steps:
            if step.name.isdigit():
                numbers.append(int(step.name))
            else:
                names = (*(str(found) for found in numbers), step.name)
                numbers.append(hl7_schema.number(self.version, self.Name, names, path))
        index = steps[0].index if isinstance(steps[0].index, int) else None
        component, subcomponent = (*numbers[1:], None, None)[:2]
        return Address(numbers[0], index, component, subcomponent)

    @classmethod
    def Escape(cls, value: object, separators: object = "") -> str:
        """The text with every separator written as an escape sequence."""
        return er7.escape(text_of(value), separators_of(separators))

    @classmethod
    def Unescape(cls, value: object, separators: object = "") -> str:
        """The text that the escape sequences stand for."""
        return er7.unescape(text_of(value), separators_of(separators))


def separators_of(written: object) -> Separators:
    """The separators of a text like ``|^~\\&``, the usual ones for none."""
    declared = text_of(written)
    return Separators.of(f"MSH{declared}") if declared else er7.STANDARD
