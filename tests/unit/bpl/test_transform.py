from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.bpl.exceptions import TransformError
from isc.py.bpl.transform import traces_to, transform
from isc.py.bpl.transform_reader import read_transform
from isc.py.bpl.transform_steps import Compiler
from isc.py.msg.hl7 import HL7Message
from isc.py.objectscript import ByRef, Frame, compile_block, dictionary, status
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

ADDRESS = """Class t.Address Extends %RegisteredObject
{
Property City As %String;
Property Lines As list Of %String;
}
"""
PERSON = """Class t.Person Extends Ens.Request
{
Property Name As %String;
Property Age As %Integer;
Property Home As t.Address;
Property Names As list Of %String;
Property Codes As array Of %String;
Property Addresses As list Of t.Address;
Property Rooms As array Of t.Address;
}
"""
Define = Callable[..., str]


@pytest.fixture(autouse=True)
def classes() -> Iterator[None]:
    yield
    dictionary.reset()


@pytest.fixture
def define() -> Define:
    """Registers the classes of a test; the name of the transformation."""

    def made(actions: str, head: str = "", more: str = "", name: str = "t.Transform") -> str:
        head = head or "sourceClass='t.Person' targetClass='t.Person' create='new' language='objectscript'"
        text = f"""Class {name} Extends Ens.DataTransformDTL
{{
{more}
XData DTL [ XMLNamespace = "http://www.intersystems.com/dtl" ]
{{
<transform xmlns="http://www.intersystems.com/dtl" {head}>
{actions}
</transform>
}}
}}
"""
        for source in (ADDRESS, PERSON, text):
            definition = parse_class(source, source="t.cls")
            if source is text or not dictionary.exists(definition.name):
                dictionary.register(definition.name, build(definition))
        return name

    return made


def person(**values: object) -> object:
    made = dictionary.resolve("t.Person")._New()  # type: ignore[attr-defined]  # a message class
    for name, value in values.items():
        made._set_property(name, value)
    return made


def seen(made: object, expression: str) -> object:
    from isc.py.objectscript import compile_expression

    return compile_expression(f"made.{expression}").evaluate(Frame({"made": made}))


def test_assign_sets_values_of_expressions(define: Define) -> None:
    name = define(
        """<assign value='source.Name_"!"' property='target.Name' action='set' />
<assign value='source.Age+1' property='target.Age'/>
<assign value='"Rome"' property='target.Home.City' action='set'><annotation>why</annotation></assign>"""
    )
    made = transform(name, person(Name="Ann", Age=40))
    assert (seen(made, "Name"), seen(made, "Age"), seen(made, "Home.City")) == ("Ann!", 41, "Rome")


def test_assign_changes_collections_by_action_and_key(define: Define) -> None:
    name = define(
        """<assign value='"b"' property='target.Names' action='append' />
<assign value='"c"' property='target.Names' action='append' />
<assign value='"a"' property='target.Names' action='insert' key='1' />
<assign value='"C"' property='target.Names.(3)' action='set' />
<assign property='target.Names' action='remove' key='2' />
<assign value='1' property='target.Codes' action='set' key='"x"' />
<assign value='2' property='target.Codes.("y")' />
<assign value='3' property='target.Codes' key='"z"' />
<assign property='target.Codes' action='remove' key='"x"' />
<assign value='"Oslo"' property='target.Rooms.("r1").City' />
<assign value='"kept"' property='target.Name' /><assign property='target.Name' action='clear'/>"""
    )
    made = transform(name, person())
    assert list(seen(made, "Names")) == ["a", "C"]  # type: ignore[call-overload]  # a list
    assert dict(seen(made, "Codes")) == {"y": 2, "z": 3}  # type: ignore[call-overload]  # an array
    assert seen(made, 'Rooms.GetAt("r1").City') == "Oslo"
    assert seen(made, "Name") == ""
    define(
        "<assign value='1' property='target.Names' action='append'/><assign property='target.Names' action='clear'/>"
    )
    assert list(seen(transform("t.Transform", person()), "Names")) == []  # type: ignore[call-overload]  # a list


def test_a_collection_is_copied_not_shared(define: Define) -> None:
    name = define("<assign value='source.Names' property='target.Names'/>")
    source = person()
    seen(source, 'Names.Insert("a")')
    made = transform(name, source)
    seen(made, 'Names.Insert("b")')
    assert (seen(source, "Names.Count()"), seen(made, "Names.Count()")) == (1, 2)


