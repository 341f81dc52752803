"""Values as bytes of a format and back, for hosts that bind data without source text.

This file is also compiled into the C core, which runs it in whatever Python it finds: it imports nothing of isc-py, and
nothing at all before it is called.
"""


def undefined(name: str, context: str, namespace: dict[str, object]) -> str:
    """What to say when a context has no such variable."""
    known = ", ".join([known for known in namespace if not known.startswith("__")][:20]) or "no variable yet"
    return f"name {name!r} is not defined in context {context!r}; it has {known}"


def to_bytes(value: object) -> bytes:
    """The bytes of a bytes-like value."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    raise TypeError(f"a {type(value).__name__} is no bytes: ask for str, or encode it")


def to_json(value: object) -> str:
    """JSON text; NaN and infinity are refused."""
    import json

    return json.dumps(value, allow_nan=False)


def from_json(data: bytes) -> object:
    """What JSON text stands for."""
    import json

    return json.loads(data)


def to_pickle(value: object) -> bytes:
    """Pickle, protocol 5."""
    import pickle

    return pickle.dumps(value, protocol=5)


def from_pickle(data: bytes) -> object:
    """What a pickle stands for. A pickle runs code: take it only from a host you trust."""
    import pickle

    return pickle.loads(data)


def to_arrow(value: object) -> bytes:
    """An Arrow IPC stream of a table, a record batch, a DataFrame or a Series."""
    import pyarrow as pa

    if isinstance(value, pa.RecordBatch):
        table = pa.Table.from_batches([value])
    elif isinstance(value, pa.Table):
        table = value
    elif type(value).__module__.partition(".")[0] == "pandas":
        frame = value.to_frame() if type(value).__name__ == "Series" else value  # type: ignore[attr-defined]  # a Series
        table = pa.Table.from_pandas(frame)
    else:
        raise TypeError(f"Arrow has no form for a {type(value).__name__}: give a table, a DataFrame or a Series")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def from_arrow(data: bytes) -> object:
    """The table of an Arrow IPC stream, over the bytes themselves."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_all()


def date_maker() -> object:
    """What makes a date of its ordinal."""
    from datetime import date

    return date.fromordinal


def to_date(day: int | float) -> object:
    """The date of a day of ``$HOROLOG``."""
    from datetime import date

    if day != int(day) or not -672045 <= day <= 2980013:
        raise ValueError(f"{day} is no day of $HOROLOG between the years 1 and 9999")
    return date.fromordinal(int(day) + 672046)


def to_time(seconds: int | float) -> object:
    """The time of day of seconds since midnight."""
    from datetime import time

    if not 0 <= seconds < 86400:
        raise ValueError(f"{seconds} are no seconds of a day")
    whole = int(seconds)
    return time(whole // 3600, whole // 60 % 60, whole % 60, round((seconds - whole) * 1e6) % 1000000)


def to_timestamp(text: str) -> object:
    """The date and time of ``YYYY-MM-DD HH:MM:SS[.ffffff]``."""
    from datetime import datetime

    return datetime.fromisoformat(text)
