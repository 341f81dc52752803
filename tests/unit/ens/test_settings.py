import pytest
from isc.py.ens.exceptions import ProductionError
from isc.py.ens.settings import Configured, Setting, settings_of, take
from isc.py.objectscript.compiler import compile_expression
from isc.py.objectscript.frame import Frame


class Reader(Configured):
    Folder = Setting(str, "", "Where files are.", required=True)
    Count = Setting(int, 3, "How many.", minimum=1, maximum=9)
    Wait = Setting(float, 0.5, "How long.")
    Deep = Setting(bool, True, "Whether folders in folders are read.")
    Order = Setting(str, "name", "By what.", choices=("name", "time"))


def taken(lenient: bool = False, **values: str) -> Reader:
    reader = Reader()
    take(reader, "item 'R'", {"Folder": "/in", **values}, lenient=lenient)
    return reader


def test_a_setting_has_its_type_and_its_default() -> None:
    reader = taken(Count="7", Deep="false", Wait="2")
    assert (reader.Count, reader.Deep, reader.Wait, reader.Order) == (7, False, 2.0, "name")
    assert [setting.name for setting in settings_of(Reader)] == ["Folder", "Count", "Wait", "Deep", "Order"]


def test_code_of_the_language_reads_it() -> None:
    reader = taken(Deep="true")
    value = compile_expression('..Deep_"/"_..Count_"/"_..Folder', "a test").evaluate(Frame(this=reader, place="here"))
    assert value == "1/3//in"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"Count": "many"}, "item 'R': setting Count: 'many' is not a whole number \\(Integer\\)"),
        ({"Count": "0"}, "Count: 0 is less than 1"),
        ({"Count": "10"}, "Count: 10 is greater than 9"),
        ({"Wait": "long"}, "Wait: 'long' is not a number"),
        ({"Deep": "maybe"}, "Deep: 'maybe' is not true or false"),
        ({"Order": "size"}, "Order: 'size' is none of name, time"),
        ({"Coumt": "1"}, "has no setting 'Coumt' \\(did you mean Count\\?\\)"),
        ({"Folder": ""}, "needs a value for its setting Folder"),
        ({"Colour": "red"}, "has no setting 'Colour'; it has Count, Deep, Folder"),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, str], says: str) -> None:
    with pytest.raises(ProductionError, match=says):
        taken(**values)


def test_a_setting_of_another_product_is_kept_and_told() -> None:
    (unknown,) = take(Reader(), "item 'R'", {"Folder": "/in", "SSLConfig": "x"}, lenient=True)
    assert "has no setting 'SSLConfig': it is kept and has no effect" in str(unknown)
    with pytest.raises(ProductionError, match="did you mean Folder"):
        taken(lenient=True, Foldr="/in")
