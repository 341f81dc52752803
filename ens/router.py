"""Routing engines: business processes that send each message where a business rule says.

`RoutingEngine` and its kin are the hosts with their settings, `RouterEngine` runs them as BPL's engine runs a process.
"""

import json
from typing import Any

from isc.py.bpl.engine import Effect, Reply, Send, Timer, Traced
from isc.py.bpl.rule_model import Delete
from isc.py.bpl.rule_model import Send as RuleSend
from isc.py.bpl.rules import RuleResult, evaluate_rule, rules_of
from isc.py.bpl.state import ContextObject, Instance, Thread, decoded
from isc.py.bpl.transform import traces_to, transform
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message, wire
from isc.py.msg.ens import Response
from isc.py.msg.hl7 import HL7Message
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.frame import Frame
from isc.py.objectscript.objects import with_properties
from isc.py.objectscript.operations import get
from isc.py.objectscript.values import number, text

from .exceptions import ProductionError, RoutingError
from .hosts import BusinessProcess
from .settings import Setting


@with_properties(
    PropertyDefinition("Document", "%Library.RegisteredObject"),
    PropertyDefinition("Source"),
    PropertyDefinition("MsgClass"),
    PropertyDefinition("DocCategory"),
    PropertyDefinition("DocName"),
    PropertyDefinition("DocType"),
)
class _Routed(BusinessProcess):
    """What rules know of the message."""


class RoutingEngine(_Routed):
    """``EnsLib.MsgRouter.RoutingEngine``: sends messages where its rule says.

    In the rules `Document`, `Source`, `MsgClass`, `DocCategory`, `DocName` and `DocType` tell of the message.
    """

    BusinessRuleName = Setting(str, "", "The class of the rule that says where messages go.")
    ResponseFrom = Setting(str, "", "Targets, with commas or `*`, whose first response is given back.")
    ResponseTargetConfigNames = Setting(str, "", "Items that get the responses, too, with commas.")
    ResponseTimeout = Setting(float, -1, "Seconds to wait for responses; -1 for without end.")
    ForceSyncSend = Setting(bool, False, "Whether to send to one target after the other.")
    ActOnTransformError = Setting(bool, True, "Whether a transformation that fails is the message's error.")
    RuleLogging = Setting(str, "", "Not empty: each decision of the rule is told in the trace.")

    def check(self) -> None:
        """Check what the settings name.

        Raises:
            ProductionError: the rule is missing.
            RuleError: the rule cannot be loaded.
        """
        name = text(self._get_property("BusinessRuleName"))
        if not name:
            raise ProductionError(f"{self._ClassName(1)} has no BusinessRuleName: set it to the class of the rule")
        rules_of(dictionary.resolve(name))

    def take(self, request: Message, source: str) -> None:
        """Make the properties that rules speak of those of a message."""
        self._set_property("Document", request)
        self._set_property("Source", source)
        self._set_property("MsgClass", dictionary.name_of(type(request)))
        for name, origin in (("DocCategory", "DocTypeCategory"), ("DocName", "Name"), ("DocType", "DocType")):
            known = origin in request._property_names()
            self._set_property(name, get(Frame(), request, origin) if known else "")

    def problem(self, request: Message) -> str:
        """Why a message is not routed, "" when it is."""
        return ""

    def _state(self) -> dict[str, object]:
        """What is kept beside the message: what is still to be sent, and to whom each number was sent."""
        held = vars(self)
        outgoing = [(target, wire.dump(message)) for target, message in held.get("_outgoing", [])]
        return {"outgoing": json.dumps(outgoing), "sent": json.dumps(list(held.get("_sent", {}).items()))}


