"""The functions and temporary variables of rules, as objects that compiled expressions ask."""

from collections.abc import Callable
from typing import Any

from isc.py.objectscript import dictionary
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.names import similar

_LIBRARY = "Ens.Util.FunctionSet"
_OWN = "Ens.Rule.FunctionSet"


class RuleFunctions:
    """``Name(…)`` in a rule: a class method of the rule's class, the library, or a class of the user's functions."""

    def __init__(self, rule: type) -> None:
        self._rule = rule

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        function = self._found(name)
        if function is None:
            library = dictionary.resolve(_LIBRARY) if dictionary.exists(_LIBRARY) else object
            hint = similar(name, [key for key in dir(library) if not key.startswith("_")])
            detail = f"there is no function {name!r}{hint}: write it into a class that extends {_OWN}"
            raise ObjectScriptError("<METHOD DOES NOT EXIST>", detail)
        self.__dict__[name] = function
        return function

    def _found(self, name: str) -> Callable[..., Any] | None:
        library = [dictionary.resolve(_LIBRARY)] if dictionary.exists(_LIBRARY) else []
        for cls in (self._rule, *library):
            if callable(found := getattr(cls, name, None)):
                return found  # type: ignore[no-any-return]  # it is callable
        _load_users()
        return next((found for cls in _subclasses(FunctionSet) if callable(found := getattr(cls, name, None))), None)


class FunctionSet:
    """``Ens.Rule.FunctionSet``: the base of classes whose class methods are functions of rules."""


def _subclasses(cls: type) -> list[type]:
    """The classes below one, the youngest first."""
    found: list[type] = []
    below: type
    for below in reversed(cls.__subclasses__()):
        found += [below, *_subclasses(below)]
    return found


def _load_users() -> None:
    """Builds the classes of the sources that say they extend the base, which nobody may have asked for yet."""
    for source in dictionary.sources():
        for name in source.names():
            if _OWN in (source.find(name) or ""):
                dictionary.exists(name)


class Temporaries:
    """``@name`` in a rule: a variable that lasts as long as the evaluation; "" before it is set."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def _get_property(self, name: str) -> object:
        return self._values.get(name, "")

    def _set_property(self, name: str, value: object) -> None:
        self._values[name] = value

    def _property_names(self) -> list[str]:
        return list(self._values)
