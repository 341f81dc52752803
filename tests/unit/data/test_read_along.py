from pathlib import Path

from isc.py.data.namespace import open_namespace, use
from isc.py.objectscript import dictionary
from isc.py.objectscript.library.unit_test_runner import Folder, run_class

ROW = """Class ra.Row Extends %Persistent
{
Property Code As %String;
}
"""
SUITE = """Class ra.Suite Extends %UnitTest.TestCase
{
Method TestRows()
{
    for code = "b", "a" {
        set row = ##class(ra.Row).%New(), row.Code = code
        do $$$AssertStatusOK(row.%Save())
    }
    set found = ""
    &sql(DECLARE c CURSOR FOR SELECT Code INTO :code FROM ra.Row ORDER BY Code)
    &sql(OPEN c)
    do $$$AssertEquals(SQLCODE, 0)
    for {
        &sql(FETCH c)
        quit:SQLCODE
        set found = found_code
    }
    &sql(CLOSE c)
    do $$$AssertEquals(found, "ab")
}
}
"""


def test_sql_finds_the_classes_of_the_files_of_a_run(tmp_path: Path) -> None:
    files = tmp_path / "cls"
    files.mkdir()
    (files / "Row.cls").write_text(ROW)
    (files / "Suite.cls").write_text(SUITE)
    dictionary.reset()
    with use(open_namespace(tmp_path)) as namespace:
        with Folder(files).in_use():
            (result,) = run_class("ra.Suite")
        assert (result.outcome, result.recording.error) == ("passed", "")
        namespace.close()
    dictionary.reset()
