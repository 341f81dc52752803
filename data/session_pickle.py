"""Values of a context as one dill, with the context's namespace as a reference.

Functions and classes defined in a context are saved by value, yet their globals stay those of the context they are
restored into, so they go on sharing it. Cells of closures are shared as they were.
"""

import io
from collections.abc import Mapping
from types import CellType, CodeType, FunctionType
from typing import Any

import dill
from isc.py.iscpython_c.context import Context

_NAMESPACE = "namespace"


def dumps(context: Context, values: Mapping[str, object]) -> bytes:
    """The values as bytes.

    Raises:
        Exception: whatever a value that cannot be pickled raises.
    """
    sink = io.BytesIO()
    pickler: Any = dill.Pickler(sink, protocol=5, byref=False, recurse=False)
    pickler._main, pickler._session, pickler._first_pass = context.module, True, False

    def persistent_id(value: object) -> str | None:
        return _NAMESPACE if value is context.namespace else None

    def reducer_override(value: object) -> object:
        if isinstance(value, FunctionType) and value.__globals__ is context.namespace:
            return _function_parts(value, context.namespace)
        if isinstance(value, CellType):
            return _cell_parts(value, pickler)
        return NotImplemented

    pickler.persistent_id = persistent_id
    pickler.reducer_override = reducer_override
    pickler.dump(dict(values))
    return sink.getvalue()


def loads(context: Context, data: bytes | memoryview) -> dict[str, object]:
    """The values of bytes that `dumps` made; never call it with bytes that nobody vouches for."""
    unpickler: Any = dill.Unpickler(io.BytesIO(data))
    unpickler._main = context.module
    unpickler.persistent_load = lambda _: context.namespace
    values: dict[str, object] = unpickler.load()
    return values


def _function_parts(function: FunctionType, namespace: dict[str, object]) -> tuple[object, ...]:
    state = {
        "__defaults__": function.__defaults__,
        "__kwdefaults__": function.__kwdefaults__,
        "__annotations__": function.__annotations__,
        "__doc__": function.__doc__,
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
        "attributes": function.__dict__,
    }
    made = (function.__code__, namespace, function.__name__, function.__closure__)
    return _new_function, made, state, None, None, _fill_function


def _new_function(
    code: CodeType, namespace: dict[str, Any], name: str, closure: tuple[CellType, ...] | None
) -> FunctionType:
    return FunctionType(code, namespace, name, None, closure)


def _fill_function(function: FunctionType, state: dict[str, Any]) -> None:
    function.__dict__.update(state.pop("attributes"))
    for name, value in state.items():
        setattr(function, name, value)


def _cell_parts(cell: CellType, pickler: Any) -> object:
    try:
        content = cell.cell_contents
    except ValueError:  # an empty cell
        return CellType, ()
    if id(content) in pickler._postproc:  # the class whose method this is: dill fills it in when the class is made
        return NotImplemented
    return CellType, (), (content,), None, None, _fill_cell


def _fill_cell(cell: CellType, state: tuple[object]) -> None:
    (cell.cell_contents,) = state
