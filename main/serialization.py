"""A Python value as text or bytes: str, repr, JSON, pickle, dill.

JSON knows what data code returns: frames by row, arrays as lists, sets sorted, dates as ISO text, NaN as null.
"""

import base64
import json
import math
import pickle
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import dill

from .exceptions import SerializationError

STR, REPR = 0, 1
NAMES = ("Str", "Repr", "JSON", "Pickle", "Dill")


def plain(value: object) -> object:
    """The value in JSON's own types.

    Raises:
        TypeError: it holds something JSON has no form for.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(value, key=repr)]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return _plain_object(value)


def _plain_object(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    module = type(value).__module__.partition(".")[0]
    if module == "pandas":
        return _plain_pandas(value)
    converter: Callable[[], object] | None = getattr(value, "tolist", None) or getattr(value, "model_dump", None)
    if callable(converter):
        return plain(converter())
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, dict) and not callable(value):
        return plain({key: item for key, item in attributes.items() if not key.startswith("_")})
    raise TypeError(f"JSON has no form for a {type(value).__module__}.{type(value).__qualname__}")


def _plain_pandas(value: object) -> object:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        if isinstance(value.index, pd.RangeIndex):
            return json.loads(value.to_json(orient="records", date_format="iso", double_precision=15))
        return json.loads(value.to_json(orient="columns", date_format="iso", double_precision=15))
    if isinstance(value, pd.Series):
        return json.loads(value.to_json(date_format="iso", double_precision=15))
    if isinstance(value, pd.Index):
        return plain(value.tolist())
    if value is pd.NaT or value is pd.NA:
        return None
    return str(value)


def to_json(value: object, name: str) -> str:
    """A variable as JSON.

    Raises:
        SerializationError: it has no JSON form.
    """
    try:
        return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused(name, value, "JSON", error) from error


def to_pickle(value: object, name: str, use_dill: bool = False) -> bytes:
    """A variable as pickle or dill bytes.

    Raises:
        SerializationError: it cannot be pickled.
    """
    try:
        dumped: bytes = dill.dumps(value) if use_dill else pickle.dumps(value)
    except Exception as error:
        raise _refused(name, value, "Dill" if use_dill else "Pickle", error) from error
    return dumped


def _refused(name: str, value: object, form: str, error: Exception) -> SerializationError:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return SerializationError(f"variable {name!r} of type {kind} has no {form} form: {error}; use Repr or another form")


def deserialized(value: object, name: str, form: str) -> object:
    """The object of data in a format: "", "JSON", "Pickle", "Dill" or "Arrow".

    Raises:
        SerializationError: the data is not of that format, or the format is unknown.
    """
    try:
        if form == "JSON":
            return json.loads(value if isinstance(value, str | bytes) else str(value))
        if form in ("Pickle", "Dill"):
            data = value if isinstance(value, bytes) else base64.b64decode(str(value), validate=True)
            return dill.loads(data) if form == "Dill" else pickle.loads(data)
        if form == "Arrow":
            import pyarrow as pa

            return pa.ipc.open_stream(value).read_all().to_pandas()
    except Exception as error:
        raise SerializationError(f"the data for variable {name!r} is no {form}: {error}") from error
    if form:
        raise SerializationError(f"format {form!r} is unknown: use JSON, Pickle, Dill, Arrow or none")
    return value


def serialized(value: object, name: str, form: str) -> str:
    """A variable as text in one of `NAMES`; pickles are Base64.

    Raises:
        SerializationError: it has no such form, or the form is unknown.
    """
    if form == "JSON":
        return to_json(value, name)
    if form in ("Pickle", "Dill"):
        return base64.b64encode(to_pickle(value, name, form == "Dill")).decode()
    if form not in ("Str", "Repr"):
        raise SerializationError(f"serialization {form!r} is unknown: use one of {', '.join(NAMES)}")
    try:
        return str(value) if form == "Str" else repr(value)
    except Exception as error:
        raise _refused(name, value, form, error) from error
