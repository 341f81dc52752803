"""Connections to PostgreSQL through pg8000: they end soon when the other side is gone, and say who has made them."""

import hashlib
import os
import selectors
import socket
import time
from contextlib import suppress

import pg8000.exceptions
import pg8000.native
from sqlalchemy import URL

from ..exceptions import ProductionError

#: What a connection that was lost, or is none, raises.
LOST = (pg8000.exceptions.Error, OSError)
#: One connection to the database has this lock: the one that writes messages.
CLAIM = int.from_bytes(hashlib.sha256(b"isc-py bank").digest()[:8], "big", signed=True)
_PAUSES = (0.05, 0.1, 0.2, 0.3, 0.3)  # seconds between attempts at the lock
_DEAD = 30  # seconds without an answer after which the other side is gone, for either side
_SOON = 0.01  # seconds after a notification after which another one may have been overlooked
_HOLDER = (
    "SELECT a.pid, a.application_name, CAST(a.client_addr AS text), CAST(a.backend_start AS text) FROM pg_locks l "
    "JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND ((CAST(l.classid AS bigint) << 32) | CAST(l.objid AS bigint)) = CAST(:key AS bigint)"
)


class Connected:
    """A connection with the socket it goes through: pg8000 leaves the one of a broken connection open."""

    def __init__(self, url: URL) -> None:
        self.socket = socket.create_connection((url.host or "localhost", url.port or 5432), timeout=10)
        self.socket.settimeout(None)
        for level, option, value in (
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _DEAD // 3),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _DEAD // 3),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD * 1000),
        ):
            self.socket.setsockopt(level, option, value)
        self.incoming = self.socket.dup()  # to wait on: with TLS the socket itself is given away
        try:
            self.connection = pg8000.native.Connection(
                url.username or "postgres",
                sock=self.socket,
                database=url.database,
                password=url.password,
                application_name=f"isc-py {socket.gethostname()[:40]} {os.getpid()}",
            )
            # The server, too, must notice that this machine is gone: only then its lock is free for another one.
            self.connection.run(
                f"SET tcp_keepalives_idle = {_DEAD // 3}; SET tcp_keepalives_interval = {_DEAD // 3}; "
                f"SET tcp_keepalives_count = 2; SET tcp_user_timeout = {_DEAD * 1000}"
            )
        except BaseException:
            self._close_sockets()
            raise

    def close(self) -> None:
        """Close both; idempotent."""
        with suppress(*LOST):  # it may be gone already
            self.connection.close()
        self._close_sockets()

    def _close_sockets(self) -> None:
        self.socket.close()
        self.incoming.close()


class WriterLock:
    """The lock of the one that writes, held by a connection; a later connection of the same holder takes it again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held: tuple[int, str] | None = None  # process id and start of the connection that had it

    def take(self, connection: pg8000.native.Connection) -> None:
        """Take the lock.

        Raises:
            ProductionError: another production has it; names it.
        """
        for pause in _PAUSES:
            if connection.run("SELECT pg_try_advisory_lock(:key)", key=CLAIM)[0][0]:
                break
            holder = self._holder(connection)
            if holder is not None and self._held == (holder[0], holder[3]):
                # Our own, whose end the server has not noticed: it is ended, then its lock is free.
                connection.run("SELECT pg_terminate_backend(:pid)", pid=holder[0])
            time.sleep(pause)  # its holder may have ended a moment ago
        else:
            raise ProductionError(self._refusal(self._holder(connection)))
        (row,) = connection.run(
            "SELECT pid, CAST(backend_start AS text) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        self._held = (row[0], row[1])

    @staticmethod
    def _holder(connection: pg8000.native.Connection) -> tuple[int, str, str, str] | None:
        rows = connection.run(_HOLDER, key=CLAIM)
        return (int(rows[0][0]), str(rows[0][1]), str(rows[0][2] or "local"), str(rows[0][3])) if rows else None

    def _refusal(self, holder: tuple[int, str, str, str] | None) -> str:
        who = "another production"
        if holder is not None:
            pid, program, address, since = holder
            _, _, place = program.partition(" ")
            machine, _, process = place.rpartition(" ")
            if machine:
                who = f"the production of process {process} on {machine}"
            who += f" (from {address} since {since}, pid {pid} in pg_stat_activity)"
        return f"the message bank {self._name} is in use by {who}: stop it first"


class PostgresBell:
    """Hears `NOTIFY` over a connection of its own, which is made again when it was lost."""

    def __init__(self, url: URL, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._connected: Connected | None = None
        self._rang = False  # a moment ago
        self._ears, self._wakes = socket.socketpair()

    def wait(self, timeout: float, *, soon: bool = False) -> set[str] | None:
        """Wait for a notification, heard at once; a new connection counts as one, whatever was missed before it."""
        try:
            if self._connected is None:
                self._connected = Connected(self._url)
                self._connected.connection.run(f'LISTEN "{self._channel}"')
                return {""}
            connection, incoming = self._connected.connection, self._connected.incoming
            until = time.monotonic() + timeout
            while True:
                left = max(0.0, until - time.monotonic())
                ready = _readable(min(left, _SOON) if self._rang else left, incoming, self._ears)
                if not self._rang and incoming not in ready:
                    return None
                # What came with the answer to the last query may be in pg8000's buffer, where nobody can wait for it.
                connection.run("SELECT 1")
                told = {payload for _, _, payload in connection.notifications}
                connection.notifications.clear()
                self._rang = bool(told)
                if told:
                    return told
        except LOST:
            if self._connected is not None:
                self._connected.close()
                self._connected = None
            _readable(min(timeout, 1.0), self._ears)
            return None

    def wake(self) -> None:
        """End the wait."""
        with suppress(OSError):
            self._wakes.send(b".")

    def close(self) -> None:
        """Close the connection."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None
        self._ears.close()
        self._wakes.close()


def _readable(timeout: float, *sockets: socket.socket) -> list[object]:
    """Those of the sockets that something has come to, waited for so many seconds."""
    with selectors.DefaultSelector() as selector:  # `select.select` has no place for descriptors above 1023
        for item in sockets:
            selector.register(item, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(timeout)]
