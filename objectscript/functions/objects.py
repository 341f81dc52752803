"""Functions about objects and classes; ``$select`` without a hit."""

from isc.py.objectscript import dictionary
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.frame import Frame
from isc.py.objectscript.members import call_method, class_call, parameter_of, this
from isc.py.objectscript.members import get as get_property
from isc.py.objectscript.values import is_object, text
from isc.py.objectscript.variables import ABSENT


def select_none() -> object:
    """What ``$select`` does when no condition holds."""
    raise ObjectScriptError("<SELECT>", "no condition holds: end with 1:value")


def isobject(value: object) -> int:
    """``$isobject``."""
    return int(is_object(value))


def classname(value: object = None) -> str:
    """``$classname``."""
    return dictionary.full_name(dictionary.name_of(type(value))) if is_object(value) else ""


def classmethod(frame: Frame, class_name: object = "", name: object = "", *arguments: object) -> object:  # noqa: A001
    """``$classmethod``."""
    if class_name is ABSENT or not text(class_name):
        return call_method(frame, this(frame), text(name), arguments)
    return class_call(frame, text(class_name), text(name), arguments)


def method(frame: Frame, value: object, name: object, *arguments: object) -> object:
    """``$method``."""
    return call_method(frame, value, text(name), arguments)


def property(frame: Frame, value: object, name: object, *_: object) -> object:  # noqa: A001
    """``$property``."""
    return get_property(frame, value, text(name))


def parameter(frame: Frame, owner: object, name: object) -> object:
    """``$parameter``."""
    if isinstance(owner, str):
        owner = dictionary.resolve(owner) if owner else this(frame)
    return parameter_of(owner, text(name))


def xecute(frame: Frame, code: object, *arguments: object) -> object:
    """``$xecute``: runs code that may begin with its own parameter list, gives what it returned."""
    from isc.py.objectscript.indirection import xecute as run

    return run(frame, code, *arguments)
