import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, compile_expression
from isc.py.objectscript.errors import NotSupportedError
from isc.py.objectscript.library.dynamic import DynamicAbstractObject, from_json


def value(expression: str, **variables: object) -> object:
    return compile_expression(expression).evaluate(Frame(variables))


def written(code: str, **variables: object) -> str:
    frame = Frame(variables)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("{}", "{}"),
        ("[]", "[]"),
        ('{"a":1,"b":"1","c":.5,"d":-.25}', '{"a":1,"b":"1","c":0.5,"d":-0.25}'),
        ("{a: 1+2*3, (k): k_1}", '{"a":9,"key":"key1"}'),
        ('[true, false, null, "", {}, [1,[2]]]', '[true,false,null,"",{},[1,[2]]]'),
        ('{"q":"say ""hi"" \u00e9"}', '{"q":"say \\"hi\\" \u00e9"}'),
        ('{"n":{"deep":[1,2,{"x":null}]}}', '{"n":{"deep":[1,2,{"x":null}]}}'),
        ("[1E3, 1.50]", "[1000,1.5]"),
    ],
)
def test_a_literal_is_an_object_and_its_text(literal: str, text: str) -> None:
    assert value(f"({literal}).%ToJSON()", k="key") == text


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (' set o={"a":{"b":[10,20]}} write o.a.b.%Get(1),o.a.b.%Size(),o.nope,o.a.%IsDefined("c")', "2020"),
        (" set o={} set o.x=1,o.\"odd name\"=\"1\" do o.%Set(\"t\",1,\"boolean\")"
         " do o.%Set(\"n\",\"\",\"null\") do o.%ToJSON()",
         '{"x":1,"odd name":"1","t":true,"n":null}'),
        (" set a=[1] do a.%Push(2).%Push(3,\"string\") set a2=a.%Pop() do a.%Set(3,9) do a.%ToJSON() write a2",
         "[1,2,null,9]3"),
        (' set a=[7,8,9] write a.%Remove(0),a.%ToJSON(),a.%Remove(5),a.%GetTypeOf(7)', "7[8,9]unassigned"),
        (' set o={"s":"1","n":1,"b":true,"z":null,"o":{},"a":[]} set i=o.%GetIterator()'
         " while i.%GetNext(.k,.v,.t) { write k,\":\",t,\" \" }",
         "s:string n:number b:boolean z:null o:object a:array "),
        (' set a=["x",,"y"] write 1', None),
        (" set i=[5,6].%GetIterator() while i.%GetNext(.k,.v) { write k,v,\",\" }", "05,16,"),
        (' set o={}.%FromJSON("{""a"":[1,2.50,true]}") write o.a.%Get(1),o.a.%Get(2),o.a.%ToJSON()',
         "2.51[1,2.5,true]"),
        (' set s=##class(%Stream.TmpCharacter).%New() set o={"a":1} do o.%ToJSON(s) write s.Read()', '{"a":1}'),
        (' set s=##class(%Stream.TmpCharacter).%New() do s.Write("[3]") '
         "write ##class(%DynamicAbstractObject).%FromJSON(s).%Get(0)", "3"),
        (' set o={"a":{"b":1}},c=o.%ConstructClone(1) set c.a.b=2 write o.a.b,c.a.b,o.%ClassName(1)',
         "12%Library.DynamicObject"),
        (" write ##class(%DynamicObject).%New().%ToJSON(), $isobject({})", "{}1"),
        (' set o={"d":"x"} write o.%Get("d"),o.%Get("e","dflt"),o.%Get("d",,"json")', 'xdflt"x"'),
    ],
)  # fmt: skip
def test_methods(code: str, output: str | None) -> None:
    if output is None:
        with pytest.raises(ValueError, match="SYNTAX"):
            written(code)
        return
    assert written(code) == output


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (' set x={}.%FromJSON("{""a"":")', r"<THROW> %FromJSON: parsing error at line 1, column 6"),
        (" set x={}.%FromJSON(5)", "bare value"),
        (' set x={}.%FromJSON("[NaN]")', "nan is no JSON"),
        (' set x=[1].%Get("a.5")+[1].%Get(-1)', "no position"),
        (' set x={}.%Set("a",1,"date")', "no type of JSON"),
        (' set x={"l":(##class(%ListOfDataTypes).%New())}.%ToJSON()', "has no form in JSON"),
        (' set x={}.%FromJSONFile("/none/x.json")', "No such file"),
    ],
)
def test_what_goes_wrong_is_an_error_of_the_language(code: str, told: str) -> None:
    with pytest.raises(ObjectScriptError, match=told):
        compile_block(code).execute(Frame())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(st.lists(JSON, max_size=4))
def test_what_is_read_is_written(data: list[object]) -> None:
    import json

    shown = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    assert from_json(shown)._ToJSON() == shown


def test_the_abstract_class_has_no_objects() -> None:
    with pytest.raises(NotSupportedError, match="make a %DynamicObject"):
        DynamicAbstractObject._New()
