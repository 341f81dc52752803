"""Workers as the Director sees them: started by the zygote, asked, interrupted, killed, replaced."""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from .begun import BegunPage
from .exceptions import ProductionError
from .frames import LENGTH, Frames, frame_of
from .process_handle import ProcessHandle

_GRACE = 2.0  # seconds between interrupting and killing
_TEAR_DOWN = 10.0  # seconds a host may take at its end
_START = 120.0  # seconds an initializer may take
_SENDING = 60.0  # seconds a worker that waits for a message may take to read it
_SLOW = 0.02  # seconds after which a message runs for long
_LONG = 0.0  # to wait without end
_UNREAD = 32768  # bytes a worker is given ahead: less than a socket holds, so that neither side waits for the other

Serve: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(slots=True)
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
    plain: bool = False  # it is completed, and nothing else is wished for


def _answer(frame: dict[str, Any]) -> Answer:
    if frame.get("plain"):
        answer = Answer(True, frame["class"], frame["body"], plain=True)
        if (output := frame.get("output")) is not None:
            answer.stdout, answer.stderr = output.get("stdout", ""), output.get("stderr", "")
            answer.log = tuple(map(tuple, output.get("log", ())))
        return answer
    output = frame.get("output") or {}
    return Answer(
        bool(frame.get("ok")),
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


def _seconds(value: float) -> bytes:
    """As ``SO_RCVTIMEO`` takes them; 0 is without end."""
    whole = int(value)
    return struct.pack("ll", whole, int((value - whole) * 1e6))


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

    def fork(self, settings: dict[str, Any], page: BegunPage) -> tuple[ProcessHandle, socket.socket]:
        """A new worker: its process and the socket to it.

        Raises:
            ProductionError: the zygote is gone.
        """
        page.make()
        given = json.dumps(settings | {"begun": page.offset}).encode()
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            try:
                self._wait()
                socket.send_fds(self._control, [LENGTH.pack(len(given))], [theirs.fileno(), page.file])
                self._control.sendall(given)
                line = self._line()
            except OSError:
                line = ""
        if not line:
            ours.close()
            raise ProductionError("the process that forks workers is gone: stop the production and start it again")
        try:
            return ProcessHandle(int(line)), ours
        except OSError as error:
            ours.close()  # its worker ends with it
            raise ProductionError(f"a worker cannot be started: {error}") from error

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
    """One worker process of an item, given messages ahead: what it has not begun when one of them does not simply end,
    it never begins, and is given again."""

    def __init__(
        self,
        zygote: Zygote,
        settings: dict[str, Any],
        page: BegunPage,
        first: Mapping[str, Any] | None = None,
    ) -> None:
        self._zygote = zygote
        self._settings = settings | {"first": first is not None}
        self._first = first  # what it is given before any message, too large for settings
        self._page = page
        self._socket: socket.socket | None = None
        self._frames: Frames | None = None
        self._turn = 0
        self._waits = 0.0
        self._since = 0.0  # when the message in front began, as far as can be told from here
        self._given: deque[tuple[int, int]] = deque()  # ids and sizes of what it was given and has not answered
        self.pace = 1.0  # seconds its messages take, rather more than less
        self._process: ProcessHandle | None = None
        self.saved: tuple[tuple[int, int], ...] = ()
        self.said = ""

    @property
    def pid(self) -> int:
        """Its process, also when that has ended; 0 when it was never started."""
        return self._process.pid if self._process is not None else 0

    @property
    def given(self) -> int:
        """How many messages it was given and has not answered."""
        return len(self._given)

    def start(self) -> Answer:
        """Start the process and its host; the answer of the initializer."""
        self._over()
        self.pace = 1.0
        self._process, self._socket = self._zygote.fork(self._settings, self._page)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _seconds(_SENDING))
        self._waits = 0.0
        self._frames = Frames(self._socket)
        if self._first is not None:
            with contextlib.suppress(OSError):  # it died: the answer says so
                self._socket.sendall(frame_of(self._first))
        try:
            frame = self._next(_START)
        except TimeoutError:
            self.kill()
            return Answer(False, error=f"its initializer ran longer than {_START:g} s", died=True, timed_out=True)
        if frame is None:
            return self._dead("while it started")
        if not frame["ok"]:
            self.kill()
        return _answer(frame)

    def request(
        self,
        front: int,
        messages: Callable[[], Iterable[dict[str, Any]]],
        timeout: float,
        serve: Serve,
        slow: Callable[[], None],
    ) -> Answer | None:
        """The answer to the message in front, waited for `timeout` seconds (0: for ever); then interrupt, then kill.

        `front` is its id. None when the worker was halted and it has not begun. `messages` are those it is to be given
        beyond what it was given, the one in front first when it was given nothing. `serve` answers what the code of
        the one in front asks, `slow` is called when that runs for long. A worker that is gone is started again first.
        """
        if self._given and self._given[0][0] != front:
            self.kill()  # something went wrong here: no answer may be taken for another message's
        if self._socket is None:
            started = self.start()
            if not started.ok:
                return started
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died: what it answered is read first
                self._give(messages())
        except OSError:
            return self._dead("before the message began")
        return self._wait(front, timeout, serve, slow)

    def halt(self) -> None:
        """From another thread: what it was given and has not begun, it shall not begin now."""
        self._page.halt(self._turn)

    def _give(self, messages: Iterable[dict[str, Any]]) -> None:
        assert self._socket is not None
        data = []
        if not self._given:
            self._since = time.monotonic()
        size = sum(size for _, size in self._given)
        for message in messages:
            message["turn"] = self._turn
            frame = frame_of(message)
            size += len(frame)
            if self._given and size > _UNREAD:
                break
            data.append(frame)
            self._given.append((message["header"], len(frame)))
        if data:
            self._socket.sendall(b"".join(data))

    def _wait(self, front: int, timeout: float, serve: Serve, slow: Callable[[], None]) -> Answer | None:
        """The answer to what is in front."""
        assert self._socket is not None
        told = False
        while True:
            left = max(self._since + timeout - time.monotonic(), 0.001) if timeout else _LONG
            try:
                frame = self._next(left if told else min(left or _SLOW, _SLOW))
            except TimeoutError:
                if not told:
                    told = True
                    slow()
                elif timeout and self._since + timeout <= time.monotonic():
                    self._page.halt(self._turn)  # nothing else begins, and is interrupted instead
                    last = self._page.last()
                    if last == front or all(header != last for header, _ in self._given):
                        return self._interrupt(timeout)
                    timeout = 0.0  # a later one has begun: the answer is on its way
                continue
            except OSError:
                frame = None
            if frame is None:
                return self._dead("while the message ran")
            if "asks" in frame:
                try:
                    self._socket.sendall(frame_of(serve(frame)))
                except OSError:
                    return self._dead("while the message ran")
            elif frame.get("halted") == self._turn:
                self._over()
                return None
            elif "halted" not in frame:
                if frame.get("header") != front:
                    return self._dead("while the message ran, after it sent a frame that is no answer")
                self._answered(frame)
                return _answer(frame)

    def _answered(self, frame: dict[str, Any]) -> None:
        took = float(frame.get("took", 1.0))
        self.pace = took if took > self.pace else 0.8 * self.pace + 0.2 * took
        self._given.popleft()
        self._since = time.monotonic()
        if not frame.get("plain"):
            self._over()

    def _over(self) -> None:
        """What it was given is not with it any more."""
        self._turn += 1
        self._given.clear()

    def _next(self, seconds: float) -> dict[str, Any] | None:
        """The next frame, waited for so long."""
        assert self._socket is not None
        assert self._frames is not None
        if seconds != self._waits:
            self._waits = seconds
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _seconds(seconds))
        return self._frames.receive()

    def _interrupt(self, timeout: float) -> Answer:
        """Interrupts the message; kills the worker when that does not help."""
        self._signal(signal.SIGINT)
        text = f"Timeout: the message ran longer than {timeout:g} s"
        ends = time.monotonic() + _GRACE
        try:
            frame = self._next(_GRACE)
            while frame is not None and ("asks" in frame or "halted" in frame):
                frame = self._next(max(ends - time.monotonic(), 0.001))  # it was about to send: nobody answers any more
        except (TimeoutError, OSError):
            frame = None
        if frame is not None and frame.get("header") == self._given[0][0]:
            self._answered(frame)
            self._over()
            if frame["ok"]:
                return _answer(frame)  # it has ended just now
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

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send(number)

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
            with contextlib.suppress(OSError):
                ends = time.monotonic() + (_TEAR_DOWN if grace is None else grace)
                while "halted" in (last := self._next(max(ends - time.monotonic(), 0.001)) or {}):
                    pass  # it was told so after its last message
                self.saved = tuple((session, context) for session, context in last.get("saved", ()))
                self.said = str(last.get("output", {}).get("stdout", ""))
            self.kill()

    def cut(self) -> None:
        """End the process from another thread; the one that waits for it sees that it died."""
        if self._socket is not None:
            self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """End the process now; idempotent."""
        self._over()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._signal(signal.SIGKILL)
            if self._process is not None:
                self._process.close()
