"""What runs a service in the Director: its host objects, its adapter, and its part of sending.

An adapter that polls has a thread that asks it every CallInterval; one that listens has threads of its own and hands
each input to a free host object. Whatever a service sends is committed before its adapter acknowledges the input.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.objectscript import NotSupportedError, status

from .adapters.base import InboundAdapter, Listens
from .bank import Bank
from .definition import Item
from .exceptions import DuplicateInputError, ProductionError, StepFailedError, TargetNotFoundError
from .observing import Observer
from .relay import Origin, Outgoing, Relay
from .sending import ALERT
from .service_worker import WorkerInputs
from .step_limit import StepLimit
from .workers import Answer

_LOOK = 0.25  # seconds between two looks at inputs that may take too long
_GRACE = 30.0  # seconds an input may take to end when its service stops

#: Makes what handles the inputs of a host object in a worker, given the item, the object and who takes its output.
InputsOf = Callable[[Item, Any, Callable[[Answer], None]], WorkerInputs]

_REMIND = 3600.0  # seconds after which the same error of a source is told again
_log = logging.getLogger("isc.py.ens")


class _Input(threading.local):
    """The input that a thread handles: its session, its key, and what it will send."""

    session: int | None = None
    key = ""
    runs = False

    def __init__(self) -> None:
        self.waiting: list[Outgoing] = []


class ServiceSending:
    """`Sending` for a service.

    What it sends while it handles one input is one session. Asynchronous requests go out together when the input is
    done, in one transaction with the input's key: an input that fails sends nothing.
    """

    def __init__(self, bank: Bank, relay: Relay, item: str, respond: Callable[[str, Message], None]) -> None:
        self._bank = bank
        self._relay = relay
        self._item = item
        self._respond = respond
        self._input = _Input()

    def begin(self, key: str = "") -> None:
        """A new input.

        Raises:
            DuplicateInputError: one with this key was taken before.
        """
        if key and (session := self._bank.input_session(self._item, key)) is not None:
            raise DuplicateInputError(session)
        self._input.session, self._input.key, self._input.runs, self._input.waiting = None, key, True, []

    def log(self, level: str, text: str) -> None:
        """An event that code of the service tells of."""
        self._bank.write([Bank.event(level, self._item, text, self._input.session)])

    def end(self) -> None:
        """The input is done: what it sent is committed."""
        self._flush(with_key=True)
        self._input.runs = False

    def abandon(self) -> None:
        """The input failed: what waited to be sent is dropped."""
        self._input.runs, self._input.waiting = False, []

    def _flush(self, *, with_key: bool) -> None:
        held = self._input
        more = []
        if with_key and held.key:
            more = [Bank.input(self._item, held.key, held.session)]
        requests, held.waiting = held.waiting, []
        sent = self._relay.commit(Origin(self._item, held.session), requests, more)
        if sent:
            held.session = sent[-1].session

    @property
    def session(self) -> int | None:
        """The session of the input, once something was sent."""
        return self._input.session

    def sync(self, target: str, request: Message, timeout: float | None) -> Message:
        """Send and wait for the response."""
        self._flush(with_key=False)
        sent = self._relay.send(Origin(self._item, self._input.session), target, request, is_async=False)
        self._input.session = sent.session
        return sent.response(timeout)

    def asynchronous(self, target: str, request: Message, key: str, wanted: bool) -> None:
        """Send; it is committed when the input is done."""
        try:
            checked = self._relay.checked(Origin(self._item), target, request, is_async=True)
        except TargetNotFoundError:
            if target != ALERT:
                raise
            return
        self._input.waiting.append(checked)
        if not self._input.runs:
            self._input.session = None
            self._flush(with_key=False)

    def defer(self) -> str:
        """A service answers at once."""
        raise NotSupportedError("a service has no request whose response could be deferred")

    def respond(self, token: str, response: Message) -> None:
        """Answer a request that an operation deferred."""
        self._respond(token, response)


class ServiceRunner:
    """A service with its adapter."""

    def __init__(
        self,
        bank: Bank,
        item: Item,
        relay: Relay,
        make: Callable[[], Any],
        respond: Callable[[str, Message], None],
        observer: Observer,
        inputs: InputsOf,
    ) -> None:
        self._observer = observer
        self.item = item
        self._inputs_of = inputs
        self._inputs: list[WorkerInputs] = []
        self._limits: dict[int, StepLimit] = {}  # by host object
        self._bank = bank
        self._relay = relay
        self._make = make
        self._hosts: list[Any] = []
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._listening: Listens | None = None
        self.inputs = 0
        self.last_input = time.monotonic()
        self._sending = ServiceSending(bank, relay, item.name, respond)

    def start(self) -> None:
        """Initialize the hosts and let the adapter begin.

        Raises:
            ProductionError: a host did not initialize, or the adapter cannot listen; says why.
        """
        self._stop.clear()
        self._free = queue.LifoQueue()
        try:
            self._hosts = [self._make() for _ in range(max(self.item.pool_size, 1))]
            for host in self._hosts:
                vars(host).update(_sending=self._sending, _note_sink=self._told)
                self._begin(host)
                self._free.put(host)
            if self._hosts[0].Timeout:
                threading.Thread(target=self._look, name=f"{self.item.name} limits", daemon=True).start()
            adapter = self._hosts[0].adapter
            if isinstance(adapter, Listens):
                adapter.listen(self.take, self._told)
                self._listening = adapter
            elif isinstance(adapter, InboundAdapter) and self.item.pool_size:
                self._thread = threading.Thread(target=self._poll, args=(adapter,), name=self.item.name, daemon=True)
                self._thread.start()
        except Exception as error:
            self.stop()  # what has been initialized is torn down, and the service is not half there
            raise ProductionError(f"item {self.item.name!r} did not start: {_text_of(error)}") from error

    def _begin(self, host: Any) -> None:
        """Initialize a host object, in a worker when its code runs there."""
        in_worker = host.Isolation == "worker"  # which is interrupted, and killed, on its own
        self._limits[id(host)] = StepLimit(0 if in_worker else host.Timeout, "input")
        if not in_worker:
            host.on_init()
            return
        inputs = self._inputs_of(self.item, host, self._printed)
        self._inputs.append(inputs)
        vars(host)["_inputs"] = inputs
        if callable(getattr(host.adapter, "OnInit", None)):
            status.check(host.adapter.OnInit() or status.OK)
        inputs.start()

    def _look(self) -> None:
        while not self._stop.wait(_LOOK):
            for limit in list(self._limits.values()):
                limit.look()

    def _printed(self, answer: Answer) -> None:
        streams = (*answer.log, ("stdout", answer.stdout), ("stderr", answer.stderr))
        if events := [Bank.event(name, self.item.name, text, self._sending.session) for name, text in streams if text]:
            self._bank.write(events)

    def pids(self) -> list[int]:
        """The worker processes, if its code runs in some."""
        return [pid for inputs in self._inputs for pid in inputs.pids()]

    def take(self, data: Any = "", hint: Any = None, key: str = "") -> Any:
        """Handle one input on a free host object; what it answers, once all it sent is committed.

        Raises:
            DuplicateInputError: an input with this key was taken before.
            Exception: what the service's code raised; it is in the event log, too.
        """
        host = self._free.get()
        try:
            return self._handled(host, data, hint, key)
        except DuplicateInputError as error:
            if hasattr(host, "on_duplicate"):
                return host.on_duplicate(data, error)
            raise
        except Exception as error:
            self._told("error", _text_of(error))
            if hasattr(host, "on_failure"):
                return host.on_failure(data, error)
            raise
        finally:
            self._free.put(host)

    def _handled(self, host: Any, data: Any, hint: Any = None, key: str = "") -> Any:
        self.inputs += 1
        self.last_input = time.monotonic()
        begun = time.monotonic()
        try:
            if not key and hasattr(host, "input_key"):
                key = host.input_key(data)
            answer = self._limits[id(host)].run(lambda: host.process_input(data, hint, key))
        except DuplicateInputError:
            raise  # it was counted when it came first
        except Exception as error:
            self._observer.took(self.item.name, time.monotonic() - begun, _text_of(error))
            raise
        self._observer.took(self.item.name, time.monotonic() - begun, "")
        return answer

    def host(self) -> Any:
        """A host object for a program (`Director.service`).

        Raises:
            ProductionError: the service does not run now.
        """
        if not self._hosts:
            raise ProductionError(f"service {self.item.name!r} does not run now: its Schedule or somebody stopped it")
        return self._hosts[0]

    @property
    def is_enabled(self) -> bool:
        """Whether it takes inputs."""
        return bool(self._hosts)

    def enable(self) -> None:
        """Take inputs. Raises like `start`."""
        if not self._hosts:
            self.start()

    def disable(self) -> None:
        """Take no more inputs."""
        self.stop()

    def stop(self) -> None:
        """Take no more inputs, finish those that run, tear down; what does not end in time is cut."""
        self._stop.set()
        cut = threading.Timer(_GRACE, self._cut)
        cut.daemon = True
        cut.start()
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        if self._thread is not None:
            self._thread.join(_GRACE * 2)
            if self._thread.is_alive():
                self._told("error", "an input could not be interrupted: its thread is left behind")
            self._thread = None
        cut.cancel()
        for inputs in self._inputs:
            inputs.stop()
        for host in self._hosts if not self._inputs else ():
            try:
                host.on_tear_down()
            except Exception as error:  # noqa: BLE001  # user code; the stop must go on
                self._told("error", _text_of(error))
        self._hosts, self._inputs, self._limits = [], [], {}

    def _cut(self) -> None:
        for inputs in self._inputs:
            inputs.cut()
        for limit in list(self._limits.values()):
            limit.cut()

    def _poll(self, adapter: InboundAdapter) -> None:
        host = self._hosts[0]
        waits, wrong, told = adapter.waits_first, "", 0.0
        while not (waits and self._stop.wait(adapter.pause())):
            waits = True
            if self._stop.is_set():
                return
            try:
                adapter.on_task(partial(self._handled, host), self._told)
            except Exception as error:  # noqa: BLE001  # a source that fails now may work at the next call
                text, now = _text_of(error), time.monotonic()
                # a source that is away, or a row that fails at each look, is told of once an hour
                if text != wrong or adapter.tells_each or now - told > _REMIND:
                    self._told("error", text)
                    told = now
                wrong = text
                continue
            if wrong and not adapter.tells_each:
                self._told("info", f"works again after: {wrong}")
                wrong = ""

    def _told(self, level: str, text: str) -> None:
        """An event of the log; an error is an alert, too, when the service is set so."""
        self._bank.write([Bank.event(level, self.item.name, text, self._sending.session)])
        if level == "error":
            self._observer.noted(self.item.name, text)
            _log.error("item %s: %s", self.item.name, text)
            if self._hosts and self._hosts[0].AlertOnError:
                self._relay.alert(Origin(self.item.name), text)


def _text_of(error: Exception) -> str:
    if isinstance(error, StepFailedError):
        return f"{error}\n{error.traceback}".strip()
    return str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
