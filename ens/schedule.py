"""When a host runs: ``START:*-*-*T08:00:00,STOP:*-*-*T18:00:00``, and ``START:WEEK-*-01T08:00:00`` for Mondays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from .exceptions import ProductionError

_EVENT = re.compile(
    r"(?P<action>START|STOP):(?P<y>\d{4}|\*|WEEK)-(?P<m>\d{1,2}|\*)-(?P<d>\d{1,2}|\*)T(?P<time>\d\d:\d\d(:\d\d)?)",
    re.I,
)
_DAYS = 8 * 366  # how far back and forward a moment is looked for: 29 February may be away so long


@dataclass(frozen=True, slots=True)
class Moment:
    """A start or stop at a time of the days that fit."""

    starts: bool
    year: str
    month: str
    day: str
    at: time

    def days(self, near: date, step: int) -> Iterator[date]:
        """The days that fit, from `near` on forward (step 1) or back (step -1); none that is years away.

        A moment of one year has its days however far away that is.
        """
        day = near
        if self.year.isdigit():
            try:
                first, last = date(int(self.year), 1, 1), date(int(self.year), 12, 31)
            except ValueError:
                return
            day = max(near, first) if step > 0 else min(near, last)
        for _ in range(_DAYS):
            if self.year.isdigit() and day.year != int(self.year):
                return
            if self.fits(day):
                yield day
            day += timedelta(days=step)

    def fits(self, day: date) -> bool:
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
    @cache  # it is asked for at each look of the monitor
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
            moment = Moment(event["action"].upper() == "START", event["y"], event["m"], event["d"], at)
            if next(moment.days(date(2000, 1, 1), 1), None) is None:  # a leap year: it has every day there is
                raise ProductionError(f"Schedule: {part.strip()!r}: there is no such day")
            found.append(moment)
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
            for day in moment.days(now.date(), step):
                due = datetime.combine(day, moment.at)
                if due > now if step > 0 else due <= now:
                    yield due, moment.starts
                    break
