from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.objectscript import Frame, compile_block, dictionary, status
from isc.py.objectscript.library.unit_test_runner import Folder, Result, classes_with_tests, run_class

HEAD = "Include %outUnitTest\n\nClass t.Suite Extends %UnitTest.TestCase\n{\n\n"


@pytest.fixture(autouse=True)
def _dictionary() -> Iterator[None]:
    dictionary.reset()
    yield
    dictionary.reset()


def results(folder: Path, body: str, only: str = "") -> list[Result]:
    (folder / "Suite.cls").write_text(f"{HEAD}{body}\n}}\n")
    found = Folder(folder)
    assert not found.broken
    with found.in_use():
        return [result for name in classes_with_tests(found.names()) for result in run_class(name, only)]


@pytest.mark.parametrize(
    ("code", "outcome", "detail"),
    [
        ('do $$$AssertEquals(1+1,2,"sum")', "passed", ""),
        ('do $$$AssertEquals("1.0",1,"as strings")', "failed", '"1.0" is not 1'),
        ('do $$$AssertNotEquals("a","a","x")', "failed", 'both are "a"'),
        ('do $$$AssertTrue(0,"x")', "failed", "0 is not true"),
        ('do $$$AssertNotTrue("","x")', "passed", ""),
        ('do $$$AssertStatusOK(1,"x")', "passed", ""),
        ('do $$$AssertStatusOK($$$ERROR(5001,"bad thing"),"x")', "failed", "ERROR #5001: bad thing"),
        ('do $$$AssertStatusNotOK($$$OK,"x")', "failed", "the status is OK"),
        ('do $$$AssertStatusEquals($$$ERROR(5001,"a"),$$$ERROR(5001,"b"),"same code")', "passed", ""),
        ('do $$$AssertStatusEquals($$$ERROR(5001,"a"),$$$OK,"x")', "failed", "ERROR #5001: a is not OK"),
        ('do $$$AssertSuccess("x")', "passed", ""),
        ('do $$$AssertFailure("x")', "failed", "not to be reached"),
        ('do $$$AssertSkipped("no server")', "skipped", ""),
        ('do $$$AssertFilesSame("/none/a","/none/b","x")', "failed", "/none/a: No such file"),
        ('if $$$AssertTrue(1) { do $$$AssertEquals($piece("a,b",",",2),"b") }', "passed", ""),
        ('do $$$AssertEquals(\n        $piece("a,b",",",1),\n        "a",\n        "over lines")', "passed", ""),
        ('do:0 $$$AssertFailure("never")', "passed", ""),
    ],
)  # fmt: skip
def test_assertions(tmp_path: Path, code: str, outcome: str, detail: str) -> None:
    (result,) = results(tmp_path, f"Method TestIt()\n{{\n    {code}\n}}\n")
    assert (result.outcome, result.recording.error) == (outcome, "")
    assert detail in "".join(item.detail for item in result.recording.assertions)


def test_a_failure_knows_class_method_file_and_line(tmp_path: Path) -> None:
    wanted = '    do $$$AssertEquals(x, 2, "why")'
    (result,) = results(tmp_path, f"Method TestIt()\n{{\n    set x = 1\n\n{wanted}\n    do $$$AssertTrue(1)\n}}\n")
    failed, passed = result.recording.assertions
    assert (failed.passed, failed.description, passed.passed) == (False, "why", True)
    folder = Folder(tmp_path)
    with folder.in_use():
        where = folder.where(failed.place, failed.line)
    lines = (tmp_path / "Suite.cls").read_text().splitlines()
    assert where == f"{tmp_path}/Suite.cls:{lines.index(wanted) + 1}"


def test_an_error_ends_its_test_and_not_the_others(tmp_path: Path) -> None:
    first, second = results(
        tmp_path,
        "Method TestA()\n{\n    set x = 1\n    set y = nothing\n}\n\nMethod TestB()\n{\n do $$$AssertTrue(1)\n}\n",
    )
    assert "<UNDEFINED> nothing" in first.recording.error
    assert (first.recording.error_place, first.recording.error_line) == ("t.Suite.TestA", 2)
    assert second.outcome == "passed"


LIFE = """
Property Log As %String;

Method Note(what)
{
    set ..Log = ..Log_what_" "
    do $$$LogMessage(what)
}

Method OnBeforeAllTests() As %Status
{
    do ..Note("all")
    quit $$$OK
}

Method OnBeforeOneTest(testname As %String) As %Status
{
    do ..Note("before:"_testname)
    quit $$$OK
}

Method OnAfterOneTest(testname As %String) As %Status
{
    do ..Note("after:"_testname)
    quit $$$OK
}

Method OnAfterAllTests() As %Status
{
    quit $$$ERROR(5001, ..Log)
}

Method TestB()
{
    do ..Note("B")
}

Method TestA()
{
    do ..Note("A")
}

Method Helper()
{
}
"""


