"""The groups of message structures and the names of fields in each version of HL7 2, from the tables of hl7apy.

Groups have the names that the vendor gives them: that of their first segment with ``grp`` behind it; one of which
only one segment stands is a ``union``, as in ``ORCgrp(1).OBRuniongrp.OBRunion.OBR``.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from isc.py.objectscript.names import similar

from .er7 import HL7Error

VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
_DEFAULT = "2.5"
_VERSION = re.compile(r"2\.\d(?:\.\d)?")

#: The structure of trigger events that have none of their own (HL7 table 0354).
_SHARED = {
    "ADT_A01": "A04 A08 A13",
    "ADT_A05": "A14 A28 A31",
    "ADT_A06": "A07",
    "ADT_A09": "A10 A11",
    "ADT_A21": "A22 A23 A25 A26 A27 A29 A32 A33",
    "ADT_A30": "A34 A35 A36 A46 A47 A48 A49",
    "ADT_A39": "A40 A41 A42",
    "ADT_A43": "A44",
    "ADT_A50": "A51",
    "ADT_A52": "A53",
    "ADT_A54": "A55",
    "ADT_A61": "A62",
    "SIU_S12": " ".join(f"S{number}" for number in range(13, 27)),
    "MDM_T01": "T03 T05 T07 T09 T11",
    "MDM_T02": "T04 T06 T08 T10",
}
_STRUCTURE_OF = {
    f"{structure[:3]}_{event}": structure for structure, events in _SHARED.items() for event in events.split()
}

_Table: TypeAlias = Any  # nested tuples and lists of hl7apy, which has no types


@dataclass(frozen=True, slots=True)
class Child:
    """A segment or group in a group."""

    name: str
    segment: str  # "" for a group
    group: "Group | None"
    is_required: bool
    repeats: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group, or a whole structure."""

    name: str
    children: tuple[Child, ...]
    is_choice: bool = False

    def position(self, name: str) -> int | None:
        """The position of a child, by name."""
        return next((at for at, child in enumerate(self.children) if child.name == name), None)

    def segments(self) -> frozenset[str]:
        """Every segment that may stand in it."""
        return _segments(self)


@cache
def _segments(group: Group) -> frozenset[str]:
    found: set[str] = set()
    for child in group.children:
        found |= child.group.segments() if child.group is not None else {child.segment}
    return frozenset(found)


def version_of(*texts: str) -> str:
    """The first version that one of the texts names, 2.5 when none does."""
    for text in texts:
        match = _VERSION.search(text)
        if match is not None:
            found = match.group()
            return found if found in VERSIONS else found[:3] if found[:3] in VERSIONS else _DEFAULT
    return _DEFAULT


def structure_name(message_type: str, event: str, structure: str = "") -> str:
    """The structure of MSH:9: its third component, or what its first two say."""
    name = structure or (f"{message_type}_{event}" if event else message_type)
    return _STRUCTURE_OF.get(name, name)


@cache
def _module(version: str) -> _Table:
    return import_module(f"hl7apy.v{version.replace('.', '_')}")


@cache
def structure(version: str, name: str) -> Group | None:
    """A message structure, None when the version has none of that name."""
    messages: dict[str, _Table] = _module(version).MESSAGES
    for candidate in (name, _STRUCTURE_OF.get(name, ""), name[:7]):
        if candidate in messages:
            return _group(candidate, messages[candidate])
    return None


def _group(name: str, table: _Table) -> Group:
    children: list[Child] = []
    seen: dict[str, int] = {}
    for item, reference, (least, most), kind in table[1]:
        group = _group(item, reference) if kind == "GRP" else None
        segment = "" if group is not None else str(item)
        label = segment
        if group is not None:
            label = f"{group.children[0].name}{'union' if group.is_choice else 'grp'}"
        seen[label] = seen.get(label, 0) + 1
        label = label if seen[label] == 1 else f"{label}{seen[label]}"
        children.append(Child(label, segment, group, least > 0, most != 1))
    return Group(name, tuple(children), table[0] == "choice")


def number(version: str, segment: str, names: tuple[str, ...], path: str) -> int:
    """The number of a field, component or subcomponent that the last of `names` is; those before it lead there.

    Each of the names is a name or a number; case and blanks in names do not count.

    Raises:
        HL7Error: the version has no such segment or name; tells similar ones.
    """
    table = _module(version).SEGMENTS.get(segment)
    place = f"{segment} of HL7 {version}"
    found = 0
    for name in names:
        if name.isdigit():
            found = int(name)
        children = table[1] if table is not None and table[0] == "sequence" else ()
        known = {_plain(item[1][3]): item for item in children if item[1] is not None}
        if not name.isdigit():
            item = known.get(_plain(name)) or _shortened(_plain(name), known)
            if item is None:
                hint = similar(_plain(name), list(known)) or (": use its number" if not known else "")
                raise HL7Error(f"path {path!r}: {place} has nothing named {name!r}{hint}")
            found = int(item[0].rpartition("_")[2])
        table = next((item[1] for item in children if item[0].endswith(f"_{found}")), None)
        place = f"{place.partition(' of ')[0]}:{found} of HL7 {version}"
    return found


def _shortened(name: str, known: dict[str, _Table]) -> _Table | None:
    """The one that begins with a name: some schemas cut long names off, some say the data type behind them."""
    found = [key for key in known if key.startswith(name)]
    return known[found[0]] if len(found) == 1 and len(name) > 5 else None


def doc_type(category: str, name: str) -> str:
    """The DocType of a message type: ``2.5:ADT_A01`` for 2.5 and ADT_A04; "" when the version has none."""
    found = structure(version_of(category), name)
    return f"{category}:{found.name}" if found is not None else ""


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
