import json
from pathlib import Path

import pytest
from isc.py.console.failures import CommandError
from isc.py.console.unittest import unittest
from isc.py.objectscript import dictionary
from lxml import etree

SUITE = """Class t.Suite Extends %UnitTest.TestCase
{

Method TestGood()
{
    do $$$AssertEquals(1+1, 2, "sum")
    do $$$LogMessage("fine")
}

Method TestBad()
{
    do $$$AssertEquals("<a>", 2, "odd "_$char(1))
}

Method TestBroken()
{
    set x = nothing
}

Method TestSkipped()
{
    do $$$AssertSkipped("no server")
}

}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    dictionary.reset()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "Suite.cls").write_text(SUITE)
    return tmp_path / "tests"


def test_each_test_has_a_line_and_failures_tell_file_and_line(
    suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="2 of 4 tests failed"):
        unittest(suite, "", None, tmp_path, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:1] for line in lines if line[:1] != " "] == ["✗", "✗", "✓", "-"]
    assert lines[1].startswith(f"    {suite}/Suite.cls:12: AssertEquals odd")
    assert lines[3].startswith(f"    {suite}/Suite.cls:17: <UNDEFINED> nothing")


def test_one_class_or_test_alone(suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unittest(suite, "t.Suite:TestGood", None, tmp_path, as_json=True)
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["method"], shown["outcome"], shown["messages"]) == ("TestGood", "passed", ["fine"])
    assert shown["assertions"][0]["line"] == 1


def test_junit_xml_counts_and_explains(suite: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        unittest(suite, "", tmp_path / "out.xml", tmp_path, as_json=False)
    root = etree.parse(str(tmp_path / "out.xml")).getroot()
    found = root.find("testsuite")
    assert found is not None
    assert {key: found.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    message = root.findtext("testsuite/testcase[@name='TestBad']/failure")
    assert message is not None
    assert "odd \\x01" in message


def test_nothing_to_run_is_a_failure_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    with pytest.raises(CommandError, match="no class that extends"):
        unittest(tmp_path / "tests", "", None, tmp_path, as_json=False)
    with pytest.raises(CommandError, match="does not exist"):
        unittest(tmp_path / "none", "", None, tmp_path, as_json=False)
