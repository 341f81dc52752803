"""Samples 11 to 20."""

import json
from pathlib import Path
from typing import Any

import pytest
from isc.py.bpl.emulator import NEVER, Answer
from isc.py.msg import StringRequest, StringResponse
from isc.py.msg.hl7 import HL7Message

REQUESTS = Path(__file__).parent / "requests"


def text(value: str) -> StringResponse:
    return StringResponse(StringValue=value)


def hl7(name: str) -> Any:
    return HL7Message.ImportFromString((REQUESTS / name).read_text().replace("\n", "\r"))


def test_batch(bp_emulator: Any, order: Any) -> None:
    def stock(request: Any) -> Answer:
        bad = request.StringValue == "bad"
        return Answer(error="sold out") if bad else Answer(text(f"{request.StringValue}: booked"))

    run = bp_emulator.run("Sample.Batch", order(Items=["nut", "bad", "", "bolt"]), {"Stock": stock})
    run.assert_response(Status="2 of 4")
    assert list(run.response.Notes) == ["nut: booked", "bad: failed", "bolt: booked"]


@pytest.mark.parametrize(("pages", "answer"), [(3, "p1p2p3"), (9, "p1p2p3p4p5")])
def test_pages(bp_emulator: Any, pages: int, answer: str) -> None:
    def page(request: Any) -> StringResponse:
        number = int(request.StringValue.partition("=")[2])
        return text(f"p{number};{int(number < pages)}")

    run = bp_emulator.run("Sample.Pages", StringRequest(StringValue="nuts"), {"Catalogue": page})
    run.assert_response(StringValue=answer).assert_sent("Catalogue", StringValue="nuts?page=1")


@pytest.mark.parametrize(
    ("after", "action", "status", "reminders"),
    [(3600, "Approve", "approved", 0), (100_000, "Reject", "rejected", 1), (NEVER, "", "expired", 1)],
)
def test_human_task(bp_emulator: Any, order: Any, after: float, action: str, status: str, reminders: int) -> None:
    task = bp_emulator.message("EnsLib.Workflow.TaskResponse", **{"%Action": action})
    run = bp_emulator.run("Sample.HumanTask", order(), {"Sales": Answer(task, after=after), "Mail": None})
    run.assert_response(Status=status).assert_sent("Mail", times=reminders)
    assert run.elapsed == min(after, 2 * 86400)


def test_saga(bp_emulator: Any, order: Any) -> None:
    run = bp_emulator.run("Sample.Saga", order(), {"*": text("ok")})
    run.assert_response(Status="booked").assert_not_ran("Undo")


@pytest.mark.parametrize(
    ("failing", "cancelled"), [("Cars", ["Hotels", "Flights"]), ("Hotels", ["Flights"]), ("Flights", [])]
)
def test_saga_undoes_in_reverse(bp_emulator: Any, order: Any, failing: str, cancelled: list[str]) -> None:
    run = bp_emulator.run("Sample.Saga", order(), {failing: Answer(error="none left"), "*": text("ok")})
    run.assert_response(Status=f"cancelled after {len(cancelled)} steps")
    assert [item.target for item in run.exchanges if item.request.StringValue == "cancel 7"] == cancelled


def test_acknowledge(bp_emulator: Any, order: Any) -> None:
    run = bp_emulator.run("Sample.Acknowledge", order(Items=["nut", "bolt"]), {"Packing": Answer(None, after=60)})
    run.assert_response(Status="accepted", Id="7").assert_sent("Packing", times=2).assert_traced("2 packed")


def test_acknowledge_alerts_behind_the_answer(bp_emulator: Any, order: Any) -> None:
    targets = {"Packing": [None, Answer(error="no box")]}
    run = bp_emulator.run("Sample.Acknowledge", order(Items=["nut", "bolt"]), targets)
    run.assert_response(Status="accepted").assert_traced("order 7 stopped at item 2")


