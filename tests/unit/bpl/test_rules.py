from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.bpl.exceptions import RuleError
from isc.py.bpl.rule_expressions import FUNCTIONS, translated
from isc.py.bpl.rule_functions import RuleFunctions
from isc.py.bpl.rule_model import Delete, Send
from isc.py.bpl.rule_reader import read_rules
from isc.py.bpl.rule_steps import Compiler
from isc.py.bpl.rules import RuleResult, evaluate_rule
from isc.py.msg import StringRequest
from isc.py.msg.hl7 import HL7Message
from isc.py.objectscript import CompileError, Frame, compile_block, compile_expression, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.udl import parse_class

Define = Callable[..., str]

ADT = "\r".join(
    [
        r"MSH|^~\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A04^ADT_A01|MSG001|P|2.5",
        "PID|1||100^^^MR~200^^^SS||DOE^JOHN",
        "PV1|1|I",
        "DG1|1|A",
        "DG1|2|B",
    ]
)


class Context(RegisteredObject):
    """A context with whatever properties a test gives it."""

    def _property_names(self) -> list[str]:  # type: ignore[override]  # a test's object knows its own
        return list(vars(self))

    def __init__(self, **values: object) -> None:
        vars(self).update(values)


@pytest.fixture(autouse=True)
def classes() -> Iterator[None]:
    yield
    dictionary.reset()


@pytest.fixture
def define() -> Define:
    """Registers a rule class of what stands in its first rule set, or of whole rule sets."""

    def made(body: str, name: str = "t.Rules") -> str:
        if "<ruleSet" not in body:
            body = f'<ruleSet name="" effectiveBegin="" effectiveEnd="">\n{body}\n</ruleSet>'
        text = f"""Class {name} Extends Ens.Rule.Definition
{{
Parameter RuleAssistClass = "EnsLib.MsgRouter.RuleAssist";
XData RuleDefinition [ XMLNamespace = "http://www.intersystems.com/rule" ]
{{
<ruleDefinition alias="" context="t.Context" production="t.Production">
{body}
</ruleDefinition>
}}
}}
"""
        dictionary.register(name, build(parse_class(text, source="t.cls")))
        return name

    return made


def document(text: str = ADT, doc_type: str = "2.5:ADT_A01") -> HL7Message:
    made = HL7Message.ImportFromString(text)
    assert isinstance(made, HL7Message)
    made.DocType = doc_type
    return made


AGE = """<rule name="young" disabled="false">
<when condition="Age&lt;18"><return value="&quot;child&quot;"/></when>
<when condition="Age&lt;65"><return value="&quot;adult&quot;"/></when>
<otherwise><return value="&quot;senior &quot;_Age"/></otherwise>
</rule>"""


@pytest.mark.parametrize(
    ("age", "value", "reason"),
    [(3, "child", "rule#1:when#1"), (30, "adult", "rule#1:when#2"), (80, "senior 80", "rule#1:otherwise")],
)
def test_the_first_when_that_holds_decides(define: Define, age: int, value: str, reason: str) -> None:
    assert evaluate_rule(define(AGE), Context(Age=age)) == RuleResult(value, reason)


def test_rules_go_on_until_one_returns(define: Define) -> None:
    name = define(
        """<rule name="a"><when condition="1"><assign property="Seen" value="Seen_&quot;a&quot;"/></when></rule>
<rule name="off" disabled="true"><when condition="1"><return value="0"/></when></rule>
<rule><when condition="Age=0"><return value="0"/></when></rule>
<rule name="b"><when condition="Age&gt;1"><assign property="context.Seen" value="context.Seen_&quot;b&quot;"/>
<return value="Seen"/></when></rule>
<rule><when condition="1"><assign property="Seen" value="&quot;never&quot;"/></when></rule>
<return value="&quot;none&quot;"/>"""
    )
    context = Context(Age=2, Seen="")
    assert evaluate_rule(name, context) == RuleResult("ab", "rule#4:when#1")
    assert vars(context)["Seen"] == "ab"
    assert evaluate_rule(name, Context(Age=1, Seen="")).value == "none"


def test_a_rule_that_decides_nothing_gives_nothing(define: Define) -> None:
    assert (
        evaluate_rule(define("<rule><when condition='0'><return value='1'/></when></rule>"), Context()) == RuleResult()
    )


def test_the_rule_set_of_the_time_is_taken(define: Define) -> None:
    name = define(
        """<ruleSet name="old" effectiveEnd="2026-01-01T00:00:00"><return value="&quot;old&quot;"/></ruleSet>
<ruleSet name="new" effectiveBegin="2026-01-01" effectiveEnd="2026-06-01T12:00:00">
<return value="&quot;new&quot;"/></ruleSet>"""
    )
    found = [
        evaluate_rule(name, Context(), now=datetime.fromisoformat(moment)).value
        for moment in ("2025-12-31T23:59:59", "2026-01-01", "2026-06-01T11:59:59", "2026-06-01T12:00:00")
    ]
    assert found == ["old", "new", "new", ""]


