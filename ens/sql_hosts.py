"""The hosts for databases: a service that sends each row on, and an operation that runs a statement a message."""

import json
from typing import Any

from isc.py.msg import Message
from isc.py.msg.ens import StreamContainer
from isc.py.objectscript.library.streams import CharacterStream

from .adapters.sql import SQLInboundAdapter, SQLOutboundAdapter, SQLRow
from .exceptions import ProductionError
from .file_hosts import SendingService
from .hosts import BusinessOperation
from .settings import Setting


def _stream(value: object) -> StreamContainer:
    return StreamContainer(Stream=CharacterStream(json.dumps(value, default=str, ensure_ascii=False)))


class SQLGenericService(SendingService):
    """``EnsLib.SQL.Service.GenericService``: sends each row as an `Ens.StreamContainer` with a JSON object."""

    ADAPTER = SQLInboundAdapter

    def on_process_input(self, data: Any, hint: Any = None) -> Any:
        """Send a row on."""
        assert isinstance(data, SQLRow)
        self.send_on(_stream(data.values))


class SQLGenericOperation(BusinessOperation):
    """``EnsLib.SQL.Operation.GenericOperation``: runs a statement with properties of the message.

    The response of a SELECT is an `Ens.StreamContainer` with a JSON array of rows, else with ``{"changed": n}``.
    """

    ADAPTER = SQLOutboundAdapter

    Query = Setting(str, "", "The statement, with `?` for its parameters.", required=True)
    InputParameters = Setting(str, "", "The properties of the message that the `?` take, with commas.")

    def on_request(self, request: Message) -> Message | None:
        """Run the statement.

        Raises:
            ProductionError: the message lacks a property, or the database refuses the statement.
            UnreachableError: the database cannot be reached.
        """
        adapter: SQLOutboundAdapter = self.adapter
        values = [
            self._value(request, name.strip().removeprefix("*"))
            for name in self.InputParameters.split(",")
            if name.strip()
        ]
        if self.Query.lstrip().lower().startswith(("select", "with")):
            return _stream([row.values for row in adapter.query(self.Query, *values)])
        return _stream({"changed": adapter.execute(self.Query, *values)})

    @staticmethod
    def _value(request: Message, name: str) -> object:
        if name not in request._property_names():
            known = ", ".join(request._property_names())
            raise ProductionError(f"setting InputParameters: {request._ClassName(1)} has no {name!r}; it has {known}")
        found = request._get_property(name)
        return found if isinstance(found, str | int | float | None) else str(found)
