"""``python -m isc.py.ens.zygote FD``: a single-threaded process with the heavy modules loaded that forks workers.

It opens no store and no bank. A request on its socket carries the worker's own socket and the file of what has begun;
the answer is the worker's process id. It ends, and its workers with it, when the Director closes the socket.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
from typing import Any

from .frames import LENGTH

_PR_SET_PDEATHSIG = 1


def main(descriptor: int) -> None:
    """Serve until the socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at the terminal is the Director's to handle
    _preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps; the Director sees a worker's end at its socket
    control = socket.socket(fileno=descriptor)
    with contextlib.suppress(BrokenPipeError):  # the Director is gone already; the next read says so
        control.sendall(b"ready\n")
    while True:
        length, descriptors, _flags, _address = socket.recv_fds(control, LENGTH.size, 2)
        if not length:
            return
        (left,) = LENGTH.unpack(length)
        data = bytearray()
        while len(data) < left:
            part = control.recv(left - len(data))
            if not part:
                return
            data += part
        child = os.fork()
        if child == 0:
            control.close()
            _become_worker(descriptors, json.loads(data))
        for item in descriptors:
            os.close(item)
        control.sendall(f"{child}\n".encode())


def _preload() -> None:
    """Loads once, for every worker, what most of them come to need; the modules themselves load it at first use."""
    import isc.py.data.context
    import isc.py.data.session_pickle  # with dill
    import isc.py.data.sql  # with DuckDB, sqlglot and Arrow
    import isc.py.data.transfer_chunks
    import isc.py.init
    import isc.py.msg.requests
    import isc.py.msg.responses
    import isc.py.objectscript.methods  # with the compiler
    import isc.py.terminal  # noqa: F401
    import pandas  # noqa: F401

    from . import dispatcher, operation, worker  # noqa: F401


def _become_worker(descriptors: list[int], settings: dict[str, Any]) -> None:
    """Runs the worker in the forked child; never returns."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        from .begun import TakenPage
        from .worker import serve
        from .worker_line import Line

        connection, file = descriptors
        page = TakenPage(file, settings["begun"])
        os.close(file)
        serve(Line(socket.socket(fileno=connection), page), settings)
        status = 0
    except BaseException:  # noqa: BLE001  # the child must end here, whatever happens
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(int(sys.argv[1]))
