"""TCP: connections that bring framed messages and take their acknowledgements, and one that sends them."""

import contextlib
import socket
import socketserver
import ssl
import threading
from typing import Any

from ..exceptions import ProductionError, UnreachableError
from ..settings import Setting
from .base import OutboundAdapter, Take, Tell
from .hl7_charset import CHARSET, codec_of
from .listening import ListeningAdapter, allowed
from .mllp import FrameError, FrameReader, framed
from .refusals import Refusals
from .tls import TLS_OUT, client_context, failure

_MEGABYTE = 1 << 20
_HANDSHAKE = 10.0  # seconds within which a client must have made its connection secure


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, adapter: "TCPInboundAdapter", listening: socket.socket) -> None:
        super().__init__(listening.getsockname(), socketserver.BaseRequestHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self._adapter = adapter

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            self._adapter.answer(request, client_address[0])
        finally:
            self.shutdown_request(request)

    def run(self) -> None:
        """Accept connections, a thread each."""
        self.serve_forever(0.1)

    def stop(self) -> None:
        """Accept no more."""
        self.shutdown()


class TCPInboundAdapter(ListeningAdapter):
    """``EnsLib.HL7.Adapter.TCPInboundAdapter``: each framed message is an input, the answer its acknowledgement."""

    StayConnected = Setting(float, -1, "Seconds a silent connection is kept; -1 for without end.")
    ReadTimeout = Setting(float, 30, "Seconds within which a message that began must be complete.", minimum=0.1)
    JobPerConnection = Setting(bool, True, "Kept for other products; every connection has a thread here.")
    Charset = Setting(str, "UTF-8", CHARSET)
    MaxSize = Setting(int, 100, "The largest message, in megabytes.", minimum=1)

    def OnInit(self) -> object:
        """Check the settings.

        Raises:
            ProductionError: an address, the Charset or a file of SSLConfig does not fit.
        """
        codec_of("", self.Charset)
        return super().OnInit()

    def listen(self, take: Take, tell: Tell) -> None:
        """Begin to listen; `port` then is the port.

        Raises:
            ProductionError: the port cannot be had.
        """
        held = vars(self)
        held["_open"], held["_busy"] = set(), threading.Condition()
        held["_running"], held["_closing"] = 0, False
        if self.is_open_to_others:
            tell("warning", f"{self.LocalInterface} is open to others and AllowedIPAddresses is empty: any may send")
        self.serve(take, tell, self._server_of)

    def _server_of(self, listening: socket.socket, context: ssl.SSLContext | None) -> _Server:
        vars(self)["_context"] = context
        return _Server(self, listening)

    def close(self) -> None:
        """Take no more messages; those that run are acknowledged first."""
        super().close()
        with vars(self)["_busy"]:
            vars(self)["_closing"] = True
            vars(self)["_busy"].wait_for(lambda: not vars(self)["_running"], 30)
            for connection in list(vars(self)["_open"]):
                with contextlib.suppress(OSError):
                    # of the socket below TLS: the thread that reads must find its connection at an end, not changed
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def answer(self, connection: socket.socket, peer: str) -> None:
        """Answer one connection until it closes."""
        refusals: Refusals = vars(self)["_refusals"]
        if not allowed(self.AllowedIPAddresses, peer):
            refusals.tell(peer, "refused: it is not in AllowedIPAddresses")
            return
        try:
            with self._secured(connection) as secured:
                self._answer_all(secured, peer)
        except FrameError as error:
            refusals.tell(peer, str(error), "error")
        except OSError as error:  # it went away, or was silent for too long; what was not acknowledged comes again
            if said := failure(error):
                refusals.tell(peer, said)

    def _secured(self, connection: socket.socket) -> socket.socket:
        """The connection, with TLS when it is to be; the handshake is the connection's own thread's."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context: ssl.SSLContext | None = vars(self)["_context"]
        if context is None:
            return connection
        connection.settimeout(_HANDSHAKE)
        return context.wrap_socket(connection, server_side=True)

    def _answer_all(self, connection: socket.socket, peer: str) -> None:
        held: dict[str, Any] = vars(self)
        idle = self.StayConnected if self.StayConnected > 0 else None
        reader = FrameReader(connection, self.MaxSize * _MEGABYTE, idle, self.ReadTimeout)
        held["_open"].add(connection)
        try:
            while (data := reader.read()) is not None and self._begins():
                try:
                    self._answer(connection, data, peer)
                finally:
                    self._ends()
        finally:
            held["_open"].discard(connection)

    def _begins(self) -> bool:
        held: dict[str, Any] = vars(self)
        with held["_busy"]:
            if held["_closing"]:
                return False
            held["_running"] += 1
            return True

    def _ends(self) -> None:
        held: dict[str, Any] = vars(self)
        with held["_busy"]:
            held["_running"] -= 1
            held["_busy"].notify_all()

    def _answer(self, connection: socket.socket, data: bytes, peer: str) -> None:
        name = codec_of(data, self.Charset)
        try:
            received: str | bytes = data.decode(name)
        except UnicodeDecodeError:  # the service refuses it with an acknowledgement of its protocol
            received = data
        answer = vars(self)["_take"](received, peer)
        if answer:
            connection.settimeout(self.ReadTimeout)
            connection.sendall(framed(str(answer).encode(name, "replace")))


class TCPOutboundAdapter(OutboundAdapter):
    """``EnsLib.HL7.Adapter.TCPOutboundAdapter``: sends framed messages and reads their acknowledgements."""

    IPAddress = Setting(str, "", "The host to connect to.", required=True)
    Port = Setting(int, 0, "Its port.", minimum=0, maximum=65535)
    StayConnected = Setting(float, -1, "Whether the connection is kept between messages: 0 for no.")
    ConnectTimeout = Setting(float, 5, "Seconds to wait for the connection.", minimum=0.1)
    ResponseTimeout = Setting(float, 15, "Seconds to wait for the acknowledgement; -1 for without end.")
    GetReply = Setting(bool, True, "Whether an acknowledgement is waited for.")
    SSLConfig = Setting(str, "", TLS_OUT)
    SSLCheckServerIdentity = Setting(bool, True, "Whether the server's certificate must be for its IPAddress.")
    Charset = Setting(str, "UTF-8", CHARSET)

    def OnInit(self) -> object:
        """Check Port, Charset and SSLConfig.

        Raises:
            ProductionError: there is no Port, Charset is unknown, or a file of SSLConfig does not fit.
        """
        codec_of("", self.Charset)
        if not self.Port:
            raise ProductionError(f"setting Port: name the one on which {self.IPAddress} listens")
        if self.SSLConfig:
            client_context(self.SSLConfig)
        return 1

    def OnTearDown(self) -> object:
        """Close the connection."""
        self.disconnect()
        return 1

    def disconnect(self) -> None:
        """Close the connection; the next message opens a new one."""
        connection = vars(self).pop("_connection", None)
        if connection is not None:
            connection.close()

    def exchange(self, message: str) -> str | None:
        """Send a message and give what came back, None without GetReply.

        Raises:
            UnreachableError: no connection, or no acknowledgement in time; the connection is closed, the message may
                have arrived.
        """
        name = codec_of(message, self.Charset)
        place = f"{self.IPAddress}:{self.Port}"
        wait = self.ResponseTimeout if self.ResponseTimeout >= 0 else None
        try:
            connection = self._connected()
            connection.settimeout(wait)
            connection.sendall(framed(message.encode(name)))
            reader = FrameReader(connection, 100 * _MEGABYTE, wait, wait)
            answer = reader.read() if self.GetReply else b""
        except TimeoutError as error:
            self.disconnect()
            raise UnreachableError(f"{place} did not answer within {self.ResponseTimeout:g} s") from error
        except FrameError as error:
            self.disconnect()
            raise UnreachableError(f"{place} gave no acknowledgement: {error}") from error
        except OSError as error:
            self.disconnect()
            said = failure(error) or error.strerror or str(error)
            raise UnreachableError(f"{place} cannot be reached: {said}") from error
        except BaseException:  # interrupted: the acknowledgement that comes still must not be taken for the next one's
            self.disconnect()
            raise
        if answer is None:
            self.disconnect()
            raise UnreachableError(f"{place} closed the connection without an acknowledgement")
        if self.StayConnected == 0:
            self.disconnect()
        return answer.decode(codec_of(answer, self.Charset), "replace") if self.GetReply else None

    def _connected(self) -> socket.socket:
        held = vars(self)
        if "_connection" in held and _is_closed(held["_connection"]):
            self.disconnect()
        if "_connection" not in held:
            connection = socket.create_connection((self.IPAddress, self.Port), self.ConnectTimeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            held["_connection"] = self._secured(connection)
        found: socket.socket = held["_connection"]
        return found

    def _secured(self, connection: socket.socket) -> socket.socket:
        if not self.SSLConfig:
            return connection
        try:
            context = client_context(self.SSLConfig, check_identity=self.SSLCheckServerIdentity)
            return context.wrap_socket(connection, server_hostname=self.IPAddress)
        except BaseException:
            connection.close()
            raise


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed, or sent what nobody asked for."""
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        if isinstance(connection, ssl.SSLSocket):
            connection.recv(1)  # reads what belongs to TLS itself, as tickets, and finds no data
        else:
            connection.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(timeout)
    return True
