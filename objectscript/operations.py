"""The operations that compiled code calls: operators, variables, members, calls.

Names here are what `expressions` and `commands` write into the Python source they make; nothing here parses.
"""

import logging
import time
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from isc.py.iscpython_c.exceptions import IscError

from . import dictionary, patterns, status, values
from .errors import ObjectScriptError
from .frame import ByRef, Frame
from .names import python_name, similar
from .platform import Platform

_log = logging.getLogger("isc.py.objectscript")

truth = values.truth
divide = values.divide
resolve = dictionary.resolve
text = values.text


class _Absent:
    """An argument that was left out."""


ABSENT: Final = _Absent()

# --- operators ---


def literal(digits: str) -> values.Number:
    """A numeric literal."""
    return values.canonical(Decimal(digits))


def plus(value: object) -> values.Number:
    """Unary +: the number a value is."""
    return values.number(value)


def minus(value: object) -> values.Number:
    """Unary -."""
    return -values.number(value)


def negate(value: object) -> int:
    """Unary ': 1 for 0, else 0."""
    return 0 if truth(value) else 1


def _exact(result: values.Number) -> values.Number:
    if isinstance(result, Decimal) or (isinstance(result, int) and abs(result) >= 10**18):
        return values.canonical(Decimal(result))
    return result


def add(left: object, right: object) -> values.Number:
    """``+``."""
    one, two = values.arithmetic(left, right)
    return _exact(one + two)  # type: ignore[operator]  # arithmetic() gives both of one kind


def subtract(left: object, right: object) -> values.Number:
    """``-``."""
    one, two = values.arithmetic(left, right)
    return _exact(one - two)  # type: ignore[operator]  # arithmetic() gives both of one kind


def multiply(left: object, right: object) -> values.Number:
    """``*``."""
    one, two = values.arithmetic(left, right)
    return _exact(one * two)  # type: ignore[operator]  # arithmetic() gives both of one kind


def power(left: object, right: object) -> values.Number:
    """``**``."""
    one, two = values.arithmetic(left, right)
    if one == 0 and two < 0:
        raise ObjectScriptError("<DIVIDE>", "0 to a negative power")
    with localcontext(prec=25):
        if isinstance(one, float) or isinstance(two, float):
            return float(float(one) ** float(two))
        return values.canonical(Decimal(one) ** Decimal(two))


def integer_divide(left: object, right: object) -> values.Number:
    """``\\``: the quotient without its fraction."""
    one, two = values.arithmetic(left, right)
    if two == 0:
        raise ObjectScriptError("<DIVIDE>")
    if isinstance(one, float) or isinstance(two, float):
        return float(int(float(one) / float(two)))
    return int(Decimal(one) / Decimal(two))


def modulo(left: object, right: object) -> values.Number:
    """``#``: has the sign of the divisor."""
    one, two = values.arithmetic(left, right)
    if two == 0:
        raise ObjectScriptError("<DIVIDE>")
    remainder = one % two  # type: ignore[operator]  # arithmetic() gives both of one kind
    if isinstance(remainder, Decimal) and remainder and (remainder < 0) != (two < 0):
        remainder += Decimal(two)
    return _exact(remainder)


def concatenate(left: object, right: object) -> str:
    """``_``."""
    return values.text(left) + values.text(right)


def equal(left: object, right: object) -> int:
    """``=``: equal as strings; two object references when they are the same object."""
    if values.is_object(left) or values.is_object(right):
        return int(left is right)
    if type(left) is type(right):
        return int(left == right)
    return int(values.text(left) == values.text(right))


def not_equal(left: object, right: object) -> int:
    """``'=``."""
    return 1 - equal(left, right)


def less(left: object, right: object) -> int:
    """``<``: as numbers."""
    return int(values.number(left) < values.number(right))


def greater(left: object, right: object) -> int:
    """``>``: as numbers."""
    return int(values.number(left) > values.number(right))


def at_most(left: object, right: object) -> int:
    """``<=``: as numbers."""
    return int(values.number(left) <= values.number(right))


def at_least(left: object, right: object) -> int:
    """``>=``: as numbers."""
    return int(values.number(left) >= values.number(right))


def contains(left: object, right: object) -> int:
    """``[``."""
    return int(values.text(right) in values.text(left))


def not_contains(left: object, right: object) -> int:
    """``'[``."""
    return 1 - contains(left, right)


