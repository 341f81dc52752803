from typing import Any

import pytest
from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.engine import Engine, Reply, Send, Timer, Traced
from isc.py.bpl.exceptions import ActivityError, BPLError
from isc.py.bpl.program import program_of
from isc.py.msg import ExecutionRequest, Message, Response, StringRequest, StringResponse

CALL = """<call name='{name}' target='{target}' async='{later}'>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='{value}'/></request>
<response type='Ens.StringResponse'><assign property='context.{into}' value='callresponse.StringValue'/></response>
</call>"""
CONTEXT = "<property name='A' type='%String'/><property name='B' type='%String'/>"
CONTEXT += "<property name='N' type='%Integer' initialexpression='1'/>"


def call(name: str, into: str, later: int = 0, target: str = "Op", value: str = "request.StringValue") -> str:
    return CALL.format(name=name, into=into, later=later, target=target, value=value)


def upper(request: Message) -> Message:
    assert isinstance(request, StringRequest)
    return StringResponse(StringValue=request.StringValue.upper())


def test_a_process_assigns_branches_calls_and_replies(process_class: Any) -> None:
    process_class(
        call("First", "A")
        + """<if name='Check' condition='context.A="HI"&amp;&amp;(process.Limit>5)'>
<true><assign name='Yes' property='context.B' value='context.A_"!"'/></true>
<false><assign name='No' property='context.B' value='"no"'/></false></if>
<switch name='Which'><case condition='context.N=2' name='two'><trace value='"two"'/></case>
<case condition='context.N=1' name='one'><trace value='"one"'/></case>
<default><trace value='"other"'/></default></switch>
<code name='Run'><![CDATA[ set context.N=..Double(context.N)+3 ]]></code>
<assign name='Out' property='response.StringValue' value='context.B_context.N'/>""",
        CONTEXT,
    )
    run = BPEmulator.Run("t.Process", StringRequest(StringValue="hi"), {"Op": upper})
    assert run.error == ""
    assert run.response == StringResponse(StringValue="HI!5")
    assert run.trace == ["one"]
    assert "No" not in run.activities


def test_asynchronous_calls_go_out_together_and_sync_waits_for_all(process_class: Any) -> None:
    cls = process_class(
        call("One", "A", 1) + call("Two", "B", 1) + "<sync name='Both' calls='One,Two' type='all'/>"
        "<assign name='Out' property='response.StringValue' value='context.A_context.B_synctimedout'/>",
        CONTEXT,
    )
    engine = Engine(program_of(cls))
    instance = engine.begin(cls._New(), StringRequest(StringValue="x"))
    sends = engine.advance(instance)
    assert [(send.name, send.is_async) for send in sends if isinstance(send, Send)] == [("One", True), ("Two", True)]
    assert instance.waiting == [1, 2]
    engine.deliver(instance, 2, StringResponse(StringValue="b"))
    assert engine.advance(instance) == []
    engine.deliver(instance, 1, StringResponse(StringValue="a"))
    assert engine.advance(instance) == [Reply(StringResponse(StringValue="ab0"))]


def test_calls_that_take_too_long_leave_synctimedout(process_class: Any) -> None:
    cls = process_class(
        call("One", "A", 1) + "<sync name='S' calls='One' type='all' timeout='\"PT1M\"'/>"
        "<assign name='Out' property='response.StringValue' value='synctimedout'/>",
        CONTEXT,
    )
    engine = Engine(program_of(cls))
    instance = engine.begin(cls._New(), StringRequest(StringValue="x"))
    timer = engine.advance(instance)[-1]
    assert timer == Timer(2, 60)
    assert engine.elapsed(instance, 2)
    assert not engine.elapsed(instance, 2)
    (reply,) = engine.advance(instance)
    assert isinstance(reply, Reply)
    assert reply.response.check() == StringResponse(StringValue="1")


def test_an_instance_that_is_written_and_read_at_every_stop_runs_the_same(process_class: Any) -> None:
    cls = process_class(
        "<assign name='L' property='context.L' value='\"x\"' action='append'/>"
        + call("One", "A")
        + call("Two", "B", 1, value="context.A")
        + "<trace value='context.A'/><sync name='S' calls='Two' type='all'/>"
        "<assign name='P' property='process.Folder' value='\"there\"'/>"
        + call("Three", "A", value="process.Folder")
        + "<assign name='Out' property='response.StringValue' value='context.A_context.B_context.L.Count()'/>",
        CONTEXT + "<property name='L' type='%String' collection='list'/>",
    )
    cls._state = lambda self: {"Folder": self.Folder}
    engine = Engine(program_of(cls))
    instance = engine.begin(cls._New(), StringRequest(StringValue="x"))
    answers: list[Send] = []
    trace: list[str] = []
    for _ in range(20):
        for effect in engine.advance(instance):
            if isinstance(effect, Send):
                answers.append(effect)
            elif isinstance(effect, Traced):
                trace.append(effect.text)
            else:
                assert effect.response == StringResponse(StringValue="THEREX1")
                assert trace == ["X"]
                return
        instance = engine.restore(cls._New(), instance.to_json())
        send = answers.pop(0)
        engine.deliver(instance, send.number, upper(send.request))
        instance = engine.restore(cls._New(), instance.to_json())
    pytest.fail("the process did not end")


