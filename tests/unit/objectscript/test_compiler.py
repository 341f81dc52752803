from decimal import Decimal
from types import SimpleNamespace

import pytest
from isc.py.objectscript import (
    CompileError,
    Frame,
    ObjectScriptError,
    compile_block,
    compile_condition,
    compile_expression,
    compile_target,
)
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes


def value(text: str, **variables: object) -> object:
    return compile_expression(text).evaluate(Frame(variables))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2+3*4", 20),
        ('"3 apples"+2', 5),
        ('"abc"+1', 1),
        ('+"1E2"', 100),
        ('"1.0"=1', 0),
        ('+"1.0"=1', 1),
        ("1/4", Decimal("0.25")),
        ("7\\2", 3),
        ("-7#3", 2),
        ("2**10", 1024),
        (".1+.2", Decimal("0.3")),
        ('"a"_.5_1000', "a.51000"),
        ('"a""b"', 'a"b'),
        ("'1", 0),
        ("'0", 1),
        ("1'=2", 1),
        ("3>2", 1),
        ("3'>2", 0),
        ("2<=2", 1),
        ('"abc"["b"', 1),
        ('"abc"\'["b"', 0),
        ('"b"]"a"', 1),
        ("10]]9", 1),
        ("10]9", 0),
        ("1&&0", 0),
        ("0||2", 1),
        ("1!(0)", 1),
        ("2*(3+4)", 14),
        ("--3", 3),
        ('"123-45"?3N1"-"2N', 1),
        ('"x1"?1(1A,1N)1N', 1),
        ('"AB"?.L', 0),
        ("1 + 2 * 3", 9),
        ("$select(0:1,1:2)", 2),
        ('$case(2,1:"a",2:"b",:"c")', "b"),
        ('$case(9,1:"a",:"c")', "c"),
        ('$piece("a,b,c",",",2)', "b"),
        ('$piece("a,b,c",",",2,*)', "b,c"),
        ('$p("a,b,c",",",*)', "c"),
        ('$length("abc")', 3),
        ('$length("a,b",",")', 2),
        ('$extract("hello",2,3)', "el"),
        ('$extract("hello",*)', "o"),
        ('$extract("hello",*-1,*)', "lo"),
        ('$find("hello","l")', 4),
        ('$translate("abc","ab","x")', "xc"),
        ('$replace("aXbX","X","-")', "a-b-"),
        ("$char(72,105)", "Hi"),
        ('$ascii("A")', 65),
        ("$justify(3.14159,8,2)", "    3.14"),
        ('$fnumber(-1234.5,",",2)', "-1,234.50"),
        ('$zconvert("abc","U")', "ABC"),
        ('$zstrip("  a b ","<>W")', "a b"),
        ("$listget($listbuild(1,2),2)", 2),
        ('$listtostring($lb("a",,"c")_$lb(4))', "a,,c,4"),
        ('$listlength($listfromstring("a,b,c"))', 3),
        ('$listfind($lb("a","b"),"b")', 2),
        ("$isobject(1)", 0),
        ("$zdate(0,3)", "1840-12-31"),
        ('$zdatetime("66000,3661",3)', "2021-09-13 01:01:01"),
        ('$zdateh("2021-09-13",3)', 66000),
        ("$zabs(-2)", 2),
        ("$$$OK", 1),
        ("$$$ISERR($$$OK)", 0),
        ('$$$ISERR($$$ERROR($$$GeneralError,"no"))', 1),
        ('$system.Status.GetErrorText($$$ERROR(5001,"no"))', "ERROR #5001: no"),
        ("##class(%PopulateUtils).Integer(3,3)", 3),
        ('$get(missing,"d")', "d"),
        ("$data(missing)", 0),
    ],
)
def test_expressions_have_the_languages_value(text: str, expected: object) -> None:
    assert value(text) == expected


def test_properties_methods_and_items_are_reached_through_a_chain() -> None:
    request = SimpleNamespace(Patient=SimpleNamespace(Name="Ada"), Tags=ListOfDataTypes(["x", "y"]))
    request.Map = ArrayOfDataTypes(a=1)
    assert value('request.Patient.Name_"!"', request=request) == "Ada!"
    assert value("request.Tags.GetAt(2)", request=request) == "y"
    assert value("request.Tags.Count()", request=request) == 2
    assert value('request.Map.GetAt("a")', request=request) == 1


