import re
from datetime import datetime

import pytest
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript import ByRef, Frame, NotSupportedError, compile_expression, status
from isc.py.objectscript.builder import current_platform


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ('Contains("abc","b")', 1),
        ('DoesNotContain("abc","b")', 0),
        ('StartsWith("abc","ab")', 1),
        ('DoesNotStartWith("abc","b")', 1),
        ('EndsWith("abc","bc")', 1),
        ('DoesNotEndWith("abc","bc")', 0),
        ('In("b","a,b,c")', 1),
        ('NotIn("b","a,b,c")', 0),
        ('Like("Smith","S%t_")', 1),
        ('Like("S.x","S_x")', 1),
        ('NotLike("Smith","J%")', 1),
        ('Matches("A12","1U.N")', 1),
        ('DoesNotMatch("12A","1U.N")', 1),
        ('RegexMatch("A12","[A-Z]\\d+")', 1),
        ('If(1,"yes","no")', "yes"),
        ('If("","yes","no")', "no"),
        ("Not(0)", 1),
        ('Length("abc")', 3),
        ('Length("a,b,c",",")', 3),
        ('Piece("a,b,c",",",2)', "b"),
        ('Piece("a^b^c","^",2,3)', "b^c"),
        ('SubString("abcdef",2,3)', "bc"),
        ('SubString("abcdef",3)', "cdef"),
        ('ReplaceStr("a-b-c","-","")', "abc"),
        ('Translate("abc","ab","x")', "xc"),
        ('Strip("  a b ","<>W")', "a b"),
        ('Pad("7",3,"0")', "700"),
        ('Pad("7",-3,"0")', "007"),
        ('ToLower("ABC")', "abc"),
        ('ToUpper("abc")', "ABC"),
        ('Max(3,"",10,"2")', 10),
        ("Min(3,1.5,10)", "1.5"),
        ("Round(2.345,2)", "2.35"),
        ("Round(2.5)", 3),
        ('ConvertDateTime("20261112","%Y%m%d","%d/%m/%Y")', "12/11/2026"),
        ('ConvertDateTime("20261112","%Y%m%d%H%M%S","%Q")', "2026-11-12 00:00:00"),
        ('ConvertDateTime("202611120830+0100","%Y%m%d%H%M","%H:%M")', "08:30"),
        ('ConvertDateTime("2026-11-12 08:30:59","%Q","%Y%m%d%H%M%S")', "20261112083059"),
        ('ConvertDateTime("12 Nov 2026","%d %b %Y","%Y%m%d")', "20261112"),
        ('ConvertDateTime("20261399","%Y%m%d","%Q")', "20261399"),
        ('ConvertDateTime("soon","%Y%m%d","%Q")', "soon"),
    ],
)
def test_functions_give_what_their_names_say(call: str, value: object) -> None:
    found = compile_expression(f"##class(Ens.Util.FunctionSet).{call}").evaluate(Frame())
    assert str(found) == str(value)


def test_a_time_that_cannot_be_read_is_told_by_reference() -> None:
    frame = Frame()
    call = '##class(Ens.Util.FunctionSet).ConvertDateTime("x","%Y","%Q",,.sc)'
    assert compile_expression(call).evaluate(frame) == "x"
    assert "'x' is no time of the form '%Y'" in status.text(frame.variables["sc"])


def test_the_present_time_is_local() -> None:
    found = compile_expression("##class(Ens.Util.FunctionSet).CurrentDateTime()").evaluate(Frame())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", str(found))
    assert abs((datetime.fromisoformat(str(found)) - datetime.now()).total_seconds()) < 60


def test_lookup_tables_are_a_global(namespace: EmbeddedNamespace) -> None:
    platform = current_platform()
    assert platform is not None
    for key, value in (("M", "male"), ("F", "female"), ("U", "")):
        platform.global_set("Ens.LookupTable", ("Sex", key), value)

    def found(call: str) -> object:
        return compile_expression(f"##class(Ens.Util.FunctionSet).{call}").evaluate(Frame())

    assert found('Lookup("Sex","F")') == "female"
    assert found('Lookup("Sex","X")') == ""
    assert found('Lookup("Sex","X","?")') == "?"
    assert (found('Lookup("Sex","","?")'), found('Lookup("Sex","","?",1)')) == ("", "?")
    assert (found('Lookup("Sex","U","?")'), found('Lookup("Sex","U","?",2)')) == ("", "?")
    assert (found('Exists("Sex","M")'), found('Exists("Sex","X")')) == (1, 0)
    assert (found('ReverseLookup("Sex","female")'), found('ReverseLookup("Sex","?","none")')) == ("F", "none")


def test_lookup_tables_need_a_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isc.py.objectscript.builder._current_platform", None)
    with pytest.raises(NotSupportedError, match="need a namespace"):
        compile_expression('##class(Ens.Util.FunctionSet).Lookup("a","b")').evaluate(Frame())


def test_a_status_of_a_conversion_may_be_left_out() -> None:
    from isc.py.bpl.function_set import FunctionSet

    result: ByRef[object] = ByRef("")
    assert FunctionSet.ConvertDateTime("2026", "%Y", "%Y", "", result) == "2026"
    assert result.value == ""
