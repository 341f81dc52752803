"""`Director`: starts a production, sends it messages, stops it."""

import contextlib
import contextvars
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isc.py.data.namespace import DEFAULT, FOLDER, open_namespace, set_current
from isc.py.iscpython_c.private_folder import private_folder
from isc.py.msg import Message, wire

from .attempts import Attempts
from .awaited import Awaited
from .bank import Bank, bank_place, open_bank
from .bank.directors import succeed
from .bank.posts import Post, taken
from .bank.writer import Statement
from .begun import Begun
from .claims import Claim, ClaimedError
from .control import ControlServer
from .deferred import Deferred
from .exceptions import BankError, MessageFailedError, MessageTimeoutError, ProductionError, TargetNotFoundError
from .hosts import BusinessOperation, BusinessProcess
from .intake import Intake, Ways, notices, watches
from .items import Items
from .messages import EXTERNAL, Envelope, Outcome, Told
from .monitor import Monitor
from .observing import Observer
from .operation_runner import OperationRunner
from .post_taker import PostTaker
from .process_runner import ProcessRunner
from .processes import Processes, ProcessWays, Versions
from .production import Definition, Item, checked_hosts, definition_of
from .production_callbacks import on_start, on_stop
from .recovery import Recovery
from .relay import Relay, Sent
from .runners import Runner
from .service_worker import WorkerInputs
from .session_contexts import lose_contexts
from .steering import Steering
from .step_marks import StepMarks
from .telemetry import tracing
from .timers import Timers
from .waiter import Waiter
from .workers import Answer, Zygote


