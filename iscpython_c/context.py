"""Named contexts: the namespaces in which Python code runs, one dictionary each.

The default context is the process's own. Contexts live in the C core, which shares them with a host that runs this
process; code is compiled once per text. What it raises comes back as `CodeError`, and the last of them is kept for
``GetStatus``.
"""

import builtins
from collections.abc import Callable, Iterable
from enum import IntEnum
from types import ModuleType

from . import _native
from .exceptions import CodeError, ContextNotFoundError
from .formats import undefined

DEFAULT = "default"

_contexts: dict[str, "Context"] = {}


class Format(IntEnum):
    """How a variable is given or bound without source text."""

    STR = 0
    REPR = 1
    BYTES = 2
    JSON = 3
    PICKLE = 4
    ARROW = 5


class Context:
    """A namespace with a name; `Context(name)` is always the same one until it is freed.

    The namespace is that of a module, so that functions and classes defined in it pickle by reference inside it.
    """

    name: str
    namespace: dict[str, object]
    module: ModuleType
    last_error: CodeError | None

    def __new__(cls, name: str = DEFAULT) -> "Context":
        """The context of that name, made when it is not there."""
        self = _contexts.get(name)
        module = _native.context_module(name)
        if self is not None and self.module is module:
            return self
        self = super().__new__(cls)
        self.name = name
        self.module = module
        self.namespace = module.__dict__
        self.last_error = None
        _contexts[name] = self
        return self

    @property
    def module_name(self) -> str:
        """What ``__name__`` is inside the context."""
        return "__main__" if self.name == DEFAULT else f"iscpy_context_{self.name}"

    def execute(self, code: str, filename: str | None = None) -> None:
        """Run statements; without a file name, tracebacks give the text a name of its own.

        Raises:
            CodeError: the code does not compile or raised; SystemExit is an error like another.
        """
        self._checked(*_native.execute(code, filename, self.namespace))

    def evaluate(self, expression: str, filename: str | None = None) -> object:
        """The value of an expression.

        Raises:
            CodeError: it does not compile or raised.
        """
        return self._checked(*_native.evaluate(expression, filename, self.namespace))

    def run(self, code: str, variable: str = "", serialization: int = 0) -> str:
        """Run statements (none when empty), then give a variable (none when empty) by ``str()`` (0) or ``repr()`` (1).

        Raises:
            CodeError: the code raised, or there is no such variable.
        """
        text, error = _native.simple_string(self.name, self.namespace, code, variable, serialization)
        if error is None:
            return text  # type: ignore[return-value]  # text for these two formats
        return str(self._checked(text, error))

    def call(self, function: Callable[[], object]) -> object:
        """The result of a function.

        Raises:
            CodeError: it raised.
        """
        held: dict[str, object] = {"function": function, "__builtins__": builtins}
        return self._checked(*_native.evaluate("function()", "<call>", held))

    def get(self, variable: str, serialization: int = 0) -> str:
        """``str()`` (0) or ``repr()`` (1) of a variable.

        Raises:
            CodeError: there is no such variable (NameError), or its own ``__str__`` raised.
        """
        return str(self.dump(variable, serialization))

    def dump(self, variable: str, format: int) -> str | bytes:
        """A variable in a format of `Format`: text for str, repr and JSON, else bytes.

        Raises:
            CodeError: there is no such variable, or it cannot be given in that format.
        """
        return self._checked(*_native.dump(self.value(variable), format))  # type: ignore[return-value]  # by the core

    def bind(self, variable: str, data: str | bytes | bytearray | memoryview, format: int) -> None:
        """Bind a variable to what `data` stands for in a format of `Format` (all but REPR).

        Raises:
            CodeError: the data are not of that format.
        """
        self.namespace[variable] = self._checked(*_native.load(data, format))

    def value(self, variable: str) -> object:
        """The object a variable is bound to.

        Raises:
            CodeError: there is no such variable (type ``NameError``).
        """
        if variable not in self.namespace:
            text = undefined(variable, self.name, self.namespace)
            error = CodeError("NameError", text, f"NameError: {text}\n")
            self.last_error = error
            raise error
        return self.namespace[variable]

    def variables(self) -> list[str]:
        """The names that code of the user defined."""
        return [name for name in self.namespace if not name.startswith("__")]

    def clear(self) -> None:
        """Forget every variable."""
        self.last_error = None
        _native.context_clear(self.name)

    def _checked(self, value: object, failure: "_native._Error | None") -> object:
        if failure is None:
            return value
        exception, type_name, message, traceback = failure
        self.last_error = CodeError(type_name, message, traceback)
        raise self.last_error from exception


def contexts() -> list[str]:
    """The names of the contexts that live in this process."""
    return _native.context_names()


def free(names: Iterable[str] | None = None) -> None:
    """Free contexts (all of them by default); the interpreter and its modules stay.

    Raises:
        ContextNotFoundError: there is none of a given name.
    """
    for name in contexts() if names is None else names:
        if not _native.context_free(name):
            there = ", ".join(contexts()) or "none"
            raise ContextNotFoundError(f"no context {name!r} in this process; there are {there}")
        _contexts.pop(name, None)
