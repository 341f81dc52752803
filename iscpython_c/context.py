"""Named contexts: the namespaces in which Python code runs, one dictionary each.

The default context is the process's own. Code is compiled once per text by the C core; what it raises comes back as
`CodeError`, and the last of them is kept for ``GetStatus``.
"""

import builtins
import linecache
import sys
from collections.abc import Callable, Iterable
from types import ModuleType

from . import _native
from .exceptions import CodeError, ContextNotFoundError

DEFAULT = "default"

_contexts: dict[str, "Context"] = {}


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
        if name in _contexts:
            return _contexts[name]
        self = super().__new__(cls)
        self.name = name
        self.module = ModuleType("__main__" if name == DEFAULT else f"iscpy_context_{name}")
        self.namespace = self.module.__dict__
        self.last_error = None
        self._reset()
        _contexts[name] = self
        return self

    def _reset(self) -> None:
        self.namespace.clear()
        self.namespace.update({"__name__": self.module_name, "__builtins__": builtins})
        if self.module_name != "__main__":
            sys.modules[self.module_name] = self.module

    @property
    def module_name(self) -> str:
        """What ``__name__`` is inside the context."""
        return "__main__" if self.name == DEFAULT else f"iscpy_context_{self.name}"

    def execute(self, code: str, filename: str = "<isc.py>") -> None:
        """Run statements.

        Raises:
            CodeError: the code does not compile or raised; SystemExit is an error like another.
        """
        self._checked(_native.execute(code, filename, self.namespace), code, filename)

    def evaluate(self, expression: str, filename: str = "<isc.py>") -> object:
        """The value of an expression.

        Raises:
            CodeError: it does not compile or raised.
        """
        return self._checked(_native.evaluate(expression, filename, self.namespace), expression, filename)

    def call(self, function: Callable[[], object]) -> object:
        """The result of a function.

        Raises:
            CodeError: it raised.
        """
        held: dict[str, object] = {"function": function, "__builtins__": builtins}
        return self._checked(_native.evaluate("function()", "<call>", held), "", "")

    def get(self, variable: str, serialization: int = 0) -> str:
        """``str()`` (0) or ``repr()`` (1) of a variable.

        Raises:
            CodeError: there is no such variable (NameError), or its own ``__str__`` raised.
        """
        text, error = _native.fetch(self.namespace, variable, serialization)
        if text is None and error is None:
            text = str(self.value(variable))
        return str(self._checked((text, error), "", ""))

    def value(self, variable: str) -> object:
        """The object a variable is bound to.

        Raises:
            CodeError: there is no such variable (type ``NameError``).
        """
        if variable not in self.namespace:
            names = ", ".join(self.variables()[:20]) or "no variable yet"
            text = f"name {variable!r} is not defined in context {self.name!r}; it has {names}"
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
        self._reset()

    def _checked(
        self, result: tuple[object, tuple[BaseException, str, str, str] | None], source: str, filename: str
    ) -> object:
        value, failure = result
        if failure is None:
            return value
        exception, type_name, message, traceback = failure
        if source:
            traceback = _with_source(traceback, source, filename)
        self.last_error = CodeError(type_name, message, traceback)
        raise self.last_error from exception


def _with_source(traceback: str, source: str, filename: str) -> str:
    """The traceback with the lines of the code that ran, which no file holds."""
    marker = f'File "{filename}", line '
    lines = source.splitlines()
    shown: list[str] = []
    for line in traceback.splitlines():
        shown.append(line)
        if line.strip().startswith(marker) and ", in " in line:
            number = int(line.split(marker, 1)[1].split(",", 1)[0])
            if 0 < number <= len(lines) and not linecache.getline(filename, number):
                shown.append(f"    {lines[number - 1].strip()}")
    return "\n".join(shown) + "\n"


def contexts() -> list[str]:
    """The names of the contexts that live in this process."""
    return list(_contexts)


def free(names: Iterable[str] | None = None) -> None:
    """Free contexts (all of them by default); the interpreter and its modules stay.

    Raises:
        ContextNotFoundError: there is none of a given name.
    """
    for name in list(_contexts) if names is None else names:
        if name not in _contexts:
            raise ContextNotFoundError(
                f"no context {name!r} in this process; there are {', '.join(_contexts) or 'none'}"
            )
        context = _contexts.pop(name)
        context.clear()
        if sys.modules.get(context.module_name) is context.module:
            del sys.modules[context.module_name]
