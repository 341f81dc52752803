"""The hosts for HTTP: a service that sends each request on, and an operation that sends each message out."""

from typing import Any

from isc.py.msg import Message
from isc.py.msg.ens_library import HTTPMessage
from isc.py.objectscript import NotSupportedError
from isc.py.objectscript.library.collections import ArrayOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream

from .adapters.files import content_of, described
from .adapters.http_in import HTTPAnswer, HTTPInboundAdapter, HTTPInput
from .adapters.http_out import HTTPOutboundAdapter
from .exceptions import HTTPFailedError, RetryMessage
from .file_hosts import SendingService
from .hosts import BusinessOperation, BusinessService
from .settings import Setting

_HOP = frozenset("connection content-length host transfer-encoding authorization accept-encoding".split())
_BUSY = (408, 425, 429, 502, 503, 504)


class HTTPService(BusinessService):
    """``EnsLib.HTTP.Service``: the base of services that HTTP requests come to."""

    ADAPTER = HTTPInboundAdapter


class HTTPGenericService(SendingService):
    """``EnsLib.HTTP.GenericService``: sends each request on; the response is that of the first target."""

    ADAPTER = HTTPInboundAdapter

    OneWay = Setting(bool, False, "Whether it answers 202 once the message is committed, and waits for no response.")
    ResponseTimeout = Setting(float, 60, "Seconds to wait for the response; then the answer is 504.", minimum=0.1)

    def on_process_input(self, data: Any, hint: Any = None) -> Any:
        """Send a request on."""
        assert isinstance(data, HTTPInput)
        headers = ArrayOfDataTypes({name: value for name, value in data.headers.items() if name not in _HOP})
        message = HTTPMessage(
            Stream=CharacterStream(str(data)),
            Method=data.method,
            Path=data.path,
            Query=data.query,
            HTTPHeaders=headers,
        )
        if self.OneWay:
            self.send_on(message)
            return None
        first, *others = self.targets()
        for target in others:
            self.send_async(target, message)
        try:
            response = self.send_sync(first, message, self.ResponseTimeout)
        except TimeoutError as error:
            return HTTPAnswer(f"{error}\n", 504)
        if isinstance(response, HTTPMessage):
            kind = response.HTTPHeaders.get("content-type", "text/plain")
            return HTTPAnswer(str(response.Stream), response.StatusCode or 200, str(kind))
        content = content_of(response)
        return HTTPAnswer(response.to_json(), 200, "application/json") if content is None else HTTPAnswer(content)


class HTTPGenericOperation(BusinessOperation):
    """``EnsLib.HTTP.GenericOperation``: sends each message with a stream or text; the response is what came back."""

    ADAPTER = HTTPOutboundAdapter

    Method = Setting(str, "POST", "The method for messages that do not say one.")
    ContentType = Setting(str, "text/plain; charset=utf-8", "The content type for messages that do not say one.")
    AcceptErrors = Setting(bool, False, "Whether an answer of status 400 and above is a response, not an error.")

    def on_request(self, request: Message) -> Message | None:
        """Send a message.

        Raises:
            NotSupportedError: it has neither stream nor text.
            UnreachableError: the server cannot be reached.
            RetryMessage: the server is busy (408, 425, 429, 502, 503, 504).
            HTTPFailedError: the server answered with another error.
        """
        content = content_of(request)
        if content is None:
            raise NotSupportedError(f"a {described(request)} has neither stream nor text to be sent")
        adapter: HTTPOutboundAdapter = self.adapter
        headers, method, path = {"Content-Type": self.ContentType}, self.Method, ""
        if isinstance(request, HTTPMessage):
            method, path = request.Method or method, adapter.URL or request.Path
            headers = {name.title(): str(value) for name, value in request.HTTPHeaders.items()} or headers
        found = adapter.request(method, path, content, headers=headers)
        if found.status_code >= 400 and not self.AcceptErrors:
            said = (
                f"{method} {found.request.url} answered {found.status_code} {found.reason_phrase}: {found.text[:500]}"
            )
            if found.status_code in _BUSY:
                raise RetryMessage(said)
            raise HTTPFailedError(said)
        kept = ArrayOfDataTypes({name.lower(): value for name, value in found.headers.items()})
        return HTTPMessage(Stream=CharacterStream(found.text), StatusCode=found.status_code, HTTPHeaders=kept)
