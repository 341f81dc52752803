import pytest
from isc.py.ens.exceptions import ProductionError
from isc.py.ens.hl7_ack import conditions
from isc.py.ens.policy import FailurePolicy, Reply, Verdict, reply_code_actions
from isc.py.msg.hl7 import HL7Message

HL7 = ":?R=RF,:?E=S,:~=S,:?A=C,:*=S,:I?=W"


def decide(actions: str, reply: Reply, elapsed: float = 0.0, timeout: float = 15.0) -> Verdict:
    return FailurePolicy(reply_code_actions(actions), 5.0, timeout).decide(reply, elapsed)


@pytest.mark.parametrize(
    ("actions", "reply", "action"),
    [
        ("", Reply("it broke"), "F"),
        ("", Reply(), "C"),
        ("E=R", Reply("it broke"), "R"),
        ("E=S", Reply("it broke"), "S"),
        ("E=D", Reply("it broke"), "D"),
        ("E=C", Reply("it broke"), "C"),
        ("E*timed out=R,E=S", Reply("the call Timed Out"), "R"),
        ("E*timed out=R,E=S", Reply("refused"), "S"),
        ("E#5001=R,E=F", Reply("x", codes=(5001,)), "R"),
        ("E#5001=R,E=F", Reply("x", codes=(5002,)), "F"),
        ("(E*a,E*b)=S", Reply("b"), "S"),
        ("X=F", Reply(is_missing=True), "F"),
        ("", Reply(is_missing=True), "C"),
        (HL7, Reply(acknowledgements=(":AA",)), "C"),
        (HL7, Reply(acknowledgements=(":CE",)), "S"),
        (HL7, Reply(acknowledgements=(":AR",)), "R"),
        (HL7, Reply(acknowledgements=(":ZZ",)), "S"),
        (HL7, Reply(acknowledgements=(":~",)), "S"),
        ("", Reply("unreachable", wants_retry=True), "R"),
        ("E=R", Reply("no", wants_suspension=True), "S"),
    ],
)
def test_the_condition_that_fits_says_what_to_do(actions: str, reply: Reply, action: str) -> None:
    assert decide(actions, reply).action == action


def test_retries_end_at_the_failure_timeout_with_the_other_action() -> None:
    reply = Reply("no")
    assert decide("E=RS", reply, elapsed=10).action == "R"
    assert decide("E=RS", reply, elapsed=10.1).action == "S"
    assert decide("E=R", reply, elapsed=11).action == "F"
    assert decide("E=R", reply, elapsed=10**6, timeout=-1).action == "R"
    assert decide("", Reply(wants_retry=True), elapsed=11).action == "F"


@pytest.mark.parametrize(
    ("sent", "came", "found"),
    [
        ("ADT^A01", "ACK^A01", (":AA",)),
        ("ADT^A01", "ORR^O02", (":AA", ":T?")),
        ("ORM^O01", "ORR^O02", (":AA",)),
        ("ORM^O01", "ACK", (":AA", ":T?")),
        ("QBP^Q11", "RSP^K11", (":AA",)),
        ("ZZZ^Z01", "ORR^O02", (":AA",)),
    ],
)
def test_a_reply_of_another_type_than_the_message_has(sent: str, came: str, found: tuple[str, ...]) -> None:
    header = "MSH|^~\\&|A|B|C|D|20260101||{}|7|P|2.5\r"
    request = HL7Message(RawContent=header.format(sent))
    reply = HL7Message(RawContent=header.format(came) + "MSA|AA|7\r")
    assert conditions(request, reply) == found
    assert decide(HL7, Reply(acknowledgements=found)).action == "C"
    assert decide(f"{HL7},:T?=S", Reply(acknowledgements=found)).action == ("S" if ":T?" in found else "C")


def test_a_warning_alone_completes_the_message() -> None:
    assert decide("E=W", Reply("no")) == Verdict("C", warns=True)
    assert decide(HL7, Reply(acknowledgements=(":AA", ":I?"))) == Verdict("C", warns=True)


@pytest.mark.parametrize("text", ["E", "E=Q", "Q=R", ":?R", "E=R;X=F", ":?RR=F", ":E?=W"])
def test_what_does_not_fit_the_syntax_is_refused_by_its_part(text: str) -> None:
    with pytest.raises(ProductionError, match="ReplyCodeActions: '"):
        reply_code_actions(text)
