"""What the language needs of the room that keeps data; the namespace implements it."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Protocol, runtime_checkable


@runtime_checkable
class Platform(Protocol):
    """Globals as code sees them: a name and its subscripts."""

    def global_get(self, name: str, subscripts: tuple[object, ...]) -> object | None:
        """The value of a node, None when it has none."""

    def global_set(self, name: str, subscripts: tuple[object, ...], value: object) -> None:
        """Give a node a value."""

    def global_kill(self, name: str, subscripts: tuple[object, ...]) -> None:
        """Delete a node and all below it."""

    def global_data(self, name: str, subscripts: tuple[object, ...]) -> int:
        """``$data``."""

    def global_order(self, name: str, subscripts: tuple[object, ...], direction: int) -> object:
        """The subscript after (1) or before (-1) the last one given; "" at the end and as the start."""


#: The namespace that code has switched to (``set $namespace``), until its method ends; None: the process's own.
switched: ContextVar[Platform | None] = ContextVar("switched", default=None)


_query_sources: list[Callable[[type, str], object | None]] = []


def set_query_source(source: Callable[[type, str], object | None]) -> None:
    """Tell who knows the queries of classes: ``##class(A).NameFunc(…)`` is the result of the query Name."""
    _query_sources[:] = [source]


def query_function(cls: type, query: str) -> object | None:
    """What runs a query of a class; None when it has none of that name."""
    return _query_sources[0](cls, query) if _query_sources else None


class SQLRows(Protocol):
    """What a statement gave: rows of the language's values for a query, how many rows it changed for others."""

    @property
    def names(self) -> list[str]:
        """The names of the columns."""

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """The rows; a null is ""."""

    @property
    def count(self) -> int:
        """How many rows were changed, or found."""


@runtime_checkable
class SQLPlatform(Protocol):
    """A platform that answers SQL."""

    def sql(self, statement: str, parameters: Sequence[object]) -> SQLRows:
        """Run a statement with ``?`` parameters; its errors have an ``sqlcode``."""


@runtime_checkable
class LockingPlatform(Protocol):
    """A platform whose places can be locked."""

    def lock(self, mode: str, places: tuple[str, ...], timeout: float | None) -> bool:
        """Lock (``+``), unlock (``-``) or release all, then lock (""); whether it was had in `timeout` seconds."""


@runtime_checkable
class TransactionalPlatform(Protocol):
    """A platform with nested transactions."""

    def tstart(self) -> None:
        """Open a level."""

    def tcommit(self) -> None:
        """Close a level; the outermost one writes."""

    def trollback(self) -> None:
        """Drop all levels."""
