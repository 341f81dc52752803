"""What compiled code needs of rarer places: variadic arguments passed on, namespaces of globals, properties by name."""

from . import values
from .errors import ObjectScriptError
from .frame import Frame
from .properties import PropertyReference
from .variables import ABSENT


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
    """``set $namespace = name``: code runs in one namespace.

    Raises:
        ObjectScriptError: ``<NAMESPACE>``: it is another one.
    """
    if global_name(frame, value):
        wanted = values.text(value)
        detail = f"{wanted!r} cannot be switched to here: name it in the reference, ^|{wanted!r}|global"
        raise ObjectScriptError("<NAMESPACE>", detail.replace("'", '"'), frame.place)


def write_html(frame: Frame, *parts: object) -> None:
    """``&html<…>``: text and the values of its ``#(expression)#``."""
    for part in parts:
        frame.output.append(values.text(part))
