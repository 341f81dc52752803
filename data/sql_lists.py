"""Lists in SQL: what a field that is a ``$LIST`` shows in a select mode, and what it takes.

In ODBC mode, which is that of queries from Python, a list is its elements with ``ODBCDELIMITER`` (a comma) between;
in display mode carriage returns and line feeds stand between; in logical mode, which is that of code, it is the list.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import decode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import short
from isc.py.objectscript.values import text

__all__ = ["DISPLAYED", "delimiter_of", "elements", "given_list", "shown_list", "with_lists_shown"]

#: What stands between the elements in display mode.
DISPLAYED = "\r\n"


def delimiter_of(definition: PropertyDefinition) -> str | None:
    """What divides the elements of a property that is a list; None of another."""
    if definition.collection == "list" or (not definition.collection and short(definition.type) == "List"):
        return definition.parameters.get("ODBCDELIMITER") or ","
    return None


def elements(held: object) -> list[object] | None:
    """The elements of a list as a row or SQL holds it; None of what is none."""
    try:
        return decode(held if isinstance(held, bytes) else text(held).encode("latin-1"))
    except (ListError, UnicodeEncodeError):
        return None


def shown_list(held: object, delimiter: str) -> object:
    """A list with a delimiter between its elements; what is no list as it is."""
    found = elements(held) if held not in (None, "") else None
    return held if found is None else delimiter.join("" if item is None else text(item) for item in found)


def given_list(value: object, delimiter: str) -> list[object]:
    """The elements of what SQL gives a list property: a ``$LIST``, or a text with delimiters."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return list(value)
    if value in (None, "", "\0"):
        return []
    found = elements(value)
    return list(text(value).split(delimiter)) if found is None else found


def with_lists_shown(table: pa.Table, lists: Mapping[str, str]) -> pa.Table:
    """Rows whose lists are texts; `lists` are the delimiters by the lower names of their columns."""
    for at, name in enumerate(table.column_names if lists else []):
        delimiter = lists.get(name.lower())
        kind = table.schema.field(at).type
        if delimiter is not None and (pa.types.is_large_string(kind) or pa.types.is_string(kind)):
            texts = [shown_list(value, delimiter) for value in table.column(at).to_pylist()]
            table = table.set_column(at, name, pa.array(texts, kind))
    return table
