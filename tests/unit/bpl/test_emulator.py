import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from isc.py.bpl.coverage import Coverage
from isc.py.bpl.emulator import NEVER, Answer, BPEmulator, Real, VirtualClock
from isc.py.bpl.exceptions import BPLError, EmulatorError
from isc.py.ens import BusinessOperation
from isc.py.msg import ExecutionRequest, Message, Response, StringRequest, StringResponse
from isc.py.objectscript import dictionary

CONTEXT = "<property name='A' type='%String'/><property name='B' type='%String'/><property name='N' type='%Integer'/>"
OUT = "<assign name='Out' property='response.StringValue' value='context.A'/>"


def call(name: str, target: str = "Op", later: int = 0, into: str = "A", timeout: str = "") -> str:
    timed = f" timeout='{timeout}'" if timeout else ""
    return f"""<call name='{name}' target='{target}' async='{later}'{timed}>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='request.StringValue'/></request>
<response type='Ens.StringResponse'><assign property='context.{into}' value='callresponse.StringValue'/></response>
</call>"""


def answer(text: str) -> StringResponse:
    return StringResponse(StringValue=text)


class Shout(BusinessOperation):
    def on_request(self, request: Message) -> Message:
        assert isinstance(request, StringRequest)
        return answer(request.StringValue.upper())


class Plain:
    def on_request(self, request: Message) -> Message:
        return answer("plain")


def test_a_target_is_a_message_a_function_a_class_or_the_name_of_one(process_class: Any, tmp_path: Path) -> None:
    process_class(call("C") + OUT, CONTEXT)
    dictionary.register("t.Shout", Shout)
    recorded = tmp_path / "answers.json"
    recorded.write_text(json.dumps([{"class": "Ens.StringResponse", "properties": {"StringValue": "file"}}]))
    for target, expected in [
        (answer("x"), "x"),
        (lambda request: answer(request.StringValue * 2), "hihi"),
        (Shout, "HI"),
        (Plain, "plain"),
        (Plain(), "plain"),
        ("t.Shout", "HI"),
        (Real("t.Shout", {}), "HI"),
        (recorded, "file"),
        ([answer("first"), answer("second")], "first"),
        (Answer(answer("later"), after=5), "later"),
    ]:
        run = BPEmulator.Run("t.Process", StringRequest(StringValue="hi"), {"Op": target})
        run.assert_response(StringValue=expected)


def test_the_real_operation_executes_python_in_this_process(process_class: Any) -> None:
    process_class(
        "<call name='C' target='Py'><request type='isc.py.msg.ExecutionRequest'>"
        "<assign property='callrequest.Code' value='\"x=6*7\"'/>"
        "<assign property='callrequest.Variables' value='\"x\"'/></request>"
        "<response type='isc.py.msg.ExecutionResponse'>"
        "<assign property='context.A' value='callresponse.Variables.GetAt(\"x\")'/></response></call>",
        CONTEXT,
    )
    run = BPEmulator.Run("t.Process", StringRequest(), {"Py": "isc.py.ens.Operation"})
    run.assert_completed().assert_context(A=42).assert_sent("Py", Code="x=6*7")
    assert isinstance(run.requests("Py")[0], ExecutionRequest)


def test_hours_of_waiting_pass_in_milliseconds(process_class: Any) -> None:
    process_class(
        call("Slow", later=1)
        + call("Fast", "Quick", later=1, into="B")
        + "<sync name='S' calls='Slow,Fast' type='all' timeout='7200'/>"
        "<assign name='T' property='context.N' value='synctimedout'/>",
        CONTEXT,
    )
    clock = VirtualClock(datetime(2026, 1, 1))
    targets = {"Op": Answer(answer("late"), after=3600), "Quick": Answer(answer("soon"), after=60)}
    run = BPEmulator.Run("t.Process", StringRequest(), targets, clock=clock)
    run.assert_context(A="late", B="soon", N=0)
    assert (run.elapsed, clock.now) == (3600, datetime(2026, 1, 1, 1))


@pytest.mark.parametrize("after", [7201, NEVER])
def test_a_sync_goes_on_without_the_answer_that_is_too_late(process_class: Any, after: float) -> None:
    process_class(
        call("Slow", later=1) + "<sync name='S' calls='Slow' type='all' timeout='7200'/>"
        "<assign name='T' property='context.N' value='synctimedout'/>",
        CONTEXT,
    )
    run = BPEmulator.Run("t.Process", StringRequest(), {"Op": Answer(answer("late"), after=after)})
    run.assert_completed().assert_context(N=1)
    assert "A" not in run.context
    assert run.elapsed == 7200


def test_a_call_that_never_answers_and_has_no_timeout_is_named(process_class: Any) -> None:
    process_class(call("C"))
    run = BPEmulator.Run("t.Process", StringRequest(), {"Op": Answer(after=NEVER)})
    run.assert_failed("waits for ['C'], which never answers")


