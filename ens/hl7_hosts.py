"""The hosts for HL7 version 2: services and operations over TCP and files."""

import hashlib
from pathlib import PurePath
from typing import Any

from isc.py.msg import Message, StringRequest
from isc.py.msg.er7 import HL7Error
from isc.py.msg.hl7 import HL7Message, messages_of
from isc.py.msg.hl7_schema import doc_type
from isc.py.objectscript import NotSupportedError

from .adapters.files import FileInboundAdapter, FileOutboundAdapter, described
from .adapters.hl7_charset import codec_of
from .adapters.tcp import TCPInboundAdapter, TCPOutboundAdapter
from .exceptions import DuplicateInputError
from .file_hosts import SendingService
from .hl7_ack import acknowledgement, conditions
from .hosts import BusinessOperation
from .settings import Setting

_ACK_MODES = ("Immediate", "Application", "Never", "MSH-determined", "Byte")
_REPLY_CODES = ":?R=RF,:?E=S,:~=S,:?A=C,:*=S,:I?=W"


class HL7Service(SendingService):
    """``EnsLib.HL7.Service.Standard``: reads HL7 and sends it to its targets."""

    MessageSchemaCategory = Setting(str, "", "The version of the structures, as `2.5`; empty: what MSH says.")
    LocalFacilityApplication = Setting(str, "", "`FACILITY:APPLICATION` that acknowledgements come from.")
    BadMessageHandler = Setting(str, "", "The item that gets what is no HL7, as an `Ens.StringRequest`.")
    Validation = Setting(str, "", "Kept for other products: documents are validated by the router.")

    def message(self, raw: str, source: str) -> HL7Message:
        """The message of a text.

        Raises:
            HL7Error: it is no HL7; names segment and position.
        """
        made = HL7Message(
            RawContent="".join(f"{line}\r" for line in raw.replace("\n", "\r").split("\r") if line.strip())
        )
        made.Source = source
        made.check()
        if not made.RawContent.startswith("MSH"):
            raise HL7Error(f"a message begins with MSH, found {made.RawContent[:12]!r}")
        if self.MessageSchemaCategory:
            made.DocType = doc_type(self.MessageSchemaCategory, made._header(9, 3) or made.Name)
        return made

    def refuse(self, raw: str, error: Exception) -> None:
        """Keep what is no HL7: it goes to the BadMessageHandler.

        Raises:
            HL7Error: there is none.
        """
        if not self.BadMessageHandler:
            raise error
        self.send_async(self.BadMessageHandler, StringRequest(StringValue=raw))


class HL7TCPService(HL7Service):
    """``EnsLib.HL7.Service.TCPService``: takes HL7 over MLLP; acknowledges once the message is committed.

    With AckMode `Application` the response of the first target is the acknowledgement.
    """

    ADAPTER = TCPInboundAdapter

    AckMode = Setting(
        str, "Immediate", "When it acknowledges: at once, with the target's response, or never.", choices=_ACK_MODES
    )
    ResponseTimeout = Setting(float, 60, "Seconds that AckMode Application waits for the response.", minimum=0.1)
    UseAckCommitCodes = Setting(bool, False, "Whether codes are CA, CE and CR.")
    IgnoreDuplicates = Setting(bool, False, "Whether a message that came before, to the letter, is acknowledged only.")

    def input_key(self, data: Any) -> str:
        """The key under which an input is known, "" when duplicates are taken."""
        return hashlib.sha256(data.encode()).hexdigest() if self.IgnoreDuplicates and isinstance(data, str) else ""

    def on_duplicate(self, data: Any, _error: DuplicateInputError) -> Any:
        """The acknowledgement of what was taken before."""
        return self._ack(data, "A")

    def on_process_input(self, data: Any, hint: Any = None) -> Any:
        """Send a message on; its acknowledgement."""
        if isinstance(data, bytes):
            return self._refused(data.decode("latin-1"), HL7Error(self._undecoded(data)))
        try:
            message = self.message(data, str(hint or ""))
        except HL7Error as error:
            return self._refused(data, error)
        if self._mode(message) == "Application":
            return self._answered(message)
        self.send_on(message)
        return self._ack(message.RawContent, "A")

    def _undecoded(self, data: bytes) -> str:
        adapter: TCPInboundAdapter = self.adapter
        name = codec_of(data, adapter.Charset)
        try:
            data.decode(name)
        except UnicodeDecodeError as error:
            part = data[error.start : error.start + 1].hex().upper()
            return f"not {name}: byte {error.start + 1} is {part}; set the adapter's Charset, or MSH:18"
        return f"not {name}"

    def _refused(self, raw: str, error: HL7Error) -> str:
        """The acknowledgement of what is no HL7; it is kept by the BadMessageHandler, and told of."""
        try:
            self.refuse(raw, error)
            self._note(f"a message was refused and is with {self.BadMessageHandler}: {error}")
        except HL7Error:
            self._note(f"a message was refused: {error}")
        return self._ack(raw, "R", str(error))

    def on_failure(self, data: Any, error: Exception) -> Any:
        """The acknowledgement of what could not be sent on."""
        return self._ack(data if isinstance(data, str) else data.decode("latin-1"), "E", str(error))

    def _answered(self, message: HL7Message) -> str:
        first, *others = self.targets()
        for target in others:
            self.send_async(target, message)
        response = self.send_sync(first, message, self.ResponseTimeout)
        return response.RawContent if isinstance(response, HL7Message) else self._ack(message.RawContent, "A")

    def _mode(self, message: HL7Message) -> str:
        if self.AckMode != "MSH-determined":
            return self.AckMode
        return "Application" if message._header(16, 1) in ("AL", "ER", "SU") else "Immediate"

    def _ack(self, raw: str, letter: str, text: str = "") -> str:
        if self.AckMode == "Never":
            return ""
        first = "C" if self.UseAckCommitCodes else "A"
        return acknowledgement(raw, first + letter, text, self.LocalFacilityApplication)

    def _note(self, text: str) -> None:
        note = vars(self).get("_note_sink")
        if note is not None:
            note("error", text)


