"""TCP: connections that bring framed messages and take their acknowledgements, and one that sends them."""

import contextlib
import ipaddress
import socket
import socketserver
import threading
from typing import Any

from ..exceptions import ProductionError, UnreachableError
from ..settings import Setting
from .base import ListeningAdapter, OutboundAdapter, Take, Tell
from .files import codec
from .mllp import FrameError, FrameReader, framed

_MEGABYTE = 1 << 20


def allowed(addresses: str, peer: str) -> bool:
    """Whether a peer is among the addresses or networks of a setting; an empty one allows all."""
    wanted = [item.strip() for item in addresses.replace(";", ",").split(",") if item.strip()]
    return not wanted or any(ipaddress.ip_address(peer) in ipaddress.ip_network(item, strict=False) for item in wanted)


def bound(interface: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ProductionError: the port or the interface cannot be had.
    """
    try:
        return socket.create_server((interface, port), reuse_port=False)
    except OSError as error:
        raise ProductionError(f"port {port} of {interface} cannot be listened on: {error.strerror or error}") from error


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
            self._adapter.serve(request, client_address[0])
        finally:
            self.shutdown_request(request)


class TCPInboundAdapter(ListeningAdapter):
    """``EnsLib.HL7.Adapter.TCPInboundAdapter``: each framed message is an input, the answer its acknowledgement."""

    Port = Setting(int, 0, "The port to listen on; 0 takes a free one.", minimum=0, maximum=65535)
    LocalInterface = Setting(str, "127.0.0.1", "The address to listen on; `0.0.0.0` for all of the machine.")
    AllowedIPAddresses = Setting(str, "", "Addresses or networks that may connect, with commas; empty: any.")
    StayConnected = Setting(float, -1, "Seconds a silent connection is kept; -1 for without end.")
    ReadTimeout = Setting(float, 30, "Seconds within which a message that began must be complete.", minimum=0.1)
    JobPerConnection = Setting(bool, True, "Kept for other products; every connection has a thread here.")
    Charset = Setting(str, "UTF-8", "How characters are read and written.")
    MaxSize = Setting(int, 100, "The largest message, in megabytes.", minimum=1)

    def OnInit(self) -> object:
        """Check the settings.

        Raises:
            ProductionError: an address or the Charset does not fit.
        """
        codec(self.Charset)
        try:
            allowed(self.AllowedIPAddresses, "127.0.0.1")
        except ValueError as error:
            raise ProductionError(f"setting AllowedIPAddresses: {error}") from error
        return 1

    def listen(self, take: Take, tell: Tell) -> None:
        """Begin to listen; `port` then is the port."""
        held = vars(self)
        held["_take"], held["_tell"], held["_open"], held["_busy"] = take, tell, set(), threading.Condition()
        held["_running"], held["_closing"] = 0, False
        server = _Server(self, bound(self.LocalInterface, self.Port))
        held["_server"] = server
        held["port"] = server.socket.getsockname()[1]
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self) -> None:
        """Take no more messages; those that run are acknowledged first."""
        server: _Server = vars(self)["_server"]
        server.shutdown()
        server.server_close()
        with vars(self)["_busy"]:
            vars(self)["_closing"] = True
            vars(self)["_busy"].wait_for(lambda: not vars(self)["_running"], 30)
            for connection in list(vars(self)["_open"]):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def serve(self, connection: socket.socket, peer: str) -> None:
        """Answer one connection until it closes."""
        held: dict[str, Any] = vars(self)
        if not allowed(self.AllowedIPAddresses, peer):
            held["_tell"]("warning", f"a connection from {peer} was refused: it is not in AllowedIPAddresses")
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(self.StayConnected if self.StayConnected > 0 else None)
        held["_open"].add(connection)
        reader = FrameReader(connection, self.MaxSize * _MEGABYTE)
        try:
            while (data := reader.read()) is not None and self._begins():
                try:
                    self._answer(connection, data, peer)
                finally:
                    self._ends()
        except FrameError as error:
            held["_tell"]("error", f"connection from {peer}: {error}")
        except OSError:  # it went away, or was silent for too long; what was not acknowledged comes again
            return
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
        try:
            received: str | bytes = data.decode(codec(self.Charset))
        except UnicodeDecodeError:  # the service refuses it with an acknowledgement of its protocol
            received = data
        answer = vars(self)["_take"](received, peer)
        if answer:
            connection.sendall(framed(str(answer).encode(codec(self.Charset), "replace")))


class TCPOutboundAdapter(OutboundAdapter):
    """``EnsLib.HL7.Adapter.TCPOutboundAdapter``: sends framed messages and reads their acknowledgements."""

    IPAddress = Setting(str, "", "The host to connect to.", required=True)
    Port = Setting(int, 0, "Its port.", minimum=0, maximum=65535)
    StayConnected = Setting(float, -1, "Whether the connection is kept between messages: 0 for no.")
    ConnectTimeout = Setting(float, 5, "Seconds to wait for the connection.", minimum=0.1)
    ResponseTimeout = Setting(float, 15, "Seconds to wait for the acknowledgement; -1 for without end.")
    GetReply = Setting(bool, True, "Whether an acknowledgement is waited for.")
    Charset = Setting(str, "UTF-8", "How characters are read and written.")

    def OnInit(self) -> object:
        """Check the Charset.

        Raises:
            ProductionError: it is unknown.
        """
        codec(self.Charset)
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
        name = codec(self.Charset)
        place = f"{self.IPAddress}:{self.Port}"
        try:
            connection = self._connected()
            connection.sendall(framed(message.encode(name)))
            answer = FrameReader(connection, 100 * _MEGABYTE).read() if self.GetReply else b""
        except TimeoutError as error:
            self.disconnect()
            raise UnreachableError(f"{place} did not answer within {self.ResponseTimeout:g} s") from error
        except OSError as error:
            self.disconnect()
            raise UnreachableError(f"{place} cannot be reached: {error.strerror or error}") from error
        if answer is None:
            self.disconnect()
            raise UnreachableError(f"{place} closed the connection without an acknowledgement")
        if self.StayConnected == 0:
            self.disconnect()
        return answer.decode(name, "replace") if self.GetReply else None

    def _connected(self) -> socket.socket:
        held = vars(self)
        if "_connection" in held and _is_closed(held["_connection"]):
            self.disconnect()
        if "_connection" not in held:
            connection = socket.create_connection((self.IPAddress, self.Port), self.ConnectTimeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self.ResponseTimeout if self.ResponseTimeout >= 0 else None)
            held["_connection"] = connection
        found: socket.socket = held["_connection"]
        return found


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed, or sent what nobody asked for."""
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(timeout)
    return True
