"""What a class or routine refers to by name, with the line of the first use; and which of it is not there."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from isc.py.iscpython_c.exceptions import IscError

from . import dictionary
from .definitions import ClassDefinition
from .library.datatypes import is_datatype
from .names import python_name
from .sources import find_text

_CLASS_CALL = re.compile(r"##class\(\s*(%?[\w.]+)\s*\)\.(#?)(%?\w+)")
_OWN_CALL = re.compile(r"(?<![\w.)\]\"])\.\.(%?[A-Za-z]\w*)\(")
_ROUTINE = re.compile(r"(?:\$\$\w*|\bdo?(?::\S+)?\s+\w*)\^(%?[A-Za-z][\w.]*)", re.I)
_NOISE = re.compile(r'"(?:[^"\n]|"")*"|/\*.*?\*/|//[^\n]*|;[^\n]*', re.S)
_DISPATCHED = ("_DispatchMethod", "_DispatchClassMethod", "_DispatchGetProperty")
_ACCESSORS = ("Get", "Set", "GetStored", "IsValid", "LogicalToDisplay", "DisplayToLogical", "LogicalToOdbc",
              "OdbcToLogical", "GetObject", "GetObjectId", "SetObject", "SetObjectId", "GetSwizzled", "NewObject",
              "BuildValueArray", "Open", "Delete", "Insert", "Normalize", "LogicalToStorage", "StorageToLogical",
              "LogicalToXSD", "XSDToLogical", "UnSwizzle", "Compute")  # fmt: skip


@dataclass(slots=True)
class References:
    """Names with their lines; `calls` are ``Class:Method``, `own` methods called as ``..Method()``."""

    owner: str = ""
    imports: list[str] = field(default_factory=list)
    superclasses: list[str] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    routines: dict[str, int] = field(default_factory=dict)
    macros: dict[str, int] = field(default_factory=dict)
    includes: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, object]:
        """What JSON can keep."""
        return asdict(self)

    def add_code(self, text: str, line: int) -> None:
        """What code refers to that begins on `line`."""
        plain = _NOISE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
        for found in _CLASS_CALL.finditer(plain):
            at = line + plain.count("\n", 0, found.start())
            name, hash_sign, member = found.groups()
            self.classes.setdefault(name, at)
            if not hash_sign:
                self.calls.setdefault(f"{name}:{member}", at)
        for found in _OWN_CALL.finditer(plain):
            self.own.setdefault(found.group(1), line + plain.count("\n", 0, found.start()))
        for found in _ROUTINE.finditer(plain):
            self.routines.setdefault(found.group(1), line + plain.count("\n", 0, found.start()))


def add_declarations(found: References, definition: ClassDefinition) -> None:
    """What the heads of a class and its members refer to."""
    found.owner, found.imports = definition.name, list(definition.imports)
    found.superclasses = list(definition.superclasses)
    for item in definition.properties:
        if not is_datatype(item.type) and item.type != "%Library.String":
            found.classes.setdefault(item.type, item.line)


def missing(found: References) -> Iterator[str]:
    """A note for each thing that is not there (yet)."""
    for name in found.superclasses:
        if not _exists(name, found):
            yield f"it extends {name}, which is not loaded (yet)"
    for name in found.includes:
        yield f"the include file {name} is not loaded (yet)"
    for name, line in found.macros.items():
        yield f"line {line}: the macro $$${name} is not defined"
    absent = set()
    for name, line in found.classes.items():
        if not _exists(name, found):
            absent.add(name)
            yield f"line {line}: the class {name} is not loaded (yet)"
    for call, line in found.calls.items():
        name, _, member = call.partition(":")
        if name not in absent and _lacks(dictionary.qualified(name, found.owner, found.imports), member):
            yield f"line {line}: the class {name} has no method {member}"
    for name, line in found.own.items():
        if found.owner and _lacks(found.owner, name):
            yield f"line {line}: the class has no method {name}"
    for name, line in found.routines.items():
        if find_text("routine", name) is None:
            yield f"line {line}: the routine {name} is not loaded (yet)"


def _exists(name: str, found: References) -> bool:
    whole = dictionary.qualified(name, found.owner, found.imports)
    if dictionary.is_known(whole):
        return True
    if whole.startswith("%") or "." not in whole:
        return False
    try:
        return dictionary.is_importable(whole)
    except ImportError:
        return True  # it is there; what is wrong with it shows when it is used


def _lacks(class_name: str, member: str) -> bool:
    """Whether a class that can be built has no member of that name; what cannot be known counts as there."""
    try:
        cls = dictionary.face_of(dictionary.resolve(class_name))
    except (IscError, ImportError):
        return False
    if hasattr(cls, python_name(member)) or any(hasattr(cls, name) for name in _DISPATCHED):
        return False
    if member == "%New":
        return False
    known = getattr(cls, "_property_names", None)
    properties = known() if callable(known) else []
    return not any(member.startswith(name) and member[len(name) :] in ("", *_ACCESSORS) for name in properties)