class VDocRoutingEngine(RoutingEngine):
    """``EnsLib.MsgRouter.VDocRoutingEngine``: a router of virtual documents.

    With a `Validation`, a document that does not pass goes to `BadMessageHandler`: ``d`` wants a DocType that is known,
    ``m`` every segment in its structure, ``-z`` no segments of the site's own.
    """

    Validation = Setting(str, "", "What is checked: `d` a known DocType, `m` the structure, `-z` no Z segments.")
    BadMessageHandler = Setting(str, "", "The item that gets documents that do not pass.")

    def problem(self, request: Message) -> str:
        """Why a document does not pass the `Validation`."""
        flags = text(self._get_property("Validation"))
        if not flags or not isinstance(request, HL7Message):
            return ""
        if "d" in flags and not request.DocType:
            return "it has no DocType"
        wrong = request.misplaced()
        if wrong is None:
            return f"DocType {request.DocType!r} is not known" if "d" in flags else ""
        own = [name for name in wrong if name.startswith("Z")]
        if own and "-z" in flags:
            return f"its segment {own[0]} is not in structure {request.DocTypeName or request.Name}"
        others = [name for name in wrong if not name.startswith("Z")]
        if others and "m" in flags:
            return f"its segment {others[0]} stands where structure {request.DocTypeName or request.Name} has none"
        return ""


@with_properties(PropertyDefinition("HL7", "%Library.RegisteredObject"))
class HL7RoutingEngine(VDocRoutingEngine):
    """``EnsLib.HL7.MsgRouter.RoutingEngine``: in its rules `HL7` is the document, too."""

    def take(self, request: Message, source: str) -> None:
        """Make the properties that rules speak of those of a message."""
        super().take(request, source)
        self._set_property("HL7", request)


