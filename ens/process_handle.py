"""`ProcessHandle`: a process that somebody else reaps, by a descriptor: its number may be another process's by now."""

import contextlib
import errno
import os
import signal
import threading


class ProcessHandle:
    """Signals for one process; made while it is sure to be the one of that number. A process that is gone gets none.

    Raises:
        OSError: there is no descriptor left.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._lock = threading.Lock()  # nobody may signal by a descriptor that was closed and given again
        self._is_open = True
        self._descriptor: int | None = None
        try:
            self._descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self._is_open = False
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EPERM):  # an old kernel, a container that does not allow it
                raise

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens after the process's end."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if not self._is_open:
                return
            if self._descriptor is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(self._descriptor, number)

    def close(self) -> None:
        """Send none any more; idempotent."""
        with self._lock:
            self._is_open = False
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
