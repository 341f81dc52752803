import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.objectscript import Frame, compile_block, compile_expression, dictionary, status
from isc.py.objectscript.builder import build
from isc.py.objectscript.library.collections import ListOfDataTypes
from isc.py.objectscript.udl import parse_class
from isc.py.objectscript.values import collation_key, text


def value(expression: str, **variables: object) -> str:
    return text(compile_expression(expression).evaluate(Frame(variables)))


def written(code: str, **variables: object) -> str:
    frame = Frame(variables)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('##class(%Integer).IsValid("12")', "1"),
        ('##class(%Library.Integer).IsValid("")', "1"),
        ('$$$ISERR(##class(%Integer).IsValid("1.5"))', "1"),
        ('$$$ISERR(##class(%TinyInt).IsValid(200))', "1"),
        ('$$$ISERR(##class(%Boolean).IsValid(2))', "1"),
        ('$$$ISERR(##class(%TimeStamp).IsValid("yesterday"))', "1"),
        ('##class(%TimeStamp).IsValid("2024-01-02 03:04:05.678")', "1"),
        ('$$$ISERR(##class(%TimeStamp).IsValid("2024-13-01 00:00:00"))', "1"),
        ('$$$ISERR(##class(%TimeStamp).IsValid("2023-02-29"))', "1"),
        ('##class(%TimeStamp).IsValid("2024-02-29T23:59:59Z")', "1"),
        ('##class(%BigInt).IsValid("9223372036854775807")', "1"),
        ('$$$ISERR(##class(%BigInt).IsValid("9223372036854775808"))', "1"),
        ('##class(%Date).IsValid(2980013)', "1"),
        ('$$$ISERR(##class(%Date).IsValid(2980014))', "1"),
        ('$$$ISERR(##class(%Time).IsValid(86400))', "1"),
        ('##class(%Integer).Normalize(3.7)', "3"),
        ('##class(%Integer).DisplayToLogical("1,234")', "1234"),
        ('##class(%Date).LogicalToDisplay(66993)', "06/02/2024"),
        ('##class(%Date).LogicalToOdbc(66993)', "2024-06-02"),
        ('##class(%Date).OdbcToLogical("2024-06-02")', "66993"),
        ('##class(%Date).DisplayToLogical("06/02/2024")', "66993"),
        ('##class(%Date).DisplayToLogical("nothing")', ""),
        ('##class(%Time).LogicalToDisplay(3661)', "01:01:01"),
        ('##class(%Time).DisplayToLogical("01:01:01")', "3661"),
        ('##class(%Boolean).LogicalToXSD(1)', "true"),
        ('##class(%Boolean).XSDToLogical("false")', "0"),
        ('##class(%TimeStamp).LogicalToXSD("2024-01-02 03:04:05")', "2024-01-02T03:04:05Z"),
        ('##class(%List).IsValid($listbuild(1,2))', "1"),
    ],
)  # fmt: skip
def test_methods_of_types(expression: str, expected: str) -> None:
    assert value(expression) == expected


def test_a_class_file_defines_a_type_and_properties_follow_it() -> None:
    dictionary.reset()
    kind = build(
        parse_class(
            "Class my.Color Extends %String\n{\n"
            'Parameter VALUELIST = ",R,G";\nParameter DISPLAYLIST = ",Red,Green";\n}\n'
        )
    )
    dictionary.register("my.Color", kind)
    assert value('##class(my.Color).LogicalToDisplay("R")') == "Red"
    assert value('##class(my.Color).DisplayToLogical("Green")') == "G"
    assert status.is_error(kind.IsValid("B"))  # type: ignore[attr-defined]  # built at run time
    owner = build(
        parse_class(
            "Class my.Car Extends %RegisteredObject\n{\nProperty Paint As my.Color;\n"
            'Property Built As %Date(FORMAT = 3);\nProperty Plate As %String(PATTERN = "2U3N");\n'
            "Property Price As %Numeric(SCALE = 2);\n}\n"
        )
    )
    dictionary.register("my.Car", owner)
    assert (
        written(
            ' set c=##class(my.Car).%New(),c.Paint="R",c.Built=66993,c.Plate="AB123" '
            "write c.PaintLogicalToDisplay(c.Paint),c.BuiltLogicalToDisplay(c.Built),c.%ValidateObject(),"
            "c.PriceNormalize(1.005)"
        )
        == "Red2024-06-0211.01"
    )
    assert "PATTERN" in written(
        ' set c=##class(my.Car).%New(),c.Plate="x" write $system.Status.GetErrorText(c.%ValidateObject())'
    )
    assert "VALUELIST" in written(
        ' set c=##class(my.Car).%New(),c.Paint="B" write $system.Status.GetErrorText(c.%ValidateObject())'
    )
    dictionary.reset()


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (' set l=##class(%ListOfDataTypes).%New() do l.Insert("b"),l.InsertAt("a",1),l.Insert("c") '
         'write l.Count(),l.Size,l.GetAt(2),l.Find("c"),l.InsertAt("x",9),l.IsDefined(3),l.IsDefined(4)', "33b3010"),
        (' set l=##class(%ListOfDataTypes).%New() for v=3,1,2 { do l.InsertOrdered(v) } '
         'set k="" for { set v=l.GetNext(.k) quit:k=""  write k,v,"," }', "11,22,33,"),
        (' set l=##class(%ListOfDataTypes).%New() do l.InsertList($listbuild(1,"x")) '
         'set k="" write l.GetPrevious(.k),k,$listtostring(l.Serialize())', "x21,x"),
        (' set l=##class(%ListOfDataTypes).%New() do l.Insert(1),l.Insert(2) write l.RemoveAt(1),l.RemoveAt(5),'
         'l.Count(),l.SetAt("z",1),l.GetAt(1),l.Clear(),l.Count()', "111z10"),
        (' set a=##class(%ArrayOfDataTypes).%New() do a.SetAt("ten",10),a.SetAt("two",2),a.SetAt("x","k") '
         'set k="" for { set v=a.GetNext(.k) quit:k=""  write k,"=",v," " } write a.Find("ten"),a.Previous(""),'
         'a.IsDefined(2),a.IsDefined(3),a.RemoveAt(2),a.Count()', "2=two 10=ten k=x 10k10two2"),
        (' set a=##class(%ArrayOfDataTypes).%New() do a.SetAt(1,"x") set k="" write a.GetPrevious(.k),k,'
         '$listtostring($list(a.Serialize()))', "1xx,1"),
        (' set o=##class(%ListOfDataTypes).%New(),l=##class(%ListOfObjects).%New() do l.Insert(o) '
         'set c=l.%ConstructClone(1) write l.FindOref(o),c.FindOref(o),l.%ClassName(1)', "1%Library.ListOfObjects"),
        (' set a=##class(%ArrayOfObjects).%New(),o={} do a.SetAt(o,"k") write a.FindOref(o),a.GetAt("none")', "k"),
    ],
)  # fmt: skip
def test_collections(code: str, output: str) -> None:
    assert written(code) == output


@given(st.lists(st.integers() | st.text(max_size=3)))
def test_ordered_insertion_keeps_the_order_of_subscripts(items: list[object]) -> None:
    made = ListOfDataTypes()
    for item in items:
        made.InsertOrdered(item)
    keys = [collation_key(item) for item in made]
    assert keys == sorted(keys)
