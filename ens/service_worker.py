"""The code of a service in a worker process (``Isolation=worker``).

`InputServer` is the worker's end, `WorkerInputs` the Director's. The adapter stays in the Director. What the code sends
goes through the Director's `ServiceSending`: it is committed with the input's key when the input is done, and dropped
when it fails.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from isc.py.msg import Message

from .begun import BegunPage
from .code_worker import CodeWorker
from .exceptions import ProductionError, StepFailedError
from .input_codec import packed, unpacked
from .sending import Sending
from .tracebacks import failure
from .worker_sending import serve_sends
from .workers import Answer, Zygote


class InputServer:
    """Handles inputs in a worker."""

    def __init__(self, host: Any) -> None:
        self._host = host

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Handle the input of a frame; whatever the code raises, the worker lives on."""
        try:
            answer = self._host.on_process_input(unpacked(request["input"]), unpacked(request["hint"]))
            return {"ok": True, "body": json.dumps(packed(answer, "what the service answers"))}
        except BaseException as error:  # noqa: BLE001  # user code may raise anything; the worker lives on
            return failure(error)


class WorkerInputs:
    """Handles inputs of one host object in a worker of its own.

    Args:
        zygote: forks it.
        settings: what the worker is told when it starts.
        page: what it shares with the Director.
        timeout: seconds an input may take before it is interrupted, then killed; 0 for any time.
        output: takes what user code wrote.
    """

    def __init__(
        self,
        zygote: Zygote,
        settings: Mapping[str, Any],
        page: BegunPage,
        timeout: float,
        output: Callable[[Answer], None],
    ) -> None:
        self._worker = CodeWorker(zygote, settings, page, timeout)
        self._timeout = timeout
        self._output = output

    def start(self) -> None:
        """Start the worker.

        Raises:
            ProductionError: the class does not load there, or its initialization failed; says why.
        """
        answer = self._worker.start()
        if not answer.ok:
            raise ProductionError(f"{answer.error}\n{answer.traceback}".strip())
        self._output(answer)

    def handle(self, sending: Sending, data: Any, hint: Any) -> Any:
        """Handle an input; what the service answers.

        Raises:
            StepFailedError: the code raised, took too long, or its worker died.
            ProductionError: the input cannot go to a worker.
        """
        told = {"input": packed(data, "the input"), "hint": packed(hint, "the hint"), "header": 0, "session": 0}
        told |= {"class": "", "body": ""}

        def asynchronous(target: str, message: Message) -> None:
            sending.asynchronous(target, message, "", False)

        serve = serve_sends(sending.sync, asynchronous, sending.respond)
        answer = self._worker.ask(0, lambda: dict(told), serve)
        self._output(answer)
        if answer.died or answer.timed_out:
            what = "died of the input" if answer.died else "was interrupted"
            why = f"Timeout: the input took longer than {self._timeout:g} s: the worker {what}"
            raise StepFailedError(why if answer.timed_out else f"the worker process {what}", (), answer.traceback)
        if not answer.ok:
            raise StepFailedError(answer.error, answer.codes, answer.traceback)
        return unpacked(json.loads(answer.body))

    def cut(self) -> None:
        """Kill the worker."""
        self._worker.cut()

    def stop(self) -> None:
        """Let the host tear down, then end the worker."""
        self._worker.stop()

    def pids(self) -> list[int]:
        """The worker process."""
        return [self._worker.pid]