class RouterEngine:
    """Runs the instances of a router."""

    def __init__(self, host: RoutingEngine) -> None:
        self._item = text(vars(host).get("_item", ""))

    def begin(self, process: Any, request: Message) -> Instance:
        """A new instance; `advance` runs it."""
        process.take(request, text(vars(process).get("_source", "")))
        return Instance(request, process, ContextObject({}))

    def restore(self, process: Any, text_of_state: str) -> Instance:
        """The instance of a state that `Instance.to_json` gave."""
        state: dict[str, Any] = json.loads(text_of_state)
        instance = self.begin(process, wire.load(state["request"]))
        held = _held(instance)
        outgoing = json.loads(state["process"].get("outgoing", "[]"))
        held["_outgoing"] = [(target, wire.load(message)) for target, message in outgoing]
        held["_sent"] = dict(json.loads(state["process"].get("sent", "[]")))
        instance.numbers = state["numbers"]
        instance.threads = [Thread(**thread) for thread in state["threads"]]
        instance.response = decoded(state["response"])
        instance.replied, instance.done = state["replied"], state["done"]
        return instance

    def advance(self, instance: Instance) -> list[Effect]:
        """Send what is to be sent, until the instance waits or ends.

        Raises:
            RoutingError: the rule or a transformation failed, or the message is refused; the instance is over.
        """
        effects: list[Effect] = []
        (thread,) = instance.threads
        if not thread.counter:
            thread.counter = 1
            try:
                _held(instance)["_outgoing"] = self._decided(instance, effects)
            except IscError as error:
                instance.done = True
                raise RoutingError(f"{self._item}: {error}") from error
        if not instance.waiting and not instance.done:
            self._send(instance, effects)
        return effects

    def deliver(self, instance: Instance, number_: int, response: Message) -> list[Effect]:
        """Bring the answer of a target."""
        (thread,) = instance.threads
        if number_ not in thread.waiting:
            return []
        thread.waiting.remove(number_)
        if not thread.waiting:
            thread.freed()
        process: Any = instance.process
        if not self._is_wanted(process, _held(instance)["_sent"][number_]):
            return []
        if instance.response == "":
            instance.response = response
        targets = _names(process._get_property("ResponseTargetConfigNames"))
        return [self._numbered(instance, target, response, None) for target in targets]

    def fail(self, instance: Instance, number_: int, reason: str) -> None:
        """Bring the error that a target ended with.

        Raises:
            RoutingError: always, unless nobody waits for the target.
        """
        if number_ in instance.waiting and not instance.done:
            instance.done = True
            target = _held(instance)["_sent"][number_]
            raise RoutingError(f"{self._item}: {target} answered with an error: {reason}")

    def elapsed(self, instance: Instance, number_: int) -> bool:
        """The time for the targets is over: the router goes on without their answers."""
        (thread,) = instance.threads
        if instance.done or thread.timer != number_:
            return False
        thread.freed()
        return True

    def refuse(self, instance: Instance, send: Send, error: Exception) -> None:
        """A message could not be sent.

        Raises:
            RoutingError: always; the instance is over.
        """
        instance.done = True
        raise RoutingError(f"{self._item}, {send.name}: {error}") from error

    # --- what the rule says ---

    def _decided(self, instance: Instance, effects: list[Effect]) -> list[tuple[str, Message]]:
        """The targets and what each is sent."""
        process: Any = instance.process
        problem = process.problem(instance.request)
        if problem:
            handler = text(process._get_property("BadMessageHandler"))
            if not handler:
                raise RoutingError(f"the message is refused: {problem}")
            effects.append(Traced(f"the message goes to {handler}: {problem}", self._item, "warning"))
            return [(handler, instance.request)]
        rule = text(process._get_property("BusinessRuleName"))
        logging = int(process._get_property("RuleLogging") not in ("", "0", 0))
        result = evaluate_rule(rule, process, debug=logging)
        effects += [Traced(shown, rule, kind if kind == "trace" else "info") for kind, shown in result.trace]
        with traces_to(lambda kind, shown: effects.append(Traced(shown, rule, kind))):
            outgoing = self._transformed(instance, result, effects)
        if not outgoing:
            why = f"at {result.reason}" if result.reason else "and no rule applied"
            effects.append(Traced(f"{rule} sends the message nowhere, {why}", rule, "info"))
        return outgoing

    def _transformed(self, instance: Instance, result: RuleResult, effects: list[Effect]) -> list[tuple[str, Message]]:
        process: Any = instance.process
        outgoing: list[tuple[str, Message]] = []
        for action in result.actions:
            if isinstance(action, Delete):
                return []
            try:
                message = self._made(action, instance.request)
            except IscError as error:
                if number(process._get_property("ActOnTransformError")):
                    raise
                effects.append(Traced(f"{result.reason}: {error}", self._item, "error"))
                continue
            outgoing += [(target, message) for target in action.targets]
        return outgoing

    @staticmethod
    def _made(action: RuleSend, request: Message) -> Message:
        made: object = request
        for name in action.transforms:
            made = transform(name, made)
            if not isinstance(made, Message):
                shown = repr(made) if isinstance(made, str) else dictionary.name_of(type(made))
                raise RoutingError(f"send at line {action.line}: {name} gives {shown}, which is no message")
        assert isinstance(made, Message)
        return made

    # --- sending ---

    def _send(self, instance: Instance, effects: list[Effect]) -> None:
        process: Any = instance.process
        outgoing: list[tuple[str, Message]] = _held(instance)["_outgoing"]
        one_by_one = number(process._get_property("ForceSyncSend"))
        while outgoing and not (one_by_one and instance.waiting):
            target, message = outgoing.pop(0)
            send = self._numbered(instance, target, message, bool(one_by_one) or self._is_wanted(process, target))
            effects.append(send)
        (thread,) = instance.threads
        if thread.waiting and not thread.timer:
            seconds = float(number(process._get_property("ResponseTimeout")))
            if seconds >= 0:
                instance.numbers += 1
                thread.timer = instance.numbers
                effects.append(Timer(instance.numbers, seconds))
        if not thread.waiting:
            instance.done = instance.replied = True
            given = instance.response
            effects.append(Reply(given if isinstance(given, Message) else Response()))

    def _numbered(self, instance: Instance, target: str, message: Message, waits: bool | None) -> Send:
        instance.numbers += 1
        if waits:
            instance.threads[0].waiting.append(instance.numbers)
        _held(instance).setdefault("_sent", {})[instance.numbers] = target
        return Send(instance.numbers, f"send to {target}", target, message, not waits, None)

    @staticmethod
    def _is_wanted(process: RoutingEngine, target: str) -> bool:
        wanted = _names(process._get_property("ResponseFrom"))
        return "*" in wanted or target in wanted


def _held(instance: Instance) -> dict[str, Any]:
    """What a running instance keeps beside its state."""
    held: dict[str, Any] = vars(instance.process)
    return held


def _names(value: object) -> list[str]:
    return [name.strip() for name in text(value).split(",") if name.strip()]
