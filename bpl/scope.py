"""What is in scope in a process, as far as it can be known before a run: objects, their classes, their members."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ClassNotFoundError, dictionary
from isc.py.objectscript.dictionary import full_name
from isc.py.objectscript.names import python_name, similar
from isc.py.objectscript.objects import RegisteredObject, properties, type_method

from .names_used import Names, Use
from .outline import Node, Outline

NAMES = (
    "request",
    "response",
    "context",
    "process",
    "callrequest",
    "callresponse",
    "status",
    "synctimedout",
    "syncresponses",
    "faultname",
)
_OF_PROCESS = ("%Context", "%Process")
_NUMBERS = ("Integer", "Numeric", "Decimal", "Double", "Float", "Boolean", "BigInt", "SmallInt", "TinyInt", "Currency")
_STRINGS = ("String", "RawString", "VarString", "Text", "EnumString")


@dataclass(frozen=True, slots=True)
class Problem:
    """A use that cannot work: by which rule, and the mend; `variable` is the name when it is one that nothing sets."""

    rule: str
    message: str
    mend: str = ""
    variable: str = ""


def found_class(name: str) -> Any:
    """The class, None when nobody has it; one that is there and broken counts as unknown, too.

    Raises:
        ClassNotFoundError: nobody has it.
    """
    try:
        return dictionary.resolve(name)
    except ClassNotFoundError:
        raise
    except IscError:
        return None  # it is there; what is wrong with it is found where it is


class Scope:
    """The scope of one process class; that of an activity in it with `at`."""

    def __init__(self, cls: type, outline: Outline) -> None:
        self._cls = cls
        self._context = {item.name: item.type for item in outline.context}
        base = outline.attributes.get("contextsuperclass", "")
        self._open_context = False
        if base:
            try:
                self._context |= {item.name: item.type for item in properties(found_class(base))}
            except (ClassNotFoundError, AttributeError):
                self._open_context = True
        self._classes = {name: outline.attributes.get(name, "") for name in ("request", "response")}

    def at(self, call: Node) -> "Scope":
        """The scope of a call's assigns: `callrequest` and `callresponse` are of its types."""
        scope = copy(self)
        scope._classes = self._classes | {"callrequest": call.request_type, "callresponse": call.response_type}
        return scope

    def problems(self, names: Names, *, in_code: bool = False) -> list[Problem]:
        """The uses that cannot work."""
        found = []
        for use in names.uses:
            problem = self._problem(use, names, in_code)
            if problem is not None:
                found.append(problem)
        return found

    def problems_of(self, use: Use) -> list[Problem]:
        """What is wrong with one use."""
        return self.problems(Names((use,)))

    def _problem(self, use: Use, names: Names, in_code: bool) -> Problem | None:
        if use.kind == "variable":
            if use.name in NAMES or use.name.startswith("%") or use.name in names.sets:
                return None
            rule = "unset-variable" if in_code else "unknown-name"
            mend = similar(use.name, list(NAMES)).strip(" ()") or f"in scope are {', '.join(NAMES[:4])}"
            return Problem(rule, f"nothing is called {use.name!r} here", mend, use.name)
        if use.kind in ("class", "class method"):
            return self._class_use(use)
        if use.owner == "context":
            return self._context_use(use)
        return self._member(use)

    def _class_use(self, use: Use) -> Problem | None:
        name = use.owner or use.name
        try:
            cls = found_class(name)
        except ClassNotFoundError as error:
            return Problem("missing-class", f"there is no class {name!r}{error.hint}")
        if cls is None or not use.owner:
            return None
        return missing_method(cls, name, use.name)

    def _context_use(self, use: Use) -> Problem | None:
        if use.name in self._context or self._open_context or use.name.startswith("%") or use.kind == "method":
            return None
        known = ", ".join(self._context) or "none"
        hint = similar(use.name, list(self._context)) or f": it has {known}"
        mend = f"declare it with <property name='{use.name}' …/> in <context>"
        return Problem("unknown-name", f"the context has no property {use.name!r}{hint}", mend)

    def _member(self, use: Use) -> Problem | None:
        if use.owner in ("process", "..") and use.name in _OF_PROCESS:
            return None
        cls = self._class_of(use.owner)
        if cls is None or has_member(cls, use.name):
            return None
        what = "the process" if use.owner in ("process", "..") else f"{use.owner} ({dictionary.name_of(cls)})"
        known = [item.name for item in properties(cls)]
        kind = "method" if use.kind == "method" else "property"
        rule = "missing-method" if use.kind == "method" else "unknown-name"
        return Problem(rule, f"{what} has no {kind} {use.name!r}{similar(use.name, known)}")

    def _class_of(self, owner: str) -> Any:
        if owner in ("process", ".."):
            return self._cls
        name = self._classes.get(owner, "")
        if not name:
            return None
        try:
            return found_class(name)
        except ClassNotFoundError:
            return None

    def gives(self, names: Names) -> str:
        """``string``, ``number`` or "" (not known): what kind of value the expression gives."""
        if names.gives or names.of is None:
            return names.gives
        use = names.of
        if use.owner == "context":
            return kind_of(self._context.get(use.name, ""))
        cls = self._class_of(use.owner)
        return member_kind(cls, use.name) if cls is not None else ""


def member_kind(cls: Any, name: str) -> str:
    """What kind of value a property holds, as `kind_of` says it; a message's by the type of its field."""
    field = getattr(cls, "model_fields", {}).get(name)
    if field is not None:
        return "string" if field.annotation is str else "number" if field.annotation in (int, float, bool) else ""
    return kind_of(next((item.type for item in properties(cls) if item.name == name), ""))


def kind_of(type_name: str) -> str:
    """What kind of value a type of the language holds."""
    last = full_name(type_name).rpartition(".")[2] if type_name else ""
    return "number" if last in _NUMBERS else "string" if last in _STRINGS else ""


def has_member(cls: Any, name: str) -> bool:
    """Whether objects of a class have a property or method; a class that decides when asked has all."""
    decides = [base for base in cls.__mro__ if "__getattr__" in base.__dict__ or "GetValueAt" in base.__dict__]
    if any(base is not RegisteredObject and not base.__module__.startswith("pydantic") for base in decides):
        return True
    names = getattr(cls, "_property_names", None)
    spelled = python_name(name)
    return hasattr(cls, spelled) or type_method(cls, spelled) is not None or (names is not None and name in names())


def missing_method(cls: Any, class_name: str, method: str) -> Problem | None:
    """The problem that a class has no such method."""
    face = dictionary.face_of(cls)
    if hasattr(cls, python_name(method)) or hasattr(face, python_name(method)) or "__getattr__" in vars(type(cls)):
        return None
    known = [name for name in dir(face) if not name.startswith("_")]
    return Problem("missing-method", f"{class_name} has no method {method!r}{similar(method, known)}")
