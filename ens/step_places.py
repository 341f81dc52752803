"""Where the steps of a process run: a list of `Steps`, one a lane."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from isc.py.objectscript.platform import Platform

from .bank import Bank
from .begun import BegunPage
from .definition import Item
from .engines import runs_in_worker
from .messages import Envelope
from .step_limit import StepLimit
from .steps import DirectorSteps, Steps, process_of
from .worker_steps import WorkerSteps
from .workers import Answer, Zygote


def steps_of(
    bank: Bank,
    zygote: Zygote,
    page: Callable[[], BegunPage],
    item: Item,
    host: Any,
    platform: Platform,
    settings: dict[str, Any],
    count: int,
) -> Sequence[Steps]:
    """So many lanes for a process, in workers of their own or in the Director, as its host says; not started."""
    if runs_in_worker(host):
        output = partial(_written, bank, item.name)
        return [WorkerSteps(zygote, settings, page(), host.Timeout, output) for _ in range(count)]
    make = partial(process_of, type(host), item.name, item.settings)
    return [DirectorSteps(host, platform, StepLimit(host.Timeout), make) for _ in range(count)]


def _written(bank: Bank, item: str, answer: Answer, envelope: Envelope | None) -> None:
    """What user code printed, as events."""
    of = (envelope.session, envelope.header_id) if envelope is not None else (None, None)
    streams = (*answer.log, ("stdout", answer.stdout), ("stderr", answer.stderr))
    events = [Bank.event(name, item, text, *of) for name, text in streams if text]
    if events:
        bank.write(events, patient=True)