def test_invoice(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.Invoice", StringRequest(StringValue=(REQUESTS / "invoice.xml").read_text()))
    run.assert_response()
    assert run.response.StringValue.split() == "Invoice of 2 lines: nut, bolt, total 12.5 EUR".split()


def test_invoice_that_is_none(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.Invoice", StringRequest(StringValue="<invoice"))
    run.assert_response(StringValue="this is no invoice")


def test_adt_to_json(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.AdtToJson", hl7("adt.hl7"), {"Web Service": None}).assert_completed()
    (sent,) = run.requests("Web Service")
    assert json.loads(str(sent.Stream)) == {
        "event": "A01",
        "family": "DOE",
        "given": "JOHN",
        "born": "1970-01-31",
        "ids": [{"id": "100", "kind": "MR"}, {"id": "200", "kind": "SS"}],
    }


def test_adt_that_is_dropped(bp_emulator: Any) -> None:
    message = hl7("adt.hl7")
    message.SetValueAt("A03", "MSH:9.2")
    bp_emulator.run("Sample.AdtToJson", message).assert_completed().assert_traced("A03 is not sent on")


def test_lab_results(bp_emulator: Any) -> None:
    run = bp_emulator.run("Sample.LabResults", hl7("oru.hl7"), {"Record": None, "Ward": Answer(None, after=5)})
    run.assert_response(StringValue="recorded, 2 abnormal").assert_traced("critical Potassium: 7.1")
    run.assert_sent("Ward", StringValue="DOE: Glucose 11.2 H; Potassium 7.1 HH !; ")


def test_lab_results_that_are_normal_and_not_confirmed(bp_emulator: Any) -> None:
    message = hl7("oru.hl7")
    for number in (1, 3):
        message.SetValueAt("N", f"PIDgrpgrp(1).ORCgrp(1).OBXgrp({number}).OBX:8")
    run = bp_emulator.run("Sample.LabResults", message, {"Record": Answer(None, after=NEVER)})
    run.assert_response(StringValue="not confirmed, 0 abnormal").assert_not_ran("Ward")


@pytest.mark.parametrize(
    ("sales", "answer"),
    [("1,2,3,4", "rising: [5.0, 6.0, 7.0]"), ("9,7,5", "falling by 2.0 a week"), ("a,b", "these are no numbers")],
)
def test_forecast(bp_emulator: Any, sales: str, answer: str) -> None:
    targets = {"isc.py.ens.Operation": "isc.py.ens.Operation"}
    run = bp_emulator.run("Sample.Forecast", StringRequest(StringValue=sales), targets)
    run.assert_response(StringValue=answer)


@pytest.fixture
def loan(bp_emulator: Any) -> Any:
    def make(**properties: object) -> Any:
        return bp_emulator.message("Sample.Loan", **{"Name": "Ada", "Amount": 6000, "Income": 2000, **properties})

    return make


LOAN = {"Agency": text("400"), "House Bank": text("350"), "Accounts": text("DE12"), "Payments": None}


def test_a_loan_is_paid(bp_emulator: Any, loan: Any) -> None:
    run = bp_emulator.run("Sample.LoanApproval", loan(), LOAN)
    run.assert_response(Status="paid to DE12", Amount=6000).assert_sent("Payments", StringValue="DE12 6000")
    run.assert_traced("application of Ada", "paid to DE12")


def test_a_loan_without_agency_and_bank_is_refused_with_its_reasons(bp_emulator: Any, loan: Any) -> None:
    targets = {**LOAN, "Agency": Answer(text("400"), after=700), "House Bank": Answer(error="down")}
    run = bp_emulator.run("Sample.LoanApproval", loan(Amount=12000), targets)
    run.assert_response(Status="refused")
    reasons = ["the bank failed", "the rate is 50 % of the income", "the agency did not answer"]
    assert sorted(run.response.Notes) == sorted(reasons)
    assert run.elapsed == 600


@pytest.mark.parametrize(("action", "after", "end"), [("yes", 5000, "paid to DE12"), ("yes", NEVER, "refused")])
def test_an_unclear_loan_waits_for_a_person(bp_emulator: Any, loan: Any, action: str, after: float, end: str) -> None:
    task = bp_emulator.message("EnsLib.Workflow.TaskResponse", **{"%Action": action})
    targets = {**LOAN, "House Bank": text("100"), "Officers": Answer(task, after=after)}
    run = bp_emulator.run("Sample.LoanApproval", loan(), targets)
    run.assert_completed().assert_ran("Pending", "We will write", "Officer", "Two weeks").assert_traced(end)


def test_a_loan_that_cannot_be_paid_out_closes_the_account(bp_emulator: Any, loan: Any) -> None:
    run = bp_emulator.run("Sample.LoanApproval", loan(), {**LOAN, "Payments": Answer(error="no cover")})
    run.assert_response(Status="later").assert_sent("Accounts", StringValue="close DE12")
    assert "no cover" in run.trace[-1]


def test_an_incomplete_application(bp_emulator: Any, loan: Any) -> None:
    bp_emulator.run("Sample.LoanApproval", loan(Income=0), LOAN).assert_response(Status="incomplete")


def test_an_agency_that_fails_ends_the_application(bp_emulator: Any, loan: Any) -> None:
    run = bp_emulator.run("Sample.LoanApproval", loan(), {**LOAN, "Agency": Answer(error="unknown")})
    run.assert_response(Status="later").assert_not_ran("Decide", "Undo")