@pytest.mark.parametrize(
    ("text", "name", "mentions"),
    [
        ("unknown", "<UNDEFINED>", "unknown"),
        ("request.Nme", "<PROPERTY DOES NOT EXIST>", "did you mean Name?"),
        ("request.Run()", "<METHOD DOES NOT EXIST>", "Run"),
        ("request.Name.First", "<INVALID OREF>", "First"),
        ("##class(no.Such).Run()", "<CLASS DOES NOT EXIST>", "no.Such"),
        ("1/0", "<DIVIDE>", ""),
        ("..Name", "<NO CURRENT OBJECT>", ""),
    ],
)
def test_run_time_errors_carry_the_languages_name_and_what_it_is_about(text: str, name: str, mentions: str) -> None:
    frame = Frame({"request": SimpleNamespace(Name="Ada")}, place="activity 'A'")
    with pytest.raises(ObjectScriptError) as caught:
        compile_expression(text).evaluate(frame)
    assert caught.value.name == name
    assert mentions in str(caught.value)
    assert caught.value.place == "activity 'A'" or name == "<DIVIDE>"


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("1+", 3, "expression was expected"),
        ("(1", 3, "')' expected"),
        ('"open', 1, "no closing quote"),
        ("a b", 3, "operator or the end"),
        ("$nosuch(1)", 1, "$nosuch"),
        ("request.", 8, "operator or the end"),
        ("", 1, "found nothing"),
        ("##class(X)", 11, "'.' expected"),
    ],
)
def test_syntax_errors_name_the_column_and_what_was_expected(text: str, column: int, reason: str) -> None:
    with pytest.raises(CompileError, match="SYNTAX") as caught:
        compile_expression(text, "condition of 'Check'")
    assert (caught.value.column, caught.value.line) == (column, 1)
    assert reason in str(caught.value)
    assert "condition of 'Check'" in str(caught.value)


def test_conditions_are_true_for_any_number_but_zero() -> None:
    assert compile_condition('x="a"&&(y>1)').test(Frame({"x": "a", "y": 2}))
    assert not compile_condition('"a"').test(Frame())


def test_targets_assign_variables_properties_items_and_pieces() -> None:
    context = SimpleNamespace(Name="", Tags=ListOfDataTypes(["a", "b"]), Inner=SimpleNamespace(N=0))
    frame = Frame({"context": context})
    compile_target("context.Name").assign(frame, "new")
    compile_target("context.Inner.N").assign(frame, 5)
    compile_target("context.Tags(2)").assign(frame, "z")
    compile_target("x").assign(frame, 1)
    compile_target("arr(1,2)").assign(frame, 3)
    frame.variables["s"] = "a,b"
    compile_target('$piece(s,",",2)').assign(frame, "Q")
    assert (context.Name, context.Inner.N, context.Tags, frame.variables["x"]) == ("new", 5, ["a", "z"], 1)
    assert frame.variables["s"] == "a,Q"
    assert compile_expression("arr(1,2)").evaluate(frame) == 3


def test_assigning_a_property_that_is_not_there_names_it_and_those_that_are() -> None:
    with pytest.raises(ObjectScriptError, match=r"<PROPERTY DOES NOT EXIST> Missing of .*it has Age, Name"):
        compile_target("o.Missing").assign(Frame({"o": SimpleNamespace(Name=1, Age=2)}), 1)


def run(text: str, **variables: object) -> dict[str, object]:
    frame = Frame(variables)
    compile_block(text).execute(frame)
    return frame.variables


def test_blocks_run_commands_in_all_their_forms() -> None:
    found = run(
        """
    set x=1,y=2  set:x=1 z=3
    // a comment
    if (x = 1) { set a = "one" } elseif x=2 { set a="two" } else { set a = "many" }
    if x=2 set b=1
    for i=1:1:3 { set total = $get(total)+i }
    for c="p","q" set cs=$get(cs)_c
    set n=0
    while n<5 { set n=n+1 quit:n=3 }
    for { set m=$get(m)+1 if m>=4 quit }
    do { set d=$get(d)+1 } while d<2
    try { set w=1/0 } catch ex { set e=ex.Name }
    set (g,h)=9
    kill y
        """
    )
    assert "y" not in found
    kept = {key: found[key] for key in ("x", "z", "a", "total", "cs", "n", "m", "d", "e", "g", "h")}
    assert kept == {
        "x": 1, "z": 3, "a": "one", "total": 6, "cs": "pq", "n": 3, "m": 4, "d": 2, "e": "<DIVIDE>", "g": 9, "h": 9,
    }  # fmt: skip
    assert "b" not in found


def test_arrays_are_walked_in_collation_order() -> None:
    found = run('set a(10)=1,a(9)=1,a("b")=1 set k="" for { set k=$order(a(k)) quit:k=""  set s=$get(s)_k_"," }')
    assert found["s"] == "9,10,b,"


def test_by_reference_arguments_come_back() -> None:
    found = run('set k="" set v=c.GetNext(.k)', c=ListOfDataTypes(["first"]))
    assert (found["k"], found["v"]) == (1, "first")


def test_a_syntax_error_in_a_block_names_its_line() -> None:
    with pytest.raises(CompileError) as caught:
        compile_block("\n set x=1\n set y=\n", "code 'C'")
    assert caught.value.line == 3
