"""The frame of HL7 over TCP: a byte 0B, the message, the bytes 1C 0D."""

import socket
import time

START, END, LAST = b"\x0b", b"\x1c", b"\r"
_CHUNK = 65536


class FrameError(ConnectionError):
    """Bytes that are no frame: the connection is of no use any more."""


def framed(data: bytes) -> bytes:
    """A message in its frame."""
    return START + data + END + LAST


class FrameReader:
    """Reads frames from a socket, however they are cut.

    Args:
        connection: a socket; its timeout is set while it is read.
        limit: the largest frame, in bytes.
        idle: seconds to wait for a frame to begin, None for without end.
        whole: seconds within which a frame that began must be complete, None for without end.
    """

    def __init__(
        self, connection: socket.socket, limit: int, idle: float | None = None, whole: float | None = None
    ) -> None:
        self._connection = connection
        self._limit = limit
        self._idle = idle
        self._whole = whole
        self._held = bytearray()

    def read(self) -> bytes | None:
        """The next message, None when the other side has closed between two.

        Raises:
            FrameError: the bytes are no frame, the frame is cut off, larger than the limit, or not complete in time.
            TimeoutError: no frame began in time.
            OSError: the connection broke.
        """
        searched = 0
        until: float | None = None
        while (end := self._held.find(END + LAST, max(searched - 1, 0))) < 0:
            if len(self._held) > self._limit:
                raise FrameError(f"a frame of more than {self._limit} bytes")
            self._check_start()
            searched = len(self._held)
            if self._held and until is None and self._whole is not None:
                until = time.monotonic() + self._whole
            part = self._received(until)
            if not part:
                if self._held.strip():
                    raise FrameError(f"the connection was closed in the middle of a frame{self._begun()}")
                return None
            self._held += part
        self._check_start()
        message = bytes(self._held[1:end])
        del self._held[: end + 2]
        return message

    def _received(self, until: float | None) -> bytes:
        left = self._idle if until is None else until - time.monotonic()
        try:
            if left is not None and left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            return self._connection.recv(_CHUNK)
        except TimeoutError:
            if until is None:
                raise
            raise FrameError(f"a frame began and was not complete within {self._whole:g} s{self._begun()}") from None

    def _begun(self) -> str:
        """What there is of a frame that has no end."""
        held = bytes(self._held)
        end = "; its end, 1C, is without the 0D behind it" if held.endswith(END) else ""
        return f": {len(held)} bytes had come, beginning with {held[1:41]!r}{end}"

    def _check_start(self) -> None:
        while self._held.startswith((b"\r", b"\n")):
            del self._held[:1]
        if self._held and not self._held.startswith(START):
            raise FrameError(f"a frame begins with the byte 0B, not with {bytes(self._held[:12])!r}")