def test_setup_and_teardown_run_around_the_tests_in_order(tmp_path: Path) -> None:
    a, b, after = results(tmp_path, LIFE)
    assert (a.method, b.method, after.method) == ("TestA", "TestB", "OnAfterAllTests")
    assert after.recording.error == ("ERROR #5001: all before:TestA A after:TestA before:TestB B after:TestB ")
    assert a.recording.messages == ["before:TestA", "A", "after:TestA"]
    assert [result.method for result in results(tmp_path, LIFE, only="TestB")] == ["TestB", "OnAfterAllTests"]


def test_a_setup_that_fails_keeps_the_tests_from_running(tmp_path: Path) -> None:
    body = (
        'Method {}(x = "") As %Status\n{{\n quit $$$ERROR(5001,"no")\n}}\n\n'
        "Method TestA()\n{{\n do $$$AssertTrue(1)\n}}\n"
    )
    (result,) = results(tmp_path, body.format("OnBeforeAllTests"))
    assert (result.method, result.recording.error) == ("OnBeforeAllTests", "ERROR #5001: no")
    (result,) = results(tmp_path, body.format("OnBeforeOneTest"))
    assert (result.method, result.outcome, result.recording.assertions) == ("TestA", "failed", [])


def test_the_manager_runs_folders_and_classes_and_tells_by_status(tmp_path: Path) -> None:
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "Suite.cls").write_text(
        f'{HEAD}Method TestA()\n{{\n do $$$AssertTrue(..Manager.UserFields.GetAt("k"))\n}}\n\n'
        "Method TestB()\n{\n do $$$AssertTrue(0)\n}\n}\n"
    )
    frame = Frame()
    compile_block(
        ' set u=##class(%ArrayOfDataTypes).%New() do u.SetAt(1,"k") '
        f'set sc=##class(%UnitTest.Manager).RunTest("{tmp_path}/suite","/nodelete/recursive",u) '
        f'set one=##class(%UnitTest.Manager).RunTest("{tmp_path}/suite:t.Suite:TestA","",u) '
        'set none=##class(%UnitTest.Manager).RunTest("/not/there")'
    ).execute(frame)
    assert status.text(frame.variables["sc"]) == "ERROR #5001: 1 of 2 tests failed: t.Suite.TestB"
    assert frame.variables["one"] == 1
    assert "does not exist" in status.text(frame.variables["none"])
    assert not dictionary.exists("t.Suite")


def test_a_file_that_is_no_class_is_told_and_the_rest_is_found(tmp_path: Path) -> None:
    (tmp_path / "Bad.cls").write_text("Class t.Bad\n{\nWhatever;\n}\n")
    (tmp_path / "Macros.inc").write_text("#define Answer 42\n")
    (tmp_path / "Good.cls").write_text(
        "Include Macros\n\nClass t.Good Extends %UnitTest.TestCase\n{\n"
        "Method TestIt()\n{\n do $$$AssertEquals($$$Answer,42)\n}\n}\n"
    )
    folder = Folder(tmp_path)
    assert "Whatever" in folder.broken[tmp_path / "Bad.cls"]
    with folder.in_use():
        assert [result.outcome for result in run_class("t.Good")] == ["passed"]


def test_a_class_that_cannot_be_built_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "Bad.cls").write_text(
        "Class t.Bad Extends (%UnitTest.TestCase, t.Missing)\n{\n\nMethod TestIt()\n{\n}\n\n}\n"
    )
    (tmp_path / "Other.cls").write_text("Class t.Other Extends t.Missing\n{\n}\n")
    (tmp_path / "Foreign.cls").write_text("public class Foreign {\n}\n")
    bad, good = results(tmp_path, "Method TestOk()\n{\n    do $$$AssertTrue(1)\n}\n")
    assert (bad.class_name, bad.outcome) == ("t.Bad", "failed")
    assert "t.Missing" in bad.recording.error
    assert (good.class_name, good.outcome) == ("t.Suite", "passed")


def test_tests_of_a_studio_export_run_and_know_their_lines(tmp_path: Path) -> None:
    (tmp_path / "tests.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<Export generator="IRIS">\n<Class name="t.Exported">\n'
        '<Super>%UnitTest.TestCase</Super>\n<Method name="TestIt">\n<Implementation><![CDATA[\n'
        '    do $$$AssertTrue(0,"no")\n]]></Implementation>\n</Method>\n</Class>\n</Export>\n'
    )
    (tmp_path / "pom.xml").write_text("<project/>")
    folder = Folder(tmp_path)
    assert not folder.broken
    with folder.in_use():
        (result,) = run_class("t.Exported")
        (failed,) = result.recording.assertions
        assert folder.where(failed.place, failed.line) == f"{tmp_path}/tests.xml:7"