def follows(left: object, right: object) -> int:
    """``]``: behind, by character."""
    return int(values.text(left) > values.text(right))


def not_follows(left: object, right: object) -> int:
    """``']``."""
    return 1 - follows(left, right)


def collation_key(value: object) -> tuple[int, values.Number, str]:
    """Sorts as subscripts do: the empty string, canonical numbers by value, then strings by character."""
    shown = values.text(value)
    if shown == "":
        return (0, 0, "")
    as_number = values.number(shown)
    return (1, as_number, "") if values.text(as_number) == shown else (2, 0, shown)


def sorts_after(left: object, right: object) -> int:
    """``]]``."""
    return int(collation_key(left) > collation_key(right))


def not_sorts_after(left: object, right: object) -> int:
    """``']]``."""
    return 1 - sorts_after(left, right)


def and_strict(left: object, right: object) -> int:
    """``&``: both sides are evaluated."""
    return int(truth(left) and truth(right))


def or_strict(left: object, right: object) -> int:
    """``!``: both sides are evaluated."""
    return int(truth(left) or truth(right))


def nand(left: object, right: object) -> int:
    """``'&``."""
    return 1 - and_strict(left, right)


def nor(left: object, right: object) -> int:
    """``'!``."""
    return 1 - or_strict(left, right)


def matches(value: object, pattern: str) -> int:
    """``?``."""
    return int(patterns.compiled(pattern).fullmatch(values.text(value)) is not None)


def not_matches(value: object, pattern: str) -> int:
    """``'?``."""
    return 1 - matches(value, pattern)


# --- variables ---


def variable(frame: Frame, name: str) -> object:
    """A local variable.

    Raises:
        ObjectScriptError: ``<UNDEFINED>``.
    """
    try:
        return frame.variables[name]
    except KeyError:
        hint = similar(name, [key for key in frame.variables if not key.startswith("%")])
        raise ObjectScriptError("<UNDEFINED>", f"{name}{hint}", frame.place) from None