def test_constraints_let_only_their_messages_pass(define: Define) -> None:
    name = define(
        """<rule><constraint name="source" value="A,B"/><when condition="1"><return value="1"/></when></rule>
<rule><constraint name="msgClass" value="EnsLib.HL7.Message"/><constraint name="docCategory" value="2.3,2.5"/>
<constraint name="docName" value="ADT_A04,ADT_A08"/><constraint name="source" value=""/>
<when condition="1"><return value="2"/></when></rule>
<rule><constraint name="msgClass" value="Ens.Request"/><when condition="1"><return value="3"/></when></rule>"""
    )

    def value(source: str, held: object) -> str:
        return evaluate_rule(name, Context(Source=source, Document=held)).value

    assert value("B", StringRequest()) == "1"
    assert value("C", document()) == "2"
    assert value("C", document(doc_type="")) == "2"
    assert value("C", document(doc_type="2.4:ADT_A01")) == ""
    assert value("C", document(ADT.replace("A04", "A03"))) == ""
    assert value("C", StringRequest()) == "3"


def test_what_is_to_be_sent_is_told_in_order(define: Define) -> None:
    name = define(
        """<rule><when condition="1"><send transform="t.One, t.Two" target="X,Y"></send>
<send transform="" target="Z"/><delete/><comment text="note"/></when></rule>
<rule><when condition="1"><send transform="t.Three" target=""/><return/></when></rule>"""
    )
    result = evaluate_rule(name, Context())
    assert result.actions == (
        Send(("t.One", "t.Two"), ("X", "Y"), 8),
        Send((), ("Z",), 9),
        Delete(9),
        Send(("t.Three",), (), 10),
    )
    assert result.reason == "rule#2:when#1"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("10-4-3", 3),
        ("2*3+4*5", 26),
        ('"a"_1+1', "a2"),
        ('1+1="2"', 1),
        ("A>1&&B<5||0", 1),
        ("A=1||A=2&&B=9", 0),
        ("A != 2", 0),
        ("A<=2 AND B>=3", 1),
        ("!A", 0),
        ("NOT (A=1)", 1),
        ("!A=0", 1),
        ("-A+5", 3),
        ('Name["nn"', 1),
        ('Name Contains "x"', 0),
        ("$length(Name)", 3),
        ("context.A", 2),
        ("##class(%SYSTEM.Status).IsOK(1)", 1),
        ("Items.GetAt(A)", "two"),
        ("Items.Count() + 1", 3),
        ('"say ""hi"""', 'say "hi"'),
        ("Document.{PID:5.1}", "DOE"),
        ("Document.{PID:3(2).1}_Document.Name", "200ADT_A04"),
        ("Document.[DG1:2]", "<A><B>"),
        ("Document.(PID:3().1)", "<100><200>"),
        ('Document.[DG1:2]["<B>"', 1),
        ('ToUpper(Name) Contains ToUpper("nn")', 1),
        ('Contains(Name,"x")||In(Name,"Bob,Ann")', 1),
        ("..Length(Name)", 3),
    ],
)
def test_expressions_of_rules_have_ranks_and_speak_of_the_context(expression: str, value: object) -> None:
    from isc.py.objectscript.library.collections import ListOfDataTypes

    context = Context(A=2, B=3, Name="Ann", Items=ListOfDataTypes(["one", "two"]), Document=document())
    frame = Frame({"context": context, FUNCTIONS: RuleFunctions(object)})
    assert compile_expression(translated(expression)).evaluate(frame) == value


