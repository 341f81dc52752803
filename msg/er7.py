"""ER7, the text of HL7 version 2: its separators and escapes, and the levels below a segment.

A value is kept as it stands in the text, escapes included; `unescape` says what it means. What a message or a path is,
is not known here.
"""

import re
from dataclasses import dataclass

from .base import MessageError

#: Segments whose first field is the field separator itself.
HEADERS = ("MSH", "FHS", "BHS")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_LINE_ENDS = {"\r": "X0D", "\n": "X0A"}


class HL7Error(MessageError):
    """HL7 text or a path in it that cannot be read; names segment and position, or the path."""


@dataclass(frozen=True, slots=True)
class Separators:
    """The five characters that MSH declares."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @classmethod
    def of(cls, header: str) -> "Separators":
        """The separators of a header segment's text.

        Raises:
            HL7Error: the header is too short, or two separators are the same.
        """
        field = header[3:4]
        declared = header[4:].split(field, 1)[0] if field else ""
        if len(declared) < 2 or not declared.isprintable() or field.isalnum():
            raise HL7Error(
                f"segment 1 ({header[:3]}) at character 4: it must declare the separators, as in MSH|^~\\&, "
                f"found {header[3:9]!r}"
            )
        chosen = (field, declared[0], declared[1], declared[2:3], declared[3:4])
        given = [character for character in chosen if character]
        if len(set(given)) != len(given):
            raise HL7Error(f"segment 1 ({header[:3]}) at character 4: two separators of {field + declared!r} are alike")
        return cls(*chosen)

    def declared(self) -> str:
        """The second field of a header: all separators but the first."""
        return self.component + self.repetition + self.escape + self.subcomponent

    def __str__(self) -> str:
        return self.field + self.declared()


STANDARD = Separators()


@dataclass(frozen=True, slots=True)
class Address:
    """A value in a segment; counts are from 1, None stands for the whole of the level above.

    `field` 0 is the segment's name.
    """

    field: int
    repetition: int | None = None
    component: int | None = None
    subcomponent: int | None = None


def split(text: str, *, is_whole: bool = True) -> list[str]:
    """The segments of a message's text, whichever line ends it has; one that is not whole may lack its header.

    Raises:
        HL7Error: no header, or a line that is no segment; names segment and position.
    """
    cleaned = text.strip("\x0b\x1c\r\n \t\x00").replace("\r\n", "\r").replace("\n", "\r")
    if not cleaned:
        raise HL7Error("the HL7 text is empty: it must begin with MSH")
    lines = [line for line in cleaned.split("\r") if line.strip()]
    has_header = lines[0].startswith(HEADERS)
    if is_whole and not has_header:
        raise HL7Error(f"segment 1 at character 1: HL7 begins with MSH, FHS or BHS, found {lines[0][:20]!r}")
    separators = Separators.of(lines[0]) if has_header else STANDARD
    position = 1
    for number, line in enumerate(lines, 1):
        check_segment(line, separators, f"segment {number} at character {position}")
        position += len(line) + 1
    return lines


def check_segment(line: str, separators: Separators, place: str) -> None:
    """Check that a line is a segment: a name of three characters and a field separator.

    Raises:
        HL7Error: it is none; `place` says where.
    """
    if _NAME.match(line) is None:
        raise HL7Error(f"{place}: a segment begins with a name of three capital letters or digits, found {line[:20]!r}")
    if line[3:4] not in ("", separators.field):
        raise HL7Error(
            f"{place} ({line[:3]}): the field separator {separators.field!r} must stand behind the name, "
            f"found {line[3:4]!r}"
        )


def read(line: str, separators: Separators, address: Address) -> str:
    """A value of a segment, "" when there is none."""
    fields = line.split(separators.field)
    if line.startswith(HEADERS):
        if address.field == 1:
            return separators.field
        fields.insert(1, separators.field)
        if address.field == 2:
            return _item(fields, 2)
    text = _item(fields, address.field)
    if address.repetition is None and address.component is None:
        return text
    if separators.repetition:
        text = _item(text.split(separators.repetition), (address.repetition or 1) - 1)
    for separator, at in _levels(separators, address):
        text = _item(text.split(separator), at - 1) if separator else text
    return text


def _levels(separators: Separators, address: Address) -> list[tuple[str, int]]:
    levels = ((separators.component, address.component), (separators.subcomponent, address.subcomponent))
    return [(separator, at) for separator, at in levels if at is not None]


def _item(parts: list[str], at: int) -> str:
    return parts[at] if at < len(parts) else ""


def repetitions(line: str, separators: Separators, field: int) -> int:
    """How many repetitions a field has: one when it is there and empty, none when the segment ends before it."""
    last = line.count(separators.field) + int(line.startswith(HEADERS))
    if field > last:
        return 0
    text = read(line, separators, Address(field))
    return text.count(separators.repetition) + 1 if separators.repetition else 1


def write(line: str, separators: Separators, address: Address, value: str) -> str:
    """The segment with a value put in; what would break out of its level is escaped."""
    fields = line.split(separators.field)
    is_header = line.startswith(HEADERS)
    if is_header:
        if address.field < 3:
            raise HL7Error(f"{line[:3]}:{address.field} declares the separators: change them with the whole segment")
        fields.insert(1, separators.field)
    inside = _item(fields, address.field)
    steps = [(separators.repetition, (address.repetition or 1))] if _below_field(address) else []
    steps += _levels(separators, address)
    barred = [separators.field, *(separator for separator, _ in steps)]
    text = _put(inside, steps, _barred(value, separators, barred))
    if text or address.field < len(fields):
        fields += [""] * (address.field + 1 - len(fields))
        fields[address.field] = text
    if is_header:
        del fields[1]
    return separators.field.join(fields)


def _below_field(address: Address) -> bool:
    return address.repetition is not None or address.component is not None


def _put(text: str, steps: list[tuple[str, int]], value: str) -> str:
    if not steps:
        return value
    (separator, at), *below = steps
    parts = text.split(separator) if separator else [text]
    inner = _put(_item(parts, at - 1), below, value)
    if not inner and at > len(parts):
        return text
    parts += [""] * (at - len(parts))
    parts[at - 1] = inner
    return separator.join(parts)


def _barred(value: str, separators: Separators, characters: list[str]) -> str:
    codes = {**_codes(separators), **_LINE_ENDS}
    mark = separators.escape
    return "".join(
        f"{mark}{codes[c]}{mark}" if mark and (c in characters or c in _LINE_ENDS) and c in codes else c for c in value
    )


def _codes(separators: Separators) -> dict[str, str]:
    named = zip("FSRET", str(separators), strict=False)
    return {character: code for code, character in named if character}


def escape(text: str, separators: Separators = STANDARD) -> str:
    """The text with every separator and line end written as an escape sequence."""
    return _barred(text, separators, list(str(separators)))


def unescape(text: str, separators: Separators = STANDARD) -> str:
    r"""The text that escape sequences stand for; ``\H\`` and others that are no characters stay."""
    mark = separators.escape
    if not mark or mark not in text:
        return text
    meanings = {code: character for character, code in _codes(separators).items()} | {".br": "\r"}

    def meant(found: re.Match[str]) -> str:
        code = found.group(1)
        if code in meanings:
            return meanings[code]
        digits = code[1:]
        if code[:1] == "X" and digits and len(digits) % 2 == 0 and re.fullmatch("[0-9A-Fa-f]+", digits):
            return bytes.fromhex(digits).decode("latin-1")
        return found.group()

    quoted = re.escape(mark)
    return re.sub(f"{quoted}([^{quoted}]*){quoted}", meant, text)


def translated(line: str, old: Separators, new: Separators) -> str:
    """A segment written with other separators; what becomes one by that is escaped."""
    if old == new:
        return line
    if line.startswith(HEADERS):
        name, _, rest = line.split(old.field, 2) if line.count(old.field) > 1 else (line[:3], "", "")
        return f"{name}{new}{new.field}{_swapped(rest, old, new)}"
    return _swapped(line, old, new)


def _swapped(text: str, old: Separators, new: Separators) -> str:
    swap = dict(zip(str(old), str(new), strict=False))
    codes = _codes(new)
    return "".join(swap.get(c, f"{new.escape}{codes[c]}{new.escape}" if c in codes and new.escape else c) for c in text)