def _subscripts(subscripts: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(values.text(subscript) for subscript in subscripts)


def local_get(frame: Frame, name: str, subscripts: tuple[object, ...]) -> object:
    """A subscripted local, or an item of the collection a local holds.

    Raises:
        ObjectScriptError: ``<UNDEFINED>``.
    """
    found = frame.arrays.get(name, {}).get(_subscripts(subscripts))
    if found is not None:
        return found
    held = frame.variables.get(name)
    if held is not None and values.is_object(held):
        return item(held, subscripts)
    shown = ",".join(f'"{part}"' for part in _subscripts(subscripts))
    raise ObjectScriptError("<UNDEFINED>", f"{name}({shown})", frame.place)


def local_set(frame: Frame, name: str, subscripts: tuple[object, ...], value: object) -> None:
    """Give a local, subscripted or not, a value."""
    if subscripts:
        frame.arrays.setdefault(name, {})[_subscripts(subscripts)] = value
    else:
        frame.variables[name] = value


def local_kill(frame: Frame, name: str, subscripts: tuple[object, ...]) -> None:
    """Kill a local and all below it."""
    if not subscripts:
        frame.variables.pop(name, None)
    at = _subscripts(subscripts)
    nodes = frame.arrays.get(name, {})
    for key in [key for key in nodes if key[: len(at)] == at]:
        del nodes[key]


def _need_platform(frame: Frame) -> Platform:
    if frame.platform is None:
        raise ObjectScriptError("<NAMESPACE>", "globals need a namespace: none is open here", frame.place)
    return frame.platform


def global_get(frame: Frame, name: str, subscripts: tuple[object, ...]) -> object:
    """A global's node.

    Raises:
        ObjectScriptError: ``<UNDEFINED>``.
    """
    found = GlobalReference(frame, name, subscripts).value()
    if found is None:
        shown = ",".join(f'"{values.text(part)}"' for part in subscripts)
        raise ObjectScriptError("<UNDEFINED>", f"^{name}({shown})" if shown else f"^{name}", frame.place)
    return found


@dataclass(slots=True)
class LocalReference:
    """A local variable as a place."""

    frame: Frame
    name: str
    subscripts: tuple[object, ...]

    def value(self) -> object | None:
        """What it holds, None when undefined."""
        try:
            if self.subscripts:
                return local_get(self.frame, self.name, self.subscripts)
        except ObjectScriptError:
            return None
        return self.frame.variables.get(self.name)

    def set(self, value: object) -> None:
        """Give it a value."""
        local_set(self.frame, self.name, self.subscripts, value)

    def kill(self) -> None:
        """Delete it and all below."""
        local_kill(self.frame, self.name, self.subscripts)

    def data(self) -> int:
        """``$data``."""
        at = _subscripts(self.subscripts)
        nodes = self.frame.arrays.get(self.name, {})
        below = any(len(key) > len(at) and key[: len(at)] == at for key in nodes)
        return int(self.value() is not None) + 10 * below

    def order(self, direction: int) -> object:
        """``$order``."""
        *above, last = _subscripts(self.subscripts) or ("",)
        depth = len(above)
        nodes = self.frame.arrays.get(self.name, {})
        found = {key[depth] for key in nodes if len(key) > depth and list(key[:depth]) == above}
        ranked = sorted(found, key=collation_key, reverse=direction < 0)
        if last == "":
            return ranked[0] if ranked else ""
        at = collation_key(last)
        beyond = [key for key in ranked if (collation_key(key) > at if direction > 0 else collation_key(key) < at)]
        return beyond[0] if beyond else ""


@dataclass(slots=True)
class GlobalReference:
    """A global's node as a place."""

    frame: Frame
    name: str
    subscripts: tuple[object, ...]

    def value(self) -> object | None:
        """What it holds, None when undefined."""
        return _need_platform(self.frame).global_get(self.name, self.subscripts)

    def set(self, value: object) -> None:
        """Give it a value."""
        _need_platform(self.frame).global_set(self.name, self.subscripts, value)

    def kill(self) -> None:
        """Delete it and all below."""
        _need_platform(self.frame).global_kill(self.name, self.subscripts)

    def data(self) -> int:
        """``$data``."""
        return _need_platform(self.frame).global_data(self.name, self.subscripts)

    def order(self, direction: int) -> object:
        """``$order``."""
        return _need_platform(self.frame).global_order(self.name, self.subscripts, direction)


@dataclass(slots=True)
class ValueReference:
    """A value where a place may stand: ``$get(obj.Prop)``."""

    held: object

    def value(self) -> object | None:
        """The value."""
        return self.held

    def data(self) -> int:
        """``$data``."""
        return 1


def by_reference(frame: Frame, name: str) -> ByRef[object]:
    """``.x`` of a call; the call writes it back."""
    return _LocalByRef(frame, name)


class _LocalByRef(ByRef[object]):
    __slots__ = ("_frame", "_name")

    def __init__(self, frame: Frame, name: str) -> None:
        self._frame = frame
        self._name = name

    @property
    def value(self) -> object:
        """The variable's value, "" when undefined."""
        return self._frame.variables.get(self._name, "")

    @value.setter
    def value(self, value: object) -> None:
        self._frame.variables[self._name] = value


# --- objects ---


def this(frame: Frame) -> object:
    """The object ``..`` means."""
    if frame.this is None:
        raise ObjectScriptError("<NO CURRENT OBJECT>", "'..' has no object to stand for", frame.place)
    return frame.this


def class_name(value: object) -> str:
    """The language's name of an object's class."""
    return dictionary.name_of(value if isinstance(value, type) else type(value))


def _need_object(frame: Frame, value: object, member: str) -> None:
    if not values.is_object(value):
        shown = values.text(value)
        detail = (
            f"{member!r} was asked of {shown!r}, which is no object" if shown else f"{member!r} was asked of nothing"
        )
        raise ObjectScriptError("<INVALID OREF>", detail, frame.place)


def members(value: object) -> list[str]:
    """The properties of an object that a user may name."""
    fields = getattr(type(value), "model_fields", None)
    if isinstance(fields, Mapping):
        return sorted(str(field.alias or name) for name, field in fields.items())
    listed = getattr(value, "_property_names", None)
    return sorted(listed()) if callable(listed) else sorted(k for k in vars(value) if not k.startswith("_"))


def get(frame: Frame, value: object, name: str) -> object:
    """A property.

    Raises:
        ObjectScriptError: ``<INVALID OREF>``, ``<PROPERTY DOES NOT EXIST>``.
    """
    _need_object(frame, value, name)
    reader = getattr(value, "_get_property", None)
    try:
        found = reader(name) if reader is not None else getattr(value, python_name(name))
    except AttributeError:
        raise _no_property(frame, value, name) from None
    return from_python(found)


def _no_property(frame: Frame, value: object, name: str) -> ObjectScriptError:
    known = members(value)
    hint = similar(name, known) or (f"; it has {', '.join(known[:12])}" if known else "; it has no properties")
    return ObjectScriptError("<PROPERTY DOES NOT EXIST>", f"{name} of {class_name(value)}{hint}", frame.place)


def put(frame: Frame, target: object, name: str, value: object) -> None:
    """Assign a property.

    Raises:
        ObjectScriptError: ``<INVALID OREF>``, ``<PROPERTY DOES NOT EXIST>``, ``<CANNOT SET THIS PROPERTY>``.
    """
    _need_object(frame, target, name)
    writer = getattr(target, "_set_property", None)
    if writer is not None:
        try:
            writer(name, value)
        except AttributeError:
            raise _no_property(frame, target, name) from None
        return
    if not hasattr(target, python_name(name)):
        raise _no_property(frame, target, name)
    try:
        setattr(target, python_name(name), value)
    except AttributeError:
        raise ObjectScriptError("<CANNOT SET THIS PROPERTY>", f"{name} of {class_name(target)}", frame.place) from None


def item(value: object, subscripts: tuple[object, ...]) -> object:
    """An item of a collection: by key of an array, by position from 1 of a list; "" when there is none."""
    reader = getattr(value, "GetAt", None)
    if reader is not None:
        return from_python(reader(*subscripts))
    if isinstance(value, Mapping):
        return from_python(value.get(values.text(subscripts[0]), ""))
    at = int(values.number(subscripts[0]))
    return from_python(value[at - 1]) if 0 < at <= len(value) else ""  # type: ignore[index,arg-type]  # a sequence


def put_item(frame: Frame, value: object, subscripts: tuple[object, ...], new: object) -> None:
    """Assign an item of a collection."""
    writer = getattr(value, "SetAt", None)
    if writer is not None:
        writer(new, *subscripts)
    elif isinstance(value, MutableMapping):
        value[values.text(subscripts[0])] = new
    elif isinstance(value, MutableSequence):
        value[int(values.number(subscripts[0])) - 1] = new
    else:
        raise ObjectScriptError("<INVALID OREF>", f"a {class_name(value)} has no items", frame.place)


def call_or_item(frame: Frame, value: object, name: str, arguments: tuple[object, ...]) -> object:
    """``obj.Name(…)``: a method, or an item of a collection property."""
    _need_object(frame, value, name)
    if not callable(getattr(value, python_name(name), None)) and name in members(value):
        return item(get(frame, value, name), arguments)
    return call_method(frame, value, name, arguments)


def call_method(frame: Frame, value: object, name: str, arguments: tuple[object, ...]) -> object:
    """A method of an object.

    Raises:
        ObjectScriptError: ``<METHOD DOES NOT EXIST>``, ``<INVALID OREF>``.
    """
    _need_object(frame, value, name)
    method = getattr(value, python_name(name), None)
    if not callable(method):
        known = [key for key in dir(value) if not key.startswith("_") and callable(getattr(type(value), key, None))]
        detail = f"{name} of {class_name(value)}{similar(name, known)}"
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", detail, frame.place)
    return invoke(frame, method, f"{class_name(value)}.{name}", arguments)


def class_call(frame: Frame, name: str, method_name: str, arguments: tuple[object, ...]) -> object:
    """``##class(Name).Method(…)``."""
    try:
        found = dictionary.resolve(name)
    except ObjectScriptError as error:
        raise error.at(frame.place) from None
    if method_name == "%New" and not hasattr(found, "_New"):
        return invoke(frame, found, f"{name}.%New", arguments)
    method = getattr(found, python_name(method_name), None)
    if not callable(method):
        known = [key for key in dir(found) if not key.startswith("_")]
        detail = f"{method_name} of {name}{similar(method_name, known)}"
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", detail, frame.place)
    return invoke(frame, method, f"{name}.{method_name}", arguments)


def invoke(frame: Frame, method: object, what: str, arguments: tuple[object, ...]) -> object:
    """Call a Python callable as the language does; an argument left out at the end is not passed."""
    passed = list(arguments)
    while passed and passed[-1] is ABSENT:
        passed.pop()
    cleaned = ["" if argument is ABSENT else argument for argument in passed]
    try:
        return from_python(method(*cleaned))  # type: ignore[operator]  # the callers checked that it is callable
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise ObjectScriptError("<PARAMETER>", f"{what}: {error}", frame.place) from error
        raise
    except ObjectScriptError as error:
        raise error.at(frame.place) from None


def call_super(frame: Frame, arguments: tuple[object, ...]) -> object:
    """``##super(…)``."""
    method = frame.variables.get("%super")
    if not callable(method):
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", "##super: no superclass has this method", frame.place)
    return invoke(frame, method, "##super", arguments)


def parameter(frame: Frame, name: str) -> object:
    """``..#NAME``."""
    return parameter_of(this(frame), name)


def parameter_of(value: object, name: str) -> object:
    """A class parameter; "" when the class has none of that name."""
    owner = value if isinstance(value, type) else type(value)
    return from_python(getattr(owner, "_parameters", {}).get(name, getattr(owner, name, "")))


def from_python(value: object) -> object:
    """What a Python value is in the language: None is "", a truth value 1 or 0."""
    if value is None:
        return ""
    return int(value) if isinstance(value, bool) else value


# --- statuses and logging ---


def is_error(value: object) -> int:
    """``$$$ISERR``."""
    return int(status.is_error(value))


def is_ok(value: object) -> int:
    """``$$$ISOK``."""
    return int(status.is_ok(value))


def error_status(code: object, *arguments: object) -> str:
    """``$$$ERROR``."""
    return status.error(int(values.number(code)), *arguments)


def throw_on_error(value: object) -> object:
    """``$$$ThrowOnError``."""
    status.check(value)
    return value


def throw_status(value: object) -> object:
    """``$$$ThrowStatus``."""
    raise status.StatusError(values.text(value))


def quote(value: object) -> str:
    """A string literal of the language."""
    return '"' + values.text(value).replace('"', '""') + '"'


def format_text(template: object, *arguments: object) -> str:
    """``$$$FormatText``: %1, %2 … replaced."""
    shown = values.text(template)
    for at, argument in enumerate(arguments, start=1):
        shown = shown.replace(f"%{at}", values.text(argument))
    return shown


def log(frame: Frame, kind: str, *arguments: object) -> str:
    """``$$$TRACE``, ``$$$LOGINFO`` and the like: to the frame's log when it has one, else to logging."""
    shown = " ".join(values.text(argument) for argument in arguments)
    writer = getattr(frame.this, "_write_log", None)
    if callable(writer):
        writer(kind, shown)
    else:
        _log.info("%s: %s", kind, shown)
    return ""


# --- control ---


def for_values(*ranges: tuple[object, ...]) -> Iterator[object]:
    """The values of ``for i=a,b:step:end``."""
    for bounds in ranges:
        if len(bounds) == 1:
            yield bounds[0]
            continue
        value, step = values.number(bounds[0]), values.number(bounds[1])
        end = values.number(bounds[2]) if len(bounds) > 2 else None
        while end is None or (value <= end if step >= 0 else value >= end):
            yield value
            value = add(value, step)


def hang(seconds: object) -> None:
    """``hang``."""
    time.sleep(max(0.0, float(values.number(seconds))))


def catch(frame: Frame, name: str | None, error: Exception) -> None:
    """Bind what ``catch`` caught: the exception object of the language."""
    caught = error.exception if isinstance(error, Thrown) else CaughtException(error)
    frame.variables["%zerror"] = str(error)
    if name:
        frame.variables[name] = caught


class CaughtException:
    """A Python or language error as code sees it: ``ex.Name``, ``ex.AsStatus()``, ``ex.DisplayString()``."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.Name = error.name if isinstance(error, ObjectScriptError) else type(error).__name__
        self.Code = 5002 if isinstance(error, ObjectScriptError) else 5001
        self.Data = error.detail if isinstance(error, ObjectScriptError) else str(error)
        self.Location = error.place if isinstance(error, ObjectScriptError) else ""

    def AsStatus(self) -> str:
        """The error as a ``%Status``."""
        return status.from_exception(self.error)

    def DisplayString(self) -> str:
        """The error in words."""
        return str(self.error)


class Thrown(IscError):
    """Carries an exception object of the language through Python."""

    def __init__(self, exception: object) -> None:
        self.exception = exception
        super().__init__(exception)

    def __str__(self) -> str:
        shown = getattr(self.exception, "DisplayString", None)
        return str(shown()) if callable(shown) else values.text(self.exception)


def throw(exception: object) -> None:
    """``throw``."""
    if isinstance(exception, CaughtException):
        raise exception.error
    raise Thrown(exception)
