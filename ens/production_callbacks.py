"""``OnStart`` and ``OnStop``: class methods of a production, run before its items begin and after they have ended."""

from collections.abc import Callable
from datetime import UTC, datetime

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary, output, status

from .bank import Bank
from .exceptions import ProductionError


def on_start(production: str, bank: Bank) -> None:
    """Call the production's ``OnStart`` with the time, when it has one.

    Raises:
        ProductionError: it failed, so the production does not start.
    """
    _call(production, "OnStart", bank, datetime.now(UTC).isoformat(" ", "milliseconds").partition("+")[0])


def on_stop(production: str, bank: Bank) -> None:
    """Call the production's ``OnStop``, when it has one; an error becomes an event."""
    try:
        _call(production, "OnStop", bank)
    except (ProductionError, IscError) as error:
        bank.write([Bank.event("error", production, str(error))])


def _call(production: str, name: str, bank: Bank, *arguments: object) -> None:
    method: Callable[..., object] | None = getattr(dictionary.resolve(production), name, None)
    if method is None:
        return
    written: list[str] = []
    try:
        with output.to(written):
            status.check(method(*arguments) or status.OK)
    except Exception as error:
        text = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
        raise ProductionError(f"{name} of production {production}: {text}") from error
    finally:
        if written:
            bank.write([Bank.event("stdout", production, "".join(written))])
