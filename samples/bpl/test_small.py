"""Samples 1 to 10."""

from typing import Any

import pytest
from isc.py.bpl.emulator import NEVER, Answer
from isc.py.msg import StringRequest, StringResponse


def text(value: str) -> StringResponse:
    return StringResponse(StringValue=value)


def test_greeting(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.Greeting", StringRequest(StringValue="  ada "))
    run.assert_response(StringValue="Hello, Ada!").assert_ran("Trim", "Answer")


def test_lookup(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.Lookup", StringRequest(StringValue="x1"), {"Registry": text("found")})
    run.assert_response(StringValue="found").assert_sent("Registry", times=1, StringValue="X1")


@pytest.mark.parametrize(("reading", "told"), [("A=4", "fine: 4"), ("A=9.5", "refrigerator A is at 9.5 degrees")])
def test_temperature(bp_emulator: Any, reading: str, told: str) -> None:
    bp_emulator.run("Sample.Temperature", StringRequest(StringValue=reading)).assert_completed().assert_traced(told)


@pytest.mark.parametrize(
    ("kind", "target", "status"), [("book", "Books", "sold"), ("food", "Food", "sold"), ("car", "", "nobody sells car")]
)
def test_router(bp_emulator: Any, order: Any, outcome: Any, kind: str, target: str, status: str) -> None:
    run = bp_emulator.run("Sample.Router", order(Kind=kind), {"*": outcome(Status="sold")})
    run.assert_response(Status=status)
    assert [item.target for item in run.exchanges] == ([target] if target else [])


@pytest.mark.parametrize(
    ("amount", "country", "target"), [(1001, "DE", "Manager"), (10, "AT", "Export"), (10, "DE", "Desk")]
)
def test_rule_router(bp_emulator: Any, order: Any, amount: int, country: str, target: str) -> None:
    run = bp_emulator.run("Sample.RuleRouter", order(Amount=amount, Country=country), {"*": None})
    assert [item.target for item in run.exchanges] == [target]


def test_enricher(bp_emulator: Any, order: Any) -> None:
    request = order(Customer="c1", Amount=12.5, Items=["nut", "bolt"])
    run = bp_emulator.run("Sample.Enricher", request, {"Customers": text("Ada"), "Archive": None})
    run.assert_sent("Customers", StringValue="c1").assert_sent("Archive", StringValue="7|Ada|12.5|nut|bolt")
    assert request.Customer == "c1", "the request is not touched"


@pytest.mark.parametrize(("after", "answer"), [(29, "first"), (31, "second (backup)"), (NEVER, "second (backup)")])
def test_fallback(bp_emulator: Any, after: float, answer: str) -> None:
    targets = {"Primary": Answer(text("first"), after=after), "Backup": text("second")}
    bp_emulator.run("Sample.Fallback", StringRequest(StringValue="q"), targets).assert_response(StringValue=answer)


def test_retry_succeeds_in_the_end(bp_emulator: Any) -> None:
    answers = [Answer(error="busy"), Answer(error="busy"), text("sent")]
    run = bp_emulator.run("Sample.Retry", StringRequest(StringValue="m"), {"Unsteady": answers})
    run.assert_response(StringValue="sent").assert_traced("try 1 failed", "try 2 failed")
    assert run.elapsed == 30


def test_retry_gives_up(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.Retry", StringRequest(StringValue="m"), {"Unsteady": Answer(error="no line")})
    run.assert_response(StringValue="not sent").assert_context(Tries=3)
    assert "no line" in run.trace[-1]
    assert run.elapsed == 60


@pytest.mark.parametrize(("west", "best"), [("11", "South for 9.5"), ("8", "West for 8")])
def test_aggregator_takes_the_best_offer(bp_emulator: Any, west: str, best: str) -> None:
    targets = {"North": text("12"), "South": Answer(text("9.5"), after=59), "West": text(west)}
    bp_emulator.run("Sample.Aggregator", StringRequest(), targets).assert_response(StringValue=best)


def test_aggregator_does_not_wait_longer_than_a_minute(bp_emulator: Any) -> None:
    targets = {"North": text("12"), "South": Answer(text("9.5"), after=61), "West": Answer(None, after=NEVER)}
    run = bp_emulator.run("Sample.Aggregator", StringRequest(), targets)
    run.assert_response(StringValue="North for 12").assert_traced("1 of 3 offers in time")
    assert run.elapsed == 60


def test_aggregator_without_offers(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.Aggregator", StringRequest(), {"*": Answer(None, after=NEVER)})
    run.assert_response(StringValue="no offer")


@pytest.mark.parametrize(("a", "b", "answer"), [(1, 2, "A: from a"), (2, 1, "B: from b")])
def test_first_of(bp_emulator: Any, a: float, b: float, answer: str) -> None:
    targets = {"Mirror A": Answer(text("from a"), after=a), "Mirror B": Answer(text("from b"), after=b)}
    run = bp_emulator.run("Sample.FirstOf", StringRequest(), targets).assert_response(StringValue=answer)
    assert run.elapsed == 1


def test_first_of_none(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.FirstOf", StringRequest(), {"*": Answer(None, after=NEVER)})
    run.assert_failed("no mirror answered", "FirstOf.cls")
