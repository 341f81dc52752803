"""``iscpy shell`` and ``iscpy zpy``: Python on a context of this process, or on that of a running operation."""

import json
from pathlib import Path

from isc.py.ens.bank import bank_place, open_bank
from isc.py.ens.control import ControlClient
from isc.py.iscpython_c.exceptions import CodeError
from isc.py.util.shell import Shell, is_expression, zpy

from . import screen
from .project import enter


def shell(target: str, folder: Path) -> None:
    """The ``PY>`` prompt; an empty line ends it.

    Raises:
        ProductionError: an operation was named and no production runs here.
    """
    enter(folder)
    if not target:
        Shell().loop()
        return
    with ControlClient(folder) as client:
        Shell(lambda code: _asked(client, target, code, folder)).loop()


def one_line(code: str, target: str, folder: Path) -> None:
    """Run one line and show the value of an expression.

    Raises:
        CodeError: it raised.
        ProductionError: an operation was named and no production runs here.
    """
    enter(folder)
    if target:
        with ControlClient(folder) as client:
            shown = _asked(client, target, code, folder)
    else:
        shown = zpy(code)
    if shown:
        screen.say(shown)


def _asked(client: ControlClient, target: str, code: str, folder: Path) -> str:
    """What code of the operation's worker printed, and the value of an expression."""
    from isc.py.ens.exceptions import MessageFailedError

    asked = f"print(repr({code.strip()}))" if is_expression(code) else code
    body = json.dumps({"Code": asked, "SeparateLines": 0})
    try:
        session = client.send(target, "isc.py.msg.ExecutionRequest", body)["session"]
    except MessageFailedError as error:
        first, _, traceback = error.error.partition("\n")
        kind, _, message = first.partition(": ")
        raise CodeError(kind, message, f"{traceback or first}\n") from error
    bank = open_bank(bank_place(folder))
    try:
        printed = "".join(event.text for event in bank.events(session) if event.level == "stdout")
    finally:
        bank.close()
    return printed.rstrip("\n").removesuffix("\nNone") if printed != "None\n" else ""