def test_conditions_choose_and_loops_run_once_an_item(define: Define) -> None:
    name = define(
        """<foreach property='source.Names()' key='k1'>
<if condition='source.Names.(k1)="stop"'><true><break/></true></if>
<switch><case condition='k1=1'>
<assign value='"first "_source.Names.(k1)' property='target.Names' action='append'/></case>
<case condition='k1&lt;4'><assign value='"middle"' property='target.Names' action='append'/></case>
<default><assign value='"late"' property='target.Names' action='append'/></default></switch>
</foreach>
<foreach property='source.Codes' key='c'><assign value='source.Codes.(c)*2' property='target.Codes.(c)'/></foreach>
<if condition='source.Age &gt; 17'><true><assign value='"adult"' property='target.Name'/></true>
<false><assign value='"child"' property='target.Name'/></false></if>"""
    )
    source = person(Age=18)
    for item in ("a", "b", "c", "d", "stop", "e"):
        seen(source, f'Names.Insert("{item}")')
    seen(source, 'Codes.SetAt(4,"x")')
    made = transform(name, source)
    assert list(seen(made, "Names")) == ["first a", "middle", "middle", "late"]  # type: ignore[call-overload]  # a list
    assert (seen(made, 'Codes.GetAt("x")'), seen(made, "Name")) == (8, "adult")
    assert seen(transform(name, person(Age=3)), "Name") == "child"


def test_code_runs_with_source_target_and_aux(define: Define) -> None:
    name = define(
        """<code><![CDATA[
 set target.Name = $piece(source.Name, " ", 1)_aux
 do ..Mark(target)
]]></code>
<group name='numbers'><code language='python'>
target.Age = source.Age + 1
</code></group>""",
        more='ClassMethod Mark(p)\n{\n    set p.Name = p.Name_"*"\n}\n',
    )
    made = transform(name, person(Name="Ann Lee", Age=1), aux="?")
    assert (seen(made, "Name"), seen(made, "Age")) == ("Ann?*", 2)


def test_what_is_disabled_or_a_comment_is_not_done(define: Define) -> None:
    name = define(
        """<comment value='a note'/><!-- another -->
<assign value='1/0' property='target.Age' disabled='1' />
<group disabled='true'><assign value='"no"' property='target.Name'/></group>"""
    )
    assert seen(transform(name, person()), "Name") == ""


def test_subtransforms_make_objects_and_items(define: Define) -> None:
    define(
        "<assign value='source.City_aux' property='target.City'/>",
        "sourceClass='t.Address' targetClass='t.Address' create='new'",
        name="t.City",
    )
    name = define(
        """<subtransform class='t.City' targetObj='target.Home' sourceObj='source.Home' auxiliary='"!"'/>
<foreach property='source.Addresses()' key='k'>
<subtransform class='t.City' targetObject='target.Addresses.(k)' sourceObject='source.Addresses.(k)'/></foreach>
<subtransform class='t.City' targetObject='target.Rooms.("none")' sourceObject='source.Rooms.("none")'/>"""
    )
    home = dictionary.resolve("t.Address")(City="Rome")
    source = person(Home=home)
    for city in ("Oslo", "Bern"):
        source.Addresses.Insert(dictionary.resolve("t.Address")(City=city))  # type: ignore[attr-defined]  # a t.Person
    made = transform(name, source)
    assert seen(made, "Home.City") == "Rome!"
    assert (seen(made, "Addresses.GetAt(1).City"), seen(made, "Addresses.GetAt(2).City")) == ("Oslo", "Bern")
    assert seen(made, "Rooms.Count()") == 0


def test_the_target_is_new_a_copy_or_the_callers(define: Define) -> None:
    for create, expected in (("new", ("", "x")), ("copy", ("Ann", "x")), ("existing", ("Old", "x"))):
        head = f"sourceClass='t.Person' targetClass='t.Person' create='{create}'"
        name = define("<assign value='\"x\"' property='target.Names' action='append'/>", head)
        source, given = person(Name="Ann"), person(Name="Old")
        made = transform(name, source, given)
        assert (seen(made, "Name"), seen(made, "Names.GetAt(1)")) == expected
        assert seen(source, "Names.Count()") == 0
        assert (made is given) == (create == "existing")


