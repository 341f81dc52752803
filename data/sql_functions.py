"""The functions of InterSystems SQL that DuckDB lacks: macros in its own SQL, and ``$LIST`` functions in Python."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import duckdb
from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError

__all__ = ["install"]

#: A number as the language writes it: no zero in front of the point, none at the end behind it.
_CANONICAL = r"regexp_replace(regexp_replace(regexp_replace({0}, '(\.\d*?)0+$', '\1'), '\.$', ''), '^(-?)0\.', '\1.')"
_NUMBER = r"regexp_extract(trim(x), '^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')"

MACROS = (
    # values as text and as numbers
    f"""iscpy_text(x) as case
      when typeof(x) = 'BOOLEAN' then cast(try_cast(cast(x as varchar) as boolean)::integer as varchar)
      when typeof(x) in ('DOUBLE', 'FLOAT') or typeof(x) like 'DECIMAL%'
        then {_CANONICAL.format("cast(x as varchar)")}
      else cast(x as varchar) end""",
    f"""iscpy_plus(x) as coalesce(try_cast({_NUMBER} as double), 0)""",
    """iscpy_number(x) as case when x is null then null else iscpy_plus(cast(x as varchar)) end""",
    """iscpy_isnumeric(x) as (try_cast(trim(cast(x as varchar)) as double) is not null)::integer""",
    """iscpy_fixed(x, n) as format('{:.' || n || 'f}', round(iscpy_number(x), n::integer))""",
    # text
    """iscpy_piece(x, d) as coalesce(string_split(x, d)[1], ''),
      (x, d, f) as case when x is null then null when f < 1 then '' else coalesce(string_split(x, d)[f], '') end,
      (x, d, f, t) as array_to_string(list_slice(string_split(x, d), greatest(f, 1), t), d)""",
    """iscpy_extract(x) as substr(x, 1, 1),
      (x, f) as case when f < 1 then '' else substr(x, f, 1) end,
      (x, f, t) as case when t < greatest(f, 1) then '' else substr(x, greatest(f, 1), t - greatest(f, 1) + 1) end""",
    """iscpy_length(x) as length(iscpy_text(x)), (x, d) as len(string_split(x, d))""",
    """iscpy_index(x, s, f) as case when strpos(substr(x, f), s) = 0 then 0 else strpos(substr(x, f), s) + f - 1 end""",
    """iscpy_find(x, s) as case when strpos(x, s) = 0 then 0 else strpos(x, s) + length(s) end,
      (x, s, f) as case when strpos(substr(x, f), s) = 0 then 0
        else strpos(substr(x, f), s) + f - 1 + length(s) end""",
    """iscpy_translate(x, f) as translate(x, f, ''), (x, f, t) as translate(x, f, t)""",
    """iscpy_justify(x, w) as case when length(iscpy_text(x)) >= w then iscpy_text(x)
        else lpad(iscpy_text(x), w::integer, ' ') end,
      (x, w, n) as case when length(iscpy_fixed(x, n)) >= w then iscpy_fixed(x, n)
        else lpad(iscpy_fixed(x, n), w::integer, ' ') end""",
    """iscpy_stuff(x, f, n, s) as substr(x, 1, f - 1) || s || substr(x, f + n)""",
    """iscpy_contains(x, s) as contains(x, s)""",
    """iscpy_startswith(x, s) as starts_with(x, s)""",
    # collation
    "iscpy_exact(x) as decode(encode(cast(x as varchar)))",  # text of no collation: it minds case
    """iscpy_upper(x) as upper(cast(x as varchar))""",
    """iscpy_sqlupper(x) as ' ' || upper(rtrim(cast(x as varchar))),
      (x, n) as left(' ' || upper(rtrim(cast(x as varchar))), n)""",
    """iscpy_sqlstring(x) as ' ' || rtrim(cast(x as varchar)),
      (x, n) as left(' ' || rtrim(cast(x as varchar)), n)""",
    """iscpy_alphaup(x) as upper(regexp_replace(cast(x as varchar), '[^\\p{L}\\p{N},?]', '', 'g'))""",
    """iscpy_truncate(x) as cast(x as varchar), (x, n) as left(cast(x as varchar), n)""",
    # dates: values that are given as $HOROLOG numbers or as ODBC text
    r"""iscpy_date(x) as case
      when regexp_full_match(cast(x as varchar), '-?\d+')
        then cast(date '1840-12-31' + cast(cast(x as varchar) as integer) as date)
      else cast(cast(cast(x as varchar) as timestamp) as date) end""",
    r"""iscpy_time(x) as case
      when regexp_full_match(cast(x as varchar), '\d+(\.\d*)?')
        then time '00:00:00' + to_seconds(cast(cast(x as varchar) as double))
      else cast(cast(x as varchar) as time) end""",
    r"""iscpy_moment(x) as case
      when regexp_full_match(cast(x as varchar), '-?\d+')
        then cast(date '1840-12-31' + cast(cast(x as varchar) as integer) as timestamp)
      when regexp_full_match(cast(x as varchar), '\d{1,2}:\d\d(:\d\d(\.\d+)?)?')
        then date '1840-12-31' + cast(cast(x as varchar) as time)
      else cast(cast(x as varchar) as timestamp) end""",
    """iscpy_datediff(u, a, b) as case u
      when 'week' then date_diff('week', a + to_days(1), b + to_days(1))
      when 'doy' then date_diff('day', a, b) when 'dow' then date_diff('day', a, b)
      else date_diff(u, a, b) end""",
    """iscpy_dateadd(u, n, a) as a + case u
      when 'year' then to_years(n::integer) when 'quarter' then to_months(3 * n::integer)
      when 'month' then to_months(n::integer) when 'week' then to_days(7 * n::integer)
      when 'hour' then to_hours(n::bigint) when 'minute' then to_minutes(n::bigint)
      when 'second' then to_seconds(n::double) when 'millisecond' then to_milliseconds(n::double)
      else to_days(n::integer) end""",
    """iscpy_datepart(u, a) as cast(case u
      when 'dow' then date_part('dow', a) + 1
      when 'week' then (date_part('doy', a) + date_part('dow', date_trunc('year', a)) - 1) // 7 + 1
      when 'millisecond' then date_part('millisecond', a) % 1000
      else date_part(u, a) end as integer)""",
    """iscpy_datename(u, a) as case u when 'month' then monthname(a) when 'dow' then dayname(a)
      else cast(iscpy_datepart(u, a) as varchar) end""",
    """iscpy_horolog(a) as date_diff('day', date '1840-12-31', a)""",
    # lists: see `_LISTS`
    """iscpy_list(x) as iscpy_py_element(x, 1), (x, f) as iscpy_py_element(x, f),
      (x, f, t) as iscpy_py_range(x, f, t)""",
    """iscpy_listget(x) as coalesce(iscpy_py_element(x, 1), ''), (x, f) as coalesce(iscpy_py_element(x, f), ''),
      (x, f, d) as case when x is null then null else coalesce(iscpy_py_element(x, f), d) end""",
    """iscpy_listdata(x) as iscpy_py_data(x, 1), (x, f) as iscpy_py_data(x, f)""",
    """iscpy_listlength(x) as iscpy_py_length(x)""",
    """iscpy_listfind(x, v) as iscpy_py_find(x, iscpy_text(v), 0), (x, v, f) as iscpy_py_find(x, iscpy_text(v), f)""",
    """iscpy_listtostring(x) as iscpy_py_text(x, ','), (x, d) as iscpy_py_text(x, d)""",
    """iscpy_listfromstring(x) as iscpy_listbuild(string_split(x, ',')),
      (x, d) as iscpy_listbuild(string_split(x, d))""",
    """iscpy_listsame(x, y) as (iscpy_py_text(x, chr(1)) = iscpy_py_text(y, chr(1)))::integer""",
    """iscpy_inlist(x, l) as iscpy_py_find(l, iscpy_text(x), 0) > 0""",
)


def _elements(held: str) -> list[str | None]:
    """The elements of a list, which SQL holds as characters 0 to 255.

    Raises:
        ListError: it is no list.
    """
    if not held:
        return []
    try:
        data = held.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ListError(f"{held[:40]!r} is no $LIST: it has characters beyond 255", 0) from error
    return [None if value is None else _shown(value) for value in decode(data)]


def _shown(value: object) -> str:
    from isc.py.objectscript.values import text

    return text(value)


def _at(found: list[str | None], position: int) -> int:
    return len(found) + position if position < 0 else position - 1


def _element(held: str, position: int) -> str | None:
    found = _elements(held)
    at = _at(found, position)
    return found[at] if 0 <= at < len(found) else None


def _range(held: str, first: int, last: int) -> str:
    found = _elements(held)
    return _built(found[max(_at(found, first), 0) : max(_at(found, last) + 1, 0)])


def _data(held: str, position: int) -> int:
    found = _elements(held)
    at = _at(found, position)
    return int(0 <= at < len(found) and found[at] is not None)


def _find(held: str, value: str, after: int) -> int:
    found = _elements(held)
    return next((at for at in range(after + 1, len(found) + 1) if found[at - 1] == value), 0)


def _text(held: str, delimiter: str) -> str:
    return delimiter.join("" if item is None else item for item in _elements(held))


def _built(items: list[str | None]) -> str:
    return encode(items).decode("latin-1")


def _length(held: str) -> int:
    return len(_elements(held))


def _matches(value: str, pattern: str) -> bool:
    from isc.py.objectscript.patterns import compiled

    return compiled(pattern).fullmatch(value) is not None


_Result = str | int | bool | list[str | None] | None

_LISTS: tuple[tuple[str, Callable[..., _Result], list[Any], str], ...] = (
    ("iscpy_py_element", _element, ["VARCHAR", "BIGINT"], "VARCHAR"),
    ("iscpy_py_range", _range, ["VARCHAR", "BIGINT", "BIGINT"], "VARCHAR"),
    ("iscpy_py_data", _data, ["VARCHAR", "BIGINT"], "BIGINT"),
    ("iscpy_py_find", _find, ["VARCHAR", "VARCHAR", "BIGINT"], "BIGINT"),
    ("iscpy_py_text", _text, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("iscpy_items", _elements, ["VARCHAR"], "VARCHAR[]"),
    ("iscpy_py_length", _length, ["VARCHAR"], "BIGINT"),
    ("iscpy_listbuild", _built, ["VARCHAR[]"], "VARCHAR"),
    ("iscpy_pattern", _matches, ["VARCHAR", "VARCHAR"], "BOOLEAN"),
)


_SPECIAL: Any = "special"  # by its name: the place of the enumeration differs between versions of DuckDB


def _when_given(function: Callable[..., _Result]) -> Callable[..., _Result]:
    """A function that gives null when an argument is null."""

    @wraps(function)
    def found(*arguments: object) -> _Result:
        return None if None in arguments else function(*arguments)

    return found


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to a database."""
    for name, function, parameters, result in _LISTS:
        connection.create_function(name, _when_given(function), parameters, result, null_handling=_SPECIAL)
    for macro in MACROS:
        connection.execute(f"create macro {macro}")
