"""Frames of HL7 over TCP, however they come, and the connection that sends them when one is interrupted."""

import signal
import socket
import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from isc.py.ens.adapters.mllp import FrameReader, framed
from isc.py.ens.adapters.tcp import TCPOutboundAdapter

WAIT = 60.0


def test_a_short_frame_after_many_line_ends_is_found() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # each send is read by itself
    with ours, theirs:
        theirs.send(b"\r\n" * 20)
        theirs.send(framed(b"MSH"))
        assert FrameReader(ours, 1000, WAIT, WAIT).read() == b"MSH"


@pytest.fixture
def interrupted() -> Iterator[None]:
    """SIGUSR1 interrupts this thread."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("interrupted")
def test_the_acknowledgement_of_an_interrupted_message_is_not_taken_for_the_next_ones() -> None:
    sender = threading.get_ident()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        late = b""
        for _ in range(2):
            connection, _ = server.accept()
            with connection:
                reader = FrameReader(connection, 1000, WAIT, WAIT)
                while (message := reader.read()) is not None:
                    if message == b"one":
                        late = framed(b"ACK one")
                        signal.pthread_kill(sender, signal.SIGUSR1)
                    else:
                        connection.sendall(late + framed(b"ACK " + message))
                        return
                late = b""

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    adapter = TCPOutboundAdapter()
    adapter.IPAddress, adapter.Port, adapter.ResponseTimeout = "127.0.0.1", server.getsockname()[1], WAIT
    with pytest.raises(KeyboardInterrupt):
        adapter.exchange("one")
    assert adapter.exchange("two") == "ACK two"
    adapter.disconnect()
    serving.join(WAIT)
    server.close()
