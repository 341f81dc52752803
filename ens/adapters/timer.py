"""The clock as an adapter: an input at each moment of a cron expression, or every so many seconds."""

from datetime import datetime
from typing import Any

from croniter import croniter

from ..exceptions import DuplicateInputError, ProductionError
from ..settings import Setting
from .base import InboundAdapter, Take, Tell

_LOOK = 15.0  # seconds after which the clock is looked at again: it may be set, or the machine may have slept
_FORM = "%Y-%m-%d %H:%M:%S"


class TimerAdapter(InboundAdapter):
    """``isc.py.ens.TimerAdapter``: gives the service the time that was due, as ``2026-01-31 08:00:00``.

    The moments are those of the local clock: one that the clock leaves out when summer begins comes as much later, one
    that comes twice when summer ends is taken once, unless the expression is of every hour.
    """

    waits_first = True
    tells_each = True

    Cron = Setting(str, "", "When, as `minute hour day month weekday` in local time; empty: every CallInterval.")
    CatchUp = Setting(
        bool, False, "Whether the last moment that was missed, as the service did not run or was busy, is made up for."
    )

    def OnInit(self) -> object:
        """Check the expression.

        Raises:
            ProductionError: it is no cron expression, or has no moment.
        """
        if self.Cron:
            try:
                following(self.Cron, datetime.now().timestamp())
            except (ValueError, KeyError) as error:  # what croniter raises is of these
                raise ProductionError(
                    f"setting Cron: {self.Cron!r} is no cron expression like '*/5 * * * *': {error}"
                ) from error
        vars(self)["_due"] = None
        return 1

    def pause(self) -> float:
        """Seconds until the next moment, or until the clock is to be looked at again."""
        if not self.Cron:
            return self.CallInterval
        held: dict[str, Any] = vars(self)
        now = datetime.now().timestamp()
        if held.get("_due") is None:
            held["_due"] = before(self.Cron, now) if self.CatchUp else following(self.Cron, now)
        due: float = held["_due"]
        return min(max(due - now, 0.0), _LOOK)

    def on_task(self, take: Take, tell: Tell) -> None:
        """Give the service the moment, once it has come."""
        if not self.Cron:
            take(datetime.now().strftime(_FORM), None)
            return
        held: dict[str, Any] = vars(self)
        due = held["_due"]
        if datetime.now().timestamp() < due:
            return
        shown = datetime.fromtimestamp(due).strftime(_FORM)
        try:
            take(shown, None, f"{self.Cron} {due:.0f}" if self.CatchUp else "")
        except DuplicateInputError:
            tell("info", f"the moment {shown} was taken before")
        finally:
            held["_due"] = self._next(due, tell)

    def _next(self, due: float, tell: Tell) -> float:
        """The moment after one that was taken; those that have passed meanwhile are told of."""
        now = datetime.now().timestamp()
        found = following(self.Cron, due)
        if found > now:
            return found
        last = before(self.Cron, now)
        if self.CatchUp:
            return last
        first, until = (datetime.fromtimestamp(moment).strftime(_FORM) for moment in (found, last))
        shown = f"the moment {first}" if first == until else f"the moments from {first} to {until}"
        tell("warning", f"{shown} passed while the service was busy or the machine slept: left out (CatchUp=0)")
        return following(self.Cron, now)


def following(cron: str, now: float) -> float:
    """The first moment of an expression after `now`; both in Unix seconds.

    Raises:
        ValueError: it is no expression, or has no moment.
    """
    moments = croniter(cron, _local(cron, now))
    while (moment := moments.get_next(datetime).timestamp()) <= now:
        pass
    return float(moment)


def before(cron: str, now: float) -> float:
    """The last moment of an expression that is not after `now`."""
    moments = croniter(cron, _local(cron, now + 1))
    while (moment := moments.get_prev(datetime).timestamp()) > now:
        pass
    return float(moment)


def _local(cron: str, now: float) -> datetime:
    """Where to count from, on the local clock.

    An expression that is of every hour is counted in true time, by the offset there is now: an hour that the clock
    repeats has moments of its own. Any other one is counted by what the clock shows.
    """
    shown = datetime.fromtimestamp(now)
    fields = cron.split()
    every_hour = cron == "@hourly" or (len(fields) > 1 and "*" in fields[1])
    return shown.astimezone() if every_hour else shown