def test_the_language_calls_transform_by_reference(define: Define) -> None:
    name = define("<assign value='source.Name' property='target.Name'/>")
    frame = Frame({"person": person(Name="Ann")})
    compile_block(f" set sc = ##class({name}).Transform(person, .made, 1)\n set name = made.Name").execute(frame)
    assert (frame.variables["sc"], frame.variables["name"]) == (1, "Ann")


def test_a_transformation_may_be_written_in_the_language() -> None:
    text = """Class t.Own Extends Ens.DataTransform
{
ClassMethod Transform(source As Ens.StringRequest, ByRef target As Ens.StringResponse) As %Status
{
    set target = ##class(Ens.StringResponse).%New()
    set target.StringValue = $zconvert(source.StringValue, "U")
    quit $$$OK
}
}
"""
    dictionary.register("t.Own", build(parse_class(text, source="t.cls")))
    from isc.py.msg import StringRequest

    assert seen(transform("t.Own", StringRequest(StringValue="abc")), "StringValue") == "ABC"
    with pytest.raises(TransformError, match="no Transform method"):
        transform("Ens.DataTransform", StringRequest())
    with pytest.raises(TransformError, match=r"Ens.StringRequest is no transformation"):
        transform("Ens.StringRequest", StringRequest())


def test_trace_goes_to_whoever_listens(define: Define) -> None:
    name = define("""<trace value='"name "_source.Name'/><code> set done = $$$LOGINFO("x")</code>""")
    heard: list[tuple[str, str]] = []
    with traces_to(lambda kind, text: heard.append((kind, text))):
        transform(name, person(Name="Ann"))
    assert heard == [("trace", "name Ann"), ("info", "x")]


FAILING = """<assign value='source.Nam' property='target.Name' />
<assign value='"done"' property='target.Names' action='append' />"""


def test_a_failed_assignment_is_told_with_action_and_line_after_the_rest_was_done(define: Define) -> None:
    name = define(FAILING)
    target: ByRef[object] = ByRef("")
    result = dictionary.resolve(name).Transform(person(), target)  # type: ignore[attr-defined]  # a transformation
    text = status.text(result)
    assert "assign at line 7 of t.Transform" in text
    assert "Nam of t.Person" in text
    assert seen(target.value, "Names.GetAt(1)") == "done"


def test_without_reporterrors_a_failed_assignment_is_only_logged(
    define: Define, caplog: pytest.LogCaptureFixture
) -> None:
    name = define(FAILING, more="Parameter REPORTERRORS = 0;")
    assert seen(transform(name, person()), "Names.GetAt(1)") == "done"
    assert "assign at line 7" in caplog.text


def test_what_is_read_from_nothing_is_passed_over_unless_it_must_be_there(define: Define) -> None:
    actions = "<assign value='source.Home.City' property='target.Name'/>"
    assert seen(transform(define(actions), person()), "Name") == ""
    name = define(actions, more="Parameter IGNOREMISSINGSOURCE = 0;")
    with pytest.raises(TransformError, match="INVALID OREF"):
        transform(name, person())


def test_code_that_fails_ends_the_transformation(define: Define) -> None:
    name = define("<code> set x = 1/0</code><assign value='1' property='target.Age'/>")
    with pytest.raises(TransformError, match=r"<DIVIDE>.*code at line 7 of t.Transform"):
        transform(name, person())


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        (
            "<assign value='1' property='target.Age' akey='2'/>",
            "line 7: <assign> has no attribute 'akey'.*did you mean key",
        ),
        ("<assign value='1'/>", "line 7: <assign> has no attribute 'property': add it"),
        ("<assign property='target.Age'/>", "no attribute 'value'"),
        ("<assign value='1' property='target.Age' action='put'/>", "action 'put': use set, append"),
        ("<map/>", "line 7: the element <map> is not supported in <transform>: it has assign"),
        (
            "<if condition='1'><assign value='1' property='x'/></if>",
            "<assign> is not supported in <if>: it has true false",
        ),
        ("<assign value='1+' property='target.Age'/>", r"assign at line 7 of t.Transform"),
        ("<assign value='1' property='1'/>", "assign at line 7 of t.Transform"),
        ("<code language='basic'>x</code>", "language 'basic'"),
        ("<code language='python'>x = (</code>", "never closed"),
        ("<assign value='1' property='target.Age'", "is no XML.*line"),
    ],
)
def test_what_dtl_does_not_have_is_named_with_its_line(define: Define, actions: str, reason: str) -> None:
    name = define(actions)
    with pytest.raises(TransformError, match=reason):
        transform(name, person())


