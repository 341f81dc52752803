from collections.abc import Callable
from typing import Any

import pytest
from isc.py.bpl.findings import RULES, Finding
from isc.py.bpl.lint import ProductionItems, lint_class
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

HEAD = """Class t.Process Extends (Ens.BusinessProcessBPL, isc.py.ens.ProcessUtils)
{
Property Limit As %Integer;
ClassMethod Twice(x)
{
    quit x*2
}
XData BPL [ XMLNamespace = "http://www.intersystems.com/bpl" ]
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Name' type='%String'/><property name='N' type='%Integer'/></context>
<sequence>
"""
TAIL = "\n</sequence>\n</process>\n}\n}\n"
CALL = """<call name='Py' target='There'><annotation><![CDATA[{annotation}]]></annotation>
<request type='isc.py.msg.{request}'><assign property='callrequest.{into}'
value='process.GetAnnotation("Py")'/></request></call>"""
Lint = Callable[..., list[Finding]]


@pytest.fixture
def lint(namespace: Any) -> Lint:
    def run(body: str, *productions: ProductionItems) -> list[Finding]:
        definition = parse_class(HEAD + body + TAIL, "Process.cls")
        cls = build(definition)
        dictionary.register("t.Process", cls)
        return lint_class(cls, definition, "Process.cls", productions)

    return run


def python(annotation: str) -> str:
    return CALL.format(annotation=annotation, request="ExecutionRequest", into="Code")


def sql(annotation: str) -> str:
    return CALL.format(annotation=annotation, request="QueryRequest", into="Query")


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_process_in_order_has_no_findings(lint: Lint) -> None:
    body = (
        "<assign name='A' property='context.Name' value='request.StringValue_..Limit_##class(t.Process).Twice(2)'/>"
        "<code name='C'> set a=1 for i=1:1:3 { set a=a+i } set context.N=a </code>"
        "<if name='I' condition='context.N&gt;1'><true><trace name='T' value='process.Limit'/></true></if>"
    )
    python_ = python("x = #{context.Name|py}\ny = #{context.N} + ${t.Process:Twice:2}\n")
    assert lint(body + python_, ProductionItems("t.P", {"There": "x.Y", "P": "t.Process"})) == []


@pytest.mark.parametrize(
    ("body", "rule", "mentions"),
    [
        (
            "<assign name='A' property='context.Nme' value='1'/>",
            "unknown-name",
            "'Nme' (did you mean Name?)",
        ),
        (
            "<trace name='A' value='request.Text'/>",
            "unknown-name",
            "(Ens.StringRequest) has no property 'Text'",
        ),
        ("<trace name='A' value='nothing'/>", "unknown-name", "nothing is called 'nothing'"),
        ("<trace name='A' value='..Limt'/>", "unknown-name", "did you mean Limit?"),
        ("<trace name='A' value='process.Nope()'/>", "missing-method", "the process has no method 'Nope'"),
        ("<trace name='A' value='##class(t.Process).Thrice(1)'/>", "missing-method", "no method 'Thrice'"),
        ("<trace name='A' value='##class(no.Such).X()'/>", "missing-class", "no class 'no.Such'"),
        ("<call name='A' target='X'><request type='no.Such'/></call>", "missing-class", "no class 'no.Such'"),
        ("<trace name='A' value='1+'/>", "syntax", "expression was expected"),
        ("<code name='A'> set x=y </code>", "unset-variable", "nothing is called 'y'"),
        ("<switch name='S'><case name='c' condition='no=1'/></switch>", "unknown-name", "nothing is called 'no'"),
        ("<trace value='1'/>", "unnamed", "this trace has no name"),
        ("<trace name='A' value='GetAnnotation(\"B\")'/>", "missing-annotation", "no activity 'B' has an annotation"),
        ("<sync name='S' calls='No' type='all'/>", "unknown-call", "waits for 'No', and no call has that name"),
        ("<trace name='A' value='1' colour='red'/>", "unknown-attribute", "<trace> has no attribute 'colour'"),
        (python("x = (1"), "annotation-python", "never closed"),
        (python("if #{context.N}\n  pass"), "annotation-python", "expected ':'"),
        (python("x = #{context.Gone}"), "unknown-name", "no property 'Gone'"),
        (python("x = #{context.Name"), "syntax", "the closing '}' is missing"),
        (python("x = #{1+}"), "syntax", "expression was expected"),
        (python("x = ${t.Process:Thrice:1}"), "missing-method", "no method 'Thrice'"),
        (python("x = ${t.Process:Twice:${no.Such:M}}"), "missing-class", "no class 'no.Such'"),
        (python("x = #{context.Name}"), "unquoted", "unquoted: the data becomes code"),
        (python("x = '#{request.StringValue}'"), "unquoted", "inside quotes"),
        (python('x = f"a #{context.Name}"'), "unquoted", "inside quotes"),
        (sql("select #{context.Name}"), "unquoted", "unquoted: the data becomes code"),
        (sql("select '#{context.Name}'"), "unquoted", "inside quotes"),
    ],
)
def test_what_would_go_wrong_is_found_with_line_and_rule(lint: Lint, body: str, rule: str, mentions: str) -> None:
    (finding,) = lint(body)
    assert finding.rule == rule
    assert mentions in finding.message
    assert 13 <= finding.line <= 14
    assert str(finding).startswith(f"Process.cls:{finding.line}: {finding.severity} {rule}: ")


