"""The hosts for files: pass-through service and operation, and what built-in services share."""

from pathlib import PurePath
from typing import Any

from isc.py.msg import Message
from isc.py.msg.ens import StreamContainer
from isc.py.objectscript import NotSupportedError

from .adapters.files import FileInboundAdapter, FileOutboundAdapter, content_of, described
from .exceptions import ProductionError
from .hosts import BusinessOperation, BusinessService
from .settings import Setting


class SendingService(BusinessService):
    """A service that sends each input to the items of a setting."""

    TargetConfigNames = Setting(str, "", "The items that each input is sent to, with commas.")

    def targets(self) -> list[str]:
        """The items."""
        return [name.strip() for name in self.TargetConfigNames.split(",") if name.strip()]

    def check(self) -> None:
        """Check the settings.

        Raises:
            ProductionError: it would send nowhere.
        """
        if not self.targets():
            raise ProductionError("setting TargetConfigNames is empty: name the items that get the messages")

    def send_on(self, message: Message) -> None:
        """Send a message to all of them."""
        for target in self.targets():
            self.send_async(target, message)


class FilePassthroughService(SendingService):
    """``EnsLib.File.PassthroughService``: sends each file as an `Ens.StreamContainer`."""

    ADAPTER = FileInboundAdapter

    def on_process_input(self, data: Any, hint: Any = None) -> Any:
        """Send a file on."""
        self.send_on(StreamContainer(Stream=data, OriginalFilename=PurePath(data.Filename).name))


class FilePassthroughOperation(BusinessOperation):
    """``EnsLib.File.PassthroughOperation``: writes each message with a stream or a text to a file."""

    ADAPTER = FileOutboundAdapter

    Filename = Setting(
        str,
        "%f_%Q%!+(_a)",
        "A template for names: `%f` is the original one, `%Q` date and time, `%!+(_a)` counts.",
    )

    def on_request(self, request: Message) -> Message | None:
        """Write a message.

        Raises:
            NotSupportedError: it has neither stream nor text.
        """
        content = content_of(request)
        if content is None:
            raise NotSupportedError(f"a {described(request)} has neither stream nor text to be written to a file")
        original = getattr(request, "OriginalFilename", "") or getattr(request, "Source", "")
        adapter: FileOutboundAdapter = self.adapter
        adapter.put_named(self.Filename, PurePath(original).name, content)
        return None