def test_entities_are_not_read(tmp_path: object) -> None:
    text = """<!DOCTYPE transform [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<transform sourceClass='a' targetClass='b'><code>&x;</code></transform>"""
    with pytest.raises(TransformError, match="has an entity"):
        read_transform(text, "t.X")


# --- HL7 ---

ADT = "\r".join(
    [
        r"MSH|^~\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A01|MSG001|P|2.3",
        "PID|1||100^^^MR~200^^^SS||DOE^JOHN",
        "PV1|1|I",
        "DG1|1|A",
        "DG1|2|B",
        "IN1|1|PLAN A",
        "IN2|1|x",
        "IN1|2|PLAN B",
    ]
)
HL7 = (
    "sourceClass='EnsLib.HL7.Message' targetClass='EnsLib.HL7.Message' sourceDocType='2.3:ADT_A01' "
    "targetDocType='2.5:ADT_A01' create='{create}'"
)


def hl7() -> HL7Message:
    made = HL7Message.ImportFromString(ADT)
    assert isinstance(made, HL7Message)
    return made


def run_hl7(define: Define, actions: str, create: str = "new", more: str = "") -> HL7Message:
    made = transform(define(actions, HL7.format(create=create), more), hl7())
    assert isinstance(made, HL7Message)
    assert made.DocType == "2.5:ADT_A01"
    return made


def test_virtual_properties_are_copied(define: Define) -> None:
    made = run_hl7(
        define,
        """<assign value='source.{MSH}' property='target.{MSH}'/>
<assign value='"2.5"' property='target.{MSH:VersionID}'/>
<assign value='source.{PID:5.1}_","_source.{PID:5.2}' property='target.{PID:5.1}'/>
<assign value='source.{PID:3(2)}' property='target.{PID:3}' action='append'/>
<assign value='"X"' property='target.{PID:3}' action='append'/>
<assign value='source.{PV2:3}' property='target.{PV2:3}'/>
<assign value='source.GetValueAt("PV1:2")' property='target.{PV1:2}'/>""",
    )
    assert made.RawContent.split("\r") == [
        r"MSH|^~\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A01|MSG001|P|2.5",
        "PID|||200^^^SS~X||DOE,JOHN",
        "PV1||I",
        "",
    ]


def test_empty_indices_go_through_all(define: Define) -> None:
    made = run_hl7(
        define,
        """<assign value='source.{MSH}' property='target.{MSH}'/>
<assign value='source.{PID:3().1}_"!"' property='target.{PID:3().1}'/>
<assign value='source.{DG1()}' property='target.{DG1()}'/>
<assign value='source.{IN1grp().IN1:2}' property='target.{IN1grp().IN1:2}'/>
<assign value='source.{IN1grp().IN1:1}' property='target.{NTE()}' disabled='1'/>
<assign value='"Z"' property='target.{DG1():6}'/>""",
    )
    assert made.GetValueAt("PID:3") == "100!~200!"
    assert made.FindSegmentValues("DG1:2") == "<A><B>"
    assert made.FindSegmentValues("DG1:6") == "<Z><Z>"
    assert made.FindSegmentValues("IN1:2") == "<PLAN A><PLAN B>"


def test_foreach_goes_through_segments_groups_and_repetitions(define: Define) -> None:
    made = run_hl7(
        define,
        """<foreach property='source.{IN1grp()}' key='k1'>
<assign value='source.{IN1grp(k1).IN1:2}_" of "_k1' property='target.{IN1grp(k1).IN1:2}'/></foreach>
<foreach property='source.{PID:3()}' key='k1'>
<if condition='source.{PID:3(k1).4}="SS"'><true>
<assign value='source.{PID:3(k1).1}' property='target.{PID:19}'/></true></if></foreach>
<foreach property='source.{NK1()}' key='k1'><assign value='1' property='target.{NK1(k1):1}'/></foreach>""",
    )
    assert made.FindSegmentValues("IN1:2") == "<PLAN A of 1><PLAN B of 2>"
    assert made.GetValueAt("PID:19") == "200"
    assert made.GetValueAt("NK1(*)") == 0