def test_a_target_behind_an_at_sign_is_an_expression(process_class: Any) -> None:
    process_class(call("One", "A", target="@process.Folder"), CONTEXT)
    run = BPEmulator.Run("t.Process", StringRequest(StringValue="x"), {"/tmp/": upper})
    assert run.context["A"] == "X"


def test_disabled_activities_are_left_out(process_class: Any) -> None:
    process_class("<trace disabled='true' value='\"no\"'/><trace value='\"yes\"'/>")
    assert BPEmulator.Run("t.Process", StringRequest()).trace == ["yes"]


def test_python_code_has_the_same_names_in_scope(process_class: Any) -> None:
    process_class("<code name='P' languageOverride='python'>\n  context.A = request.StringValue * 2\n</code>", CONTEXT)
    assert BPEmulator.Run("t.Process", StringRequest(StringValue="ab")).context["A"] == "abab"


@pytest.mark.parametrize(
    ("body", "mentions"),
    [
        ("<foreach name='Each'/>", ["<foreach> 'Each' has no attribute 'property'", "line 14"]),
        ("<forall name='Each'/>", ["<forall> is not supported in <sequence>", "line 14"]),
        ("<assign name='X' property='context.' value='1'/>", ["<SYNTAX>", "assign 'X' of t.Process, line 14"]),
        ("<if name='C' condition='1+'/>", ["<SYNTAX>", "if 'C' of t.Process, line 14", "1+"]),
        ("<code name='K'> set x= </code>", ["<SYNTAX>", "code 'K'"]),
        ("<code name='K' languageOverride='python'>x = (</code>", ["code 'K'", "never closed"]),
        ("<assign name='X' property='x'/>", ["no attribute 'value'", "line 14"]),
        ("<sync name='S' calls='No' type='some'/>", ["sync type 'some'"]),
        ("<break/>", ["stands in no loop"]),
        ("<branch condition='1' label='L'/>", ["no label 'L'"]),
        ("<compensate target='H'/>", ["no compensation handler 'H'"]),
        ("<delay name='D'/>", ["either duration or until"]),
        ("<label name='L'/><label name='L'/>", ["another label"]),
        ("<sql><![CDATA[]]></sql>", ["an SQL statement was expected"]),
        ("<branch condition='1' label='L'/><scope><label name='L'/></scope>", ["is inside a scope"]),
        ("<call name='C' target='T'/>", ["no <request"]),
        ("<assign name='X' property='x' value='1' action='double'/>", ["assign action 'double'"]),
        ("<b", ["no XML", "line 15"]),
    ],
)
def test_what_cannot_run_is_refused_at_load_by_name_and_line(
    process_class: Any, body: str, mentions: list[str]
) -> None:
    with pytest.raises(BPLError) as caught:
        program_of(process_class(body))
    for mention in mentions:
        assert mention in str(caught.value)


@pytest.mark.parametrize(
    ("body", "mentions"),
    [
        (
            "<assign name='X' property='context.Missing' value='1'/>",
            ["<PROPERTY DOES NOT EXIST> Missing", "it has A, B, N", "assign 'X' of t.Process, line 14"],
        ),
        ("<assign name='X' property='context.A' value='nothing'/>", ["<UNDEFINED> nothing", "line 14"]),
        (
            "<call name='C' target='Op'><request type='no.Such'/></call>",
            ["<CLASS DOES NOT EXIST> no.Such", "call 'C'"],
        ),
        (
            "<call name='C' target='Op'><request type='isc.py.msg.QueryRequest'/></call>",
            ["isc.py.msg.QueryRequest.Variable", "call 'C'"],
        ),
        (call("C", "A", target="Nobody"), ["'Nobody', which has no target"]),
    ],
)
def test_what_fails_at_run_time_names_activity_line_and_reason(
    process_class: Any, body: str, mentions: list[str]
) -> None:
    process_class(body, CONTEXT)
    run = BPEmulator.Run("t.Process", StringRequest(StringValue="x"), {"Op": upper})
    for mention in mentions:
        assert mention in run.error


def test_an_error_of_a_call_ends_the_process_with_its_text(process_class: Any) -> None:
    cls = process_class(call("C", "A"), CONTEXT)
    engine = Engine(program_of(cls))
    instance = engine.begin(cls._New(), StringRequest())
    engine.advance(instance)
    with pytest.raises(ActivityError, match=r"call 'C' of t.Process, line 14: Op answered with an error: broken"):
        engine.fail(instance, 1, "broken")
    assert instance.done


def test_request_objects_of_any_class_are_built(process_class: Any) -> None:
    process_class(
        "<call name='C' target='Op'><request type='isc.py.msg.ExecutionRequest'>"
        "<assign property='callrequest.Code' value='\"x=1\"'/></request></call>"
    )
    seen: list[Message] = []

    def answer(request: Message) -> Message:
        seen.append(request)
        return Response()

    assert BPEmulator.Run("t.Process", StringRequest(), {"*": answer}).error == ""
    assert seen == [ExecutionRequest(Code="x=1")]
