"""What adapters share that others connect to: address, TLS, who may, and a server in a thread of its own."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Protocol

from ..exceptions import ProductionError
from ..settings import Setting
from .base import Adapter, Take, Tell
from .refusals import Listening, Refusals
from .tls import server_context

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_GRACE = 35  # seconds that inputs have to end when it closes


class Server(Protocol):
    """What serves a socket."""

    def run(self) -> None:
        """Serve, until `stop`; the thread is the server's own."""

    def stop(self) -> None:
        """Take nothing more; `run` returns once what runs is answered."""


#: Makes the server of a socket that listens; with TLS when there is a context.
Make = Callable[[socket.socket, ssl.SSLContext | None], Server]


class ListeningAdapter(Adapter):
    """The base of adapters that listen: theirs is the server, given to `serve`."""

    Port = Setting(int, 0, "The port to listen on; 0 takes a free one.", minimum=0, maximum=65535)
    LocalInterface = Setting(str, "127.0.0.1", "The address to listen on; `0.0.0.0` for all of the machine.")
    AllowedIPAddresses = Setting(str, "", "Addresses or networks that may connect, with commas; empty: any.")
    SSLConfig = Setting(str, "", "TLS, with the certificates of `[tls.NAME]` in `iscpy.toml`; empty: none.")

    def OnInit(self) -> object:
        """Check the settings.

        Raises:
            ProductionError: an address does not fit, or a file of SSLConfig.
        """
        try:
            allowed(self.AllowedIPAddresses, "127.0.0.1")
        except ValueError as error:
            raise ProductionError(f"setting AllowedIPAddresses: {error}") from error
        if self.SSLConfig:
            server_context(self.SSLConfig)
        return 1

    def serve(self, take: Take, tell: Tell, make: Make) -> None:
        """Begin to listen; `port` then is the port.

        Raises:
            ProductionError: the port cannot be had.
        """
        held = vars(self)
        held["_take"], held["_tell"], held["_refusals"] = take, tell, Refusals(tell)
        context = server_context(self.SSLConfig) if self.SSLConfig else None
        listening = bound(self.LocalInterface, self.Port)
        held["port"] = listening.getsockname()[1]
        server = make(listening, context)
        thread = threading.Thread(target=server.run, name=f"port {self.port}", daemon=True)
        held["_server"], held["_thread"], held["_socket"] = server, thread, listening
        thread.start()
        tell("info", f"listens on {self.LocalInterface}:{self.port}{' with TLS' if context is not None else ''}")

    @property
    def is_open_to_others(self) -> bool:
        """Whether other machines reach it, whoever they are."""
        return self.LocalInterface not in LOOPBACK and not self.AllowedIPAddresses

    def close(self) -> None:
        """Take no more connections; what runs is answered first."""
        vars(self)["_server"].stop()
        vars(self)["_thread"].join(_GRACE)
        vars(self)["_socket"].close()


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
        with socket.create_server((interface, port), reuse_port=False) as made:
            return Listening(fileno=made.detach())
    except OSError as error:
        said = str(error.strerror or error).partition(" (while")[0]  # Python adds the address, which is told here
        raise ProductionError(f"port {port} of {interface} cannot be listened on: {said}") from error