def test_an_empty_field_repeats_once_unless_it_is_null(define: Define) -> None:
    actions = """<foreach property='source.{PID:4()}' key='k'>
<assign value='"seen "_k' property='target.{PID:19}'/></foreach>
<foreach property='source.{PID:11()}' key='k'><assign value='"never"' property='target.{PID:20}'/></foreach>"""
    made = run_hl7(define, actions)
    assert (made.GetValueAt("PID:19"), made.GetValueAt("PID:20")) == ("seen 1", "")
    more = "Parameter TREATEMPTYREPEATINGFIELDASNULL = 1;"
    assert run_hl7(define, actions, more=more).RawContent == ""


def test_a_copy_is_changed_and_segments_are_removed(define: Define) -> None:
    made = run_hl7(
        define,
        """<assign property='target.{IN1grp()}' action='remove'/><assign property='target.{DG1(1)}' action='remove'/>
<assign property='target.{PID:3(1)}' action='remove'/><assign property='target.{PID:5}' action='clear'/>""",
        create="copy",
    )
    assert made.RawContent.split("\r")[1:] == ["PID|1||200^^^SS||", "PV1|1|I", "DG1|2|B", ""]


def test_a_missing_segment_is_an_error_when_it_must_be_there(define: Define) -> None:
    actions = "<assign value='source.{PV2:3}' property='target.{PV2:3}'/>"
    with pytest.raises(TransformError, match=r"assign at line 7 of t.Transform: the source has no segment for 'PV2:3'"):
        run_hl7(define, actions, more="Parameter IGNOREMISSINGSOURCE = 0;")


def test_a_path_that_cannot_be_is_named_with_its_action(define: Define) -> None:
    with pytest.raises(TransformError, match=r"assign at line 7 of t.Transform: .*nothing named 'PatientNme'"):
        run_hl7(define, "<assign value='1' property='target.{PID:PatientNme}'/>")


def test_a_segment_is_given_to_a_subtransform(define: Define) -> None:
    define(
        "<assign value='source.{2}' property='target.{2}'/><assign value='\"sub\"' property='target.{3}'/>",
        "sourceClass='EnsLib.HL7.Segment' targetClass='EnsLib.HL7.Segment' create='existing'",
        name="t.Diagnosis",
    )
    made = run_hl7(
        define,
        """<foreach property='source.{DG1()}' key='k'>
<assign value='source.{DG1(k):1}' property='target.{DG1(k):1}'/>
<subtransform class='t.Diagnosis' sourceObject='source.{DG1(k)}' targetObject='target.{DG1(k)}'/></foreach>""",
    )
    assert made.RawContent.split("\r") == ["DG1|1|A|sub", "DG1|2|B|sub", ""]


def test_hl7_becomes_an_object_and_back(define: Define) -> None:
    head = "sourceClass='EnsLib.HL7.Message' targetClass='t.Person' create='new'"
    name = define(
        """<assign value='source.{PID:5.1}' property='target.Name'/>
<assign value='source.{PID:3().1}' property='target.Names' action='append'/>
<foreach property='source.{IN1grp()}' key='k'>
<assign value='source.{IN1grp(k).IN1:2}' property='target.Codes.(k)'/></foreach>""",
        head,
    )
    made = transform(name, hl7())
    assert (seen(made, "Name"), list(seen(made, "Names"))) == ("DOE", ["100", "200"])  # type: ignore[call-overload]  # a list
    assert dict(seen(made, "Codes")) == {"1": "PLAN A", "2": "PLAN B"}  # type: ignore[call-overload]  # an array


def test_a_segment_is_made_by_a_subtransform_of_its_doc_type(define: Define) -> None:
    define(
        """<assign value='"|"' property='target.{FieldSeparator}'/>
<assign value='source.Name' property='target.{SendingApplication}'/>
<assign value='"2.5"' property='target.{VersionID.VersionID}'/>""",
        "sourceClass='t.Person' targetClass='EnsLib.HL7.Segment' targetDocType='2.5:MSH' create='new'",
        name="t.Header",
    )
    name = define(
        """<subtransform class='t.Header' targetObj='target.{MSH}' sourceObj='source'/>
<assign value='source.Name' property='target.{NTE():SetIDNTE}' action='set'/>""",
        "sourceClass='t.Person' targetClass='EnsLib.HL7.Message' targetDocType='2.5:ORM_O01' create='new'",
    )
    made = transform(name, person(Name="LAB"))
    assert isinstance(made, HL7Message)
    assert made.RawContent == "MSH|^~\\&|LAB|||||||||2.5\rNTE|LAB\r"


