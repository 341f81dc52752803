"""The moments of cron expressions on a clock that jumps twice a year, and those that were missed."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from isc.py.ens.adapters.timer import TimerAdapter, before, following
from isc.py.ens.exceptions import DuplicateInputError, ProductionError


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of Berlin: 2026-03-29 02:00 is 03:00, 2026-10-25 03:00 is 02:00."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def moments(cron: str, start: str, count: int) -> list[str]:
    """The first moments after one, all in UTC."""
    now, found = at(start), []
    for _ in range(count):
        now = following(cron, now)
        found.append(datetime.fromtimestamp(now, UTC).strftime("%m-%d %H:%M"))
    return found


def test_a_daily_moment_keeps_its_hour_when_summer_begins_and_ends() -> None:
    assert moments("0 8 * * *", "2026-03-28T06:30", 3) == ["03-28 07:00", "03-29 06:00", "03-30 06:00"]
    assert moments("0 8 * * *", "2026-10-24T05:30", 3) == ["10-24 06:00", "10-25 07:00", "10-26 07:00"]


def test_a_moment_that_the_clock_leaves_out_comes_later_and_a_repeated_one_once() -> None:
    assert moments("30 2 * * *", "2026-03-28T02:00", 2) == ["03-29 01:30", "03-30 00:30"]
    assert moments("30 2 * * *", "2026-10-24T02:00", 2) == ["10-25 00:30", "10-26 01:30"]


@pytest.mark.parametrize("start", ["2026-03-29T00:20", "2026-10-24T23:50"])
def test_every_quarter_of_an_hour_has_no_gap_and_no_moment_twice(start: str) -> None:
    now = at(start)
    for _ in range(20):
        found = following("*/15 * * * *", now)
        assert 0 < found - now <= 900
        assert found % 900 == 0
        now = found


def test_the_moment_before_is_not_after_now() -> None:
    assert before("0 8 * * *", at("2026-03-29T06:00")) == at("2026-03-29T06:00")
    assert before("0 8 * * *", at("2026-03-29T05:59")) == at("2026-03-28T07:00")


class Takes:
    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.told: list[str] = []

    def take(self, data: object = "", _hint: object = None, key: str = "") -> None:
        if key and any(key == known for _, known in self.taken):
            raise DuplicateInputError(1)
        self.taken.append((str(data), key))

    def tell(self, _level: str, text: str) -> None:
        self.told.append(text)


def timer(cron: str, due: float | None, *, catch_up: bool = False) -> TimerAdapter:
    made = TimerAdapter()
    made.Cron, made.CatchUp = cron, catch_up
    made.OnInit()
    vars(made)["_due"] = due
    return made


def test_moments_that_passed_while_the_service_was_busy_are_told_of() -> None:
    takes, now = Takes(), time.time()
    due = now // 60 * 60 - 600
    clock = timer("* * * * *", due)
    clock.on_task(takes.take, takes.tell)
    assert len(takes.taken) == 1
    (told,) = takes.told
    assert "passed while the service was busy or the machine slept: left out" in told
    assert 0 <= clock.pause() <= 15
    clock.on_task(takes.take, takes.tell)  # the next moment has not come, or has: never one that was left out
    assert all(data >= datetime.fromtimestamp(now).strftime("%Y-%m-%d %H:%M") for data, _ in takes.taken[1:])


def test_the_last_missed_moment_is_made_up_for_once() -> None:
    takes = Takes()
    for _ in range(2):  # two starts between two moments
        clock = timer("0 0 1 1 *", None, catch_up=True)
        assert clock.pause() == 0
        clock.on_task(takes.take, takes.tell)
    (taken,) = takes.taken
    assert taken[0].endswith("-01-01 00:00:00")
    assert "was taken before" in takes.told[0]
    assert 0 < clock.pause() <= 15


@pytest.mark.parametrize("cron", ["every day", "61 * * * *", "0 0 30 2 *", "* * *"])
def test_what_is_no_expression_or_has_no_moment_is_refused_at_the_start(cron: str) -> None:
    with pytest.raises(ProductionError, match=r"setting Cron: .* is no cron expression"):
        timer(cron, None)
