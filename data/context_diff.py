"""What changed between two contexts, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Literal

import dill
import numpy as np
import pandas as pd

_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Change:
    """A name that is new, gone or different; `before` and `after` are short texts of its values."""

    name: str
    kind: Literal["added", "removed", "changed"]
    before: str = ""
    after: str = ""


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[Change]:
    """The changes in the order of names."""
    found = []
    for name in sorted({*before, *after}):
        if name not in before:
            found.append(Change(name, "added", after=_text(after[name])))
        elif name not in after:
            found.append(Change(name, "removed", before=_text(before[name])))
        elif not same(before[name], after[name]):
            found.append(Change(name, "changed", _text(before[name]), _text(after[name])))
    return found


def same(one: object, two: object) -> bool:
    """Whether two values are equal as far as can be told; functions are compared by their code."""
    if type(one).__qualname__ != type(two).__qualname__:
        return False
    if isinstance(one, ModuleType) and isinstance(two, ModuleType):
        return one.__name__ == two.__name__
    if isinstance(one, pd.DataFrame | pd.Series | pd.Index):
        return bool(one.equals(two))  # type: ignore[arg-type]  # of one type, as checked above
    if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
        return one.dtype == two.dtype and bool(np.array_equal(one, two, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, FunctionType) and isinstance(two, FunctionType):
        return _code(one.__code__) == _code(two.__code__) and one.__defaults__ == two.__defaults__
    if isinstance(one, type) and isinstance(two, type):
        return _members(one) == _members(two)
    try:
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
        if isinstance(one, list | tuple) and isinstance(two, list | tuple):
            return len(one) == len(two) and all(map(same, one, two))
        if type(one).__eq__ is object.__eq__ and hasattr(one, "__dict__"):
            return same(vars(one), vars(two))
        equal = one == two
        if isinstance(equal, bool) and equal:
            return True
        return bool(dill.dumps(one) == dill.dumps(two))
    except Exception:  # noqa: BLE001  # user code may raise when compared: then they count as different
        return False


def _code(code: CodeType) -> tuple[object, ...]:
    """The code without where it stands."""
    constants = tuple(_code(item) if isinstance(item, CodeType) else repr(item) for item in code.co_consts)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return code.co_code, code.co_flags, code.co_argcount, code.co_kwonlyargcount, names, constants


def _members(cls: type) -> dict[str, object]:
    kept = {name: item for name, item in vars(cls).items() if not name.startswith("__") or name == "__init__"}
    return {name: _code(item.__code__) if isinstance(item, FunctionType) else repr(item) for name, item in kept.items()}


def _text(value: object) -> str:
    try:
        return " ".join(repr(value).split())[:_SHOWN]
    except Exception as error:  # noqa: BLE001  # user code
        return f"<repr failed: {type(error).__name__}>"
