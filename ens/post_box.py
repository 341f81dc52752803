"""`PostBox`: sends requests to a production through its bank, from any process and any machine that reaches the bank.

No Director needs to run while something is posted: a post is in the bank when `post` returns, and the production that
has the bank takes it, now or when it starts.
"""

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Self

from isc.py.msg import Message, wire
from sqlalchemy.exc import SQLAlchemyError

from .bank import Bank, MessageRow, open_bank
from .bank.bells import ENDED, Bell
from .bank.posts import PostEnd, ends, header_of, put
from .exceptions import BankError, MessageFailedError, MessageTimeoutError, NotTakenError
from .recovery import UNENDED
from .waiter import Waiter

_LOOK = 5.0  # seconds between looks at the bank when the bell did not ring
_ACTIVE = 0.25  # seconds after a post or an end within which an end is likely


class PostBox:
    """Posts requests into a bank and waits for their responses; a context manager, for any number of threads.

    Args:
        where: the bank, as `Director` takes it: a SQLite file, or a URL (``postgresql://…``).

    Raises:
        BankError: it is no bank, or cannot be reached.
    """

    def __init__(self, where: str | os.PathLike[str]) -> None:
        place = os.fspath(where).removeprefix("sqlite:///")
        if "://" not in place and not Path(place).exists():  # what is posted into a new one nobody would take
            raise BankError(f"there is no message bank {place}: correct the path, or start its production once")
        self._bank: Bank = open_bank(place)
        self._lock = threading.Lock()
        self._waiting: dict[int, list[Waiter[PostEnd]]] = {}
        self._bell: Bell | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._active = 0.0  # when somebody began to wait or was told, monotonic

    def post(self, target: str, request: Message, *, key: str = "") -> int:
        """Post a request; the id of the post, once it is in the bank.

        Args:
            target: an item of the production.
            request: what it is sent.
            key: names the request: posted again under the same key it is the same post, sent once. Retry with it when
                a `BankError` leaves open whether the first attempt came through.

        Raises:
            MessageError: the request is not what its class says.
            BankError: the bank cannot be written.
        """
        return self.post_text(target, *wire.body(request), key=key)

    def post_text(self, target: str, class_name: str, body: str, *, key: str = "") -> int:
        """Post a request given as class name and JSON; the production checks it when it takes it.

        Raises:
            BankError: the bank cannot be written.
        """
        return put(self._bank, key or uuid.uuid4().hex, target, class_name, body)

    def send_sync(self, target: str, request: Message, timeout: float | None = None, *, key: str = "") -> Message:
        """Post a request and wait `timeout` seconds for its response. Raises like `post` and `wait`."""
        return self.wait(self.post(target, request, key=key), timeout)

    def wait(self, post: int, timeout: float | None = None) -> Message:
        """Wait at most `timeout` seconds (None: without end) for the response to a post.

        Raises:
            LookupError: the bank has no such post.
            MessageFailedError: its message ended in an error status.
            MessageError: this program does not know the class of the response.
            NotTakenError: no production took it in time; it stays in the bank.
            MessageTimeoutError: nobody answered in time; the message goes on.
            BankError: the bank cannot be read.
        """
        with self._read():
            waiter = self._awaited(post)
            try:
                found = ends(self._bank, [post])
                if post not in found:
                    raise LookupError(f"the bank {self._bank.name} has no post {post}")
                end = found[post] or waiter.result(timeout)
            except TimeoutError:
                end = ends(self._bank, [post]).get(post) or self._too_late(post, timeout or 0.0)
            finally:
                self._forget(post, waiter)
        if end.class_name is None or end.body is None:
            error = end.error or f"it ended as {end.status}"
            raise MessageFailedError(end.header_id, end.session, end.status, error)
        return wire.message_of(end.class_name, end.body)

    def message(self, post: int) -> MessageRow | None:
        """The message that a post became, with its status; None while no production has taken it.

        Raises:
            LookupError: the bank has no such post.
            BankError: the bank cannot be read.
        """
        with self._read():
            header_id = header_of(self._bank, post)
            return None if header_id is None else self._bank.message(header_id)

    def has_ended(self, post: int) -> bool:
        """Whether a post was taken and its message has ended. Raises like `message`."""
        row = self.message(post)
        return row is not None and row.status not in UNENDED

    def close(self) -> None:
        """Close the connections; who still waits gets a `BankError`. Idempotent."""
        with self._lock:
            self._closing = True
            waiters = [waiter for some in self._waiting.values() for waiter in some]
            self._waiting.clear()
        for waiter in waiters:
            waiter.set_exception(BankError("the post box is closed"))
        if self._bell is not None and self._thread is not None:
            self._bell.wake()
            self._thread.join()
            self._bell.close()
        self._bank.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _read(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise BankError(f"the message bank {self._bank.name} cannot be read: {error}") from error

    def _awaited(self, post: int) -> Waiter[PostEnd]:
        waiter = Waiter[PostEnd]()
        with self._lock:
            if self._closing:
                raise BankError("the post box is closed")
            self._waiting.setdefault(post, []).append(waiter)
            self._active = time.monotonic()
            if self._thread is None:
                self._bell = self._bank.bell(ENDED)
                self._thread = threading.Thread(target=self._listen, args=(self._bell,), name="post box", daemon=True)
                self._thread.start()
        return waiter

    def _forget(self, post: int, waiter: Waiter[PostEnd]) -> None:
        with self._lock:
            some = self._waiting.get(post, [])
            if waiter in some:
                some.remove(waiter)
            if not some:
                self._waiting.pop(post, None)

    def _too_late(self, post: int, seconds: float) -> NoReturn:
        header_id = header_of(self._bank, post)
        if header_id is None:
            raise NotTakenError(post, seconds)
        raise MessageTimeoutError(header_id, header_id, seconds)

    def _listen(self, bell: Bell) -> None:
        """Wakes those whose posts' messages have ended."""
        while not self._closing:
            rung = bell.wait(_LOOK, soon=time.monotonic() - self._active < _ACTIVE)
            with self._lock:
                wanted = list(self._waiting)
            if rung and "" not in rung:  # only these have ended
                wanted = [post for post in wanted if str(post) in rung]
            if not wanted:
                continue
            with contextlib.suppress(SQLAlchemyError):  # the bank is away: the bell rings when it is back
                over = [end for end in ends(self._bank, wanted).values() if end is not None]
                with self._lock:
                    told = [(waiter, end) for end in over for waiter in self._waiting.pop(end.post, [])]
                for waiter, end in told:
                    self._active = time.monotonic()
                    waiter.set_result(end)
