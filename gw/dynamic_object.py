"""`DynamicObject`: a live object bound to a Python variable of a context (contract, section 7).

Attributes and results that are primitive (text, numbers, truth values, None) come back as values, everything else as
another `DynamicObject`. It serves Python (``obj.name``, ``obj.method(1)``) and ObjectScript (``obj.name``,
``obj.%ToJSON()``) alike.
"""

import contextlib
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Self

from isc.py.iscpython_c.context import DEFAULT, Context
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.names import similar
from isc.py.serialization import plain, serialized, to_json, to_pickle

_PRIMITIVES = (str, bool, int, float, Decimal, type(None))
_OWN = ("_context", "_object", "_variable", "_DeleteOnClose", "_EscapeOnSet", "_EscapeOnCall")


class DynamicObject:
    """An object of a context.

    Args:
        type: the class or function that makes it (an expression), "" to take what `variable` holds.
        variable: the name it is bound to, "" for none.
        arguments: what `type` is called with; a string is a string, or an expression when ``%EscapeOnCall`` is 0.
        context: the context's name.

    Raises:
        CodeError: there is no such type or variable, or making it raised.
    """

    _context: Context
    _object: Any
    _variable: str
    _DeleteOnClose: int
    _EscapeOnSet: int
    _EscapeOnCall: int

    def __init__(self, type: str = "", variable: str = "", *arguments: object, context: str = DEFAULT) -> None:
        held = Context(context)
        own = {"_context": held, "_variable": variable, "_DeleteOnClose": 0, "_EscapeOnSet": 1, "_EscapeOnCall": 1}
        self.__dict__.update(own)
        if type:
            made = held.call(partial(_callable(held, type), *map(_given, arguments)))
            self.__dict__["_object"] = made
            if variable:
                held.namespace[_name(variable)] = made
        else:
            self.__dict__["_object"] = held.value(variable)

    @classmethod
    def _New(cls, type: str = "", variable: str = "", *arguments: object) -> Self:
        """``%New``."""
        return cls(type, variable, *arguments)

    @classmethod
    def _of(cls, context: Context, found: object) -> "DynamicObject":
        made = cls.__new__(cls)
        own = {"_context": context, "_variable": "", "_DeleteOnClose": 0, "_EscapeOnSet": 1, "_EscapeOnCall": 1}
        made.__dict__.update(own, _object=found)
        return made

    def _wrapped(self, found: object) -> object:
        return found if isinstance(found, _PRIMITIVES) else self._of(self._context, found)

    # --- properties and methods ---

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and not name.startswith("__"):
            raise AttributeError(name)
        try:
            found = getattr(self._object, name)
        except AttributeError:
            known = [item for item in dir(self._object) if not item.startswith("_")]
            kind = type(self._object)
            raise AttributeError(
                f"a {kind.__module__}.{kind.__qualname__} has no {name!r}{similar(name, known)}"
            ) from None
        if callable(found) and not isinstance(found, type):
            return partial(self._called, found)
        return self._wrapped(found)

    def _called(self, function: Callable[..., object], *arguments: object, **named: object) -> object:
        values = [self._argument(item) for item in arguments]
        keywords = {name: self._argument(item) for name, item in named.items()}
        return self._wrapped(self._context.call(partial(function, *values, **keywords)))

    def _argument(self, item: object) -> object:
        if isinstance(item, str) and not self._EscapeOnCall:
            return self._context.evaluate(item)
        return _given(item)

    def __setattr__(self, name: str, value: object) -> None:
        if name in _OWN:
            self.__dict__[name] = value
        else:
            self._set_property(name, value)

    def _get_property(self, name: str) -> object:
        return self.__dict__[f"_{name[1:]}"] if f"_{name[1:]}" in _OWN and name[0] == "%" else getattr(self, name)

    def _set_property(self, name: str, value: object) -> None:
        own = f"_{name[1:]}" if name.startswith("%") else ""
        if own in _OWN:
            self.__dict__[own] = value
            return
        if isinstance(value, str) and not self._EscapeOnSet:
            value = self._context.evaluate(value)
        target, given = self._object, _given(value)
        self._context.call(lambda: setattr(target, name, given))

    def _property_names(self) -> list[str]:
        names = [name for name in dir(self._object) if not name.startswith("_")]
        return [name for name in names if not callable(getattr(self._object, name, None))]

    def __call__(self, *arguments: object, **named: object) -> object:
        """Call the object itself: make an instance of a class, call a function."""
        return self._called(self._object, *arguments, **named)

    def __getitem__(self, key: object) -> object:
        return self._wrapped(self._context.call(lambda: self._object[key]))

    def __len__(self) -> int:
        return len(self._object)

    def __repr__(self) -> str:
        return f"<DynamicObject {self._variable or '(no variable)'}: {self._object!r}>"

    # --- the whole object ---

    def _GetString(self, serialization: object = 0) -> str:
        """``%GetString``: by ``str()`` (0) or ``repr()`` (1)."""
        return serialized(self._object, self._variable, "Repr" if str(serialization) == "1" else "Str")

    def _GetJSON(self) -> str:
        """``%GetJSON``."""
        return to_json(self._object, self._variable)

    _ToJSON = _GetJSON

    def _ToDynObj(self) -> object:
        """``%ToDynObj``: the object as arrays and lists of the language."""
        return language_value(plain(self._object))

    def _ToPickle(self, useDill: object = 0) -> bytes:
        """``%ToPickle``: pickle or dill bytes."""
        return to_pickle(self._object, self._variable, str(useDill) == "1")

    def _ToStream(self, serialization: object = 0) -> CharacterStream:
        """``%ToStream``: `%GetString` as a stream."""
        return CharacterStream(self._GetString(serialization))

    def _IsPrimitive(self, name: str = "") -> int:
        """``%IsPrimitive``: of an attribute, or of the object itself."""
        return int(isinstance(getattr(self._object, name) if name else self._object, _PRIMITIVES))

    def _Rename(self, variable: str) -> int:
        """``%Rename``: bind it to another variable, and free the one it had."""
        _name(variable)
        self._forget()
        self._context.namespace[variable] = self._object
        self.__dict__["_variable"] = variable
        return 1

    def _Delete(self) -> int:
        """``%Delete``: free its variable."""
        self._forget()
        self.__dict__["_variable"] = ""
        return 1

    def _forget(self) -> None:
        if self._variable and self._context.namespace.get(self._variable) is self._object:
            del self._context.namespace[self._variable]

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # not made, or the interpreter ends
            if self._DeleteOnClose:
                self._forget()


def _callable(context: Context, name: str) -> Callable[..., object]:
    found = context.evaluate(name)
    if not callable(found):
        raise IscError(f"{name!r} is a {type(found).__name__}, which cannot be called: name a class or function")
    return found


def _given(value: object) -> object:
    return value._object if isinstance(value, DynamicObject) else value


def _name(variable: str) -> str:
    if not variable.isidentifier():
        raise IscError(f"{variable!r} is no name of a Python variable: use letters, digits and _")
    return variable


def language_value(value: object) -> object:
    """Data as arrays and lists of the language."""
    if isinstance(value, dict):
        return ArrayOfDataTypes({key: language_value(item) for key, item in value.items()})
    if isinstance(value, list):
        return ListOfDataTypes([language_value(item) for item in value])
    return "" if value is None else int(value) if isinstance(value, bool) else value
