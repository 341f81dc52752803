"""Persistent classes as messages: what a production sends need not extend Ens.Request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.bpl.emulator import BPEmulator
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.ens import Director
from isc.py.msg import MessageError, StringRequest, wire
from isc.py.msg.bodies import as_message
from isc.py.objectscript import dictionary

CLASSES = {
    "Part": """Class Demo.Part Extends (%Persistent, Ens.Util.MessageBodyMethods)
{
Property Name As %String(MAXLEN = 10) [ Required ];
Property Tags As list Of %String;
Property Size As Demo.Size;
Parameter COLOUR = "red";
Method Shout() As %String
{
    quit $zconvert(..Name, "U")
}
}
""",
    "Size": """Class Demo.Size Extends %SerialObject
{
Property Width As %Integer;
}
""",
    "Process": """Class Demo.Process Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Demo.Part' response='Demo.Part'>
<context><property name='Part' type='Demo.Part'/><property name='Kept' type='%String'/></context>
<sequence>
<code name='Make'><![CDATA[
 set context.Part = ##class(Demo.Part).%New()
 set context.Part.Name = request.Shout(), context.Part.Size.Width = request.Size.Width + 1
 do context.Part.Tags.Insert($parameter(request,"COLOUR"))
]]></code>
<call name='Send' target='Store' async='0'><request type='Demo.Part'>
<assign property='callrequest' value='context.Part' action='set'/></request>
<response type='Demo.Part'><assign property='context.Part' value='callresponse' action='set'/></response></call>
<delay name='Keep' duration='.01'/>
<assign name='Name' property='response.Name' value='context.Part.Name' action='set'/>
<assign name='Tags' property='response.Tags' value='context.Part.Tags.GetAt(1)' action='append'/>
</sequence></process>
}
}
""",
    "Store": """Class Demo.Store Extends Ens.BusinessOperation
{
Method OnMessage(request As Demo.Part, Output response As Demo.Part) As %Status
{
    set response = ##class(Demo.Part).%New()
    set response.Name = request.Name_request.Size.Width
    do response.Tags.Insert($classname(request))
    quit $$$OK
}
}
""",
    "Production": """Class Demo.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="Demo.Production"><Item Name="Process" ClassName="Demo.Process"/>
<Item Name="Store" ClassName="Demo.Store"/></Production>
}
}
""",
}
PART = '{"Name": "nut", "Size": {"Width": 4}}'


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    with use(open_namespace(tmp_path)) as opened:
        for name, text in CLASSES.items():
            (tmp_path / f"{name}.cls").write_text(text)
        assert [report.error for report in opened.load_path(tmp_path)] == [""] * len(CLASSES)
        yield opened
    opened.close()
    dictionary.reset()


@pytest.mark.usefixtures("namespace")
def test_an_object_of_a_persistent_class_is_a_message() -> None:
    made: Any = dictionary.resolve("Demo.Part")._New()  # type: ignore[attr-defined]  # a built class
    made.Name = "nut"
    message = as_message(made)
    assert message is not None
    again: Any = wire.load(wire.dump(message))
    assert again == message
    assert again.Shout() == "NUT"
    assert again._Extends("%Library.Persistent") == 1
    assert as_message(dictionary.resolve("Demo.Size")._New()) is None  # type: ignore[attr-defined]  # a built class


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "Name"),
        ('{"Name": "much too long"}', "MAXLEN"),
        ('{"Nam": 1}', "no property 'Nam'"),
        ("[]", "Demo.Part"),
    ],
)
def test_one_that_is_not_what_its_class_says_is_refused(text: str, told: str) -> None:
    with pytest.raises(MessageError, match=told):
        wire.message_of("Demo.Part", text).check()


@pytest.mark.usefixtures("namespace")
def test_a_process_takes_sends_and_gives_one() -> None:
    request = wire.message_of("Demo.Part", PART)
    run = BPEmulator.Run("Demo.Process", request, {"Store": "Demo.Store"}).assert_completed()
    run.assert_sent("Store", Name="NUT").assert_response(Name="NUT5")
    assert BPEmulator.Run("Demo.Process", StringRequest(), {"*": None}).error


def test_a_production_keeps_and_delivers_one(namespace: EmbeddedNamespace) -> None:
    with Director("Demo.Production", namespace.folder, control=False) as director:
        answer: Any = director.send_sync("Process", wire.message_of("Demo.Part", PART), timeout=30)
    assert answer.Name == "NUT5"
    assert list(answer.Tags) == ["Demo.Part"]
