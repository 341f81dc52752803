"""Every element of BPL: what it does, and that a process goes on in another process wherever it was stopped."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.engine import Engine
from isc.py.bpl.program import program_of
from isc.py.msg import StringRequest
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

HOST = Path(__file__).with_name("plain_host.py")
_spec = importlib.util.spec_from_file_location("plain_host", HOST)
assert _spec is not None
assert _spec.loader is not None
plain_host = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(plain_host)

PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{{
Property Limit As %Integer [ InitialExpression = 10 ];
ClassMethod Double(x)
{{
    quit x*2
}}
XData BPL [ XMLNamespace = "http://www.intersystems.com/bpl" ]
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'{more}>
<context>
<property name='A' type='%String'/><property name='B' type='%String'/><property name='K' type='%String'/>
<property name='N' type='%Integer' initialexpression='0'/>
<property name='L' type='%String' collection='list'/><property name='M' type='%String' collection='array'/>
<property name='J' type='%DynamicObject'/>
</context>
<sequence>
{body}
</sequence>
</process>
}}
}}
"""

TRANSFORM = """Class t.Shout Extends Ens.DataTransformDTL
{
XData DTL
{
<transform sourceClass='Ens.StringRequest' targetClass='Ens.StringResponse' create='new' language='objectscript'>
<trace value='"in the transform"'/>
<assign value='source.StringValue_"!"' property='target.StringValue' action='set'/>
</transform>
}
}
"""
RULE = """Class t.Route Extends Ens.Rule.Definition
{
XData RuleDefinition
{
<ruleDefinition alias="" context="" production="">
<ruleSet name="" effectiveBegin="" effectiveEnd="">
<rule name="big"><when condition="N&gt;3"><return value="&quot;big&quot;"/></when>
<otherwise><return value="&quot;small&quot;"/></otherwise></rule>
</ruleSet>
</ruleDefinition>
}
}
"""
BASE = """Class t.Context Extends %RegisteredObject
{
Property Base As %String [ InitialExpression = {"b"} ];
Method Shown() As %String
{
    quit "<"_..Base_">"
}
}
"""


CALL = """<call name='{name}' target='{target}' async='{later}' timeout='{timeout}'><request type='Ens.StringRequest'>\
<assign property='callrequest.StringValue' value='{value}'/></request><response type='Ens.StringResponse'>\
<assign property='context.{into}' value='callresponse.StringValue'/></response></call>"""


def call(
    name: str, target: str = "Op", into: str = "A", later: str = "0", value: str = '"x"', timeout: str = ""
) -> str:
    return CALL.format(name=name, target=target, into=into, later=later, value=value, timeout=timeout)


def expanded(found: re.Match[str]) -> str:
    """``<c name='One' …/>``: a call in short."""
    given = dict(re.findall(r"(\w+)='([^']*)'", found.group(1)))
    return call(**{("later" if key == "async" else key): value for key, value in given.items()})


def cases() -> dict[str, tuple[str, list[str]]]:
    """The bodies of ``elements.txt`` with the traces that they give."""
    found = {}
    for block in HOST.with_name("elements.txt").read_text().split("=== ")[1:]:
        head, _, rest = block.partition("\n")
        body, _, expected = rest.partition("\n---\n")
        found[head] = (re.sub(r"<c ([^>]*)/>", expanded, body), expected.removesuffix("\n").split("\n"))
    return found


CASES = cases()
SHEET = """Class t.Sheet
{
XData XSL
{
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="text"/>
<xsl:param name="p"/><xsl:template match="/s">[<xsl:value-of select="d"/><xsl:value-of select="$p"/>]</xsl:template>
</xsl:stylesheet>
}
}
"""
CLASSES = [TRANSFORM, RULE, BASE, SHEET]


def texts(body: str, more: str = "") -> list[str]:
    return [*CLASSES, PROCESS.format(body=body, more=more)]


