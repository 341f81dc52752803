"""Classes and rows drawn at random: families of stored classes with objects inside the row, lists and arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import pyarrow as pa
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)

#: Type as a class file has it, values that fit it, what Arrow makes of it.
TYPES: dict[str, tuple[st.SearchStrategy[object], pa.DataType]] = {
    "%String": (TEXT, pa.large_utf8()),
    '%String(VALUELIST = ",a,b")': (st.sampled_from("ab"), pa.large_utf8()),
    "%Integer": (st.integers(-(2**62), 2**62), pa.int64()),
    "%TinyInt": (st.integers(-128, 127), pa.int64()),
    "%BigInt(MINVAL = 0)": (st.integers(0, 2**63 - 1), pa.int64()),
    "%Numeric(SCALE = 2)": (st.decimals(-(10**9), 10**9, places=2), pa.float64()),
    "%Decimal(SCALE = 4)": (st.decimals(-1000, 1000, places=4), pa.float64()),
    "%Double": (st.floats(allow_nan=False, allow_infinity=False), pa.float64()),
    "%Boolean": (st.sampled_from([0, 1]), pa.bool_()),
    "%Date": (st.integers(1, 2980013), pa.date32()),
    "%Time": (st.integers(0, 86399), pa.time32("s")),
    "%TimeStamp": (
        st.datetimes(allow_imaginary=False).map(lambda at: at.replace(microsecond=0).isoformat(" ")),
        pa.timestamp("us"),
    ),
}

_KEYS = st.one_of(st.integers(-5, 20).map(str), st.text("abXY é-", min_size=1, max_size=5))
_number = count()


@dataclass(frozen=True)
class DrawnProperty:
    """A property: `form` is ``data``, ``list``, ``array`` or ``serial``, whose inner types are `inside` by name."""

    name: str
    form: str
    type: str
    is_indexed: bool
    inside: Mapping[str, str]

    def line(self) -> str:
        """What a class file says of it, with its index."""
        of = f"{self.form} Of " if self.form in ("list", "array") else ""
        first = next(iter(self.inside), "")
        on = {"list": "(ELEMENTS)", "array": "(KEYS)", "serial": f".{first}"}.get(self.form, "")
        index = f"\nIndex By{self.name} On {self.name}{on};" if self.is_indexed else ""
        return f"Property {self.name} As {of}{self.type};{index}"

    def values(self) -> st.SearchStrategy[object]:
        """What it may be given."""
        if self.form == "serial":
            return st.fixed_dictionaries({}, optional={name: TYPES[kind][0] for name, kind in self.inside.items()})
        one = TYPES[self.type][0]
        if self.form == "list":
            return st.lists(one, max_size=4)
        return st.dictionaries(_KEYS, one, max_size=4) if self.form == "array" else one

    def columns(self) -> dict[str, pa.DataType]:
        """The columns that tables have of it, with their types."""
        if self.form == "serial":
            return {f"{self.name}_{name}": TYPES[kind][1] for name, kind in self.inside.items()}
        return {self.name: TYPES[self.type][1]} if self.form == "data" else {}


@dataclass(frozen=True)
class DrawnClass:
    """A class: its text, and its properties, those of the classes above first."""

    name: str
    text: str
    properties: tuple[DrawnProperty, ...]

    def rows(self) -> st.SearchStrategy[dict[str, object]]:
        """The values of an object, some left out."""
        return st.fixed_dictionaries({}, optional={item.name: item.values() for item in self.properties})


@dataclass(frozen=True)
class Family:
    """Classes that share one extent, the one that has it first; and the texts of the objects inside their rows."""

    classes: tuple[DrawnClass, ...]
    serials: Mapping[str, str]


@st.composite
def families(draw: st.DrawFn) -> Family:
    """One class and up to three below it, in any order of descent."""
    package = f"five{next(_number)}"
    kinds = st.sampled_from(sorted(TYPES))
    serials: dict[str, dict[str, str]] = {}
    for at in range(draw(st.integers(0, 2))):
        serials[f"{package}.S{at}"] = {f"Q{one}": draw(kinds) for one in range(draw(st.integers(1, 3)))}
    forms = st.sampled_from(["data", "data", "data", "list", "array", *(["serial", "serial"] if serials else [])])
    found: list[DrawnClass] = []
    numbers = count()
    for at in range(draw(st.integers(1, 4))):
        above = found[draw(st.integers(0, at - 1))] if at else None
        own = []
        for _ in range(draw(st.integers(0 if at else 1, 3))):
            form = draw(forms)
            kind = draw(st.sampled_from(sorted(serials)) if form == "serial" else kinds)
            own.append(DrawnProperty(f"P{next(numbers)}", form, kind, draw(st.booleans()), serials.get(kind, {})))
        name = f"{package}.C{at}"
        head = f"Class {name} Extends {above.name if above is not None else '%Persistent'}"
        text = "\n".join([head, "{", *(item.line() for item in own), "}", ""])
        found.append(DrawnClass(name, text, (*(above.properties if above is not None else ()), *own)))
    texts = {
        name: "\n".join(
            [f"Class {name} Extends %SerialObject", "{", *(f"Property {q} As {k};" for q, k in inside.items()), "}", ""]
        )
        for name, inside in serials.items()
    }
    return Family(tuple(found), texts)
