"""Length-prefixed frames over a socket: a JSON head and a text each way between Director and worker."""

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("<Q")
_LIMIT = 1 << 34


def send_frame(connection: socket.socket, value: dict[str, Any]) -> None:
    """Send one frame.

    Raises:
        OSError: the other side is gone.
    """
    data = json.dumps(value).encode()
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive_frame(connection: socket.socket) -> dict[str, Any] | None:
    """The next frame, None when the other side has closed.

    Raises:
        OSError: the connection broke in the middle of a frame, or it is no frame.
        TimeoutError: the socket's timeout passed.
    """
    head = _exactly(connection, _LENGTH.size, at_start=True)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LIMIT:
        raise OSError(f"a frame of {length} bytes is no frame of ours")
    data = _exactly(connection, length, at_start=False)
    try:
        value: dict[str, Any] = json.loads(data or b"")
    except (ValueError, RecursionError) as error:
        raise OSError(f"a frame that is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise OSError(f"a frame of JSON that is no object but {type(value).__name__}")
    return value


def _exactly(connection: socket.socket, size: int, *, at_start: bool) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            if at_start and not parts:
                return None
            raise OSError("the connection ended in the middle of a frame")
        parts += part
    return bytes(parts)
