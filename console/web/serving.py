"""``iscpy console``: serves the pages on loopback until interrupted."""

import logging
import socket
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from isc.py.ens.exceptions import ProductionError

from .. import screen
from .app import Console, token_of

_log = logging.getLogger("isc.py.console")


def bound(port: int) -> socket.socket:
    """A socket on 127.0.0.1; any free port for 0.

    Raises:
        ProductionError: the port is taken.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", port))
    except OSError as error:
        made.close()
        raise ProductionError(
            f"port {port} of 127.0.0.1 cannot be had ({error.strerror}): choose one with --port"
        ) from error
    made.listen(128)
    made.set_inheritable(False)
    return made


def server_of(console: Console) -> uvicorn.Server:
    """The server of the pages. It logs no request: a query may hold the token."""
    config = uvicorn.Config(
        console.app(),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=3,
    )
    return uvicorn.Server(config)


def serve(port: int, hosts: Sequence[str], folder: Path) -> None:
    """Serve until interrupted.

    Raises:
        ProductionError: the port is taken.
    """
    taken = bound(port)
    port = taken.getsockname()[1]
    token = token_of(folder)
    console = Console(folder, token, port, hosts)
    screen.say(f"The console of {folder.resolve()} listens on 127.0.0.1:{port} (this machine only). Open")
    screen.say(f"    http://127.0.0.1:{port}/login?token={token}")
    screen.say("Who has the token may run code in the production. Interrupt (Ctrl-C) stops the console.")
    try:
        server_of(console).run([taken])
    finally:
        console.source.close()
        taken.close()
