"""What compiled code needs of rarer places: variadic arguments passed on, namespaces of globals, properties by name."""

from isc.py.iscpython_c.exceptions import IscError

from . import values
from .errors import ObjectScriptError
from .frame import Frame
from .platform import Platform, switched
from .properties import PropertyReference
from .variables import ABSENT, gives_back


def spread(frame: Frame, name: str) -> tuple[object, ...]:
    """``args...`` of a call: the arguments that a variadic parameter holds."""
    count = int(values.number(frame.variables.get(name, 0)))
    array = frame.arrays.get(name)
    found = (array.find((str(at),)) if array is not None else None for at in range(1, count + 1))
    return tuple(ABSENT if node is None or node.value is None else node.value for node in found)


def global_name(frame: Frame, namespace: object) -> str:
    """``^|"NAME"|g``: nothing for this namespace, ``||`` for ``^|"^"|g``, else a mark that names the other one."""
    wanted = values.text(namespace)
    if wanted == "^":
        return "||"
    here = values.text(getattr(frame.platform, "name", ""))
    return "" if wanted.upper() in ("", here.upper()) else f"|{wanted}|"


def put_named(frame: Frame, owner: object, name: object, *subscripts: object, value: object) -> None:
    """``set $property(object, name, …) = value``."""
    if not values.is_object(owner) and not values.text(owner):
        owner = frame.this
    PropertyReference(frame, owner, values.text(name), subscripts).set(value)


def put_namespace(frame: Frame, value: object) -> None:
    """``set $namespace = name``: globals, SQL and methods that are called are those of another namespace of the folder.

    The end of the method gives the old one back, with ``new $namespace`` or without.

    Raises:
        ObjectScriptError: ``<NAMESPACE>``: there is none of that name.
    """
    wanted = values.text(value)
    if not global_name(frame, value):
        return
    beside = getattr(frame.platform, "beside", None)
    if not callable(beside) or wanted == "^":
        raise ObjectScriptError("<NAMESPACE>", f"{wanted} is not here", frame.place)
    try:
        other: Platform = beside(wanted)
    except IscError as error:
        raise ObjectScriptError("<NAMESPACE>", str(error), frame.place) from error
    frame.saved.append(("$namespace", (frame.platform, switched.get()), None))
    frame.platform = other
    switched.set(other)


def _old_namespace(frame: Frame, saved: object) -> None:
    assert isinstance(saved, tuple)
    frame.platform, before = saved
    switched.set(before)


gives_back("$namespace", _old_namespace)


def write_html(frame: Frame, *parts: object) -> None:
    """``&html<…>``: text and the values of its ``#(expression)#``."""
    for part in parts:
        frame.output.append(values.text(part))
