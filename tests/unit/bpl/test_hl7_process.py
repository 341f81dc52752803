"""A process of HL7: virtual properties in its texts, a transformation and a rule among its activities."""

from datetime import datetime
from typing import Any

import pytest
from isc.py.bpl.emulator import BPEmulator, VirtualClock
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.msg import StringResponse
from isc.py.msg.hl7 import HL7Message
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

ADT = "\r".join(
    [
        r"MSH|^~\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A01|MSG001|P|2.5",
        "PID|1||100^^^MR~200^^^SS||DOE^JOHN",
        "PV1|1|I",
    ]
)
PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{
XData BPL [ XMLNamespace = "http://www.intersystems.com/bpl" ]
{
<process language='objectscript' request='EnsLib.HL7.Message' response='Ens.StringResponse'>
<context><property name='Name' type='%String'/><property name='Class' type='%String'/>
<property name='Where' type='%String'/><property name='Why' type='%String'/>
<property name='Out' type='EnsLib.HL7.Message'/><property name='n' type='%Integer' initialexpression='2'/></context>
<sequence>
<assign property='context.Name' value='request.{PID:5.1}_request.{PID:3(context.n).1}'/>
<assign property='context.Class' value='request.{PV1:PatientClass}'/>
<transform name='Mark' class='t.Mark' source='request' target='context.Out'/>
<assign property='context.Out.{PV1:3.1}' value='"W1"'/>
<rule name='Route' rule='t.Route' ruleContext='context' resultLocation='context.Where' reasonLocation='context.Why'/>
<if condition='context.Out.{PID:5.1}="DOE!"'><true>
<call name='Send' target='@context.Where' async='0'><request type='EnsLib.HL7.Message'>
<assign property='callrequest' value='context.Out'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse'/></response></call>
</true></if>
</sequence>
</process>
}
}
"""
MARK = """Class t.Mark Extends Ens.DataTransformDTL
{
XData DTL
{
<transform sourceClass='EnsLib.HL7.Message' targetClass='EnsLib.HL7.Message' create='copy'>
<assign value='source.{PID:5.1}_"!"' property='target.{PID:5.1}'/><trace value='"marked"'/>
</transform>
}
}
"""
ROUTE = """Class t.Route Extends Ens.Rule.Definition
{
XData RuleDefinition
{
<ruleDefinition>
<ruleSet name="day" effectiveEnd="2026-06-01"><rule><when condition="Class=&quot;I&quot;">
<return value="&quot;Ward&quot;"/></when></rule></ruleSet>
<ruleSet name="later" effectiveBegin="2026-06-01"><return value="&quot;Archive&quot;"/></ruleSet>
</ruleDefinition>
}
}
"""


@pytest.mark.parametrize(
    ("start", "target", "why"), [("2026-01-01", "Ward", "rule#1:when#1"), ("2026-07-01", "Archive", "")]
)
def test_a_process_reads_transforms_and_routes_hl7(
    namespace: EmbeddedNamespace, start: str, target: str, why: str
) -> None:
    for text in (MARK, ROUTE, PROCESS):
        definition = parse_class(text, source="t.cls")
        dictionary.register(definition.name, build(definition))
    received: list[Any] = []

    def answer(request: Any) -> StringResponse:
        received.append(request)
        return StringResponse(StringValue="done")

    clock = VirtualClock(datetime.fromisoformat(start))
    run = BPEmulator.Run("t.Process", HL7Message(RawContent=ADT + "\r"), {target: answer}, clock=clock)
    assert run.error == ""
    assert run.response == StringResponse(StringValue="done")
    assert received[0].RawContent.split("\r")[1:3] == ["PID|1||100^^^MR~200^^^SS||DOE!^JOHN", "PV1|1|I|W1"]
    assert (run.context["Name"], run.context.get("Why", "")) == ("DOE200", why)
    assert run.trace == ["marked"]
