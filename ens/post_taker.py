"""`PostTaker`: turns what other programs posted into the bank into messages of the production that runs.

A post and its message change hands in one transaction of the bank's writer, so a post is taken once, whatever ends in
between; the writer's claim on the bank keeps others from taking it, too. Each look at the bank is also a sign of life
of the writer's connection: when the server went away meanwhile, the claim is taken again, or found lost.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from isc.py.msg import wire
from sqlalchemy.exc import SQLAlchemyError

from .bank import Bank
from .bank.bells import POSTED
from .bank.posts import Post, taken, told_end, unended, untaken
from .bank.writer import Statement
from .exceptions import BankError
from .intake import Ways
from .messages import EXTERNAL
from .waiter import Waiter

_LOOK = 5.0  # seconds between looks when the bell did not ring
_ACTIVE = 0.25  # seconds after one post within which another one is likely
_FULL = 0.1  # while a target has no room
_AWAY = 1.0  # after an error
_AT_ONCE = 256
_log = logging.getLogger("isc.py.ens")


class PostTaker:
    """Takes posts in a thread.

    Args:
        bank: claimed by this production.
        ways: the items of the production.
        enter: writes and queues the message of a post under an id, with a class name and a body; gives who waits for
            its commit.
    """

    def __init__(self, bank: Bank, ways: Ways, enter: Callable[[Post, int, tuple[str, str]], Waiter[None]]) -> None:
        self._bank = bank
        self._ways = ways
        self._enter = enter
        self._waited_for = unended(bank)  # posts by the ids of their messages
        self._bell = bank.bell(POSTED)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="posts", daemon=True)

    def start(self) -> None:
        """Take what is there and what comes."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more; idempotent."""
        self._stopping.set()
        self._bell.wake()
        if self._thread.ident is not None:
            self._thread.join()
        self._bell.close()

    def forget(self, header_id: int) -> None:
        """A message could not be written: it has no end."""
        self._waited_for.pop(header_id, None)

    def ended(self, header_id: int) -> None:
        """A message of the production has ended; when it was posted, whoever waits is told."""
        post = self._waited_for.pop(header_id, None) if self._waited_for else None
        statements = told_end(self._bank, post) if post is not None else []
        if statements:
            with contextlib.suppress(BankError):  # closed: who waits looks by itself, too
                self._bank.write(statements)

    def _run(self) -> None:
        active = kept = 0.0
        while not self._stopping.is_set():
            pause = _LOOK
            try:
                taken_any, are_full = self._take_all()
                if are_full:
                    pause = _FULL
                if taken_any:
                    active = time.monotonic()
                elif time.monotonic() - kept > _LOOK / 2:  # who takes hears of the writer anyway
                    self._bank.keep()
                    kept = time.monotonic()
            except (BankError, SQLAlchemyError) as error:
                _log.warning("posts cannot be taken: %s", error)
                pause = _AWAY
            except Exception:  # noqa: BLE001  # whatever one post does, others must be taken
                _log.exception("posts")
                pause = _AWAY
            if pause == _LOOK:
                self._bell.wait(pause, soon=time.monotonic() - active < _ACTIVE)
            else:  # the bell would only ring again at once
                self._stopping.wait(pause)

    def _take_all(self) -> tuple[bool, bool]:
        """Take all that can be taken; whether there was any, and whether some wait for room."""
        full: set[str] = set()
        any_was = False
        while not self._stopping.is_set():
            found = untaken(self._bank, full, _AT_ONCE)
            if not found:
                break
            written = []
            for post in found:
                if post.target in full:
                    continue
                if self._ways.has_room(post.target):
                    written.append(self._take(post))
                else:
                    full.add(post.target)
            for waiter in written:
                waiter.result()
            any_was = any_was or bool(written)
            if len(found) < _AT_ONCE and not full:
                break  # what came meanwhile has rung the bell
        return any_was, bool(full)

    def _take(self, post: Post) -> Waiter[None]:
        """The post becomes a message, in one transaction; one that cannot be a message becomes an error."""
        header_id = self._bank.next_id()
        try:
            self._ways.check(post.target)
            body = wire.body(wire.message_of(post.class_name, post.body))
        except Exception as error:  # noqa: BLE001  # whatever it says: it is this post's error
            return self._bank.write([*self._refused(post, header_id, str(error)), *told_end(self._bank, post.id)])
        self._waited_for[header_id] = post.id
        return self._enter(post, header_id, body)

    def _refused(self, post: Post, header_id: int, error: str) -> list[Statement]:
        body = (post.class_name, post.body)
        header = Bank.header(header_id, "Request", header_id, EXTERNAL, post.target, body, "Error", error=error)
        return [Bank.session(header_id, self._ways.production), *header, taken(post.id, header_id)]
