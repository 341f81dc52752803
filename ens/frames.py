"""Length-prefixed frames over a socket: a JSON object each way between Director and worker, or client."""

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

import orjson

#: The length of a frame, which it begins with.
LENGTH = struct.Struct("<Q")
_LIMIT = 1 << 34
_PART = 1 << 16


def frame_of(value: Mapping[str, Any]) -> bytes:
    """A frame."""
    try:
        data = orjson.dumps(value)
    except TypeError:  # what UTF-8 cannot say: half a surrogate pair in what user code printed
        data = json.dumps(value).encode()
    return LENGTH.pack(len(data)) + data


def send_frame(connection: socket.socket, value: Mapping[str, Any]) -> None:
    """Send one frame.

    Raises:
        OSError: the other side is gone.
    """
    connection.sendall(frame_of(value))


class Frames:
    """What comes from a socket, frame by frame; one read may bring several."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""
        self._at = 0

    def receive(self) -> dict[str, Any] | None:
        """The next frame, None when the other side has closed. What was read stays when the time is over.

        Raises:
            OSError: the connection broke in the middle of a frame, or it is no frame.
            TimeoutError: the socket's timeout passed.
        """
        start = self._at + LENGTH.size
        if len(self._held) < start:
            if not self._more(start - self._at, at_start=True):
                return None
            start = self._at + LENGTH.size
        (length,) = LENGTH.unpack_from(self._held, self._at)
        if length > _LIMIT:
            raise OSError(f"a frame of {length} bytes is no frame of ours")
        if len(self._held) - start < length:
            self._more(LENGTH.size + length, at_start=False)
            start = self._at + LENGTH.size
        self._at = start + length
        data = self._held[start : self._at]
        if self._at == len(self._held):
            self._held, self._at = b"", 0
        return _value(data)

    def _more(self, size: int, *, at_start: bool) -> bool:
        """Read until `size` bytes are held; False when nothing came any more."""
        held = bytearray(memoryview(self._held)[self._at :])
        self._at = 0
        try:
            while len(held) < size:
                try:
                    part = self._connection.recv(max(min(size - len(held), 1 << 20), _PART))
                except BlockingIOError:  # SO_RCVTIMEO, which costs no other call where settimeout costs poll
                    raise TimeoutError("nothing came in time") from None
                if not part:
                    if at_start and not held:
                        return False
                    raise OSError("the connection ended in the middle of a frame")
                held += part
        finally:
            self._held = bytes(held)
        return True


def receive_frame(connection: socket.socket) -> dict[str, Any] | None:
    """The next frame of a socket on which nothing follows before it is answered. Returns and raises as `Frames`."""
    return Frames(connection).receive()


def _value(data: bytes) -> dict[str, Any]:
    try:
        value: dict[str, Any] = orjson.loads(data)
    except ValueError:
        try:
            value = json.loads(data)  # half a surrogate pair
        except (ValueError, RecursionError) as error:
            raise OSError(f"a frame that is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise OSError(f"a frame of JSON that is no object but {type(value).__name__}")
    return value
