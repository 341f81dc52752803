"""Errors of the data room."""

from isc.py.iscpython_c.exceptions import IscError


class DataError(IscError):
    """A row, a value or a definition that does not fit; names what, where and the mend."""


class ConfigurationError(DataError, ValueError):
    """``iscpy.toml`` says what it may not; names file, setting and the mend."""


class ContextError(DataError):
    """A saved context that is not there, or not to be trusted."""


class SQLError(DataError):
    """SQL that could not be run; `sqlcode` is the number that users of InterSystems SQL know."""

    def __init__(self, sqlcode: int, message: str) -> None:
        self.sqlcode = sqlcode
        self.message = message
        super().__init__(sqlcode, message)

    def __str__(self) -> str:
        return f"SQLCODE {self.sqlcode}: {self.message}"


class TableNotFoundError(SQLError, LookupError):
    """No table of that name (SQLCODE -30)."""

    def __init__(self, table: str, hint: str = "") -> None:
        self.table = table
        super().__init__(-30, f"table {table!r} not found{hint}")

    def __reduce__(self) -> tuple[type["TableNotFoundError"], tuple[str]]:
        return type(self), (self.table,)


class NotUniqueError(DataError):
    """Another row has the values of a unique index."""

    def __init__(
        self, class_name: str, index: str, properties: tuple[str, ...], values: tuple[object, ...], other: object
    ) -> None:
        self.class_name = class_name
        self.index = index
        self.properties = properties
        self.values = values
        self.other = other
        super().__init__(class_name, index, properties, values, other)

    def __str__(self) -> str:
        pairs = ", ".join(
            f"{name} = {str(value).strip()!r}" for name, value in zip(self.properties, self.values, strict=False)
        )
        return f"{self.class_name}: {pairs} is not unique (index {self.index}): the row with id {self.other} has it"
