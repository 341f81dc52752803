"""Routers in a running production: rules decide, transformations change, targets receive."""

from collections.abc import Callable

import pytest
from isc.py.ens import Director, MessageFailedError, ProductionError
from isc.py.msg import Request, Response, StringRequest, StringResponse
from isc.py.msg.hl7 import HL7Message

Start = Callable[..., Director]

ADT = "\r".join(
    [
        r"MSH|^~\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A04^ADT_A01|MSG001|P|2.5",
        "PID|1||100^^^MR||DOE^JOHN",
        "PV1|1|I",
    ]
)
OPERATION = """Class t.Echo Extends Ens.BusinessOperation
{
Property Prefix As %String [ InitialExpression = "echo" ];
Method OnMessage(pRequest, Output pResponse) As %Status
{
    set pResponse = ##class(Ens.StringResponse).%New()
    if pRequest.%IsA("EnsLib.HL7.Message") {
        set pResponse.StringValue = ..Prefix_":"_pRequest.{PID:5.1}
    } else {
        set pResponse.StringValue = ..Prefix_":"_pRequest.StringValue
    }
    quit $$$OK
}
}
"""
BROKEN = """Class t.Broken Extends Ens.BusinessOperation
{
Method OnMessage(pRequest, Output pResponse) As %Status
{
    quit $$$ERROR($$$GeneralError, "out of order")
}
}
"""
RULES = """Class t.Rules Extends Ens.Rule.Definition
{
Parameter RuleAssistClass = "EnsLib.HL7.MsgRouter.RuleAssist";
XData RuleDefinition [ XMLNamespace = "http://www.intersystems.com/rule" ]
{
<ruleDefinition alias="" context="EnsLib.HL7.MsgRouter.RoutingEngine" production="t.Production">
<ruleSet name="" effectiveBegin="" effectiveEnd="">
<rule name="admissions"><constraint name="msgClass" value="EnsLib.HL7.Message"/>
<constraint name="docName" value="ADT_A01,ADT_A04"/>
<when condition="HL7.{PV1:PatientClass}=&quot;I&quot;">
<trace value="&quot;inpatient &quot;_Document.{PID:5.1}"/>
<send transform="t.Shout" target="One,Two"/><send transform="" target="One"/></when>
<otherwise><delete/></otherwise></rule>
<rule name="texts"><constraint name="source" value="External"/>
<constraint name="msgClass" value="Ens.StringRequest"/>
<when condition="Document.StringValue=&quot;broken&quot;"><send transform="" target="Broken"/><return/></when>
<when condition="Document.StringValue=&quot;bad&quot;"><send transform="t.Bad" target="One"/><return/></when>
<when condition="Document.StringValue=&quot;lost&quot;"><send transform="" target="Nobody"/><return/></when>
<when condition="$length(Document.StringValue)&gt;2"><send transform="" target="Two"/></when></rule>
</ruleSet>
</ruleDefinition>
}
}
"""
SHOUT = """Class t.Shout Extends Ens.DataTransformDTL
{
XData DTL [ XMLNamespace = "http://www.intersystems.com/dtl" ]
{
<transform sourceClass='EnsLib.HL7.Message' targetClass='EnsLib.HL7.Message' sourceDocType='2.5:ADT_A01'
 targetDocType='2.5:ADT_A01' create='copy' language='objectscript'>
<trace value='"shouting"'/>
<assign value='source.{PID:5.1}_"!"' property='target.{PID:5.1}'/>
</transform>
}
}
"""
BAD = """Class t.Bad Extends Ens.DataTransformDTL
{
XData DTL
{
<transform sourceClass='Ens.StringRequest' targetClass='Ens.StringRequest' create='new'>
<assign value='source.Nothing' property='target.StringValue'/>
</transform>
}
}
"""


def items(engine: str = "EnsLib.HL7.MsgRouter.RoutingEngine", **settings: str) -> str:
    made = {"BusinessRuleName": "t.Rules", **settings}
    texts = "".join(f'<Setting Target="Host" Name="{name}">{value}</Setting>' for name, value in made.items())
    return f"""<Item Name="Router" ClassName="{engine}">{texts}</Item>
<Item Name="One" ClassName="t.Echo"><Setting Target="Host" Name="Prefix">one</Setting></Item>
<Item Name="Two" ClassName="t.Echo"><Setting Target="Host" Name="Prefix">two</Setting></Item>
<Item Name="Broken" ClassName="t.Broken"></Item>"""


def routed(start: Start, engine: str = "EnsLib.HL7.MsgRouter.RoutingEngine", **settings: str) -> Director:
    return start(OPERATION, BROKEN, RULES, SHOUT, BAD, items=items(engine, **settings))


def hl7(text: str = ADT, doc_type: str = "2.5:ADT_A01") -> HL7Message:
    return HL7Message(RawContent=text, DocType=doc_type)


