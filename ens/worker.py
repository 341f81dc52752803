"""Inside a worker process: one business operation, its context, and one message after the other.

User code runs here and nowhere else. SIGINT interrupts it (the Director's ``Timeout``) and is ignored between messages.
"""

import contextlib
import io
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from isc.py.data.namespace import open_namespace, set_current
from isc.py.iscpython_c.exceptions import CodeError, IscError
from isc.py.msg import wire
from isc.py.msg.ens import Response
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.output import log_to

from .around import Around
from .exceptions import RetryMessage, SuspendMessage, UnreachableError
from .hosts import BusinessProcess, BusinessService
from .policy import FailurePolicy, Reply, Verdict, reply_code_actions
from .tracebacks import users_traceback
from .worker_line import Line
from .worker_sending import WorkerSending

if TYPE_CHECKING:
    from .service_worker import InputServer
    from .step_worker import StepServer

_CAPTURED = 100_000
_LOGGED = 10_000


class _Interrupt:
    """Turns SIGINT into KeyboardInterrupt while user code runs."""

    def __init__(self) -> None:
        self.running = False
        signal.signal(signal.SIGINT, self._handle)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.running:
            self.running = False
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        self.running = True
        try:
            yield
        finally:
            self.running = False


def serve(line: Line, settings: dict[str, Any]) -> None:
    """Start the host that `settings` names and answer messages until there are no more."""
    interrupt = _Interrupt()
    set_current(open_namespace(Path(settings["folder"]), settings["namespace"]))
    with contextlib.ExitStack() as stack:
        captured = stack.enter_context(_capture())
        stack.enter_context(log_to(captured.log))
        sending = WorkerSending(line)
        host, answer = _start(line, settings, sending)
        steps: StepServer | InputServer | None = vars(host).get("_steps") if host is not None else None
        around = Around(host, settings) if host is not None else None
        line.say(answer | {"output": captured.take()})
        if around is None:
            return
        policy = FailurePolicy(reply_code_actions(host.ReplyCodeActions) if steps is None else ())
        contexts = vars(host).get("_contexts")
        while (request := line.next()) is not None:
            began = time.perf_counter()
            sending.begin(request)
            try:
                with interrupt.allowed(), around.message(request):
                    answer = _answer(host, request, sending) if steps is None else steps.answer(request)
            except KeyboardInterrupt as cut:
                told = users_traceback(cut) or "KeyboardInterrupt\n"
                answer = _error("interrupted: the message took longer than Timeout", told)
            if said := around.after(request):
                sys.stderr.write(said)
            if contexts is not None:
                answer["saved"] = contexts.taken()
            elif answer["ok"] and steps is None:
                answer["plain"] = _is_plain(answer, policy)
            if output := captured.take():
                answer["output"] = output
            answer["took"] = time.perf_counter() - began
            line.answer(request, answer)
        if contexts is not None:
            contexts.put_all_away()
            line.say({"saved": contexts.taken(), "output": captured.take()})
        if not isinstance(host, BusinessProcess):
            host.on_tear_down()
        around.end()


def _is_plain(answer: dict[str, Any], policy: FailurePolicy) -> bool:
    """Whether the message is completed and nothing else: only then what was given after it may begin."""
    if any(wish in answer for wish in ("retry", "suspend", "deferred")):
        return False
    if not answer["conditions"] and not answer["missing"]:
        return True
    reply = Reply(acknowledgements=tuple(answer["conditions"]), is_missing=answer["missing"])
    return policy.decide(reply, 0.0) == Verdict("C")


def _start(line: Line, settings: dict[str, Any], sending: WorkerSending) -> tuple[Any, dict[str, Any]]:
    try:
        if settings["first"]:
            from .given_sources import ProgramText, use_sources

            use_sources(ProgramText(**line.first()))
        host: Any = dictionary.resolve(settings["class"])._New()  # type: ignore[attr-defined]  # a business host
        host.configure(settings["item"], settings["settings"])
        vars(host)["_sending"] = sending
        if host.MemoryLimit:
            _limit_memory(host.MemoryLimit)
        if isinstance(host, BusinessProcess):  # its own objects are made for each instance
            from .step_worker import StepServer  # with the engine of BPL, which operations do without

            vars(host)["_steps"] = StepServer(host, settings)
        else:
            host.on_init()
        if isinstance(host, BusinessService):
            from .service_worker import InputServer  # with the adapters and their servers

            vars(host)["_steps"] = InputServer(host)
    except Exception as error:  # noqa: BLE001  # user code; the Director reports it
        return None, _failure(error)
    return host, {"ok": True}


def _limit_memory(megabytes: int) -> None:
    """Allow so much address space beyond what the worker begins with."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


_WISHES = ("Retry", "SuspendMessage", "_wants_retry")


def _answer(host: Any, request: dict[str, Any], sending: WorkerSending) -> dict[str, Any]:
    held = vars(host)
    for name in _WISHES:  # what class files set to say what they want of their message
        held[name] = 0
    try:
        message = wire.message_of(request["class"], request["body"])
        response = host.on_request(message)
        name, body = wire.body(response if response is not None else Response())
        conditions = host.reply_conditions(message, response)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # user code may raise anything; the worker lives on
        retries = isinstance(error, RetryMessage | UnreachableError) or held["Retry"] or held["_wants_retry"]
        suspends = isinstance(error, SuspendMessage) or held["SuspendMessage"]
        codes = [code for code, _ in status.entries(error.status)] if isinstance(error, status.StatusError) else []
        return _failure(error) | {"retry": bool(retries), "suspend": bool(suspends), "codes": codes}
    found = {"ok": True, "class": name, "body": body, "conditions": conditions, "missing": response is None}
    wishes = {"retry": bool(held["Retry"]), "suspend": bool(held["SuspendMessage"]), "deferred": sending.deferred}
    return found | {name: value for name, value in wishes.items() if value}


def _of_user(traceback: str) -> str:
    """A traceback without the frame that interrupted it."""
    lines = traceback.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if line.startswith(f'  File "{__file__}"')), len(lines))
    return "".join(lines[:at] + [line for line in lines[at:] if not line.startswith(" ")])


def _failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, CodeError):
        if error.type == "KeyboardInterrupt":
            return _error("interrupted: the message took longer than Timeout", _of_user(error.traceback))
        return _error(str(error), error.traceback)
    text = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
    return _error(text, users_traceback(error))


def _error(text: str, traceback: str) -> dict[str, Any]:
    return {"ok": False, "error": text[:_CAPTURED], "traceback": traceback[:_CAPTURED]}


class _Captured:
    """What user code printed since the last message."""

    def __init__(self) -> None:
        self.streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        self.told: list[tuple[str, str]] = []

    def log(self, level: str, text: str) -> None:
        """Keep what code logs."""
        if len(self.told) < _LOGGED:
            self.told.append((level, text[:_CAPTURED]))

    def take(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: stream.getvalue()[:_CAPTURED] for name, stream in self.streams.items() if stream.tell()
        }
        for stream in self.streams.values():
            stream.seek(0)
            stream.truncate()
        if self.told:
            found["log"], self.told = self.told, []
        return found


@contextlib.contextmanager
def _capture() -> Iterator[_Captured]:
    captured = _Captured()
    with (
        contextlib.redirect_stdout(captured.streams["stdout"]),
        contextlib.redirect_stderr(captured.streams["stderr"]),
    ):
        yield captured
