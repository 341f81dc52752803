"""`Debugger`: debugpy on a loopback port of the worker (``DebugRequest``).

Whoever reaches the port runs code in the worker: it is bound to 127.0.0.1, opened only on request, and never elsewhere.
"""

import threading

from isc.py.objectscript import NotSupportedError

_HOST = "127.0.0.1"


class Debugger:
    """An open port that waits for a debugger, for `timeout` seconds when it is asked to.

    Raises:
        NotSupportedError: debugpy is not installed.
    """

    _port: int | None = None  # debugpy listens once a process

    def __init__(self, timeout: float) -> None:
        try:
            import debugpy
        except ImportError as error:
            raise NotSupportedError("DebugRequest needs debugpy: pip install 'isc-py[debug]'") from error
        self._debugpy = debugpy
        self.timeout = timeout
        if Debugger._port is None:
            Debugger._port = int(debugpy.listen((_HOST, 0))[1])
        self.port = Debugger._port

    @property
    def invitation(self) -> str:
        """Where to connect, in words."""
        return (
            f"debugger: connect to {_HOST}:{self.port}; the next message waits {self.timeout:g} s for it, then goes on"
        )

    def wait(self) -> bool:
        """Wait for a client; whether one came."""
        if not self._debugpy.is_client_connected():
            timer = threading.Timer(self.timeout, self._debugpy.wait_for_client.cancel)
            timer.start()
            self._debugpy.wait_for_client()
            timer.cancel()
        return bool(self._debugpy.is_client_connected())
