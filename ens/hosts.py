"""Business hosts: what the items of a production are instances of.

A class of one's own derives from `BusinessService`, `BusinessProcess` or `BusinessOperation` and defines ``on_request``
(``on_process_input`` for a service), or in a class file ``OnMessage``, an ``XData MessageMap``, ``OnRequest`` and
``OnResponse``, or ``OnProcessInput``. Operations run in worker processes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from isc.py.msg import Message
from isc.py.msg.bodies import as_message
from isc.py.objectscript import ByRef, NotSupportedError, dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition, find_xdata
from isc.py.objectscript.names import python_name
from isc.py.objectscript.objects import RegisteredObject, properties, with_properties
from isc.py.objectscript.output import log_sink, log_to
from lxml import etree

from .definition import Item
from .exceptions import ProcessFailedError, ProductionError
from .sending import Sends
from .settings import ADAPTER, Configured, Setting, Unknown, settings_of, take


@with_properties(PropertyDefinition("%ConfigName"), PropertyDefinition("%SessionId"))
class _Named(Sends):
    """What a host knows of itself."""


class Host(_Named):
    """``Ens.Host``: settings are its properties."""

    ADAPTER: ClassVar[type | str] = ""

    PoolSize = Setting(int, 1, "How many messages it works on at a time.", minimum=0)
    Enabled = Setting(bool, True, "Whether it starts with the production.")
    AlertOnError = Setting(bool, False, "Whether an error sends an alert to the item Ens.Alert.")
    AlertGroups = Setting(str, "", "Groups that an alert names, with commas.")
    InactivityTimeout = Setting(
        float, 0, "Seconds without a message after which an alert is sent; 0 for never.", minimum=0
    )
    BusinessPartner = Setting(str, "", "A note: whom it talks to.")

    def configure(self, item: str, settings: Mapping[str, str]) -> None:
        """Take settings from the production, those of the adapter (``Adapter.NAME``), too.

        Raises:
            ProductionError: a setting the class does not have, or a value that does not fit.
        """
        held = self.__dict__
        held["_item"] = held["_ConfigName"] = item
        label = f"item {item!r}"
        own = {name: value for name, value in settings.items() if not name.startswith(ADAPTER)}
        of_adapter = {name.removeprefix(ADAPTER): value for name, value in settings.items() if name not in own}
        lenient = not self._ClassName(1).startswith("isc.py.")
        unknown = take(self, label, own, lenient=lenient)
        wrong = self._ValidateObject()
        if status.is_error(wrong):
            raise ProductionError(f"{label}: {status.text(wrong)}")
        adapter = self._adapter_class(label)
        if adapter is not None:
            made: Any = adapter._New()
            unknown += take(made, f"{label}, adapter", of_adapter, lenient=True)
            made.BusinessHost = self
            held["Adapter"] = made
        else:
            unknown += [Unknown(f"{ADAPTER}{name}", self._ClassName(1)) for name in of_adapter]
        held["_unknown"] = unknown

    @property
    def adapter(self) -> Any:
        """The adapter, None when the host has none."""
        return vars(self).get("Adapter")

    def _adapter_class(self, label: str) -> Any:
        named = self._parameters.get("ADAPTER") or self.ADAPTER
        if not named:
            return None
        found = named if isinstance(named, type) else dictionary.resolve(str(named))
        if not issubclass(found, Configured):
            raise ProductionError(f"{label}: its ADAPTER {dictionary.name_of(found)} is no adapter: extend one of Ens")
        return found

    def on_init(self) -> None:
        """Called once when the host starts, and again in a worker that replaces one; here it calls ``OnInit``."""
        for part in (self.adapter, self):
            if part is not None and callable(getattr(part, "OnInit", None)):
                status.check(part.OnInit() or status.OK)

    def on_tear_down(self) -> None:
        """Called once when the host stops; here it calls ``OnTearDown``."""
        for part in (self, self.adapter):
            if part is not None and callable(getattr(part, "OnTearDown", None)):
                status.check(part.OnTearDown() or status.OK)


class _Queued(Host):
    """What a host with a queue can be told."""

    QueueCountAlert = Setting(int, 0, "Waiting messages at which an alert is sent; 0 for never.", minimum=0)
    QueueWaitAlert = Setting(
        float, 0, "Seconds the message in front has waited when an alert is sent; 0 for never.", minimum=0
    )
    QueueLimit = Setting(
        int, 10000, "Waiting messages at which services and programs have to wait; 0 for any number.", minimum=0
    )


@with_properties(
    PropertyDefinition("Retry", "%Library.Boolean"),
    PropertyDefinition("SuspendMessage", "%Library.Boolean"),
)
class _Wishing(_Queued):
    """What the code of an operation may wish for its message."""


class BusinessOperation(_Wishing):
    """``Ens.BusinessOperation``: answers requests, in a worker process."""

    keeps_context: ClassVar[bool] = False  # whether messages leave variables for those that come after

    ReplyCodeActions = Setting(
        str,
        "",
        "What to do when a message ends so: `E=R` retries errors, `E*text=S` suspends those with a text, `X=F` wants "
        "a reply, `:AE=W` warns of an acknowledgement; actions are C, W, R, S, D, F.",
    )
    RetryInterval = Setting(float, 5, "Seconds between two attempts at a message.", minimum=0.001)
    FailureTimeout = Setting(float, 15, "Seconds after which a message is not retried any more; -1 for ever.")
    Timeout = Setting(
        float, 0, "Seconds a message may run before it is interrupted, then killed; 0 for any.", minimum=0
    )
    MemoryLimit = Setting(int, 0, "Megabytes of address space a worker may take; 0 for any.", minimum=0)
    CrashLimit = Setting(
        int,
        0,
        "After so many workers that died of a message it is suspended; 1: the first death is its error; 0: 1 for "
        "operations that keep a context, 3 for others.",
        minimum=0,
    )
    BadMessageHandler = Setting(str, "", "An item that gets a copy of each message that fails or is suspended.")

    def on_request(self, request: Message) -> Message | None:
        """Answer a request: here by the class's MessageMap, else by its ``OnMessage``.

        Raises:
            NotSupportedError: the class answers no such request.
            RetryMessage: it wants the message again after RetryInterval.
            SuspendMessage: it wants the message suspended.
        """
        name = self._mapped(request) or ("OnMessage" if hasattr(self, "OnMessage") else "")
        if not name:
            taken = dictionary.name_of(type(request))
            raise NotSupportedError(f"{self._ClassName(1)} does not answer {taken}: add it to its MessageMap")
        answer: ByRef[Any] = ByRef("")
        status.check(getattr(self, python_name(name))(request, answer) or status.OK)
        return as_message(answer.value)

    def reply_conditions(self, request: Message, response: Message | None) -> tuple[str, ...]:
        """What `ReplyCodeActions` judge of a response, as ``:AE``."""
        return ()

    def _mapped(self, request: Message) -> str:
        found = find_xdata(type(self), "MessageMap")
        if found is None:
            return ""
        root = etree.fromstring(found[1].text.strip().encode(), etree.XMLParser(resolve_entities=False))
        for item in root.iterfind("MapItem"):
            if isinstance(request, dictionary.resolve(item.get("MessageType", ""))):
                return (item.findtext("Method") or "").strip()
        return ""


class BusinessProcess(_Queued):
    """``Ens.BusinessProcess``: a process; ``on_request`` sends on, ``on_response`` takes what comes back."""

    ReplyCodeActions = Setting(
        str,
        "",
        "What to do when a step of an instance fails: `E=R` retries it, `E*text=S` suspends those with a text; actions "
        "are C, W, R, S, D, F.",
    )
    RetryInterval = Setting(float, 5, "Seconds between two attempts at a step.", minimum=0.001)
    FailureTimeout = Setting(float, 15, "Seconds after which a step is not retried any more; -1 for ever.")
    Isolation = Setting(
        str,
        "",
        "Where its code runs: `worker` in processes of its own, as many as PoolSize, `director` in the production's. "
        "Empty: `worker` for processes written as methods, `director` for BPL and routers.",
        choices=("", "worker", "director"),
    )
    Timeout = Setting(
        float,
        300,
        "Seconds one step may run before it is interrupted, a worker then killed; 0 for any. A step ends where the "
        "process waits.",
        minimum=0,
    )
    MemoryLimit = Setting(int, 0, "Megabytes of address space a worker may take; 0 for any.", minimum=0)
    CrashLimit = Setting(
        int,
        3,
        "After so many workers that died of a step its message is suspended; 1: the first death is its error.",
        minimum=1,
    )

    def on_request(self, request: Message) -> Message | None:
        """Handle a request; what is returned is the response, once nothing that was sent is waited for.

        Here it calls ``OnRequest``.

        Raises:
            NotSupportedError: the class has none.
        """
        if not hasattr(self, "OnRequest"):
            raise NotSupportedError(f"{self._ClassName(1)} has neither on_request nor OnRequest")
        answer: ByRef[Any] = ByRef("")
        status.check(self.OnRequest(request, answer) or status.OK)
        return as_message(answer.value)

    def on_response(self, request: Message, response: Message, key: str) -> Message | None:
        """Handle the response to what was sent with `key`; a message returned is the response of the process.

        Here it calls ``OnResponse``, when the class has it.
        """
        if not hasattr(self, "OnResponse"):
            return None
        answer: ByRef[Any] = ByRef("")
        sent = vars(self).get("_call_request", "")
        status.check(self.OnResponse(request, answer, sent, response, key) or status.OK)
        return as_message(answer.value)

    def on_complete(self, request: Message, response: Message | None) -> Message | None:
        """Called when nothing is waited for any more; here it calls ``OnComplete``, when the class has it."""
        if not hasattr(self, "OnComplete"):
            return None
        answer: ByRef[Any] = ByRef(response if response is not None else "")
        status.check(self.OnComplete(request, answer) or status.OK)
        return as_message(answer.value)

    def set_timer(self, seconds: float, key: str = "") -> None:
        """Have ``on_response`` called in `seconds` with an `Ens.Response` and `key`."""
        vars(self)["_sending"].timer(seconds, key)

    def SetTimer(self, timeout: object, key: object = "") -> object:
        """``SetTimer``: `timeout` in seconds or as ``PT5S``."""
        from isc.py.bpl.durations import seconds

        vars(self)["_sending"].timer(seconds(str(timeout)), str(key))
        return status.OK

    def on_error(self, request: Message, error: str, key: str) -> Message | None:
        """What was sent with `key` ended in an error; here ``OnError`` is called, when the class has it.

        Raises:
            ProcessFailedError: it has none: the process ends with the error.
        """
        if not hasattr(self, "OnError"):
            raise ProcessFailedError(error)
        answer: ByRef[Any] = ByRef("")
        sent = vars(self).get("_call_request", "")
        status.check(self.OnError(request, answer, sent, status.error(5001, error), key) or status.OK)
        return as_message(answer.value)

    def reply(self, response: Message) -> None:
        """Give the response now; the process goes on."""
        vars(self)["_sending"].reply(response)

    def Reply(self, response: Message) -> object:
        """Give the response now; the process goes on."""
        self.reply(response)
        return status.OK

    def _own_names(self) -> set[str]:
        """The attributes that belong to an instance: its properties, and of a Python class its public attributes."""
        left_out = {setting.name for setting in settings_of(type(self))} | {"Adapter"}
        declared = {python_name(item.name) for item in properties(type(self)) if not item.name.startswith("%")}
        public = set() if "_from_file" in dir(type(self)) else {name for name in vars(self) if not name.startswith("_")}
        return (declared | public) - left_out

    def _state(self) -> dict[str, object]:
        """What the state of an instance keeps of its process: its properties."""
        plain = vars(self).get("_plain")
        if plain is not None:
            kept: dict[str, object] = plain.kept()
            return kept
        left_out = {setting.name for setting in settings_of(type(self))} | {"%ConfigName", "%SessionId"}
        return {
            definition.name: vars(self)[python_name(definition.name)]
            for definition in properties(type(self))
            if definition.name not in left_out and python_name(definition.name) in vars(self)
        }

    def _write_log(self, kind: str, text: str) -> None:
        sink = vars(self).get("_log_sink") or log_sink()
        if sink is not None:
            sink(kind, text)


class BusinessProcessBPL(BusinessProcess):
    """``Ens.BusinessProcessBPL``: a process written in BPL."""


class BusinessService(Host):
    """``Ens.BusinessService``: takes what comes from outside and sends it on.

    ``on_process_input`` is called by the adapter (and by `Director.service` callers) with what came; it is acknowledged
    outside once the method has returned, and so after what it sent is committed.
    """

    Isolation = Setting(
        str,
        "director",
        "Where its code runs: `worker` in processes of its own, as many as PoolSize, `director` in the production's; "
        "the adapter is in the production's in any case.",
        choices=("director", "worker"),
    )
    Timeout = Setting(
        float,
        0,
        "Seconds an input may take, with the answers it waits for, before it is interrupted, a worker then killed; 0 "
        "for any.",
        minimum=0,
    )
    MemoryLimit = Setting(int, 0, "Megabytes of address space a worker may take; 0 for any.", minimum=0)

    def on_process_input(self, data: Any, hint: Any = None) -> Any:
        """Handle one input and give the answer for outside, or None. Here it calls ``OnProcessInput``.

        Raises:
            NotSupportedError: the class has none.
        """
        if not hasattr(self, "OnProcessInput"):
            raise NotSupportedError(f"{self._ClassName(1)} has neither on_process_input nor OnProcessInput")
        answer: ByRef[Any] = ByRef("")
        status.check(self.OnProcessInput(data, answer, ByRef("" if hint is None else hint)) or status.OK)
        return answer.value

    def ProcessInput(self, data: Any = "", answer: ByRef[Any] | None = None, hint: Any = None, *_: object) -> object:
        """``ProcessInput``: what adapters and programs call; one call is one session."""
        try:
            found = self.process_input(data, hint.value if isinstance(hint, ByRef) else hint)
        except Exception as error:  # noqa: BLE001  # user code may raise anything; it is the caller's status
            return status.from_exception(error)
        if answer is not None:
            answer.value = "" if found is None else found
        return status.OK

    def process_input(self, data: Any = "", hint: Any = None, key: str = "") -> Any:
        """Handle one input in a session of its own; what it sent is committed when this returns.

        An input with a `key` is taken once; when it fails it may come again.

        Raises:
            DuplicateInputError: an input with this key was taken before.
            Exception: what ``on_process_input`` raises.
        """
        sending, inputs = vars(self).get("_sending"), vars(self).get("_inputs")
        if sending is None:
            return self.on_process_input(data, hint)
        sending.begin(key)
        try:
            with log_to(sending.log):
                answer = self.on_process_input(data, hint) if inputs is None else inputs.handle(sending, data, hint)
            sending.end()
        except BaseException:
            sending.abandon()
            raise
        return answer


class Production(RegisteredObject):
    """``Ens.Production``: a class whose `items`, or whose ``XData ProductionDefinition``, list its hosts."""

    name: ClassVar[str] = ""
    description: ClassVar[str] = ""
    actor_pool_size: ClassVar[int | None] = None
    testing_enabled: ClassVar[bool | None] = None
    log_general_trace_events: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, str]] = {}
    extra: ClassVar[Mapping[str, str]] = {}
    items: ClassVar[Sequence[Item]] = ()
