"""`Line`: a worker's end of its socket. Messages are given ahead, and run one by one in their order.

What was given together is of one turn. After a message that did not simply end, and when the Director halts the turn,
nothing more of it begins: the Director gives it again, in a later turn, when what came before has its end.
"""

import socket
from collections import deque
from typing import Any

from .begun import TakenPage
from .exceptions import ProductionError
from .frames import Frames, send_frame


class Line:
    """Messages in, answers out, and what a message's code asks of the Director meanwhile."""

    def __init__(self, connection: socket.socket, page: TakenPage) -> None:
        self._connection = connection
        self._frames = Frames(connection)
        self._page = page
        self._given: deque[dict[str, Any]] = deque()  # what came while an answer was waited for
        self._over = -1  # the turn that is over, with all before it
        self._asked = 0

    def first(self) -> dict[str, Any]:
        """What the Director gives before any message, when it said that there is something.

        Raises:
            ProductionError: the Director is gone.
        """
        given = self._frames.receive()
        if given is None:
            raise ProductionError("the Director is gone")
        return given

    def next(self) -> dict[str, Any] | None:
        """The next message, which counts as begun from now on; None when there will be none."""
        while True:
            message = self._given.popleft() if self._given else self._frames.receive()
            if message is None:
                return None
            turn = message.get("turn", 0)
            if turn <= self._over or "asks" in message:  # an answer to a call that was interrupted
                continue
            self._page.take(message["header"])
            if self._page.is_halted(turn):  # looked at after it was taken: the Director looks the other way round
                self._over = turn
                send_frame(self._connection, {"halted": turn})
                continue
            return message

    def answer(self, message: dict[str, Any], answer: dict[str, Any]) -> None:
        """How the message ended; unless that is ``plain``, its turn is over."""
        if not answer.get("plain"):
            self._over = message["turn"]
        answer["header"] = message["header"]
        send_frame(self._connection, answer)

    def say(self, told: dict[str, Any]) -> None:
        """Tell what is no answer: that the host has started, what it did at its end."""
        send_frame(self._connection, told)

    def exchange(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask the Director something for the message that runs.

        Raises:
            ProductionError: the Director is gone.
        """
        self._asked += 1
        number = self._asked
        send_frame(self._connection, {"asks": number} | asked)
        while True:
            answer = self._frames.receive()
            if answer is None:
                raise ProductionError("the Director is gone")
            if "asks" not in answer:
                self._given.append(answer)
            elif answer["asks"] == number:  # an older one belongs to a call that was interrupted
                return answer