def made(classes: list[str]) -> Any:
    for text in classes:
        cls = build(parse_class(text, "Process.cls"))
        dictionary.register(cls._definition.name, cls)  # type: ignore[attr-defined]  # a built class
    return dictionary.resolve("t.Process")


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize("name", CASES)
def test_an_element_does_what_the_language_says(name: str) -> None:
    body, expected = CASES[name]
    assert plain_host.Run(made(texts(body))).begin(StringRequest(StringValue="hi")).finish() == expected


@pytest.mark.usefixtures("namespace")
def test_a_process_that_is_stopped_anywhere_goes_on_in_another_process(tmp_path: Path) -> None:
    lines, expected = [], []
    for body, trace_ in CASES.values():
        classes = texts(body)
        for state in plain_host.Run(made(classes)).begin(StringRequest(StringValue="hi")).states():
            lines.append(json.dumps({"classes": classes, "state": state}))
            expected.append(trace_)
    answer = subprocess.run(
        [sys.executable, str(HOST)], input="\n".join(lines), capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert [json.loads(line) for line in answer.stdout.splitlines()] == expected
    assert len(expected) > 150


@pytest.mark.usefixtures("namespace")
def test_the_context_has_the_members_of_its_class() -> None:
    body = "<assign property='context.Base' value='context.Base_1'/>" + call("One") + "<trace value='context.Shown()'/>"
    cls = made(texts(body, " contextsuperclass='t.Context'"))
    run = plain_host.Run(cls).begin(StringRequest())
    states = list(run.states())
    assert run.trace == ["> Op", "<b1>", "= "]
    assert plain_host.Run(cls).restore(states[-1]).finish()[-2:] == ["<b1>", "= "]


@pytest.mark.usefixtures("namespace")
def test_an_attribute_that_no_element_has_is_noted_with_its_line() -> None:
    program = program_of(made(texts("<trace value='1' colour='red'/>")))
    assert program.process.notes == ("line 18: <trace> has no attribute 'colour': passed over",)


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<xpath source='\"&lt;a\"' expression='/a' property='context.A'/>", "no XML"),
        ("<xpath source='\"&lt;a/>\"' expression='/a[' property='context.A'/>", "no XPath"),
        (
            "<xslt xslurl='http://example.com/x.xsl' source='\"&lt;a/>\"' target='context.A'/>",
            "never fetched from http",
        ),
        ("<xslt xslurl='file:///none.xsl' source='\"&lt;a/>\"' target='context.A'/>", "cannot be read"),
        ("<delay until='\"tomorrow\"'/>", "no date and time"),
        ("<transform class='t.None' source='request' target='response'/>", "t.None"),
        ("<rule rule='None' resultLocation='context.A'/>", "None"),
        ("<assign property='context.Nope' value='1'/>", "PROPERTY DOES NOT EXIST"),
    ],
)
def test_what_fails_names_activity_and_line(body: str, told: str) -> None:
    result = BPEmulator.Run(made(texts(body))._definition.name, StringRequest())
    assert told in result.error
    assert "line 18" in result.error


@pytest.mark.usefixtures("namespace")
def test_entities_of_a_document_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password")
    xml = f"<!DOCTYPE a [<!ENTITY e SYSTEM 'file://{tmp_path}/secret'>]><a>&e;</a>"
    body = "<xpath source='request.StringValue' expression='/a' property='response.StringValue'/>"
    run = plain_host.Run(made(texts(body))).begin(StringRequest(StringValue=xml))
    assert "password" not in run.finish()[-1]


@pytest.mark.usefixtures("namespace")
def test_an_answer_after_the_time_is_over_changes_nothing() -> None:
    cls = made(texts(call("One", "Never", timeout="5") + call("Two")))
    engine = Engine(program_of(cls))
    instance = engine.begin(cls._New(), StringRequest())
    engine.advance(instance)
    assert engine.elapsed(instance, 2)
    engine.advance(instance)
    assert engine.deliver(instance, 1, plain_host.answer("Op", StringRequest(StringValue="late"))) == []
    assert instance.context.A == ""
    assert instance.waiting == [3]
