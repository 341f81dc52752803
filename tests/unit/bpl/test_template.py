from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.bpl.annotations import annotations, filled
from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.exceptions import EmulatorError, TemplateError
from isc.py.bpl.template import Template, py_literal
from isc.py.iscpython_c.context import Context
from isc.py.objectscript import Frame


def frame(**variables: object) -> Frame:
    return Frame({"process": SimpleNamespace(Folder="/tmp/", Text='it\'s "{x}"'), "n": 5, **variables})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", "plain"),
        ("#{n+1}", "6"),
        ("#<n+1>", "6"),
        ("a#{process.Folder}b", "a/tmp/b"),
        ("${%PopulateUtils:Integer:3:3}", "3"),
        ("$<%PopulateUtils:Integer:3:3>", "3"),
        ("#{${%PopulateUtils:Integer:3:3}*2}", "6"),
        ('#{"}"_n}', "}5"),
        ('#{$select(n>3:"{big}",1:"small")}', "{big}"),
        ("#{process.Text|py}", repr('it\'s "{x}"')),
        ("#{process.Text|sql}", "'it''s \"{x}\"'"),
        ("#{n|sql}", "5"),
        ("#{n>3||0}", "1"),
        ("f'{x}' {% for %} {{y}} $5 # comment {a} {'k': 1}", "f'{x}' {% for %} {{y}} $5 # comment {a} {'k': 1}"),
        ("if x <3: pass #<not a template", "if x <3: pass #<not a template"),
        ("#{process.Text}", 'it\'s "{x}"'),
    ],
)
def test_expressions_are_filled_in_and_the_rest_is_left_alone(source: str, expected: str) -> None:
    assert Template(source).render(frame()) == expected


@pytest.mark.parametrize("data", ["#{n}", "${%PopulateUtils:Integer:1:1}", "{{ n }}", "{% raw %}"])
def test_a_result_is_never_read_again(data: str) -> None:
    assert Template("x=#{d}").render(frame(d=data)) == f"x={data}"


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda t: "$" not in t and "#" not in t))
def test_text_without_the_two_signs_comes_back_as_it_was(text: str) -> None:
    assert Template(text).render(frame()) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_python_literal_gives_the_value_back(value: str) -> None:
    assert eval(Template("#{v|py}").render(frame(v=value))) == value


@pytest.mark.parametrize(
    ("source", "mentions"),
    [
        ("a\n#{missing}", ["<UNDEFINED> missing", "line 8", "#{missing}"]),
        ("#{process.Nope}", ["<PROPERTY DOES NOT EXIST> Nope"]),
        ("${no.Such:Run}", ["<CLASS DOES NOT EXIST> no.Such"]),
        ("${%PopulateUtils:Nope}", ["<METHOD DOES NOT EXIST> Nope"]),
        ("#{1+}", ["<SYNTAX>"]),
        ("#{n|html}", ["filter 'html' is unknown", "py or sql"]),
        ("#{n", ["closing '}' is missing"]),
        ("${Name}", ["${class:method:arg1:…}"]),
    ],
)
def test_what_cannot_be_filled_in_names_place_line_and_expression(source: str, mentions: list[str]) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source, "the annotation of 'A'", 7).render(frame())
    for mention in [*mentions, "the annotation of 'A'"]:
        assert mention in str(caught.value)


BODY = """<call name='Load' target='Op'>
<annotation><![CDATA[
    values = [1, 2, 3]
    where = #{process.Folder|py}
]]></annotation><request type='isc.py.msg.ExecutionRequest'/></call>
<if name='Deep' condition='1'><true>
<call name='Query' target='Op'><annotation>select 1 as a, '#{process.Limit}' as b</annotation>
<request type='isc.py.msg.ExecutionRequest'/></call></true></if>
<call name='Broken' target='Op'><annotation>1/0</annotation><request type='isc.py.msg.ExecutionRequest'/></call>
<trace name='Bare' value='1'/>"""


def test_annotations_are_found_at_any_depth_and_lose_their_indentation(process_class: Any) -> None:
    cls = process_class(BODY)
    assert list(annotations(cls)) == ["Load", "Query", "Broken"]
    assert filled(cls._New(), "Load") == "values = [1, 2, 3]\nwhere = '/tmp/'"
    with pytest.raises(TemplateError, match=r"'Lod'.*did you mean Load"):
        filled(cls._New(), "Lod")


def test_the_emulator_runs_the_python_of_activities_in_this_job(process_class: Any) -> None:
    process_class(BODY)
    results = BPEmulator.RunActivities("t.Process", ["Load", ("Query", "frame")], Limit=7)
    assert [(result.activity, result.kind, result.error) for result in results] == [
        ("Load", "code", ""),
        ("Query", "query", ""),
    ]
    assert Context().evaluate("where + str(frame['b'][0])") == "/tmp/7"
    assert "1 rows x 2 columns" in BPEmulator.DescribeDataframe("frame")


def test_the_emulator_stops_at_an_activity_that_fails_and_shows_its_traceback(process_class: Any) -> None:
    process_class(BODY)
    results = BPEmulator.RunActivities("t.Process", ["Broken", "Load"])
    assert len(results) == 1
    assert "ZeroDivisionError" in results[0].error
    with pytest.raises(EmulatorError, match="no activity 'Nope'"):
        BPEmulator.RunActivities("t.Process", ["Nope"])
    with pytest.raises(EmulatorError, match="no setting 'Nope'"):
        BPEmulator.RunActivities("t.Process", ["Load"], Nope=1)


@pytest.mark.parametrize(
    ("expression", "literal"),
    [("1.5", "1.5"), (".5", ".5"), ('"a\'b"', '"a\'b"'), ("$double(1)/3", "0.333"), ("7", "7"), ('"7"', "'7'")],
)
def test_a_python_literal_of_a_number_is_a_number(expression: str, literal: str) -> None:
    assert Template(f"#{{{expression}|py}}").render(Frame()).startswith(literal)


def test_values_that_are_no_finite_numbers_are_python_all_the_same() -> None:
    assert py_literal(float("inf")) == "float('inf')"
