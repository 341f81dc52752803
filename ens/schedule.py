"""When a host runs: ``START:*-*-*T08:00:00,STOP:*-*-*T18:00:00``, and ``START:WEEK-*-01T08:00:00`` for Mondays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from .exceptions import ProductionError

_EVENT = re.compile(
    r"(?P<action>START|STOP):(?P<y>\d{4}|\*|WEEK)-(?P<m>\d{1,2}|\*)-(?P<d>\d{1,2}|\*)T(?P<time>\d\d:\d\d(:\d\d)?)",
    re.I,
)
_DAYS = 800  # how far back and forward a moment is looked for


@dataclass(frozen=True, slots=True)
class Moment:
    """A start or stop at a time of the days that fit."""

    starts: bool
    year: str
    month: str
    day: str
    at: time

    def fits(self, day: datetime) -> bool:
        """Whether it is due on that day; WEEK-02-01 is the second Monday of each month, 00 is Sunday."""
        if self.year.upper() == "WEEK":
            weekday = self.day == "*" or int(self.day) % 7 == (day.weekday() + 1) % 7
            return weekday and (self.month == "*" or int(self.month) == (day.day - 1) // 7 + 1)
        parts = ((self.year, day.year), (self.month, day.month), (self.day, day.day))
        return all(wanted == "*" or int(wanted) == found for wanted, found in parts)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All moments of a schedule; without any it always runs."""

    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, text: str) -> "Schedule":
        """The schedule of a text; a name (``@NAME``) of another product's list is taken as always.

        Raises:
            ProductionError: it does not read like one; shows the part.
        """
        found = []
        for part in text.split(",") if text.strip() and not text.strip().startswith("@") else ():
            event = _EVENT.fullmatch(part.strip())
            if event is None:
                raise ProductionError(f"Schedule: {part.strip()!r} does not read like START:*-*-*T08:00:00")
            try:
                at = time.fromisoformat(event["time"])
            except ValueError as error:
                raise ProductionError(f"Schedule: {part.strip()!r}: {error}") from None
            found.append(Moment(event["action"].upper() == "START", event["y"], event["m"], event["d"], at))
        return cls(tuple(found))

    def runs_at(self, now: datetime) -> bool:
        """Whether the host runs at a moment of local time: what the last event before it says."""
        last = max(self._near(now, -1), key=lambda found: found[0], default=None)
        if last is not None:
            return last[1]
        following = self.following(now)
        return following is None or not following[1]

    def following(self, now: datetime) -> tuple[datetime, bool] | None:
        """When the next event is, and whether it starts the host."""
        return min(self._near(now, 1), key=lambda found: found[0], default=None)

    def _near(self, now: datetime, step: int) -> Iterator[tuple[datetime, bool]]:
        """Each moment's nearest time, at or before `now` (step -1) or after it (step 1)."""
        for moment in self.moments:
            for days in range(_DAYS):
                day = datetime.combine(now.date() + timedelta(days=step * days), moment.at)
                if (day > now if step > 0 else day <= now) and moment.fits(day):
                    yield day, moment.starts
                    break