def test_a_run_stops_before_an_activity_is_changed_and_goes_on(process_class: Any) -> None:
    process_class(
        "<assign name='First' property='context.A' value='\"one\"'/>"
        "<if name='Which' condition='context.A=\"one\"'><true><trace name='Yes' value='\"yes\"'/></true>"
        "<false><trace name='No' value='\"no \"_context.A'/></false></if>",
        CONTEXT,
    )
    running = BPEmulator.Start("t.Process", StringRequest())
    assert running.until("Which")
    assert (running.paused_at, running.context.A, running.done) == ("Which", "one", False)
    assert running.result.activities == ["First"]
    running.context.A = "other"
    run = running.finish()
    run.assert_completed().assert_ran("First", "Which", "No").assert_not_ran("Yes").assert_traced("no other")
    assert running.done


def test_a_run_steps_through_a_loop_of_stops_and_says_when_it_has_ended(process_class: Any) -> None:
    process_class("<trace name='A' value='1'/><trace name='B' value='2'/>")
    running = BPEmulator.Start("t.Process", StringRequest())
    seen = []
    while running.step():
        seen.append(running.paused_at)
    assert seen == ["A", "B"]
    assert not running.until("A")
    with pytest.raises(EmulatorError, match=r"no activity 'Z'; it has 'A', 'B'"):
        BPEmulator.Start("t.Process", StringRequest()).until("Z")


def test_a_process_that_is_a_target_runs_with_the_same_targets_and_clock(process_class: Any) -> None:
    inner = process_class(call("Inner") + OUT, CONTEXT)
    dictionary.register("t.Inner", inner)
    process_class(call("Outer", "t.Inner") + OUT, CONTEXT)
    targets = {"Op": Answer(answer("deep"), after=10), "t.Inner": "t.Inner"}
    run = BPEmulator.Run("t.Process", StringRequest(), targets)
    run.assert_response(StringValue="deep")
    assert run.elapsed == 10


def test_processes_that_call_each_other_for_ever_end(process_class: Any) -> None:
    process_class(call("Again", "t.Process"))
    run = BPEmulator.Run("t.Process", StringRequest(), {"*": "t.Process"})
    run.assert_failed("deep; the last is t.Process")


def test_a_failure_names_activity_file_and_line(process_class: Any) -> None:
    process_class("<trace name='Fine' value='1'/>\n<assign name='Bad' property='context.A' value='1/0'/>", CONTEXT)
    run = BPEmulator.Run("t.Process", StringRequest())
    run.assert_failed("<DIVIDE>", "Process.cls:15: assign 'Bad'")
    assert run.failure is not None
    assert (run.failure.file, run.failure.line, run.failure.activity) == ("Process.cls", 15, "Bad")


def test_an_error_of_a_target_fails_the_call_that_got_it(process_class: Any) -> None:
    process_class(call("C"), CONTEXT)

    def broken(_: Message) -> Message:
        raise ValueError("no disk")

    for target in (broken, Answer(error="no disk")):
        run = BPEmulator.Run("t.Process", StringRequest(), {"Op": target})
        run.assert_failed("no disk", "call 'C'", "Process.cls:14")
        assert "no disk" in run.exchanges[0].error


def test_a_step_limit_ends_what_runs_too_long(process_class: Any) -> None:
    process_class("".join(f"<trace name='T{n}' value='{n}'/>" for n in range(30)))
    run = BPEmulator.Run("t.Process", StringRequest(), step_limit=20)
    run.assert_failed("20 activities have run", "'T20'", "endless loop")


def test_responses_in_a_list_are_given_one_after_the_other(process_class: Any) -> None:
    process_class(call("One") + call("Two", into="B") + call("Three"), CONTEXT)
    run = BPEmulator.Run("t.Process", StringRequest(), {"Op": [answer("1"), answer("2")]})
    run.assert_failed("'Op' has 2 responses, and there is one more request").assert_context(A="1", B="2")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (lambda _: "text", "answered with a str"),
        (12, "is a int: give"),
        ("Ens.Request", "is no business operation"),
        (Path("/nowhere.json"), "holds no recorded response"),
    ],
)
def test_what_cannot_answer_is_refused_by_name(process_class: Any, target: Any, reason: str) -> None:
    process_class(call("C"), CONTEXT)
    BPEmulator.Run("t.Process", StringRequest(), {"Op": target}).assert_failed(reason)


