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


class LockedError(DataError, TimeoutError):
    """A row, or all rows of a class, that others hold."""

    def __init__(self, class_name: str, row_id: object, shared: bool, holders: tuple[str, ...] = ()) -> None:
        self.class_name = class_name
        self.row_id = row_id
        self.shared = shared
        self.holders = holders
        super().__init__(class_name, row_id, shared, holders)

    @property
    def code(self) -> int:
        """The number of the status: 5803, or 5804 of a shared lock."""
        return 5804 if self.shared else 5803

    def __str__(self) -> str:
        which = "all rows" if self.row_id is None else f"id {self.row_id}"
        by = f"; process {', '.join(self.holders)} has locked it" if self.holders else ""
        return f"{'shared' if self.shared else 'exclusive'} lock on {self.class_name}, {which}: not had in time{by}"


class VersionError(DataError):
    """A row that somebody else has saved since it was opened: its version is another one."""

    def __init__(self, class_name: str, row_id: object, opened: object, found: object) -> None:
        self.class_name = class_name
        self.row_id = row_id
        super().__init__(class_name, row_id, opened, found)

    def __str__(self) -> str:
        class_name, row_id, opened, found = self.args
        return (
            f"{class_name}, id {row_id}: the row has version {found} by now, the object was opened with "
            f"version {opened}: %Reload it and change it again"
        )


class RowGoneError(DataError, LookupError):
    """A row that was deleted since its object was opened."""

    def __init__(self, class_name: str, row_id: object) -> None:
        self.class_name = class_name
        self.row_id = row_id
        super().__init__(class_name, row_id)

    def __str__(self) -> str:
        class_name, row_id = self.args
        return f"{class_name}, id {row_id}: the row was deleted since it was opened; %ConstructClone makes a new object"


class ForeignKeyError(DataError):
    """A row that refers to what is not there, or that others refer to; `sqlcode` is -121 to -124, or -127."""

    def __init__(
        self, sqlcode: int, class_name: str, name: str, row_id: object, values: str, target: str, other: object = ""
    ) -> None:
        self.sqlcode = sqlcode
        self.class_name = class_name
        self.name = name
        self.row_id = row_id
        super().__init__(sqlcode, class_name, name, row_id, values, target, other)

    def __str__(self) -> str:
        sqlcode, class_name, name, row_id, values, target, other = self.args
        which = f"foreign key {name} of {class_name}"
        if sqlcode in (-123, -124):
            what = "deleted" if sqlcode == -124 else "given another key"
            return f"{which}: {target} {other} cannot be {what}, for id {row_id} refers to it ({values})"
        shown = f"id {row_id}: " if row_id not in (None, "") else ""
        return f"{which}: {shown}{target} has no row that {values} refers to"


class ComputationError(SQLError):
    """The code of a computed property failed (SQLCODE -350)."""

    def __init__(self, class_name: str, name: str, reason: str) -> None:
        self.class_name = class_name
        self.name = name
        self.reason = reason
        super().__init__(-350, f"computed property {name} of {class_name}: {reason}")

    def __reduce__(self) -> tuple[type["ComputationError"], tuple[str, str, str]]:
        return type(self), (self.class_name, self.name, self.reason)
