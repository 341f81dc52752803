"""A Python value as text or bytes and back: str, repr, JSON, bytes, pickle, dill, Arrow.

JSON knows what data code returns: frames by row, arrays as lists, sets sorted, dates as ISO text; NaN and infinity as
null, as text, or refused. As text, pickles and Arrow are Base64, and bytes are characters 0 to 255.
"""

import base64
import json
import math
import pickle
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from isc.py.iscpython_c.formats import to_arrow as _arrow_stream
from isc.py.iscpython_c.formats import to_bytes

from .exceptions import SerializationError

STR, REPR = 0, 1
NAMES = ("Str", "Repr", "JSON", "Bytes", "Pickle", "Dill", "Arrow")
#: What JSON makes of NaN and infinity.
NAN = ("null", "string", "error")


def plain(value: object, nan: str = "null") -> object:
    """The value in JSON's own types; `nan` is one of `NAN`.

    Raises:
        TypeError: it holds something JSON has no form for.
        ValueError: it holds NaN or infinity, and `nan` is "error".
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value, nan)
    if isinstance(value, Mapping):
        return {str(key): plain(item, nan) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, nan) for item in value]
    if isinstance(value, set | frozenset):
        return [plain(item, nan) for item in sorted(value, key=repr)]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return _plain_object(value, nan)


def _not_finite(value: float, nan: str) -> str | None:
    if nan == "error":
        raise ValueError(f"it holds {value}, which JSON cannot spell: ask for null or string")
    if nan == "null":
        return None
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _plain_object(value: object, nan: str) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        if not value.is_finite():
            return _not_finite(float(value), nan)
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    module = type(value).__module__.partition(".")[0]
    if module == "pandas":
        return _plain_pandas(value, nan)
    converter: Callable[[], object] | None = getattr(value, "tolist", None) or getattr(value, "model_dump", None)
    if callable(converter):
        return plain(converter(), nan)
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, dict) and not callable(value):
        return plain({key: item for key, item in attributes.items() if not key.startswith("_")}, nan)
    raise TypeError(f"JSON has no form for a {type(value).__module__}.{type(value).__qualname__}")


def _plain_pandas(value: object, nan: str) -> object:
    import pandas as pd

    if nan != "null" and isinstance(value, pd.DataFrame):
        by_row = isinstance(value.index, pd.RangeIndex)
        return plain(value.to_dict(orient="records") if by_row else value.to_dict(), nan)
    if nan != "null" and isinstance(value, pd.Series):
        return plain(value.to_dict(), nan)
    if isinstance(value, pd.DataFrame):
        if isinstance(value.index, pd.RangeIndex):
            return json.loads(value.to_json(orient="records", date_format="iso", double_precision=15))
        return json.loads(value.to_json(orient="columns", date_format="iso", double_precision=15))
    if isinstance(value, pd.Series):
        return json.loads(value.to_json(date_format="iso", double_precision=15))
    if isinstance(value, pd.Index):
        return plain(value.tolist(), nan)
    if value is pd.NaT or value is pd.NA:
        return None
    return str(value)


def to_json(value: object, name: str, nan: str = "null") -> str:
    """A variable as JSON; `nan` is one of `NAN`.

    Raises:
        SerializationError: it has no JSON form, or `nan` is unknown.
    """
    if nan not in NAN:
        raise SerializationError(f"nan {nan!r} is unknown: use one of {', '.join(NAN)}")
    try:
        return json.dumps(plain(value, nan), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused(name, value, "JSON", error) from error


def to_pickle(value: object, name: str, use_dill: bool = False) -> bytes:
    """A variable as pickle or dill bytes.

    Raises:
        SerializationError: it cannot be pickled.
    """
    try:
        if not use_dill:
            return pickle.dumps(value)
        import dill

        dumped: bytes = dill.dumps(value)
    except Exception as error:
        raise _refused(name, value, "Dill" if use_dill else "Pickle", error) from error
    return dumped


def to_arrow(value: object, name: str) -> bytes:
    """A DataFrame, Series or Arrow table as an IPC stream.

    Raises:
        SerializationError: it is none of these, or a column has no Arrow type.
    """
    try:
        return _arrow_stream(value)
    except Exception as error:
        raise _refused(name, value, "Arrow", error) from error


def _refused(name: str, value: object, form: str, error: Exception) -> SerializationError:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return SerializationError(f"variable {name!r} of type {kind} has no {form} form: {error}; use Repr or another form")


def deserialized(value: object, name: str, form: str) -> object:
    """The object of data in a format: "" (as it is), or one of `NAMES` but Repr.

    Raises:
        SerializationError: the data is not of that format, or the format is unknown.
    """
    if form and (form not in NAMES or form == "Repr"):
        raise SerializationError(f"format {form!r} is unknown: use Str, JSON, Bytes, Pickle, Dill, Arrow or none")
    try:
        return _read(value, form)
    except Exception as error:
        raise SerializationError(f"the data for variable {name!r} is no {form}: {error}") from error


def _read(value: object, form: str) -> object:
    if form == "Str":
        return value.decode() if isinstance(value, bytes) else str(value)
    if form == "JSON":
        return json.loads(value if isinstance(value, str | bytes) else str(value))
    if form == "Bytes":
        return value.encode("latin-1") if isinstance(value, str) else to_bytes(value)
    if form in ("Pickle", "Dill"):
        if form == "Pickle":
            return pickle.loads(_binary(value))
        import dill

        return dill.loads(_binary(value))
    if form == "Arrow":
        import pyarrow as pa

        return pa.ipc.open_stream(_binary(value)).read_all().to_pandas()
    return value


def _binary(value: object) -> bytes:
    """Bytes, Base64, or characters 0 to 255."""
    if not isinstance(value, str):
        return to_bytes(value)
    return base64.b64decode(value, validate=True) if value.isascii() else value.encode("latin-1")


def serialized(value: object, name: str, form: str) -> str:
    """A variable as text in one of `NAMES`.

    Raises:
        SerializationError: it has no such form, or the form is unknown.
    """
    if form not in NAMES:
        raise SerializationError(f"serialization {form!r} is unknown: use one of {', '.join(NAMES)}")
    if form == "JSON":
        return to_json(value, name)
    if form in ("Pickle", "Dill"):
        return base64.b64encode(to_pickle(value, name, form == "Dill")).decode()
    if form == "Arrow":
        return base64.b64encode(to_arrow(value, name)).decode()
    try:
        if form == "Bytes":
            return to_bytes(value).decode("latin-1")
        return str(value) if form == "Str" else repr(value)
    except Exception as error:
        raise _refused(name, value, form, error) from error