class HL7FileService(HL7Service):
    """``EnsLib.HL7.Service.FileService``: sends each message of each file."""

    ADAPTER = FileInboundAdapter

    def on_process_input(self, data: Any, hint: Any = None) -> Any:
        """Send the messages of a file, all of them or none.

        Raises:
            HL7Error: the file has no message, or one that is no HL7, and there is no BadMessageHandler.
        """
        texts = messages_of(str(data))
        if not texts:
            raise HL7Error("the file has no message: none of its lines begins with MSH")
        source = PurePath(data.Filename).name
        good, bad = [], []
        for text in texts:
            try:
                good.append(self.message(text, source))
            except HL7Error as error:
                if not self.BadMessageHandler:
                    raise
                bad.append((text, error))
        for message in good:
            self.send_on(message)
        for text, wrong in bad:
            self.refuse(text, wrong)


class _HL7Operation(BusinessOperation):
    @staticmethod
    def _checked(request: Message) -> HL7Message:
        if not isinstance(request, HL7Message):
            raise NotSupportedError(f"this operation takes EnsLib.HL7.Message, not {described(request)}")
        return request


class HL7TCPOperation(_HL7Operation):
    """``EnsLib.HL7.Operation.TCPOperation``: sends HL7 over MLLP and judges the acknowledgement by ReplyCodeActions."""

    ADAPTER = TCPOutboundAdapter

    ReplyCodeActions = Setting(str, _REPLY_CODES, "What to do with errors and acknowledgements; see above.")

    def on_request(self, request: Message) -> Message | None:
        """Send a message; the response is the acknowledgement.

        Raises:
            UnreachableError: the receiver cannot be reached, or does not acknowledge.
            HL7Error: the acknowledgement is no HL7.
        """
        adapter: TCPOutboundAdapter = self.adapter
        answer = adapter.exchange(self._checked(request).RawContent)
        if not answer:
            return None
        try:
            return HL7Message(RawContent=answer).check()
        except HL7Error as error:
            adapter.disconnect()  # whoever answers so may be out of step
            place = f"{adapter.IPAddress}:{adapter.Port}"
            raise HL7Error(f"the acknowledgement of {place} is no HL7: {error}") from error

    def reply_conditions(self, request: Message, response: Message | None) -> tuple[str, ...]:
        """What `ReplyCodeActions` judge."""
        return conditions(self._checked(request), response) if isinstance(response, HL7Message) else ()


class HL7FileOperation(_HL7Operation):
    """``EnsLib.HL7.Operation.FileOperation``: writes HL7 to files."""

    ADAPTER = FileOutboundAdapter

    Filename = Setting(
        str,
        "%f_%Q%!+(_a)",
        "A template for names: `%f` is the message's source, `%Q` date and time, `%!+(_a)` counts.",
    )

    def on_request(self, request: Message) -> Message | None:
        """Write a message."""
        message = self._checked(request)
        adapter: FileOutboundAdapter = self.adapter
        adapter.put_named(self.Filename, PurePath(message.Source).name or message.Name, message.RawContent)
        return None
