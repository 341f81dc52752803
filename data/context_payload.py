"""The payload of a saved context: values as bytes in parts, the nodes below its row that hold them, their signature.

The first part is JSON: modules by alias, and what the other parts are. Frames travel as Arrow; all the rest is one
dill, so that functions and classes go on sharing what they share. Nothing of a payload is read before its signature
fits.
"""

import hashlib
import hmac
import json
import os
import secrets
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeGuard

from isc.py.iscpython_c import context as live
from isc.py.iscpython_c.globals import Transaction
from isc.py.iscpython_c.private_folder import private_folder

from .exceptions import ContextError
from .layout import layout_of
from .namespace import FOLDER, current

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_NODE = "Payload"

Part = bytes | memoryview


def pack(context: live.Context, values: Mapping[str, object], limit: int) -> tuple[list[Part], dict[str, str]]:
    """The parts that hold values of a context, and why some of them are left out.

    `limit` in bytes leaves out larger values; 0 is no limit.
    """
    skipped: dict[str, str] = {}
    modules = {name: value.__name__ for name, value in values.items() if isinstance(value, ModuleType)}
    parts: list[tuple[str, Part]] = []
    rest: dict[str, object] = {}
    for name, value in values.items():
        if name in modules:
            continue
        frame = _arrow(value)
        if frame is not None and limit and len(frame) > limit:
            skipped[name] = f"{len(frame)} bytes are more than MaxLength {limit}"
        elif frame is not None:
            parts.append((f"arrow:{name}", frame))
        else:
            rest[name] = value
    session, reasons = _session(context, rest, limit)
    skipped.update(reasons)
    parts.append(("dill", session))
    head = json.dumps({"modules": modules, "parts": [name for name, _ in parts]}).encode()
    return [head, *(data for _, data in parts)], skipped


def unpack(parts: Sequence[Part], context: live.Context) -> dict[str, object]:
    """The values of parts whose signature was checked, for a context, which is left as it is.

    Raises:
        ContextError: a module that it needs cannot be imported.
    """
    from .session_pickle import loads

    head = json.loads(bytes(parts[0]))
    found: dict[str, object] = {}
    for name, module in head["modules"].items():
        try:
            found[name] = __import__(module, fromlist=["*"])
        except ImportError as error:
            raise ContextError(f"the saved context needs module {module} (as {name}): {error}") from error
    for name, data in zip(head["parts"], parts[1:], strict=True):
        if name == "dill":
            found.update(loads(context, data))
        else:
            found[name.removeprefix("arrow:")] = _frame(data)
    return found


def write(txn: Transaction, cls: type, row_id: object, parts: Sequence[Part]) -> None:
    """Put parts below a row of a class: they go when the row goes."""
    for number, part in enumerate(parts):
        txn.set(_key(cls, row_id, number), part)


def read(txn: Transaction, cls: type, row_id: object) -> list[Part]:
    """The parts below a row."""
    parts: list[Part] = []
    while isinstance(part := txn.get(_key(cls, row_id, len(parts))), bytes):
        parts.append(part)
    return parts


def joined(parts: Sequence[Part]) -> bytes:
    """Parts as one text of bytes, for those who keep them elsewhere."""
    sizes = [len(part) for part in parts]
    return b"".join([struct.pack(f"<I{len(parts)}Q", len(parts), *sizes), *parts])


def split(data: bytes) -> list[Part]:
    """The parts of what `joined` made; of anything else, parts that no signature fits."""
    try:
        (count,) = struct.unpack_from("<I", data)
        sizes = struct.unpack_from(f"<{count}Q", data, 4)
    except (struct.error, MemoryError, OverflowError):
        return []
    parts: list[Part] = []
    at = 4 + 8 * count
    for size in sizes:
        parts.append(memoryview(data)[at : at + size])
        at += size
    return parts


def signed(parts: Sequence[Part]) -> str:
    """The signature of parts, with the key of the current namespace's folder."""
    made = hmac.new(_folder_key(current().folder / FOLDER), digestmod=hashlib.sha256)
    for part in parts:
        made.update(struct.pack("<Q", len(part)))
        made.update(part)
    return made.hexdigest()


def fits(parts: Sequence[Part], signature: str) -> bool:
    """Whether parts are those that were signed."""
    return hmac.compare_digest(signed(parts).encode(), signature.encode("utf-8", "surrogatepass"))


def is_frame(value: object) -> "TypeGuard[pd.DataFrame]":
    """Whether a value is a DataFrame. pandas is not imported to tell: where it is not loaded, nothing is one."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _key(cls: type, row_id: object, number: int) -> bytes:
    return layout_of(cls).key(row_id, _NODE, number)


def _arrow(value: object) -> memoryview | None:
    if not is_frame(value):
        return None
    import pyarrow as pa

    try:
        table = pa.Table.from_pandas(value)
    except (pa.ArrowException, TypeError, ValueError):
        return None
    counted = pa.MockOutputStream()  # the size first: a buffer that grows is copied several times
    _put_table(counted, table)
    buffer = pa.allocate_buffer(counted.size())
    with pa.FixedSizeBufferWriter(buffer) as sink:
        _put_table(sink, table)
    return memoryview(buffer)


def _frame(data: Part) -> "pd.DataFrame":
    import pyarrow as pa

    frame: pd.DataFrame = pa.ipc.open_stream(data).read_all().to_pandas()
    return frame


def _put_table(sink: "pa.NativeFile", table: "pa.Table") -> None:
    import pyarrow as pa

    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def _session(context: live.Context, values: dict[str, object], limit: int) -> tuple[bytes, dict[str, str]]:
    """All values in one dill, so that they keep sharing; when that fails, without those that fail alone."""
    from .session_pickle import dumps

    skipped: dict[str, str] = {}
    if not limit:
        try:
            return dumps(context, values), skipped
        except Exception:  # noqa: BLE001  # whatever pickling raises: found again below, value by value
            pass
    kept = {}
    for name, value in values.items():
        try:
            size = len(dumps(context, {name: value}))
        except Exception as error:  # noqa: BLE001  # whatever pickling raises is the reason that is reported
            skipped[name] = f"{type(value).__qualname__}: {type(error).__name__}: {error}"
            continue
        if limit and size > limit:
            skipped[name] = f"{size} bytes are more than MaxLength {limit}"
        else:
            kept[name] = value
    return dumps(context, kept), skipped


def _folder_key(folder: Path) -> bytes:
    """The folder's own key, made at first use and readable by its owner alone."""
    path = folder / "secret.key"
    private_folder(folder)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()
