"""The clock as an adapter: an input at each moment of a cron expression, or every so many seconds."""

from datetime import datetime

from croniter import croniter

from ..exceptions import ProductionError
from ..settings import Setting
from .base import InboundAdapter, Take, Tell


class TimerAdapter(InboundAdapter):
    """``isc.py.ens.TimerAdapter``: gives the service the time that was due, as ``2026-01-31 08:00:00``."""

    waits_first = True

    Cron = Setting(str, "", "When, as `minute hour day month weekday` in local time; empty: every CallInterval.")

    def OnInit(self) -> object:
        """Check the expression.

        Raises:
            ProductionError: it is no cron expression.
        """
        if self.Cron and not croniter.is_valid(self.Cron):
            raise ProductionError(f"setting Cron: {self.Cron!r} is no cron expression like '*/5 * * * *'")
        return 1

    def pause(self) -> float:
        """Seconds until the next moment."""
        if not self.Cron:
            return self.CallInterval
        now = datetime.now().astimezone()
        due: datetime = croniter(self.Cron, now).get_next(datetime)
        vars(self)["_due"] = due
        return max((due - now).total_seconds(), 0.0)

    def on_task(self, take: Take, _tell: Tell) -> None:
        """Give the service the moment."""
        due = vars(self).get("_due") or datetime.now()
        take(f"{due:%Y-%m-%d %H:%M:%S}", None)
