"""Business hosts: what the items of a production are instances of.

A class of one's own derives from `BusinessOperation` and defines ``on_request`` (Python), or ``OnMessage`` or an
``XData MessageMap`` (class files). It runs in a worker process.
"""

from typing import Any

from isc.py.msg import Message
from isc.py.objectscript import ByRef, NotSupportedError, dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition, find_xdata
from isc.py.objectscript.names import python_name, similar
from isc.py.objectscript.objects import RegisteredObject, properties, with_properties
from lxml import etree

from .exceptions import ProductionError


@with_properties(
    PropertyDefinition("PoolSize", "%Library.Integer", keywords={"InitialExpression": "1"}, parameters={"MINVAL": "0"}),
    PropertyDefinition("Enabled", "%Library.Boolean", keywords={"InitialExpression": "1"}),
)
class Host(RegisteredObject):
    """``Ens.Host``: settings are its properties."""

    def configure(self, item: str, settings: dict[str, str]) -> None:
        """Take settings from the production.

        Raises:
            ProductionError: a setting the class does not have, or a value that does not fit.
        """
        self.__dict__["_item"] = item
        known = {definition.name: definition for definition in properties(type(self))}
        for name, value in settings.items():
            if name not in known:
                hint = similar(name, list(known)) or f"; it has {', '.join(sorted(known))}"
                raise ProductionError(f"item {item!r}: {self._ClassName(1)} has no setting {name!r}{hint}")
            self._set_property(name, _value(known[name], value))
        wrong = self._ValidateObject()
        if status.is_error(wrong):
            raise ProductionError(f"item {item!r}: {status.text(wrong)}")

    def on_init(self) -> None:
        """Called once when the host starts."""

    def on_tear_down(self) -> None:
        """Called once when the host stops."""


def _value(definition: PropertyDefinition, value: str) -> object:
    if definition.type.endswith("Boolean"):
        return {"true": 1, "false": 0}.get(value.lower(), value)
    return value


@with_properties(
    PropertyDefinition("Timeout", "%Library.Numeric", keywords={"InitialExpression": "0"}, parameters={"MINVAL": "0"}),
)
class BusinessOperation(Host):
    """``Ens.BusinessOperation``: answers requests, in a worker process. `Timeout` is in seconds, 0 for none."""

    def on_request(self, request: Message) -> Message | None:
        """Answer a request: here by the class's MessageMap, else by its ``OnMessage``.

        Raises:
            NotSupportedError: the class answers no such request.
        """
        name = self._mapped(request) or ("OnMessage" if hasattr(self, "OnMessage") else "")
        if not name:
            taken = dictionary.name_of(type(request))
            raise NotSupportedError(f"{self._ClassName(1)} does not answer {taken}: add it to its MessageMap")
        answer: ByRef[Any] = ByRef("")
        status.check(getattr(self, python_name(name))(request, answer) or status.OK)
        return answer.value if isinstance(answer.value, Message) else None

    def _mapped(self, request: Message) -> str:
        found = find_xdata(type(self), "MessageMap")
        if found is None:
            return ""
        root = etree.fromstring(found[1].text.strip().encode(), etree.XMLParser(resolve_entities=False))
        for item in root.iterfind("MapItem"):
            if isinstance(request, dictionary.resolve(item.get("MessageType", ""))):
                return (item.findtext("Method") or "").strip()
        return ""


class BusinessProcess(Host):
    """``Ens.BusinessProcess``: the base of processes; only BPL processes run yet."""

    def _state(self) -> dict[str, object]:
        """The properties that the state of an instance keeps."""
        settings = {definition.name for definition in properties(Host)}
        return {
            definition.name: vars(self)[python_name(definition.name)]
            for definition in properties(type(self))
            if definition.name not in settings and python_name(definition.name) in vars(self)
        }

    def _write_log(self, kind: str, text: str) -> None:
        sink = vars(self).get("_log_sink")
        if sink is not None:
            sink(kind, text)


class BusinessProcessBPL(BusinessProcess):
    """``Ens.BusinessProcessBPL``: a process written in BPL."""


class BusinessService(Host):
    """``Ens.BusinessService``: sends what comes from outside; inbound services come with their issue."""


class Production(RegisteredObject):
    """``Ens.Production``: a class whose ``XData ProductionDefinition`` lists the items."""
