"""Connections that could not be secured, told in the event log: who, why, and seldom enough that nobody floods it."""

import contextlib
import contextvars
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from .base import Tell
from .tls import failure

#: The address of the connection that was accepted last in this context; asyncio handles each one in a copy of it.
PEER: contextvars.ContextVar[str] = contextvars.ContextVar("peer", default="an unknown address")
_AGAIN = 60.0  # seconds after which the same is told again
_MOST = 100  # addresses and reasons that are told apart within that time


class Listening(socket.socket):
    """A socket that listens and remembers in `PEER` whom it has accepted."""

    def accept(self) -> tuple[socket.socket, Any]:
        """Take a connection."""
        connection, address = super().accept()
        PEER.set(str(address[0]))
        return connection, address


class Refusals:
    """Tells of refused connections; the same address with the same reason once a minute, with how many there were."""

    def __init__(self, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._told: dict[tuple[str, str], list[float]] = {}  # when, and how many since
        self._lock = threading.Lock()

    def tell(self, peer: str, reason: str, level: str = "warning") -> None:
        """A connection was refused."""
        now = self._clock()
        with self._lock:
            for key, (when, since) in list(self._told.items()):
                if now - when >= (10 * _AGAIN if since else _AGAIN):
                    del self._told[key]
            if (peer, reason) not in self._told and len(self._told) >= _MOST:
                peer, reason = "many addresses", "their connections could not be secured, for several reasons"
            found = self._told.get((peer, reason))
            if found is not None and now - found[0] < _AGAIN:
                found[1] += 1
                return
            more = f" (and {found[1]:.0f} times more since it was told)" if found is not None and found[1] else ""
            self._told[peer, reason] = [now, 0]
        with contextlib.suppress(Exception):  # the bank is closed: the connection must end all the same
            self._tell(level, f"connection from {peer}: {reason}{more}")


def telling(context: ssl.SSLContext, refusals: Refusals) -> None:
    """Let a context that serves in memory, as asyncio has it, tell of handshakes that fail."""

    class Told(ssl.SSLObject):
        def do_handshake(self) -> None:
            with _told(refusals):
                super().do_handshake()

        def read(self, *arguments: Any) -> Any:
            with _told(refusals):  # with TLS 1.3 a client says here what it has against the server's certificate
                return super().read(*arguments)

    context.sslobject_class = Told


@contextlib.contextmanager
def _told(refusals: Refusals) -> Iterator[None]:
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
        raise  # it goes on, or ended as connections do
    except ssl.SSLError as error:
        refusals.tell(PEER.get(), failure(error))
        raise
