from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class


def written(code: str, **variables: object) -> str:
    frame = Frame(variables)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


@pytest.fixture(autouse=True)
def _dictionary() -> Iterator[None]:
    dictionary.reset()
    yield
    dictionary.reset()


def defined(*texts: str) -> None:
    for text in texts:
        definition = parse_class(text)
        dictionary.register(definition.name, build(definition))


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (' set m=##class(%Regex.Matcher).%New("(\\d+)-(?<b>\\w+)") write m.Match("12-ab"),m.Group(1),m.GroupGet("b"),'
         'm.GroupCount,m.Group,m.Match("x")', "112ab212-ab0"),
        (' set m=##class(%Regex.Matcher).%New("\\d+","a1b22") while m.Locate() { write m.Group,"@",m.Start,m.End," " }',
         "1@23 22@46 "),
        (' set m=##class(%Regex.Matcher).%New("(a)(b)?","ab-a") write m.ReplaceAll("[$1\\$]"),m.ReplaceFirst("x")',
         "[a$]-[a$]x-a"),
        (' set m=##class(%Regex.Matcher).%New("(.)x"),m.Text="ax" write m.Locate(),m.SubstituteIn("<$1>"),m.HitEnd()',
         "1<a>1"),
    ],
)  # fmt: skip
def test_matchers(code: str, output: str) -> None:
    assert written(code) == output


def test_a_wrong_pattern_or_group_is_an_error() -> None:
    with pytest.raises(ObjectScriptError, match=r"<REGULAR EXPRESSION> '\(' *"):
        written(' set m=##class(%Regex.Matcher).%New("(")')
    with pytest.raises(ObjectScriptError, match="there is no group 3"):
        written(' set m=##class(%Regex.Matcher).%New("a","a") write m.Match(),m.Group(3)')
    with pytest.raises(ObjectScriptError, match="there is no match"):
        written(' set m=##class(%Regex.Matcher).%New("a","b") write m.Group')


def test_populate_fills_properties_by_spec_name_and_type() -> None:
    defined(
        """Class t.P Extends (%RegisteredObject, %Populate)
{
Property Name As %String;
Property Sex As %String(VALUELIST = ",F,M");
Property Age As %Integer(MINVAL = 18, MAXVAL = 20);
Property Code As %String(POPSPEC = "ValueList("",x,y"")");
Property Twice As %Integer(POPSPEC = ".Double()");
Property Born As %Date;
Method Double()
{
 quit ..Age*2
}
Method %Save()
{
 quit 1
}
}
"""
    )
    made = []
    cls = dictionary.resolve("t.P")
    new = cls._New  # type: ignore[attr-defined]  # built at run time
    cls._New = lambda *_: made.append(new()) or made[-1]  # type: ignore[attr-defined]  # to look at what was made
    assert written(" write ##class(t.P).Populate(5)") == "5"
    assert len(made) == 5
    for one in made:
        assert "," in one.Name
        assert one.Sex in ("F", "M")
        assert 18 <= one.Age <= 20
        assert one.Code in ("x", "y")
        assert one.Twice == one.Age * 2
        assert one.Born > 21000


@pytest.mark.parametrize("name", ["USState", "USZip", "TimeStamp", "Title", "Mission", "Product", "Currency", "Email"])
def test_population_methods_give_something(name: str) -> None:
    assert written(f" write ##class(%PopulateUtils).{name}()")


PERSON = """Class t.Person Extends (%RegisteredObject, %XML.Adaptor)
{
Parameter XMLNAME = "Person";
Property Id As %Integer(XMLPROJECTION = "ATTRIBUTE");
Property Name As %String(XMLNAME = "FullName");
Property Born As %Date;
Property Member As %Boolean;
Property Secret As %String(XMLPROJECTION = "NONE");
Property Tags As list Of %String;
Property Phones As list Of %String(XMLNAME = "Phone", XMLPROJECTION = "ELEMENT");
Property Home As t.Address;
Property Others As list Of t.Address;
}
"""
ADDRESS = """Class t.Address Extends (%RegisteredObject, %XML.Adaptor)
{
Property City As %String;
}
"""
XML = (
    '<Person Id="7"><FullName>A &amp; B</FullName><Born>1815-12-10</Born><Member>true</Member>'
    "<Tags><TagsItem>x</TagsItem><TagsItem>y</TagsItem></Tags><Phone>1</Phone><Phone>2</Phone>"
    "<Home><City>Ulm</City></Home><Others><Address><City>Rom</City></Address></Others></Person>"
)


def test_objects_are_read_from_xml_and_written_as_the_same() -> None:
    defined(ADDRESS, PERSON)
    code = """
 set r=##class(%XML.Reader).%New() write r.OpenString("<All>"_xml_xml_"</All>")
 do r.Correlate("Person","t.Person")
 while r.Next(.p,.sc) { write " ",p.Id,p.Name,p.Born,p.Member,p.Tags.Count(),p.Phones.GetAt(2)
  write p.Home.City,p.Others.GetAt(1).City }
 write sc set p2=p write $isobject(p)
"""
    assert written(code, xml=XML) == "1" + " 7A & B-9153122UlmRom" * 2 + "10"
    back = """
 set r=##class(%XML.Reader).%New() do r.OpenString(xml),r.Correlate("Person","t.Person"),r.Next(.p)
 do p.XMLExportToString(.s)
 set p.Secret="no" write s
"""
    assert written(back, xml=XML) == XML


def test_what_is_no_xml_or_does_not_fit_is_told(tmp_path: Path) -> None:
    defined(ADDRESS)
    told = " set r=##class(%XML.Reader).%New() write $system.Status.GetErrorText({})"
    assert "line 1, column" in written(told.format('r.OpenString("<a>")'))
    assert "could not be opened" in written(told.format('r.OpenFile("/none/at/all")'))
    code = ' set r=##class(%XML.Reader).%New() do r.OpenString("<t><Address><Town/></Address></t>") '
    code += 'do r.Correlate("Address","t.Address") write r.Next(.a,.sc),$system.Status.GetErrorText(sc)'
    assert "<Town> at line 1 is no property of t.Address" in written(code)


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    defined(ADDRESS)
    (tmp_path / "secret").write_text("hidden")
    xml = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><Address><City>&e;</City></Address>'
    code = ' set r=##class(%XML.Reader).%New() do r.OpenString(xml),r.Correlate("Address","t.Address") '
    assert "hidden" not in written(f"{code} if r.Next(.a) {{ write a.City }}", xml=xml)


def test_ens_util_time_and_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "isc.py.ens.log")
    assert written(' write ##class(Ens.Util.Time).ConvertDateTime("20240102","%Y%m%d","%d.%m.%Y",,.sc)') == "02.01.2024"
    assert written(' write ##class(Ens.Util.Log).LogInfo("a.B","M","hello")') == "1"
    assert caplog.messages == ["a.B.M: hello"]