class Director:
    """One production in this process; a context manager that starts and stops it.

    Args:
        production: the name of the production class.
        folder: where ``.iscpy/`` with bank and namespaces is.
        namespace: the namespace that classes and data are of.
        bank: the message bank, a SQLite file or a URL (``postgresql://…``); else what ``iscpy.toml`` says, else
            ``.iscpy/bank.sqlite``.
        synchronous: ``FULL`` (a committed message survives the loss of power) or ``NORMAL``.
        control: whether ``.iscpy/control.sock`` takes requests of other processes of this user.
        zygote: forks the workers, when somebody has started it earlier than `start` would; it is stopped here.
    """

    def __init__(
        self,
        production: str,
        folder: str | os.PathLike[str] = ".",
        *,
        namespace: str = DEFAULT,
        bank: str | os.PathLike[str] | None = None,
        synchronous: str = "FULL",
        control: bool = True,
        zygote: Zygote | None = None,
    ) -> None:
        self.production = production
        self.folder = Path(folder).resolve()
        self.namespace = open_namespace(self.folder, namespace)
        self._place = bank
        self._synchronous = synchronous
        self._with_control = control
        self._runners: dict[str, Runner] = {}
        self._ways = Ways(production, self._runners, self._route)
        self._intake: Intake | None = None
        self._items: Items | None = None
        self._monitor: Monitor | None = None
        self._lock_file: Claim | None = None
        self._bank: Bank | None = None
        self._zygote = zygote
        self._timers: Timers | None = None
        self._begun: Begun | None = None
        self._marks: StepMarks | None = None
        self._control: ControlServer | None = None
        self._posts: PostTaker | None = None
        self.notices: list[str] = []  # what whoever started it should know of its items
        self.lost = ""  # why the bank is another production's now
        self._stopping = threading.Event()
        self._has_begun = False  # OnStart was called, and OnStop was not
        self.observer = Observer(tracing())
        self._awaited = Awaited(self.observer)

    # --- start and stop ---

    def start(self) -> None:
        """Start the production: all of it or nothing.

        Raises:
            ProductionError: the definition does not fit, an item did not start, or a Director runs here already.
            BPLError: a process of it cannot be loaded.
            BankError: the bank cannot be opened.
        """
        set_current(self.namespace)
        try:
            definition = definition_of(self.production)
            hosts = checked_hosts(self.production, definition)
            self._lock()
        except BaseException:
            self._end_zygote()
            raise
        try:
            self._zygote = self._zygote or Zygote()  # the first thing: it loads its modules while the rest goes on
            place = bank_place(self.folder) if self._place is None else os.fspath(self._place)
            self._bank = open_bank(place, self._synchronous)
            self._bank.claim(self._lose, self._is_back)
            self._begun = Begun(self.folder / FOLDER / "begun")
            self._marks = StepMarks(self.folder / FOLDER / "steps")
            self._timers = Timers()
            self._items = self._make_runners(definition, hosts)
            self.steering = Steering(self._items, self.namespace, definition, hosts)
            known = succeed(self._bank, self.folder)
            begun, steps = (self._begun.before, self._marks.before) if known else (None, frozenset[int]())
            recovery = Recovery(self._bank, self.production, begun, steps)
            self._zygote.wait_until_ready()
            recovery.mark(self._runners)
            self._begun.take_over()
            self._marks.take_over()
            self._posts = PostTaker(self._bank, self._ways, self._taken)
            lose_contexts(self._bank)
            versions = Versions(self._processes, self._runners, hosts, recovery.instances)
            recovery.go_on(self._runners, self.observer.watched, self._expected, self._deferred.keep, versions.of)
            on_start(self.production, self._bank)
            self._has_begun = True
            self._items.start()
            for old in versions.old:
                old.start()
                self._items.let_end(old)
            told = [(item.name, text) for item in definition.items for text in notices(definition, hosts, item)]
            self.notices = [f"{name}: {text}" for name, text in told]
            started = Bank.event("info", self.production, "production started")
            self.bank.write([started, *(Bank.event("warning", name, text) for name, text in told)]).result()
            assert self._intake is not None
            self._intake.start()
            self._monitor = Monitor(
                self._bank, self._relay, watches(definition, hosts, self._runners, self._intake.runners)
            )
            self._monitor.start()
            self._items.monitor = self._monitor
            self._posts.start()
            if self._with_control:
                self._control = ControlServer(self, self.folder / FOLDER / "control.sock")
        except BaseException as error:
            if self._bank is not None and self._begun is not None:  # it was claimed: it is no other one's
                with contextlib.suppress(BankError):
                    self._bank.write([Bank.event("error", self.production, f"did not start: {error}")]).result()
            self.stop()
            raise

    def stop(self, grace: float = 60.0) -> None:
        """Finish what is queued, then stop; idempotent.

        What still runs after `grace` seconds is cut off: its message ends as an error, what is queued stays in the
        bank for the next start.
        """
        self._stopping.set()
        if self._control is not None:
            self._control.stop()
            self._control = None
        if self._posts is not None:
            self._posts.stop()
        if self._monitor is not None:
            self._monitor.stop()
            self._monitor = None
        if self._intake is not None:
            self._intake.stop()
        processes = [runner for runner in self._runners.values() if isinstance(runner, ProcessRunner)]
        cut = threading.Timer(0 if self.lost else grace, self.cut)
        cut.start()
        for runner in [*processes, *self._retired(), *(r for r in self._runners.values() if r not in processes)]:
            runner.stop()
        cut.cancel()
        cut.join()
        self._runners.clear()
        self._items = None
        self._intake = None
        if self._timers is not None:
            self._timers.stop()
            self._timers = None
        self._end_zygote()
        if self._bank is not None:
            with contextlib.suppress(BankError):  # it may be full or away
                if self._has_begun and not self.lost:  # else there is nothing to tell, or it is another one's bank
                    on_stop(self.production, self._bank)
                    self._bank.write([Bank.event("info", self.production, "production stopped")]).result()
            self._has_begun = False
            self._bank.close()
            self._bank = None
        self._posts = None
        self._awaited.abandon(self.production)
        if self._begun is not None:
            self._begun.close(all_ended=not self.lost)
            self._begun = None
        if self._marks is not None:
            self._marks.close(all_ended=not self.lost)
            self._marks = None
        self.observer.tracing.flush()
        if self._lock_file is not None:
            self._lock_file.release()
            self._lock_file = None

    def _end_zygote(self) -> None:
        if self._zygote is not None:
            self._zygote.stop()
            self._zygote = None

    def cut(self) -> None:
        """While it stops: do not wait for what runs any longer."""
        for runner in [*self._runners.values(), *self._retired()]:
            runner.cut()

    def _lose(self, reason: str) -> None:
        """Another production has the bank: end what runs here; told by the writer's thread, which must not wait."""
        self.lost = reason
        self._stopping.set()
        threading.Thread(target=self.cut, name="cut", daemon=True).start()

    def _is_back(self, trouble: str, seconds: float) -> None:
        """The bank can be written again; told by the writer's thread."""
        text = f"the message bank could not be written for {seconds:.1f} s: {trouble}"
        with contextlib.suppress(BankError):  # it is being closed
            self.bank.write([Bank.event("error", self.production, text)], patient=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def bank(self) -> Bank:
        """The bank of the running production.

        Raises:
            ProductionError: it does not run.
        """
        if self._bank is None:
            raise ProductionError(f"production {self.production} does not run: call start()")
        return self._bank

    def _lock(self) -> None:
        path = self.folder / FOLDER / "director.lock"
        private_folder(path.parent)
        try:
            self._lock_file = Claim(path)
        except ClaimedError as error:
            raise ProductionError(
                f"a production already runs in {self.folder} (process {error.owner}): stop it, "
                "or send to it with iscpy send"
            ) from None
        self._stopping.clear()

    def _make_runners(self, definition: Definition, hosts: dict[str, Any]) -> Items:
        self._relay = Relay(self.bank, self._ways)
        assert self._zygote is not None
        assert self._timers is not None
        assert self._begun is not None
        assert self._marks is not None
        ways = ProcessWays(self._route, self._relay.check, self._timers.later, self._relay.alert)
        actors, told = definition.actor_pool_size or 1, self._told_to_workers
        self._processes = Processes(
            self.bank, self._zygote, self._begun.page, self._marks, self.namespace, told, actors, ways
        )
        self._deferred = Deferred(self.bank)
        respond, inputs = self._deferred.respond, self._inputs_of
        self._intake = Intake(self.bank, self._relay, definition, hosts, respond, self.observer, inputs)
        self._ways.services = self._intake.runners
        for item in definition.items:
            if item.enabled and isinstance(hosts[item.name], BusinessOperation | BusinessProcess):
                self._runners[item.name] = self._runner_of(item, hosts[item.name])
        ways_of = self._runner_of, self._told_of
        return Items(self.bank, self._runners, self._intake, self.observer, self._processes, *ways_of)

    def _retired(self) -> list[Runner]:
        """Old versions of items that end what they have begun."""
        return list(self._items.retired) if self._items is not None else []

    def _told_to_workers(self, item: Item) -> dict[str, Any]:
        """What a worker process of an item is told when it starts."""
        of_item = {"item": item.name, "class": item.class_name, "settings": item.settings}
        return {"folder": str(self.folder), "namespace": self.namespace.name, **of_item}

    def _inputs_of(self, item: Item, host: Any, output: Callable[[Answer], None]) -> WorkerInputs:
        assert self._zygote is not None
        assert self._begun is not None
        return WorkerInputs(self._zygote, self._told_to_workers(item), self._begun.page(), host.Timeout, output)

    def _runner_of(self, item: Item, host: Any) -> Runner:
        """What runs an operation or a process; not started."""
        if isinstance(host, BusinessProcess):
            return self._processes.runner(item, host)
        assert self._zygote is not None
        assert self._begun is not None
        settings = self._told_to_workers(item)
        attempts = Attempts(self.bank, self._relay, item, host, self._deferred.respond, self.observer.noted)
        return OperationRunner(
            self.bank, self._zygote, item, host, settings, self._begun.page, attempts, self._deferred.keep
        )

    def _expected(self, header_id: int) -> Told:
        """Whom the end of a message is told that an earlier Director took."""
        self._awaited.expect(header_id)
        return self._told

    def _told_of(self, header_id: int) -> Told:
        """Whom the end of a message is told that waits in the bank."""
        return self._told if header_id in self._awaited else self._expected(header_id)

    # --- messages ---

    def send_async(self, target: str, request: Message) -> int:
        """Send a request; the id of its header, once it is in the bank.

        Raises:
            TargetNotFoundError: the production has no such item.
            MessageError: the request is not what its class says.
        """
        sent = self._send(target, request, is_async=True)
        sent.written.result()
        return sent.header_id

    def send(self, target: str, request: Message) -> Sent:
        """Send a request and go on: `response` of what this returns waits for the answer.

        One thread can so have many requests on their way; each is committed with its neighbours, before it is
        worked on. Raises as `send_async`, but that the bank cannot be written is told by `response`.
        """
        return self._send(target, request, is_async=False)

    def send_sync(self, target: str, request: Message, timeout: float | None = None) -> Message:
        """Send a request and wait `timeout` seconds for its response.

        Raises:
            TargetNotFoundError: the production has no such item.
            MessageFailedError: the request ended in an error status.
            MessageTimeoutError: nobody answered in time.
        """
        return self._send(target, request, is_async=False).response(timeout)

    def wait(self, header_id: int, timeout: float | None = None) -> Message:
        """The response to a message, whoever sent it: this program, a host, an earlier Director.

        Raises:
            LookupError: the bank has no such request.
            MessageFailedError: the request ended in an error status.
            MessageTimeoutError: nobody answered in time.
            ProductionError: the production was stopped before it ended.
        """
        try:
            return self._awaited.response(self.bank, header_id, timeout)
        except MessageTimeoutError as error:
            row = self.bank.message(header_id)
            if row is not None and not getattr(self._runners.get(row.target), "is_enabled", True):
                error.note = f"item {row.target!r} is disabled"
            raise

    def _send(self, target: str, request: Message, *, is_async: bool) -> Sent:
        self._checked_target(target)
        return self._enter(target, wire.body(request), is_async=is_async)

    def send_text(self, target: str, class_name: str, body: str, *, is_async: bool = False) -> int:
        """Send a request given as class name and JSON; what cannot be a message is kept in the bank as an error.

        Raises:
            MessageFailedError: the target, the class or the properties do not fit; its header has the reason.
        """
        try:
            self._checked_target(target)
            request = wire.message_of(class_name, body)
            sent = self._enter(target, wire.body(request), is_async=is_async)
            sent.written.result()
            return sent.header_id
        except Exception as error:
            header_id = self._keep(target, (class_name, body), "Error", is_async, str(error))
            raise MessageFailedError(header_id, header_id, "Error", str(error)) from error

    def _keep(self, target: str, body: tuple[str, str], status: str, is_async: bool, error: str = "") -> int:
        header_id = self.bank.next_id()
        statements = Bank.header(
            header_id, "Request", header_id, EXTERNAL, target, body, status, error=error, is_async=is_async
        )
        self.bank.write([Bank.session(header_id, self.production), *statements]).result()
        return header_id

    def _taken(self, post: Post, header_id: int, body: tuple[str, str]) -> Waiter[None]:
        more = [taken(post.id, header_id)]
        return self._enter(post.target, body, is_async=False, header_id=header_id, more=more).written

    def _enter(
        self,
        target: str,
        body: tuple[str, str],
        *,
        is_async: bool,
        header_id: int = 0,
        more: Sequence[Statement] = (),
    ) -> Sent:
        """A request on its way into the bank; `more` is written with it."""
        if not header_id:
            self._ways.wait_for_room(target)
            header_id = self.bank.next_id()
        waiter = self._awaited.expect(header_id)
        envelope = Envelope(header_id, header_id, EXTERNAL, target, *body, self._told, is_async)
        context = contextvars.copy_context()  # a span of the caller is the parent of the message's

        def committed(error: BaseException | None) -> None:
            """The writer's thread queues it: the caller would first have to be woken for that."""
            if error is not None:
                self._awaited.forget(header_id)
                waiter.set_exception(error)
                if self._posts is not None:
                    self._posts.forget(header_id)
                return
            try:
                context.run(self._route, envelope)
            except Exception as refused:
                self._awaited.forget(header_id)
                waiter.set_exception(refused)
                raise  # to who waits for the commit only

        statements = Bank.header(header_id, "Request", header_id, EXTERNAL, target, body, "Queued", is_async=is_async)
        begun = Bank.session(header_id, self.production)
        written = self.bank.write([begun, *statements, *more], then=committed)
        return Sent(header_id, header_id, waiter, written)

    def _told(self, outcome: Outcome) -> None:
        self._awaited.end(outcome)
        if self._posts is not None:
            self._posts.ended(outcome.header_id)

    def _checked_target(self, target: str) -> None:
        self._ways.check(target)

    def _route(self, envelope: Envelope) -> None:
        runner = self._runners.get(envelope.target)
        if runner is not None:
            runner.put(self.observer.watched(envelope))
        elif self._runners:  # else the production has stopped
            text = "its item is gone since it was sent: it waits in the bank until the production has the item again"
            self.bank.write([Bank.event("warning", envelope.target, text, envelope.session, envelope.header_id)])

    # --- looking ---

    def status(self) -> dict[str, Any]:
        """Production, items with what waits, worker process ids, counts, rates, last errors, trouble with the bank."""
        found = {"production": self.production, "pid": os.getpid(), "items": self.steering.shown()}
        return found | {"bank_trouble": self.bank.trouble}

    def enable(self, name: str, on: bool = True) -> None:
        """Let an item go on, or stop it; what is queued stays queued.

        Raises:
            ProductionError: the production has no such item, or it cannot start; says why.
        """
        self.steering.act(name, "enable" if on else "disable")

    def service(self, name: str) -> Any:
        """A service of the running production: ``process_input`` gives it an input, as its adapter would.

        Raises:
            TargetNotFoundError: the production has no such service.
        """
        found = self._intake.runners if self._intake is not None else {}
        if name not in found:
            known = ", ".join(found) or "none"
            raise TargetNotFoundError(
                f"production {self.production} has no enabled service {name!r}; there are {known}"
            )
        return found[name].host()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Wait until someone asks the production to stop."""
        return self._stopping.wait(timeout)

    def request_stop(self) -> None:
        """Ask whoever serves the production to stop it."""
        self._stopping.set()
