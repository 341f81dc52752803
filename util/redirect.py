"""`Redirect`: what Python code prints, as text."""

import contextlib
import io
from types import TracebackType
from typing import Self

from isc.py.iscpython_c.context import DEFAULT, Context


class Redirect:
    """A context manager that captures standard output; `text` is what came so far."""

    def __init__(self) -> None:
        self._buffer = io.StringIO()
        self._redirected = contextlib.redirect_stdout(self._buffer)

    def __enter__(self) -> Self:
        self._redirected.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._redirected.__exit__(kind, error, at)

    @property
    def text(self) -> str:
        """What was printed."""
        return self._buffer.getvalue()

    @classmethod
    def Run(cls, code: str, context: str = DEFAULT) -> str:
        """What code prints.

        Raises:
            CodeError: it raised.
        """
        with cls() as captured:
            Context(context).execute(code)
        return captured.text
