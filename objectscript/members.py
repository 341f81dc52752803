"""Members of objects: properties, methods, class parameters, items of collections."""

import re
from collections.abc import Mapping, MutableMapping, MutableSequence

from . import dictionary, status, values
from .errors import ObjectScriptError
from .frame import Frame
from .names import python_name, similar
from .objects import Attribute, type_method
from .platform import query_function
from .variables import ABSENT

resolve = dictionary.resolve
_STEP = re.compile(r"(%?[A-Za-z]\w*)(?:\(([^()]*)\))?")
#: Callbacks that the language's own base classes have, where they do nothing: ``##super`` in them is no error.
_CALLBACKS = frozenset(
    {
        "%OnNew", "%OnOpen", "%OnClose", "%OnConstructClone", "%OnValidateObject", "%OnAddToSaveSet",
        "%OnBeforeSave", "%OnAfterSave", "%OnDelete", "%OnAfterDelete", "%OnRollBack", "%OnReload",
        "OnInit", "OnTearDown",
    }
)  # fmt: skip


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
    reader = getattr(value, "_get_property", None)
    if reader is None:
        _need_object(frame, value, name)
    try:
        found = reader(name) if reader is not None else getattr(value, python_name(name))
    except AttributeError:
        raise _no_property(frame, value, name) from None
    return found if type(found) is str else from_python(found)


def _no_property(frame: Frame, value: object, name: str) -> ObjectScriptError:
    known = members(value)
    hint = similar(name, known) or (f"; it has {', '.join(known[:12])}" if known else "; it has no properties")
    return ObjectScriptError("<PROPERTY DOES NOT EXIST>", f"{name} of {class_name(value)}{hint}", frame.place)


def put(frame: Frame, target: object, name: str, value: object) -> None:
    """Assign a property.

    Raises:
        ObjectScriptError: ``<INVALID OREF>``, ``<PROPERTY DOES NOT EXIST>``, ``<CANNOT SET THIS PROPERTY>``.
    """
    held = getattr(type(target), python_name(name), None)
    if isinstance(held, Attribute) and held.definition.keywords.get("ReadOnly") == "1":
        raise ObjectScriptError("<CANNOT SET THIS PROPERTY>", f"{name} of {class_name(target)}", frame.place)
    writer = getattr(target, "_set_property", None)
    if writer is not None:
        try:
            writer(name, value)
        except AttributeError:
            raise _no_property(frame, target, name) from None
        return
    _need_object(frame, target, name)
    if not hasattr(target, python_name(name)):
        raise _no_property(frame, target, name)
    try:
        setattr(target, python_name(name), value)
    except AttributeError:
        raise ObjectScriptError("<CANNOT SET THIS PROPERTY>", f"{name} of {class_name(target)}", frame.place) from None


def get_path(frame: Frame, value: object, path: object) -> object:
    """``object.{path}``: a virtual property of a document, or the properties of an object that is none.

    Raises:
        ObjectScriptError: the document or object has no such property.
    """
    if not values.is_object(value) or hasattr(value, "GetValueAt"):
        return call_method(frame, value, "GetValueAt", (path,))
    for name, key in _STEP.findall(values.text(path)):
        value = get(frame, value, name)
        value = item(value, (key.strip('"'),)) if key else value
    return value


def put_path(frame: Frame, target: object, path: object, value: object) -> None:
    """Assign ``object.{path}``.

    Raises:
        StatusError: the document could not take it; its status says why.
        ObjectScriptError: the object has no such property.
    """
    if not values.is_object(target) or hasattr(target, "SetValueAt"):
        status.check(call_method(frame, target, "SetValueAt", (value, path)) or status.OK)
        return
    *steps, (name, key) = _STEP.findall(values.text(path)) or [("", "")]
    for before, index in steps:
        target = get(frame, target, before)
        target = item(target, (index.strip('"'),)) if index else target
    if key:
        put_item(frame, get(frame, target, name), (key.strip('"'),), value)
    else:
        put(frame, target, name, value)


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
        method = _of_every_object(value, name)
    if method is None:
        known = [key for key in dir(value) if not key.startswith("_") and callable(getattr(type(value), key, None))]
        detail = f"{name} of {class_name(value)}{similar(name, known)}"
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", detail, frame.place)
    return invoke(frame, method, f"{class_name(value)}.{name}", arguments)


