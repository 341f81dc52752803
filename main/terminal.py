"""`Main`: the terminal API (contract, section 2).

The class itself works on the process's default context and current namespace; ``Main(context=…, namespace=…)`` binds
others. From Python, calls return values and raise.
"""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from isc.py.data.frames import converted
from isc.py.data.namespace import EmbeddedNamespace, current, named
from isc.py.data.transfer import class_rows, global_rows, table_rows
from isc.py.iscpython_c.context import DEFAULT, Context
from isc.py.iscpython_c.exceptions import CodeError, IscError

from .serialization import serialized, to_json, to_pickle
from .statements import statements

P = ParamSpec("P")
R = TypeVar("R")


class _method(Generic[P, R]):  # a decorator
    """A method that also works on the class, for the default context."""

    def __init__(self, function: "Callable[Concatenate[Main, P], R]") -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: "Main | None", owner: "type[Main]") -> Callable[P, R]:
        return partial(self.function, instance if instance is not None else owner())


class Main:
    """The terminal API on one context and one namespace."""

    SerializationStr, SerializationRepr = 0, 1

    def __init__(self, context: str = DEFAULT, namespace: EmbeddedNamespace | None = None) -> None:
        self._context = Context(context)
        self._namespace = namespace

    def _in(self, name: str) -> EmbeddedNamespace:
        if name:
            return named(name)
        return self._namespace or current()

    # --- code ---

    @_method
    def SimpleString(self, code: str, returnVariable: str = "", serialization: int | str = 0) -> str:
        """Run code; the serialization of `returnVariable` afterwards, "" without one.

        Raises:
            CodeError: the code raised, or there is no such variable.
        """
        if code:
            self._context.execute(code)
        return self.GetVariable(returnVariable, serialization) if returnVariable else ""

    @_method
    def ExecuteCode(self, code: object, variable: str = "", separateLines: bool = False) -> None:
        """Run code (a string or a stream); with `variable`, `code` is an expression whose value it becomes.

        Raises:
            CodeError: the code raised.
        """
        text = str(code)
        if variable:
            self._context.namespace[variable] = self._context.evaluate(text.strip())
            return
        for part in statements(text) if separateLines else [text]:
            self._context.execute(part)

    @_method
    def ImportModule(self, module: str, alias: str = "") -> tuple[bool, str]:
        """Import a module under its name or an alias: (imported, alias).

        Raises:
            CodeError: it cannot be imported.
        """
        if not all(part.isidentifier() for part in module.split(".")) or (alias and not alias.isidentifier()):
            raise IscError(f"{module!r} as {alias or module!r} is no import: give a module name and an identifier")
        self._context.execute(f"import {module} as {alias}" if alias else f"import {module}")
        return True, alias or module

    # --- Python to host ---

    @_method
    def GetVariable(self, variable: str, serialization: int | str = 0, useString: bool = True) -> str:
        """A variable by ``str()`` (0, "Str"), ``repr()`` (1, "Repr"), or as "JSON", "Pickle", "Dill" (Base64).

        Raises:
            CodeError: there is no such variable.
            SerializationError: it has no such form.
        """
        form = ("Str", "Repr")[serialization] if serialization in (0, 1) else str(serialization)
        return serialized(self._context.value(variable), variable, form)

    @_method
    def GetVariableJson(self, variable: str, useString: bool = True) -> str:
        """A variable as JSON. Raises like `GetVariable`."""
        return to_json(self._context.value(variable), variable)

    @_method
    def GetVariablePickle(self, variable: str, useString: bool = True, useDill: bool = False) -> bytes:
        """A variable as pickle (or dill) bytes. Raises like `GetVariable`."""
        return to_pickle(self._context.value(variable), variable, useDill)

    @_method
    def GetStatus(self) -> CodeError | None:
        """The last exception of the context, which is then forgotten; None when there was none."""
        error, self._context.last_error = self._context.last_error, None
        return error

    @_method
    def GetModules(self) -> dict[str, str]:
        """The modules of the context: alias to module."""
        found = self._context.namespace.items()
        return {name: value.__name__ for name, value in found if isinstance(value, ModuleType)}

    # --- host to Python ---

    def _set(self, variable: str, rows: Any, kind: str) -> None:
        if not variable.isidentifier():
            raise IscError(f"{variable!r} is no name of a Python variable: use letters, digits and _")
        self._context.namespace[variable] = converted(rows, kind)

    @_method
    def ExecuteQuery(
        self, query: str, variable: str, type: str = "dataframe", namespace: str = "", parameters: object = ()
    ) -> None:
        """The rows of an SQL query into a variable (a `list` whose first row is the names, or a `dataframe`).

        Raises:
            SQLError: the query could not be run.
            DataError: `type` is unknown.
        """
        arguments = list(parameters) if isinstance(parameters, list | tuple) else []
        self._set(variable, self._in(namespace).query(query, arguments), type)

    @_method
    def ExecuteGlobal(
        self,
        global_name: str,
        variable: str,
        type: str = "dataframe",
        start: object = 1,
        end: object = "",
        mask: str = "",
        labels: object = (),
        namespace: str = "",
    ) -> None:
        """The rows of a global into a variable; see `isc.py.data.transfer.global_rows` for mask and labels."""
        names = [part.strip() for part in labels.split(",")] if isinstance(labels, str) and labels else labels
        picked = [str(name) for name in names] if isinstance(names, list | tuple) else []
        self._set(variable, global_rows(self._in(namespace), global_name, start, end, mask, picked), type)

    @_method
    def ExecuteClass(
        self,
        class_name: str,
        variable: str,
        type: str = "dataframe",
        start: object = 1,
        end: object = "",
        properties: str = "*",
        namespace: str = "",
    ) -> None:
        """The rows of a persistent class into a variable: ID, then the properties."""
        self._set(variable, class_rows(self._in(namespace), class_name, start, end, properties), type)

    @_method
    def ExecuteTable(
        self,
        table: str,
        variable: str,
        type: str = "dataframe",
        start: object = 1,
        end: object = "",
        properties: str = "*",
        namespace: str = "",
    ) -> None:
        """The rows of a table into a variable: ID, then the fields."""
        self._set(variable, table_rows(self._in(namespace), table, start, end, properties), type)
