from datetime import datetime

import pytest
from isc.py.ens.exceptions import ProductionError
from isc.py.ens.schedule import Schedule

DAILY = "START:*-*-*T08:00:00,STOP:*-*-*T18:00:00"


@pytest.mark.parametrize(
    ("text", "at", "runs"),
    [
        ("", "2026-03-02T03:00", True),
        ("@Office", "2026-03-02T03:00", True),
        (DAILY, "2026-03-02T07:59:59", False),
        (DAILY, "2026-03-02T08:00:00", True),
        (DAILY, "2026-03-02T18:00:00", False),
        ("START:WEEK-*-01T08:00:00,STOP:WEEK-*-05T18:00:00", "2026-03-04T03:00", True),
        ("START:WEEK-*-01T08:00:00,STOP:WEEK-*-05T18:00:00", "2026-03-07T12:00", False),
        ("START:WEEK-02-01T08:00,STOP:WEEK-02-01T09:00", "2026-03-09T08:30", True),
        ("START:WEEK-02-01T08:00,STOP:WEEK-02-01T09:00", "2026-03-02T08:30", False),
        ("STOP:2026-12-31T00:00:00", "2026-12-30T00:00", True),
        ("STOP:2026-12-31T00:00:00", "2027-01-01T00:00", False),
        ("START:*-*-01T00:00:00,STOP:*-*-10T00:00:00", "2026-02-05T00:00", True),
        ("START:*-*-01T00:00:00,STOP:*-*-10T00:00:00", "2026-02-15T00:00", False),
        ("START:2026-01-01T00:00:00", "2025-12-31T00:00", False),
        ("STOP:2016-12-31T00:00:00", "2026-12-30T00:00", False),
        ("START:2036-12-31T00:00:00", "2026-12-30T00:00", False),
        ("START:2016-05-*T08:00:00,STOP:2016-05-*T18:00:00", "2026-12-30T00:00", False),
        ("START:9999-12-31T00:00:00", "9999-12-31T23:00", True),
        ("STOP:*-02-29T12:00:00", "2104-02-29T11:00", False),
    ],
)
def test_the_last_event_says_whether_it_runs(text: str, at: str, runs: bool) -> None:
    assert Schedule.of(text).runs_at(datetime.fromisoformat(at)) is runs


def test_the_next_event_is_known() -> None:
    schedule = Schedule.of(DAILY)
    assert schedule.following(datetime(2026, 3, 2, 12)) == (datetime(2026, 3, 2, 18), False)
    assert schedule.following(datetime(2026, 3, 2, 19)) == (datetime(2026, 3, 3, 8), True)
    assert Schedule.of("").following(datetime(2026, 3, 2)) is None


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "START:*T08:00",
        "BEGIN:*-*-*T08:00:00",
        "START:*-*-*T25:00:00",
        "START:*-13-01T08:00",
        "STOP:*-02-30T08:00",
        "START:0000-01-01T08:00",
        "STOP:2026-02-29T08:00",
        "START:WEEK-06-01T08:00",
    ],
)
def test_what_is_no_schedule_is_refused_by_its_part(text: str) -> None:
    with pytest.raises(ProductionError, match="Schedule: '"):
        Schedule.of(text)