def sent(director: Director) -> list[tuple[str, str]]:
    """The requests that the router sent, once all have an answer: target and what the target made of it."""
    trace = director.bank.trace()
    assert trace is not None
    answers = {message.corresponding: message.body for message in trace.messages if message.kind == "Response"}
    return [
        (message.target, answers.get(message.id, ""))
        for message in trace.messages
        if message.kind == "Request" and message.source == "Router"
    ]


def test_a_message_goes_transformed_where_the_rule_says(start: Start) -> None:
    director = routed(start)
    assert director.send_sync("Router", hl7(), timeout=30) == Response()
    director.stop()
    director.start()
    assert sent(director) == [
        ("One", '{"StringValue":"one:DOE!"}'),
        ("Two", '{"StringValue":"two:DOE!"}'),
        ("One", '{"StringValue":"one:DOE"}'),
    ]
    trace = director.bank.trace()
    assert trace is not None
    assert [event.text for event in trace.events if event.level == "trace"] == ["inpatient DOE", "shouting"]


def test_constraints_and_conditions_choose(start: Start) -> None:
    director = routed(start, ResponseFrom="*")
    assert director.send_sync("Router", StringRequest(StringValue="abc"), timeout=30) == StringResponse(
        StringValue="two:abc"
    )
    assert sent(director) == [("Two", '{"StringValue":"two:abc"}')]
    assert director.send_sync("Router", StringRequest(StringValue="a"), timeout=30) == Response()
    trace = director.bank.trace()
    assert trace is not None
    assert [event.text for event in trace.events] == ["t.Rules sends the message nowhere, and no rule applied"]
    assert director.send_sync("Router", hl7(ADT.replace("|I", "|O")), timeout=30) == Response()
    assert sent(director) == []
    assert director.send_sync("Router", Request(), timeout=30) == Response()


def test_the_response_of_the_wanted_target_is_given_back(start: Start) -> None:
    director = routed(start, ResponseFrom="Two", ForceSyncSend="1", ResponseTargetConfigNames="One")
    assert director.send_sync("Router", hl7(), timeout=30) == StringResponse(StringValue="two:DOE!")
    director.stop()
    director.start()
    assert [target for target, _ in sent(director)] == ["One", "Two", "One", "One"]
    assert ("One", '{"StringValue":"one:two:DOE!"}') in sent(director)


def test_what_cannot_be_routed_is_an_error_that_says_why(start: Start) -> None:
    director = routed(start, ResponseFrom="*")
    for text, reason in [
        ("broken", "Router: Broken answered with an error: .*out of order"),
        ("bad", "Router: .*assign at line 6 of t.Bad"),
        ("lost", "Router, send to Nobody: .*no enabled item 'Nobody'"),
    ]:
        with pytest.raises(MessageFailedError, match=reason):
            director.send_sync("Router", StringRequest(StringValue=text), timeout=30)


def test_a_transformation_that_fails_may_be_told_only(start: Start) -> None:
    director = routed(start, ActOnTransformError="0", RuleLogging="1")
    assert director.send_sync("Router", StringRequest(StringValue="bad"), timeout=30) == Response()
    trace = director.bank.trace()
    assert trace is not None
    assert [event.text[:20] for event in trace.events] == [
        "rule#2(texts):when#2",
        "rule#2:when#2: <PROP",
        "t.Rules sends the me",
    ]


def test_a_document_that_does_not_pass_goes_to_the_handler(start: Start) -> None:
    director = routed(start, Validation="dm-z", BadMessageHandler="Two")
    for message, reason in [
        (hl7(doc_type=""), "it has no DocType"),
        (hl7(doc_type="2.5:XYZ_X01"), "DocType '2.5:XYZ_X01' is not known"),
        (hl7(ADT + "\rOBR|1"), "its segment OBR stands where structure ADT_A01 has none"),
        (hl7(ADT + "\rZZZ|1"), "its segment ZZZ is not in structure ADT_A01"),
    ]:
        director.send_sync("Router", message, timeout=30)
        trace = director.bank.trace()
        assert trace is not None
        assert [event.text for event in trace.events] == [f"the message goes to Two: {reason}"]
        assert [target for target, _ in sent(director)] == ["Two"]
    director.send_sync("Router", hl7(), timeout=30)
    assert [target for target, _ in sent(director)] == ["One", "Two", "One"]


def test_a_refused_document_without_a_handler_is_an_error(start: Start) -> None:
    director = routed(start, Validation="d")
    with pytest.raises(MessageFailedError, match="Router: the message is refused: it has no DocType"):
        director.send_sync("Router", hl7(doc_type=""), timeout=30)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "item 'Router': EnsLib.MsgRouter.RoutingEngine has no BusinessRuleName"),
        ("t.Missing", "item 'Router': <CLASS DOES NOT EXIST> t.Missing"),
    ],
)
def test_a_router_without_a_rule_does_not_start(start: Start, rule: str, reason: str) -> None:
    with pytest.raises(ProductionError, match=reason):
        start(OPERATION, BROKEN, items=items("EnsLib.MsgRouter.RoutingEngine", BusinessRuleName=rule))
