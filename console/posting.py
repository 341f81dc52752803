"""``iscpy send --post``: a request goes into the folder's bank, and whichever production has the bank takes it."""

from pathlib import Path
from typing import Any

from isc.py.ens.bank import bank_place
from isc.py.ens.exceptions import NotTakenError
from isc.py.ens.post_box import PostBox
from isc.py.msg import wire

from . import screen
from .failures import CommandError
from .sending import show_sent


def post(
    target: str,
    request: str,
    body: str,
    folder: Path,
    key: str,
    *,
    is_async: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Post a request and show its response, or the id of the post when nobody waits for that.

    Raises:
        BankError: the folder has no bank yet, or it cannot be written.
        MessageFailedError: it ended in an error status.
        MessageTimeoutError: nobody answered in time; it goes on.
        CommandError: no production took it in time; it stays in the bank.
    """
    with PostBox(bank_place(folder)) as box:
        number = box.post_text(target, request, body, key=key)
        if is_async:
            if as_json:
                screen.show_json({"post": number})
            else:
                screen.say(f"post {number} is in the bank: the production that has it takes it, now or when it starts")
            return
        try:
            name, answer = wire.body(box.wait(number, timeout))
        except NotTakenError as error:
            raise CommandError(str(error)) from error
        row = box.message(number)
        assert row is not None  # it was answered
        found: dict[str, Any] = {"header_id": row.id, "session": row.session, "class": name, "body": answer}
    show_sent(found, as_json=as_json)