def _of_every_object(value: object, name: str) -> object | None:
    """``%ClassName`` and its like, also of Python objects that know nothing of them."""
    cls = value if isinstance(value, type) else type(value)
    full = dictionary.full_name(dictionary.name_of(cls))
    if name == "%ClassName":
        return lambda with_package=0: full if values.number(with_package) == 1 else full.rpartition(".")[2]
    if name in ("%IsA", "%Extends"):
        return lambda other: int(issubclass(cls, dictionary.resolve(values.text(other))))
    return (lambda wanted: parameter_of(cls, values.text(wanted))) if name == "%GetParameter" else None


def class_call(frame: Frame, name: str, method_name: str, arguments: tuple[object, ...]) -> object:
    """``##class(Name).Method(…)``."""
    try:
        found = dictionary.resolve(name if "." in name else _meant(frame, name))
    except ObjectScriptError as error:
        raise error.at(frame.place) from None
    if method_name == "%New" and not hasattr(found, "_New"):
        return invoke(frame, found, f"{name}.%New", arguments)
    face = dictionary.face_of(found)
    method = getattr(face, python_name(method_name), None)
    if not callable(method):
        method = _of_every_object(face, method_name)
    if method is None and method_name.endswith("Func"):
        method = query_function(found, method_name.removesuffix("Func"))
    if method is None:
        method = type_method(found, method_name)
    if method is None:
        known = [key for key in dir(face) if not key.startswith("_")]
        detail = f"{method_name} of {name}{similar(method_name, known)}"
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", detail, frame.place)
    return invoke(frame, method, f"{name}.{method_name}", arguments)


def invoke(frame: Frame, method: object, what: str, arguments: tuple[object, ...]) -> object:
    """Call a Python callable as the language does; an argument left out at the end is not passed."""
    passed = list(arguments)
    while passed and passed[-1] is ABSENT:
        passed.pop()
    absent = ABSENT if getattr(method, "_takes_absent", False) else ""
    cleaned = [absent if argument is ABSENT else argument for argument in passed]
    try:
        return from_python(method(*cleaned))  # type: ignore[operator]  # the callers checked that it is callable
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise ObjectScriptError("<PARAMETER>", f"{what}: {error}", frame.place) from error
        raise
    except ObjectScriptError as error:
        raise error.at(frame.place) from None


def _meant(frame: Frame, name: str) -> str:
    """The whole name of a class named without its package."""
    imports: tuple[str, ...] = ()
    if frame.owner and dictionary.is_known(frame.owner):
        definition = getattr(dictionary.resolve(frame.owner), "_definition", None)
        imports = definition.imports if definition is not None else ()
    return dictionary.qualified(name, frame.owner, imports)


def call_super(frame: Frame, arguments: tuple[object, ...]) -> object:
    """``##super(…)``."""
    owner = dictionary.resolve(frame.owner) if frame.owner else object
    method = _method_above(owner, frame.this, python_name(frame.method))
    if not callable(method):
        if frame.method in _CALLBACKS:
            return status.OK
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", "##super: no superclass has this method", frame.place)
    return invoke(frame, method, "##super", arguments)


def _method_above(owner: type, this: object, name: str) -> object:
    """What `name` is in the superclasses of `owner` (not of the object's own class), bound to the object or class."""
    for above in owner.__mro__[1:]:
        if name in vars(above):
            found = vars(above)[name]
            bind = getattr(type(found), "__get__", None)
            if bind is None:
                return found
            return bind(found, None, this) if isinstance(this, type) else bind(found, this, type(this))
    return None


def parameter(frame: Frame, name: str) -> object:
    """``..#NAME``."""
    return parameter_of(this(frame), name)


def parameter_of(value: object, name: str) -> object:
    """A class parameter; "" when the class has none of that name."""
    owner = value if isinstance(value, type) else type(value)
    return from_python(getattr(owner, "_parameters", {}).get(name, getattr(owner, name, "")))


def from_python(value: object) -> object:
    """What a Python value is in the language: None is "", a truth value 1 or 0, bytes are characters 0 to 255."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return int(value) if isinstance(value, bool) else value
