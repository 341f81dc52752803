"""How a host sends: `Sending` is what it is given by whoever runs it, `Sends` the methods it has for its code.

The methods in PascalCase are those of class files and return a ``%Status``; the others are Python's and raise.
"""

from typing import Any, Protocol

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.bodies import as_message
from isc.py.msg.ens import AlertRequest
from isc.py.objectscript import ByRef, NotSupportedError, status
from isc.py.objectscript.values import number, text

from .exceptions import MessageTimeoutError
from .settings import Configured

ALERT = "Ens.Alert"
_TIMED_OUT = 5922  # what the field's code is for a call without a response in time


class Sending(Protocol):
    """Sends for one host; who runs the host gives it."""

    def sync(self, target: str, request: Message, timeout: float | None) -> Message:
        """Send and wait at most `timeout` seconds for the response."""

    def asynchronous(self, target: str, request: Message, key: str, wanted: bool) -> None:
        """Send; when `wanted` the response comes to the process later, with `key`."""

    def defer(self) -> str:
        """A token by which the current request is answered later."""

    def respond(self, token: str, response: Message) -> None:
        """Answer a request that was deferred."""


class Sends(Configured):
    """The sending part of a host."""

    @property
    def _out(self) -> Sending:
        found: Sending | None = vars(self).get("_sending")
        if found is None:
            raise NotSupportedError(f"{self._ClassName(1)} can send only within a running production")
        return found

    # --- Python ---

    def send_sync(self, target: str, request: Message, timeout: float | None = None) -> Message:
        """Send a request and wait `timeout` seconds (None: without end) for its response.

        Raises:
            TargetNotFoundError: the production has no such item.
            MessageFailedError: the request ended in an error.
            MessageTimeoutError: nobody answered in time.
            CycleError: the call would wait for itself.
        """
        return self._out.sync(target, request, timeout)

    def send_async(self, target: str, request: Message, key: str = "", *, wanted: bool = True) -> None:
        """Send a request; it is committed when this returns, of a process with the process's state.

        A process gets the response in `on_response` with `key`, unless it is not `wanted`.

        Raises:
            TargetNotFoundError: the production has no such item.
        """
        self._out.asynchronous(target, request, key, wanted)

    def send_alert(self, alert: str) -> None:
        """Send an `Ens.AlertRequest` to the item ``Ens.Alert``, when the production has one."""
        name = text(vars(self).get("_item", ""))
        self._out.asynchronous(ALERT, AlertRequest(SourceConfigName=name, AlertText=alert), "", False)

    def defer_response(self) -> str:
        """Answer the current request later; the token that `send_deferred_response` takes, here or in any host."""
        return self._out.defer()

    def send_deferred_response(self, token: str, response: Message) -> None:
        """Answer the request of a token.

        Raises:
            LookupError: no request waits under the token.
        """
        self._out.respond(token, response)

    # --- class files ---

    def SendRequestSync(
        self,
        target: object,
        request: Any,
        response: ByRef[Any] | None = None,
        timeout: object = -1,
        _description: object = "",
        *_: object,
    ) -> object:
        """Send a request and wait for its response; -1 is without end."""
        seconds = float(number(timeout)) if text(timeout) else -1.0
        try:
            found = self._out.sync(text(target), request, seconds if seconds >= 0 else None)
        except MessageTimeoutError as error:
            if response is not None:
                response.value = ""
            return status.error(_TIMED_OUT, str(error))
        except IscError as error:
            return status.error(5001, str(error))
        if response is not None:
            response.value = found
        return status.OK

    def SendRequestAsync(
        self, target: object, request: Any, wanted: object = 1, key: object = "", *_: object
    ) -> object:
        """Send a request; a process gets its response in ``OnResponse`` when it is wanted."""
        try:
            self._out.asynchronous(text(target), request, text(key), text(wanted) not in ("", "0"))
        except IscError as error:
            return status.error(5001, str(error))
        return status.OK

    def SendAlert(self, alert: Any) -> object:
        """Send an alert to ``Ens.Alert``, when the production has it."""
        try:
            self._out.asynchronous(ALERT, alert, "", False)
        except IscError as error:
            return status.error(5001, str(error))
        return status.OK

    def DeferResponse(self, token: ByRef[Any] | None = None) -> object:
        """Answer the current request later."""
        made = self._out.defer()
        if token is not None:
            token.value = made
        return status.OK

    def SendDeferredResponse(self, token: object, response: Any = "", *_: object) -> object:
        """Answer the request of a token."""
        from isc.py.msg.ens import Response

        try:
            self._out.respond(text(token), as_message(response) or Response())
        except IscError as error:
            return status.error(5001, str(error))
        return status.OK
