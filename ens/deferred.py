"""`Deferred`: requests whose operation answers later, by a token, through whatever host has it."""

import threading

from isc.py.msg import Message, wire

from .bank import Bank
from .exceptions import BankError, DeferredError
from .messages import Envelope, Outcome

_PATIENCE = 5.0  # seconds an answer may come before its operation has said that it defers


class Deferred:
    """The requests that wait for a deferred response."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._waiting: dict[str, Envelope] = {}
        self._changed = threading.Condition()

    def keep(self, token: str, envelope: Envelope) -> None:
        """An operation answers this one later."""
        with self._changed:
            self._waiting[token] = envelope
            self._changed.notify_all()

    def respond(self, token: str, response: Message) -> None:
        """Answer the request of a token.

        Raises:
            DeferredError: no request waits under it.
            MessageError: the response is not what its class says; the request waits on.
            BankError: the bank cannot be written; the request waits on.
        """
        body = wire.body(response)
        with self._changed:
            self._changed.wait_for(lambda: token in self._waiting, _PATIENCE)
            envelope = self._waiting.pop(token, None)
        if envelope is None:
            raise DeferredError(f"no request waits for a deferred response under {token!r}: it has one, or never was")
        response_id = self._bank.next_id()
        statements = Bank.header(
            response_id,
            "Response",
            envelope.session,
            envelope.target,
            envelope.source,
            body,
            "Completed",
            corresponding=envelope.header_id,
            is_async=envelope.is_async,
        )
        statements.append(Bank.status(envelope.header_id, "Completed"))
        try:
            self._bank.write(statements).result()
        except BankError:
            self.keep(token, envelope)  # it waits still, for another attempt
            raise
        envelope.told(Outcome(envelope.header_id, envelope.session, response, response_id))
