"""``iscpy send`` and ``resend``: one message, through the production that runs in the folder or one started for it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isc.py.ens.control import ControlClient
from isc.py.ens.exceptions import MessageTimeoutError
from isc.py.ens.resend import resent_body

from . import screen
from .banked import bank_of
from .failures import CommandError
from .project import enter
from .requests import request_text
from .running import running
from .serving import director_of, set_up


def send(
    target: str,
    request: str,
    settings: Sequence[str],
    json_file: Path | None,
    production: str,
    setups: list[str],
    folder: Path,
    *,
    is_async: bool,
    timeout: float | None,
    post: bool = False,
    key: str = "",
    as_json: bool,
) -> None:
    """Send a message and show its response. A message that cannot be sent is kept in the bank as an error.

    With `post` it goes through the bank (`isc.py.console.posting`), under a `key` when there is one.

    Raises:
        MessageFailedError: it ended in an error status.
        MessageTimeoutError: nobody answered in time; it goes on in the production that runs here.
        CommandError: the options do not fit, or nobody answered in a production that was started for this message.
    """
    enter(folder)
    body = request_text(request, settings, json_file)
    if key and not post:
        raise CommandError("--key belongs to --post: it names what is posted")
    if post:
        if production or setups:
            raise CommandError(
                "--production and --setup start a production; with --post the one that has the bank takes it"
            )
        from .posting import post as through_the_bank

        through_the_bank(target, request, body, folder, key, is_async=is_async, timeout=timeout, as_json=as_json)
        return
    set_up(setups)
    show_sent(deliver(target, request, body, production, folder, is_async=is_async, timeout=timeout), as_json=as_json)


def resend(
    message: int,
    settings: Sequence[str],
    target: str,
    production: str,
    folder: Path,
    *,
    is_async: bool,
    timeout: float | None,
    restore: bool,
    as_json: bool,
) -> None:
    """Send a message of the bank again, as a new session, with properties changed by ``Property=value`` texts.

    With `restore` the operation gets the context back first that the message began with; what it has now is lost.

    Raises:
        CommandError: there is no such message.
        CheckpointError: what the message began with was not kept.
        ResendError: it is a response, or no property of it can be set.
        MessageFailedError: it ended in an error status again.
    """
    enter(folder)
    bank = bank_of(folder)
    try:
        row = bank.message(message)
    finally:
        bank.close()
    if row is None:
        raise CommandError(f"there is no message {message} in the bank: iscpy messages lists them")
    body = resent_body(row, json.loads(request_text(row.class_name, settings)))
    to = target or row.target
    if restore:
        from isc.py.ens.checkpoint import checkpoint_of, keep_as_context

        saved = keep_as_context(folder, checkpoint_of(folder, row.session, message), before=True)
        given = json.dumps({"ContextId": str(saved), "Clear": 1})
        ControlClient(folder).close()  # a production that is started for a message has no context to go on with
        deliver(to, "isc.py.msg.RestoreRequest", given, production, folder, is_async=False, timeout=timeout)
    found = deliver(to, row.class_name, body, production, folder, is_async=is_async, timeout=timeout)
    show_sent(found, as_json=as_json)


def deliver(
    target: str, request: str, body: str, production: str, folder: Path, *, is_async: bool, timeout: float | None
) -> dict[str, Any]:
    """Send a message through the production that runs here, or one that is started for it. Raises like `send`."""
    namespace = enter(folder)
    client = running(folder)
    if client is None:
        director = director_of(namespace, production, folder)
        from isc.py.msg import wire

        director.start()
        try:
            header_id = director.send_text(target, request, body, is_async=is_async)
            found: dict[str, Any] = {"header_id": header_id, "session": header_id}
            if not is_async:
                found["class"], found["body"] = wire.body(director.wait(header_id, timeout))
        except MessageTimeoutError as error:
            director.stop(grace=0)
            raise CommandError(
                f"message {error.header_id} of session {error.session} had no answer after {error.seconds:g} s and was "
                "cut off when the production that was started for it stopped"
            ) from error
        finally:
            director.stop()
    else:
        with client:
            there = client.status()["production"]
            if production and production != there:
                raise CommandError(f"--production {production}: {there} runs here; stop it, or leave the option out")
            found = client.send(target, request, body, is_async=is_async, timeout=timeout)
    return found


def show_sent(found: dict[str, Any], *, as_json: bool) -> None:
    """Show what became of a message."""
    message, session = found["header_id"], found["session"]
    if "body" not in found:
        if as_json:
            screen.show_json({"message": message, "session": session})
        else:
            screen.say(
                f"message {message} of session {session} is queued: iscpy trace {session} shows what becomes of it"
            )
        return
    properties = json.loads(found["body"])
    if as_json:
        screen.show_json({"message": message, "session": session, "class": found["class"], "properties": properties})
    else:
        screen.show_properties(f"{found['class']}  (session {session})", properties)
