"""What an item names as a target and cannot send to is told when the production starts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens.destinations import missing
from isc.py.ens.exceptions import ProductionError
from isc.py.ens.production import checked_hosts
from isc.py.ens.production_xml import read_xml
from isc.py.objectscript import dictionary

FLOW = """Class t.Flow Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.Request' response='Ens.Response'>
<sequence>
<call name='Known' target='Python'><request type='Ens.Request'/></call>
<call name='Later' target='@process.Name'><request type='Ens.Request'/></call>
<if condition='1'><true><call name='Deep' target='Pyton'><request type='Ens.Request'/></call></true></if>
</sequence>
</process>
}
}
"""
RULE = """Class t.Rule Extends Ens.Rule.Definition
{
XData RuleDefinition
{
<ruleDefinition alias='' context='EnsLib.MsgRouter.RoutingEngine' production=''>
<ruleSet name='' effectiveBegin='' effectiveEnd=''>
<rule name='a'><when condition='1'><send transform='' target='Python,Off'/></when>
<otherwise><send transform='' target='Nowhere'/></otherwise></rule>
</ruleSet>
</ruleDefinition>
}
}
"""
XML = """<Production Name='t.P'>
<Item Name='Files' ClassName='EnsLib.File.PassthroughService'>
<Setting Target='Adapter' Name='FilePath'>in</Setting>
<Setting Target='Host' Name='TargetConfigNames'>Flow,Flaw,Files</Setting></Item>
<Item Name='Flow' ClassName='t.Flow'/>
<Item Name='Router' ClassName='EnsLib.MsgRouter.RoutingEngine'>
<Setting Target='Host' Name='BusinessRuleName'>t.Rule</Setting></Item>
<Item Name='Python' ClassName='isc.py.ens.Operation'>
<Setting Target='Host' Name='AlertOnError'>1</Setting>
<Setting Target='Host' Name='BadMessageHandler'>Bad</Setting></Item>
<Item Name='Off' ClassName='isc.py.ens.Operation' Enabled='false'>
<Setting Target='Host' Name='BadMessageHandler'>Nobody</Setting></Item>
</Production>"""


@pytest.fixture(autouse=True)
def _classes(tmp_path: Path) -> Iterator[None]:
    dictionary.reset()
    (tmp_path / "flow.cls").write_text(FLOW)
    (tmp_path / "rule.cls").write_text(RULE)
    namespace = open_namespace(tmp_path)
    assert [report.error for report in namespace.load_path(tmp_path) if report.error] == []
    yield
    namespace.close()
    dictionary.reset()


def test_targets_that_cannot_be_sent_to_are_named() -> None:
    definition = read_xml("t.P", XML)
    hosts = checked_hosts("t.P", definition)
    told = {item.name: missing(definition, hosts, item) for item in definition.items}
    setting = "setting TargetConfigNames names"
    assert told == {
        "Files": [
            f"{setting} 'Flaw', which the production does not have (did you mean Flow?)",
            f"{setting} 'Files', which is a service: it takes no messages",
        ],
        "Flow": ["call 'Deep' (line 9) names 'Pyton', which the production does not have (did you mean Python?)"],
        "Router": [
            "rule t.Rule names 'Off', which is not enabled: what is sent to it is an error",
            "rule t.Rule names 'Nowhere', which the production does not have",
        ],
        "Python": [
            "setting BadMessageHandler names 'Bad', which the production does not have",
            "AlertOnError: the production has no item Ens.Alert to get alerts: events tell of them",
        ],
        "Off": [],
    }


def test_all_that_does_not_fit_is_told_at_once() -> None:
    text = XML.replace(">Flow,Flaw,Files<", "><").replace("t.Flow", "t.Flown").replace(">1<", ">maybe<")
    with pytest.raises(ProductionError) as caught:
        checked_hosts("t.P", read_xml("t.P", text))
    first, *lines = str(caught.value).splitlines()
    assert first == "3 items of production t.P do not fit"
    assert ["TargetConfigNames is empty" in lines[0], "no class 't.Flown'" in lines[1], "'maybe'" in lines[2]] == [
        True
    ] * 3