def test_braces_name_properties_of_objects_too(define: Define) -> None:
    name = define(
        """<assign value='source.{Name}_source.{Home.City}' property='target.{Home.City}'/>
<assign value='"a"' property='target.{Names()}' action='append'/>"""
    )
    made = transform(name, person(Name="Ann", Home=dictionary.resolve("t.Address")(City="Rome")))
    assert (seen(made, "Home.City"), seen(made, "Names.GetAt(1)")) == ("AnnRome", "a")


def test_functions_of_the_library_are_class_methods_of_a_transformation(define: Define) -> None:
    name = define("<assign value='..ToUpper(..Piece(source.Name,\"^\",2))' property='target.Name'/>")
    assert seen(transform(name, person(Name="a^b^c")), "Name") == "B"
    with pytest.raises(TransformError, match=r"<METHOD DOES NOT EXIST> Nope of t.Transform"):
        transform(define("<trace value='..Nope(1)'/>"), person())


SEED = """<transform sourceClass='a' targetClass='b' create='new' language='objectscript' >
<assign value='source.{PID:3().1}_"x"' property='target.{PID:3().1}' action='set' key='1' />
<foreach property='source.{IN1grp()}' key='k1' >
<if condition='k1&gt;1' ><true><code><![CDATA[ set x=1 ]]></code></true></if></foreach>
<switch><case condition='1'/><default/></switch>
<subtransform class='c' targetObj='target.A' sourceObj='source.B'/>
<trace value='"t"'/></transform>"""


@given(st.integers(0, len(SEED)), st.integers(0, 12), st.text(max_size=6))
def test_text_that_was_damaged_is_refused_or_read_but_never_crashes(at: int, gone: int, put: str) -> None:
    damaged = SEED[:at] + put + SEED[at + gone :]
    try:
        Compiler("t.X").all(read_transform(damaged, "t.X").actions)
    except TransformError as error:
        assert "t.X" in str(error)


def test_break_outside_a_loop_ends_the_transformation(define: Define) -> None:
    name = define(
        """<assign value='1' property='target.Age'/><if condition='1'><true><break/></true></if>
<assign value='2' property='target.Age'/>"""
    )
    assert seen(transform(name, person()), "Age") == 1


def test_an_object_is_cloned_and_one_in_a_variable_is_shared(define: Define) -> None:
    name = define(
        """<assign value='source.Home' property='target.Home'/><assign value='source' property='copy'/>
<assign value='source.Home' property='mine'/><assign value='aux' property='target.Rooms' key='"r"'/>
<assign value='copy.Name' property='target.Name'/>"""
    )
    home, other = (dictionary.resolve("t.Address")(City=city) for city in ("Rome", "Oslo"))
    source = person(Name="Ann", Home=home)
    made = transform(name, source, aux=other)
    assert seen(made, "Home") is not home
    assert (seen(made, "Home.City"), seen(made, "Name")) == ("Rome", "Ann")
    assert seen(made, 'Rooms.GetAt("r")') is other


def test_a_key_counts_for_arrays_only_and_insert_without_one_appends(define: Define) -> None:
    name = define(
        """<assign value='"a"' property='target.Name' action='set' key='1'/>
<assign value='source.Names' property='target.Names' action='set' key='7'/>
<assign value='"z"' property='target.Names' action='insert'/>
<assign value='1' property='target.Codes' action='insert' key='"k"'/>"""
    )
    source = person()
    seen(source, 'Names.Insert("x")')
    made = transform(name, source)
    assert (seen(made, "Name"), list(seen(made, "Names")), seen(made, 'Codes.GetAt("k")')) == ("a", ["x", "z"], 1)  # type: ignore[call-overload]  # a list


def test_the_target_of_a_subtransform_need_not_be_there(define: Define) -> None:
    define(
        "<assign value='source.Name' property='target.Name'/>",
        "sourceClass='t.Person' targetClass='t.Person' create='new'",
        name="t.Copy",
    )
    name = define(
        """<subtransform class='t.Copy' sourceObj='source' targetObj='made'/>
<assign value='made.Name' property='target.Name'/>"""
    )
    assert seen(transform(name, person(Name="Ann")), "Name") == "Ann"


def test_a_transformation_that_calls_itself_for_ever_is_an_error(define: Define) -> None:
    name = define("<subtransform class='t.Transform' sourceObj='source' targetObj='made'/>")
    with pytest.raises(TransformError, match=r"subtransform at line 7 of t.Transform"):
        transform(name, person())