@pytest.mark.parametrize("expression", ["", "1+", "(1", "A B", '"open', "A.{PID:5", "F(1", "A.", "=1"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(CompileError):
        compile_expression(translated(expression))


def test_functions_come_from_the_rule_and_from_the_users_function_sets(define: Define) -> None:
    text = """Class t.Functions Extends Ens.Rule.FunctionSet
{
ClassMethod Twice(x) As %Integer
{
    quit x*2
}
}
"""
    dictionary.register("t.Functions", build(parse_class(text, source="t.cls")))
    name = define('<rule><when condition="Twice(Age)=8"><return value="Twice(Twice(1))"/></when></rule>')
    assert evaluate_rule(name, Context(Age=4)).value == "4"
    with pytest.raises(
        RuleError, match=r"when at line 8 of t.Rules: <METHOD DOES NOT EXIST> there is no function 'Nope': write"
    ):
        evaluate_rule(define('<rule><when condition="Nope(1)"><return/></when></rule>', "t.Rules"), Context())


def test_temporary_variables_last_as_long_as_the_evaluation(define: Define) -> None:
    name = define(
        """<rule><when condition="@n=&quot;&quot;"><assign property="@n" value="5"/></when></rule>
<return value="@n+1"/>"""
    )
    assert evaluate_rule(name, Context()).value == "6"
    assert evaluate_rule(name, Context()).value == "6"


def test_foreach_goes_through_segments_and_collections(define: Define) -> None:
    from isc.py.objectscript.library.collections import ListOfDataTypes

    name = define(
        """<assign property="Seen" value="&quot;&quot;"/>
<foreach property="Document.{DG1()}" key="k1"><rule><when condition="Document.{DG1(k1):2}!=&quot;A&quot;">
<assign property="Seen" value="Seen_Document.{DG1(k1):2}_k1"/></when></rule></foreach>
<foreach property="Items" key="i"><assign property="Seen" value="Seen_Items.GetAt(i)"/></foreach>
<return value="Seen"/>"""
    )
    context = Context(Document=document(), Items=ListOfDataTypes(["x", "y"]), Seen="")
    assert evaluate_rule(name, context).value == "B2xy"


def test_traces_are_told_and_debugging_only_when_wanted(define: Define) -> None:
    name = define(
        """<rule name="a"><when condition="1"><trace value="Age_&quot;!&quot;"/>
<debug value="&quot;d&quot;"/></when></rule>"""
    )
    assert evaluate_rule(name, Context(Age=1)).trace == (("trace", "1!"),)
    assert evaluate_rule(name, Context(Age=1), debug=1).trace == (
        ("debug", "rule#1(a):when#1"),
        ("trace", "1!"),
        ("debug", "d"),
    )


def test_the_language_evaluates_rules_by_reference(define: Define) -> None:
    define(AGE)
    frame = Frame({"c": Context(Age=3)})
    block = ' set sc = ##class(Ens.Rule.Definition).EvaluateRules("t.Rules", "", c, "act", .value, .reason)'
    compile_block(block).execute(frame)
    assert [frame.variables[name] for name in ("sc", "value", "reason")] == [1, "child", "rule#1:when#1"]


def test_a_failing_expression_is_named_with_its_line_and_the_activity(define: Define) -> None:
    name = define("<rule>\n<when condition='Agee=1'><return/></when></rule>")
    with pytest.raises(
        RuleError, match=r"Decide: .*<PROPERTY DOES NOT EXIST> Agee .*did you mean Age.*when at line 9 of t.Rules"
    ):
        evaluate_rule(name, Context(Age=1), "Decide")
    with pytest.raises(RuleError, match=r"Decide: .*t.Nothing"):
        evaluate_rule("t.Nothing", Context(), "Decide")
    with pytest.raises(RuleError, match="no XData block RuleDefinition"):
        evaluate_rule("Ens.Rule.Definition", Context())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<rule><when><return/></when></rule>", "line 8: <when> has no attribute 'condition': add it"),
        ("<rule><when condition='1' if='2'/></rule>", "line 8: <when> has no attribute 'if'"),
        ("<rule><return/></rule>", "<return> stands in <rule>: put it into a <when>"),
        ("<ruleset/>", "the element <ruleset> is not supported in <ruleSet>"),
        ("<rule><constraint name='docType' value='x'/></rule>", "no constraint 'docType': use source, msgClass"),
        ("<rule><when condition='1'><send/></when></rule>", "neither transform nor target"),
        ("<rule><when condition='1+'><return/></when></rule>", "when at line 8 of t.Rules"),
        ("<rule><when condition='1'><return value='('/></when></rule>", "return at line 8 of t.Rules"),
        ("<ruleSet effectiveBegin='soon'/>", "effectiveBegin 'soon' is no time"),
        ("<rule", "is no XML"),
    ],
)
def test_what_rules_do_not_have_is_named_with_its_line(define: Define, body: str, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        evaluate_rule(define(body), Context())


def test_entities_are_not_read() -> None:
    text = """<!DOCTYPE ruleDefinition [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<ruleDefinition><ruleSet>&x;</ruleSet></ruleDefinition>"""
    with pytest.raises(RuleError, match="has an entity"):
        read_rules(text, "t.X")


SEED = """<ruleDefinition alias="" context="c" production="p">
<ruleSet name="" effectiveBegin="2026-01-01" effectiveEnd="">
<rule name="a" disabled="false"><constraint name="docName" value="A,B"/>
<when condition="Document.{PID:3().1}[&quot;x&quot;&amp;&amp;!F(1)">
<assign property="@x" value="2+3*4"/><send transform="t" target="u"/><return value="Document.[PV1:2]"/></when>
<otherwise><delete/></otherwise></rule>
<foreach property="Items" key="k"><trace value="k"/></foreach></ruleSet></ruleDefinition>"""


@given(st.integers(0, len(SEED)), st.integers(0, 12), st.text(max_size=6))
def test_text_that_was_damaged_is_refused_or_read_but_never_crashes(at: int, gone: int, put: str) -> None:
    damaged = SEED[:at] + put + SEED[at + gone :]
    try:
        for rule_set in read_rules(damaged, "t.X").sets:
            Compiler("t.X").all(rule_set.items)
    except RuleError as error:
        assert "t.X" in str(error)