def test_expectations_that_do_not_hold_say_what_was_there(process_class: Any) -> None:
    process_class(call("C") + "<trace name='T' value='\"told\"'/>" + OUT, CONTEXT)
    run = BPEmulator.Run("t.Process", StringRequest(StringValue="hi"), {"Op": answer("x")})
    run.assert_sent("Op", StringValue="hi").assert_sent("Op", times=1).assert_sent("Other", times=0)
    for wrong, mention in [
        (lambda: run.assert_failed(), "should have failed"),
        (lambda: run.assert_ran("T", "C"), "'C' did not run after 'T'"),
        (lambda: run.assert_not_ran("T"), "'T' \\(line"),
        (lambda: run.assert_traced("other"), "\\['told'\\]"),
        (lambda: run.assert_sent("Op", StringValue="no"), '"StringValue": ?"hi"'),
        (lambda: run.assert_sent("Op", times=2), "2 requests"),
        (lambda: run.assert_context(A="y"), "context.A is 'x', not 'y'"),
        (lambda: run.assert_context(B="y"), "context.B was not set"),
        (lambda: run.assert_response(StringValue="y"), "the response is Ens.StringResponse"),
        (lambda: run.assert_response(Response()), "the response is Ens.StringResponse"),
    ]:
        with pytest.raises(AssertionError, match=mention):
            wrong()


BRANCHES = """<if name='Check' condition='request.StringValue="a"'><true><trace name='Yes' value='1'/></true></if>
<switch name='Which'><case name='one' condition='request.StringValue="a"'><trace name='T1' value='1'/></case>
<case name='two' condition='request.StringValue="b"'><trace name='T2' value='1'/></case></switch>
<sequence name='Inside'><trace name='T3' value='1'/><trace name='Off' value='1' disabled='1'/></sequence>"""


def test_coverage_counts_activities_and_branches_over_runs(process_class: Any) -> None:
    process_class(BRANCHES)
    coverage = Coverage()
    BPEmulator.Run("t.Process", StringRequest(StringValue="a"), coverage=coverage)
    (measure,) = coverage.measures()
    assert (measure.activities, measure.branches) == ((6, 7), (2, 5))
    assert [str(missed) for missed in measure.missed] == [
        "14: if 'Check' → false",
        "15: switch 'Which' → two",
        "15: switch 'Which' → default",
        "16: trace 'T2'",
    ]
    assert round(measure.percent) == round(100 * 8 / 12)
    again = Coverage()
    again.merge(coverage.to_json())
    for text in ("b", "c"):
        BPEmulator.Run("t.Process", StringRequest(StringValue=text), coverage=again)
    (measure,) = again.measures()
    assert (measure.activities, measure.branches, measure.missed) == ((7, 7), (5, 5), ())
    assert again.percent == 100


@pytest.mark.parametrize("text", ["[", "[]", '{"t.P": {}}'])
def test_coverage_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(EmulatorError, match="no collected coverage"):
        Coverage().merge(text)


def test_a_class_that_was_changed_is_measured_anew(process_class: Any) -> None:
    coverage = Coverage()
    coverage.add_class(process_class("<trace name='A' value='1'/>"))
    BPEmulator.Run("t.Process", StringRequest(), coverage=coverage)
    assert coverage.percent == 100
    process_class("<trace name='A' value='1'/><trace name='B' value='1'/>")
    coverage.add_class(dictionary.resolve("t.Process"))
    assert coverage.percent == 0


def test_a_class_without_bpl_cannot_be_measured() -> None:
    with pytest.raises(BPLError, match="no XData block BPL"):
        Coverage().add_class(StringRequest)


LOOPS = """<while name='W' condition='context.N&lt;2'>
<assign name='Up' property='context.N' value='context.N+1'/></while>
<foreach name='F' property='context.L' key='context.A'><trace name='In' value='context.A'/></foreach>
<flow name='Fl'><sequence name='s1'><delay name='D1' duration='"PT2H"'/></sequence>
<sequence name='s2'><trace name='T2' value='"fast"'/></sequence></flow>
<scope name='Sc'><throw name='Th' fault='"bad"'/><trace name='Never' value='1'/>
<faulthandlers><catch name='C1' fault='"other"'><trace name='TC1' value='1'/></catch>
<catchall name='C2'><trace name='TC2' value='"caught"'/></catchall></faulthandlers></scope>
<until name='U' condition='1'><empty name='E'/></until><label name='L1'/>
<sequence name='Sq'><alert name='Al' value='1'/></sequence>
"""


def test_coverage_knows_loops_threads_scopes_and_their_handlers(process_class: Any) -> None:
    context = CONTEXT + "<property name='L' type='%String' collection='list'/>"
    process_class(LOOPS, context)
    coverage = Coverage()
    run = BPEmulator.Run("t.Process", StringRequest(), coverage=coverage)
    run.assert_completed().assert_traced("fast", "caught")
    assert run.elapsed == 7200
    (measure,) = coverage.measures()
    assert [str(missed).partition(": ")[2] for missed in measure.missed] == [
        "foreach 'F' → body",
        "trace 'In'",
        "scope 'Sc' → catch C1",
        "trace 'Never'",
        "trace 'TC1'",
    ]