def test_the_mend_of_an_unquoted_string_is_its_filter(lint: Lint) -> None:
    (finding,) = lint(python("x = '#{context.Name}'"))
    assert finding.mend == "write #{context.Name|py} without the quotes"
    (finding,) = lint(sql("select #{context.Name}"))
    assert finding.mend == "write #{context.Name|sql}"


def test_the_line_of_an_annotation_is_that_of_the_expression(lint: Lint) -> None:
    findings = lint(python("\na = 1\nb = #{context.Gone}\nc = (\n"))
    assert [(finding.line, finding.rule) for finding in findings] == [(15, "unknown-name"), (16, "annotation-python")]


def test_an_annotation_that_nobody_uses_is_a_remark_and_not_checked(lint: Lint) -> None:
    assert lint("<trace name='T' value='1'><annotation>see #{nowhere and (</annotation></trace>") == []


def test_numbers_and_filtered_strings_may_stand_unquoted(lint: Lint) -> None:
    assert lint(python("x = #{context.N} + #{1+2} + len(#{context.Name|py}) + ${t.Process:Twice:1}")) == []


def test_an_expression_may_be_part_of_a_python_name_or_a_number(lint: Lint) -> None:
    assert lint(python("frame_#{context.N} = 1\ny = 0.#{context.N}")) == []


def test_targets_are_checked_against_productions_that_have_the_process(lint: Lint) -> None:
    body = "<call name='C' target='Nowhere'><request type='Ens.Request'/></call>"
    body += "<call name='D' target='@context.Name'><request type='Ens.Request'/></call>"
    assert lint(body, ProductionItems("t.Other", {"There": "x.Y"})) == []
    (finding,) = lint(body, ProductionItems("t.P", {"There": "x.Y", "P": "t.Process"}))
    assert (finding.rule, finding.message) == ("unknown-target", "call 'C' goes to 'Nowhere', which t.P does not have")
    assert "There, P" in finding.mend


def test_names_that_are_there_twice_are_told_at_the_second(lint: Lint) -> None:
    (finding,) = lint("<trace name='A' value='1'/>\n<assign name='A' property='context.N' value='1'/>")
    assert (finding.rule, finding.line) == ("duplicate-name", 14)


def test_disabled_activities_are_not_checked(lint: Lint) -> None:
    assert lint("<trace name='A' value='nothing' disabled='1'/>") == []


def test_bpl_that_is_no_xml_is_one_finding(lint: Lint) -> None:
    (finding,) = lint("<trace")
    assert finding.rule == "syntax"
    assert "no XML" in finding.message


def test_the_callresponse_is_of_the_calls_own_type(lint: Lint) -> None:
    (finding,) = lint(
        "<call name='C' target='X'><request type='Ens.Request'/><response type='Ens.StringResponse'>"
        "<assign property='context.Name' value='callresponse.StringValue'/>"
        "<assign property='context.Name' value='callresponse.Value'/></response></call>"
    )
    assert "callresponse (Ens.StringResponse) has no property 'Value'" in finding.message


def test_every_rule_says_how_grave_it_is() -> None:
    assert {severity for severity, _ in RULES.values()} == {"error", "warning"}
