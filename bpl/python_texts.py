"""Expressions, conditions and code of a process that are written in Python, as the ones of the language are run.

The names in scope are the same ones: ``request``, ``context``, ``process`` … ; ``iris.cls("My.Class")`` is a class.
"""

import textwrap
from types import CodeType
from typing import NoReturn

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import Condition, Expression, Frame, NotSupportedError, dictionary
from isc.py.objectscript.names import python_name

from .exceptions import ActivityError, BPLError


class _Iris:
    """``iris`` of embedded Python, as far as it does not need the database around it."""

    def cls(self, name: str) -> object:
        """The class of that name, for its class methods.

        Raises:
            ClassNotFoundError: there is none.
        """
        return dictionary.face_of(dictionary.resolve(name))

    def __getattr__(self, name: str) -> NoReturn:
        raise NotSupportedError(f"iris.{name} is there inside of IRIS only: iris.cls is what a process has here")


IRIS = _Iris()


def names_of(frame: Frame) -> dict[str, object]:
    """What Python sees: the variables in scope by names that Python can spell, and ``iris``."""
    return {"iris": IRIS, **{python_name(name): value for name, value in frame.variables.items()}}


def python_expression(text: str, place: str) -> Expression:
    """A Python expression.

    Raises:
        BPLError: it is none.
    """
    code = _compiled(text.strip(), place, "eval")

    def run(frame: Frame) -> object:
        try:
            return plain(eval(code, names_of(frame)))  # the process's own text, which it is here to run
        except IscError:
            raise
        except Exception as error:
            raise ActivityError(
                f"{frame.place or place}: {type(error).__name__}: {error} in `{text.strip()}`"
            ) from error

    return Expression(text, run)


def python_condition(text: str, place: str) -> Condition:
    """A Python condition. Raises like `python_expression`."""
    expression = python_expression(f"bool({text.strip()})", place)
    return Condition(text, expression.evaluate)


def python_block(text: str, place: str) -> CodeType:
    """Python code.

    Raises:
        BPLError: it is none.
    """
    return _compiled(textwrap.dedent(text), place, "exec")


def plain(value: object) -> object:
    """A value of Python as the language has it: truth is 1 or 0, nothing is the empty string."""
    if value is None:
        return ""
    return int(value) if isinstance(value, bool) else value


def _compiled(text: str, place: str, mode: str) -> CodeType:
    try:
        code: CodeType = compile(text, f"<{place}>", mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, shown = getattr(error, "lineno", None) or 1, (getattr(error, "text", "") or "").strip()
        reason = f"{getattr(error, 'msg', error)} at line {line} of `{shown}`"
        raise BPLError(f"{place}: the Python cannot be compiled: {reason}") from error
    return code
