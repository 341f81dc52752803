"""Methods written in Python (``[ Language = python ]``): what the methods of one class share, and their calls."""

import textwrap
from collections.abc import Callable
from types import CodeType

from .compiler import compile_expression
from .definitions import ClassDefinition, MethodDefinition
from .errors import CompileError, NotSupportedError, ObjectScriptError
from .frame import Frame
from .names import python_name

_IMPORTS = "%import"


class PythonModule:
    """The global names of a class's Python methods; its XData ``%import`` runs before the first call."""

    def __init__(self, definition: ClassDefinition) -> None:
        self.definition = definition
        self.place = definition.source or definition.name
        self.names: dict[str, object] = {"__name__": definition.name}
        self._imported = False

    def callable(self, method: MethodDefinition) -> Callable[..., object]:
        """The method as a callable; its text is compiled at the first call, so that others of the class can be used."""
        where = f"{self.definition.name}.{method.name}"
        first = 0 if method.is_class_method else 1
        made: list[Callable[..., object]] = []

        def run(this: object, *arguments: object) -> object:
            if not made:
                made.append(self._function(method))
            if len(arguments) > len(method.arguments) and not any(item.mode == "variadic" for item in method.arguments):
                detail = f"{where} takes {len(method.arguments)} argument(s), {len(arguments)} were given"
                raise ObjectScriptError("<PARAMETER>", detail)
            try:
                self._import()
                return made[0](*((this,) if first else ()), *arguments)
            except ModuleNotFoundError as error:
                if error.name != "iris":
                    raise
                raise NotSupportedError(
                    f"{where} imports iris, which is there inside of IRIS only: take what it needs as arguments, or"
                    " write that part in ObjectScript"
                ) from error

        return run

    def compiled(self, method: MethodDefinition) -> CodeType:
        """The code of a method.

        Raises:
            CompileError: it is no Python; the line is that of the class file.
        """
        names = [("*" if item.mode == "variadic" else "") + python_name(item.name) for item in method.arguments]
        first = [] if method.is_class_method else ["self"]
        parameters = ", ".join([*first, *(name if name.startswith("*") else f"{name}=''" for name in names)])
        body = textwrap.indent(textwrap.dedent(method.body.expandtabs(8)), "    ")
        source = f"def method({parameters}):\n{body}\n    pass\n"
        lead = "\n" * max(method.line - 2, 0)
        try:
            return compile(lead + source, self.place, "exec")
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or method.line
            reason = f"{getattr(error, 'msg', error)} (the method {method.name} is written in Python)"
            raise CompileError(reason, lead + source, line, getattr(error, "offset", None) or 1, self.place) from error

    def _function(self, method: MethodDefinition) -> Callable[..., object]:
        found: dict[str, Callable[..., object]] = {}
        exec(self.compiled(method), self.names, found)  # the user's class file, loaded to be run
        function = found["method"]
        plain = [item for item in method.arguments if item.mode != "variadic"]
        function.__defaults__ = tuple(self._default(item.default) for item in plain)
        return function

    def _default(self, expression: str | None) -> object:
        if not expression:
            return ""
        return compile_expression(expression, self.place).evaluate(Frame(place=self.place))

    def _import(self) -> None:
        if self._imported:
            return
        for xdata in self.definition.xdatas:
            if xdata.name == _IMPORTS:
                source = "\n" * (xdata.line - 1) + textwrap.dedent(xdata.text)
                exec(compile(source, self.place, "exec"), self.names)  # the user's class file, loaded to be run
        self._imported = True
