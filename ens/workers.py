"""Workers as the Director sees them: started by the zygote, asked, interrupted, killed, replaced."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .exceptions import ProductionError
from .frames import receive_frame, send_frame

_GRACE = 2.0  # seconds between interrupting and killing
_TEAR_DOWN = 10.0  # seconds a host may take at its end
_START = 120.0  # seconds an initializer may take


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker answered, or how it failed to; `died` tells that its context is gone."""

    ok: bool
    class_name: str = ""
    body: str = ""
    error: str = ""
    traceback: str = ""
    stdout: str = ""
    stderr: str = ""
    died: bool = False
    timed_out: bool = False
    deferred: str = ""
    conditions: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    missing: bool = False
    wants_retry: bool = False
    wants_suspension: bool = False
    saved: tuple[tuple[int, int], ...] = ()
    log: tuple[tuple[str, str], ...] = ()  # what code logged: levels and texts


class Zygote:
    """The process that forks workers. It gets ready on its own, while the Director goes on with its start."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "isc.py.ens.zygote", str(theirs.fileno())]
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)  # workers find what this process finds
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": path}
        )
        theirs.close()
        self._control = ours
        self._lock = threading.Lock()
        self._ready = False

    def wait_until_ready(self) -> None:
        """Return when workers can be forked; at once from then on.

        Raises:
            ProductionError: it did not start.
        """
        with self._lock:
            self._wait()

    def _wait(self) -> None:
        if self._ready:
            return
        if self._line() != "ready":
            self._process.wait()
            raise ProductionError("the process that forks workers did not start: its own message is above")
        self._ready = True

    def _line(self) -> str:
        data = b""
        while not data.endswith(b"\n"):
            part = self._control.recv(64)
            if not part:
                return ""
            data += part
        return data.decode().strip()

    def fork(self, settings: dict[str, Any]) -> tuple[int, socket.socket]:
        """A new worker: its process id and the socket to it.

        Raises:
            ProductionError: the zygote is gone.
        """
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            try:
                self._wait()
                socket.send_fds(self._control, [json.dumps(settings).encode()], [theirs.fileno()])
                line = self._line()
            except OSError:
                line = ""
        if not line:
            ours.close()
            raise ProductionError("the process that forks workers is gone: stop the production and start it again")
        return int(line), ours

    def stop(self) -> None:
        """End it, and the workers that still run; idempotent."""
        self._control.close()
        if not self._ready:
            self._process.kill()  # it loads modules still: there is no worker yet
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Worker:
    """One worker process of an item."""

    def __init__(self, zygote: Zygote, settings: dict[str, Any]) -> None:
        self._zygote = zygote
        self._settings = settings
        self._socket: socket.socket | None = None
        self.pid = 0
        self.saved: tuple[tuple[int, int], ...] = ()
        self.said = ""

    def start(self) -> Answer:
        """Start the process and its host; the answer of the initializer."""
        self.pid, self._socket = self._zygote.fork(self._settings)
        answer = self._receive(_START)
        if not answer.ok:
            self.kill()
        return answer

    def request(
        self,
        class_name: str,
        body: str,
        timeout: float,
        about: Mapping[str, object],
        serve: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> Answer:
        """Send a message and wait `timeout` seconds (0 is for ever); then interrupt, then kill.

        `about` is what the worker is told beside it; `serve` answers what the message's code sends. A worker that is
        gone is started again first.
        """
        if self._socket is None:
            started = self.start()
            if not started.ok:
                return started
        assert self._socket is not None
        try:
            send_frame(self._socket, {**about, "class": class_name, "body": body})
        except OSError:
            return self._dead("before the message began")
        return self._receive(timeout or None, serve)

    def _receive(
        self, timeout: float | None, serve: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    ) -> Answer:
        assert self._socket is not None
        ends = time.monotonic() + timeout if timeout else None
        self._socket.settimeout(timeout)
        try:
            frame = receive_frame(self._socket)
            while frame is not None and "asks" in frame and serve is not None:
                send_frame(self._socket, serve(frame))
                if ends is not None:
                    self._socket.settimeout(max(ends - time.monotonic(), 0.001))
                frame = receive_frame(self._socket)
        except TimeoutError:
            return self._interrupt(timeout or 0.0)
        except OSError:
            frame = None
        if frame is None:
            return self._dead("while the message ran")
        output = frame.get("output", {})
        return Answer(
            frame["ok"],
            frame.get("class", ""),
            frame.get("body", ""),
            frame.get("error", ""),
            frame.get("traceback", ""),
            output.get("stdout", ""),
            output.get("stderr", ""),
            deferred=frame.get("deferred", ""),
            conditions=tuple(frame.get("conditions", ())),
            codes=tuple(frame.get("codes", ())),
            missing=bool(frame.get("missing")),
            wants_retry=bool(frame.get("retry")),
            wants_suspension=bool(frame.get("suspend")),
            saved=tuple(map(tuple, frame.get("saved", ()))),
            log=tuple(map(tuple, output.get("log", ()))),
        )

    def _interrupt(self, timeout: float) -> Answer:
        """Interrupts the message; kills the worker when that does not help."""
        assert self._socket is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)
        self._socket.settimeout(_GRACE)
        text = f"Timeout: the message ran longer than {timeout:g} s"
        try:
            frame = receive_frame(self._socket)
            while frame is not None and "asks" in frame:  # it was about to send: nobody answers any more
                frame = receive_frame(self._socket)
        except (TimeoutError, OSError):
            frame = None
        if frame is not None:
            output = frame.get("output", {})
            text += " and was interrupted; the context is kept"
            stdout, stderr = output.get("stdout", ""), output.get("stderr", "")
            traceback = frame.get("traceback", "")
            log = tuple(map(tuple, output.get("log", ())))
            return Answer(False, error=text, traceback=traceback, stdout=stdout, stderr=stderr, timed_out=True, log=log)
        self.kill()
        return Answer(
            False,
            error=f"{text} and could not be interrupted; its worker was killed, its context is lost",
            died=True,
            timed_out=True,
        )

    def _dead(self, when: str) -> Answer:
        pid = self.pid
        self.kill()
        text = (
            f"the worker process (pid {pid}) died {when}; its context is lost and a new worker takes the next message"
        )
        return Answer(False, error=text, died=True)

    def stop(self, grace: float | None = None) -> None:
        """Let the host tear down; kill it when it does not in `grace` seconds; idempotent.

        `saved` are then the session contexts that it saved at its end, `said` what it said of them.
        """
        self.saved, self.said = (), ""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(_TEAR_DOWN if grace is None else grace)
            with contextlib.suppress(OSError):
                last = receive_frame(self._socket) or {}
                self.saved = tuple((session, context) for session, context in last.get("saved", ()))
                self.said = str(last.get("output", {}).get("stdout", ""))
            self.kill()

    def cut(self) -> None:
        """End the process from another thread; the one that waits for it sees that it died."""
        if self._socket is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the process now; idempotent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
