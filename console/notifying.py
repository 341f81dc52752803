"""What ``iscpy run`` tells systemd of itself (``Type=notify``): that it is ready, that it lives, that it stops.

The protocol is a datagram to the socket that the environment names. Nothing is told where it names none.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, MutableMapping


class Notifier:
    """Tells systemd; what is not heard is no error.

    Args:
        environment: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are taken out of it, so that no process that this
            one starts speaks in its name.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        place = environment.pop("NOTIFY_SOCKET", "")
        self._place = f"\0{place[1:]}" if place.startswith("@") else place  # @: an abstract one
        spans, owner = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        is_ours = owner in ("", str(os.getpid()))
        self._beat = int(spans) / 2_000_000 if spans.isdigit() and is_ours else 0.0  # seconds: half of what is allowed
        self._look: Callable[[], object] | None = None
        self._over = threading.Event()

    def tell(self, *lines: str) -> None:
        """Send assignments, as ``READY=1``."""
        if not self._place:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.settimeout(1)
            out.sendto("\n".join(lines).encode(), self._place)

    def ready(self, text: str, look: Callable[[], object]) -> None:
        """It runs, with a text for people; from now on each `look` that comes back is a sign of life."""
        self.tell("READY=1", f"STATUS={text}")
        self._look = look
        if self._beat and self._place:
            threading.Thread(target=self._live, name="watchdog", daemon=True).start()

    def _live(self) -> None:
        while True:
            if (look := self._look) is not None:
                look()  # never comes back when a lock is never given back: then systemd ends the process
            self.tell("WATCHDOG=1")
            if self._over.wait(self._beat):
                return

    def stopping(self) -> None:
        """It stops, which takes its time; `TimeoutStopSec` bounds it."""
        self._look = None
        self.tell("STOPPING=1", "STATUS=stopping: what is queued is finished first")

    def close(self) -> None:
        """Say nothing more; idempotent."""
        self._over.set()
