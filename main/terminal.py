"""`Main`: the terminal API (contract, section 2).

The class itself works on the process's default context and current namespace; ``Main(context=…, namespace=…)`` binds
others. From Python, calls return values and raise.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from isc.py.data.frames import KINDS, converted
from isc.py.data.namespace import EmbeddedNamespace, current, named, use
from isc.py.iscpython_c.context import DEFAULT, Context
from isc.py.iscpython_c.exceptions import CodeError, IscError

from .calls import FunctionInfo, bound, function_info, keywords, positional
from .exceptions import ArgumentsError
from .serialization import deserialized, serialized, to_arrow, to_json, to_pickle
from .statements import statements

if TYPE_CHECKING:
    from isc.py.data.chunks import Report
    from isc.py.data.sources import Source


def _form(serialization: int | str) -> str:
    return {"0": "Str", "1": "Repr", "": "Str"}.get(str(serialization), str(serialization))


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
    _objectscript_face = "isc.py.status_face:StatusFace"

    def __init__(self, context: str = DEFAULT, namespace: EmbeddedNamespace | None = None) -> None:
        self._context = Context(context)
        self._namespace = namespace

    def _in(self, name: str) -> "EmbeddedNamespace | Source":
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
            self._checked_name(variable)
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

    def _callable(self, function: str) -> Callable[..., object]:
        found = self._context.evaluate(function.strip())
        if not callable(found):
            kind = f"{type(found).__module__}.{type(found).__qualname__}"
            raise ArgumentsError(f"{function!r} is a {kind}, which cannot be called: name a function or method")
        return found

    def _call(self, function: str, row: list[object], named: dict[str, object], variable: str, form: int | str) -> str:
        """Call within the context, so that what it raises is an error of the context."""
        if variable:
            self._checked_name(variable)
        result = self._context.call(partial(self._callable(function), *row, **named))
        if variable:
            self._context.namespace[variable] = result
        return serialized(result, variable or function, _form(form))

    @_method
    def ExecuteFunction(
        self,
        function: str,
        positionalArguments: object = "",
        keywordArguments: object = "",
        variable: str = "",
        serialization: int | str = 0,
    ) -> str:
        """Call a function or method (``cube``, ``frame.head``) and return the serialization of its result.

        Positional arguments are a list or a JSON array, keyword arguments a dict or a JSON object; the result is also
        bound to `variable` when one is named.

        Raises:
            CodeError: there is no such function, or it raised.
            ArgumentsError: it cannot be called, or the arguments are no list or object.
        """
        row, named = positional(positionalArguments), keywords(keywordArguments)
        return self._call(function, row, named, variable, serialization)

    @_method
    def ExecuteFunctionArgs(
        self, function: str, variable: str = "", serialization: int | str = 0, *arguments: object
    ) -> str:
        """`ExecuteFunction` with arguments in a row, bound by the function's own signature.

        ``*[json]`` gives several positional arguments, ``**{json}`` keyword arguments.

        Raises:
            CodeError: there is no such function, or it raised.
            ArgumentsError: the function does not take these arguments; tells its signature.
        """
        row, named = bound(self._callable(function), function, arguments)
        return self._call(function, row, named, variable, serialization)

    # --- information ---

    @_method
    def GetVariableDefined(self, variable: str) -> bool:
        """Whether there is a variable of that name."""
        return variable in self._context.namespace and not variable.startswith("__")

    @_method
    def GetVariableType(self, variable: str) -> str:
        """The full name of a variable's type, "" when it is not defined."""
        if variable not in self._context.namespace:
            return ""
        kind = type(self._context.namespace[variable])
        return f"{kind.__module__}.{kind.__qualname__}"

    @_method
    def GetVariableInfo(self, variable: str, serialization: int | str = 0) -> tuple[bool, str, int]:
        """(defined, type, length of the serialization); (False, "", 0) when it is not defined.

        Raises:
            SerializationError: it has no such form.
        """
        if variable not in self._context.namespace:
            return False, "", 0
        text = serialized(self._context.namespace[variable], variable, _form(serialization))
        return True, self.GetVariableType(variable), len(text)

    @_method
    def GetModuleInfo(self, module: str) -> tuple[bool, str]:
        """(imported, alias) of a module in this context; the module's own name when it has no alias."""
        aliases = [name for name, found in self.GetModules().items() if found == module]
        if not aliases and module.partition(".")[0] in self.GetModules() and module in sys.modules:
            return True, module  # `import a.b` binds a
        return bool(aliases), aliases[0] if aliases else ""

    @_method
    def GetFunctionInfo(self, function: str) -> FunctionInfo:
        """What is known of a function of the context; `defined` is False when there is none."""
        try:
            return function_info(self._context.evaluate(function.strip()))
        except CodeError:
            self._context.last_error = None
            return FunctionInfo(False)

    # --- Python to host ---

    @staticmethod
    def _checked_name(variable: str) -> None:
        if not variable.isidentifier():
            raise IscError(f"{variable!r} is no name of a Python variable: use letters, digits and _")

    @_method
    def SetVariable(self, variable: str, value: object, format: str = "") -> None:
        """Bind a variable to data, never through source text.

        `format` says what `value` is: "" as it is, "Str", "JSON", "Bytes" (or characters 0 to 255), "Pickle", "Dill"
        and "Arrow" (an IPC stream, which becomes a DataFrame) as bytes, Base64 or characters 0 to 255.

        Raises:
            SerializationError: the value is not of that format.
        """
        self._checked_name(variable)
        self._context.namespace[variable] = deserialized(value, variable, format)

    @_method
    def GetVariable(self, variable: str, serialization: int | str = 0, useString: bool = True) -> str:
        """A variable by ``str()`` (0, "Str"), ``repr()`` (1, "Repr"), or in a format of `SetVariable`.

        As text, "Pickle", "Dill" and "Arrow" are Base64, and "Bytes" are characters 0 to 255.

        Raises:
            CodeError: there is no such variable.
            SerializationError: it has no such form.
        """
        return serialized(self._context.value(variable), variable, _form(serialization))

    @_method
    def GetVariableJson(self, variable: str, useString: bool = True, nan: str = "null") -> str:
        """A variable as JSON; NaN and infinity as "null", as "string", or an "error". Raises like `GetVariable`."""
        return to_json(self._context.value(variable), variable, nan)

    @_method
    def GetVariablePickle(self, variable: str, useString: bool = True, useDill: bool = False) -> bytes:
        """A variable as pickle (or dill) bytes. Raises like `GetVariable`."""
        return to_pickle(self._context.value(variable), variable, useDill)

    @_method
    def GetVariableArrow(self, variable: str, useString: bool = True) -> bytes:
        """A DataFrame, Series or Arrow table as an Arrow IPC stream. Raises like `GetVariable`."""
        return to_arrow(self._context.value(variable), variable)

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
        self._checked_name(variable)
        self._context.namespace[variable] = converted(rows, kind)

    def _set_chunks(self, variable: str, rows: "Iterator[Any]", kind: str) -> None:
        self._checked_name(variable)
        if kind not in KINDS:
            converted(None, kind)  # tells the kinds
        self._context.namespace[variable] = (converted(chunk, kind) for chunk in rows)

    @_method
    def ExecuteQuery(
        self,
        query: str,
        variable: str,
        type: str = "dataframe",
        namespace: str = "",
        parameters: object = (),
        *,
        decimals: str = "",
        chunksize: int = 0,
        progress: "Report | None" = None,
    ) -> None:
        """The rows of an SQL query into a variable: a `list` whose first row is the names, a `dataframe`, `arrow` or
        `polars`. With `chunksize` the variable is an iterator of such parts, of up to so many rows each; `progress` is
        called with a `Progress` as rows are read and given.

        `decimals` is ``float`` or ``exact``: what decimals are; when nothing is said, floats of a folder's namespace,
        exact ones of another database.

        Raises:
            SQLError: the query could not be run.
            DataError: `type` or `decimals` is unknown.
        """
        from isc.py.data.transfer_chunks import checked_size, query_chunks

        arguments = parameters if isinstance(parameters, list | tuple | dict) else ()
        space = self._in(namespace)
        if checked_size(chunksize):
            rows = query_chunks(space, query, arguments, chunksize, decimals=decimals, report=progress)
            self._set_chunks(variable, rows, type)
        elif decimals:
            self._set(variable, space.query(query, arguments, decimals=decimals), type)
        else:
            self._set(variable, space.query(query, arguments), type)

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
        *,
        chunksize: int = 0,
        progress: "Report | None" = None,
    ) -> None:
        """The rows of a global into a variable; see `isc.py.data.transfer.global_rows` for mask and labels, and
        `ExecuteQuery` for `type` and `chunksize`; `progress` is called with a `Progress` after each chunk.
        """
        from isc.py.data.transfer_chunks import checked_size, chunks_of_global

        names = [part.strip() for part in labels.split(",")] if isinstance(labels, str) and labels else labels
        picked = [str(name) for name in names] if isinstance(names, list | tuple) else []
        space = self._in(namespace)
        if checked_size(chunksize):
            rows = chunks_of_global(space, global_name, start, end, mask, picked, size=chunksize, report=progress)
            self._set_chunks(variable, rows, type)
        else:
            self._set(variable, space.global_rows(global_name, start, end, mask, picked), type)

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
        *,
        decimals: str = "float",
        chunksize: int = 0,
        progress: "Report | None" = None,
    ) -> None:
        """The rows of a persistent class into a variable: ID, then the properties.

        `decimals` is ``float`` or ``exact``: what ``%Numeric`` properties, or decimals, become. `type`, `chunksize` and
        `progress` are those of `ExecuteGlobal`.
        """
        from isc.py.data.transfer_chunks import checked_size, chunks_of_class

        space = self._in(namespace)
        if checked_size(chunksize) or decimals != "float" or not isinstance(space, EmbeddedNamespace):
            rows = chunks_of_class(
                space, class_name, start, end, properties, decimals=decimals, size=chunksize, report=progress
            )
            self._whole_or_chunks(variable, rows, type, chunksize)
        else:
            self._set(variable, space.class_rows(class_name, start, end, properties), type)

    def _whole_or_chunks(self, variable: str, rows: "Iterator[Any]", kind: str, chunksize: int) -> None:
        if chunksize:
            self._set_chunks(variable, rows, kind)
        else:
            self._set(variable, next(rows), kind)

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
        *,
        decimals: str = "float",
        chunksize: int = 0,
        progress: "Report | None" = None,
    ) -> None:
        """The rows of a table into a variable: ID, then the fields; as `ExecuteClass`."""
        from isc.py.data.transfer_chunks import checked_size, chunks_of_table

        space = self._in(namespace)
        if checked_size(chunksize) or decimals != "float" or not isinstance(space, EmbeddedNamespace):
            rows = chunks_of_table(
                space, table, start, end, properties, decimals=decimals, size=chunksize, report=progress
            )
            self._whole_or_chunks(variable, rows, type, chunksize)
        else:
            self._set(variable, space.table_rows(table, start, end, properties), type)

    # --- Python to host ---

    @_method
    def StoreDataframe(
        self, variable: str, target: str, mode: str = "append", key: object = (), namespace: str = ""
    ) -> int:
        """Store a DataFrame as rows of a class or table, which is made when there is none; how many rows were stored.

        `mode` is ``append``, ``replace`` or ``upsert`` (by the columns of `key`, names with commas or a list, else by
        ID). The namespace may be another database. See `isc.py.data.store_frame.store_frame` for what it raises.
        """
        from isc.py.data.exceptions import DataError
        from isc.py.data.store_frame import store_frame, store_in_database

        names = [part.strip() for part in key.split(",") if part.strip()] if isinstance(key, str) else key
        picked = [str(name) for name in names] if isinstance(names, list | tuple) else []
        space, frame = self._in(namespace), self._context.value(variable)
        if isinstance(frame, str | bytes | int | float | list | tuple | dict | set | None):
            wrong = f"variable {variable!r} is a {type(frame).__name__}, not a DataFrame"
            raise DataError(f"{wrong}: give it a DataFrame of pandas or polars, or an Arrow table")
        if not isinstance(space, EmbeddedNamespace):
            return store_in_database(space, frame, target, mode, picked)
        with use(space):
            return store_frame(space, frame, target, mode, picked)

    @_method
    def PublishDataframe(self, variable: str, class_name: str) -> str:
        """Make a DataFrame of the context a table that SQL of this process reads live; the table's name.

        Raises:
            SQLError: the variable is no DataFrame.
        """
        from isc.py.data.sql_live import frame_table, publish

        context = self._context
        frame_table(context.value(variable), variable)
        return publish(class_name, lambda: context.value(variable))
