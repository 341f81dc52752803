"""What classes in the idioms of public repositories came upon."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.objectscript.library.unit_test_runner import Folder, run_class

SUITE = """Class ee.Suite Extends %UnitTest.TestCase
{
Method TestDispatch()
{
    do $$$AssertEquals(##class(ee.Row).Dispatch("GET"), "got")
}

Method TestDates()
{
    set row = ##class(ee.Row).%New(), row.Day = 66839
    do row.%JSONExportToString(.json)
    do $$$AssertEquals(json, "{""Day"":""2023-12-31""}")
    do row.%JSONExport()
    set other = ##class(ee.Row).%New()
    do $$$AssertStatusOK(other.%JSONImport(json))
    do $$$AssertEquals(other.Day, 66839)
    do other.%JSONImport("{""Day"":""no-date""}")
    do $$$AssertStatusNotOK(other.%ValidateObject())
}

Method TestXml()
{
    set reader = ##class(%XML.Reader).%New()
    set sc = reader.OpenString("<!DOCTYPE a [<!ENTITY x SYSTEM ""file:///etc/hostname"">]><a><b>&x;</b></a>")
    do $$$AssertTrue($system.Status.GetErrorText(sc)["the entity &x; is not read")
    set sc = reader.OpenString("<!DOCTYPE a SYSTEM ""http://127.0.0.1:9/a.dtd""><a><b>plain &amp; simple</b></a>")
    do $$$AssertStatusOK(sc, "the DTD is not fetched")
    do $$$AssertStatusNotOK(reader.OpenURL("http://127.0.0.1:9/a.xml"))
}
}
"""
ROW = """Class ee.Row Extends (%RegisteredObject, %JSON.Adaptor)
{
Property Day As %Date;
ClassMethod Dispatch(verb) { quit $classmethod(, verb_"It", "got") }
ClassMethod GETIt(text) { quit text }
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "Suite.cls").write_text(SUITE)
    (tmp_path / "Row.cls").write_text(ROW)
    found = Folder(tmp_path)
    assert not found.broken
    with found.in_use():
        yield tmp_path


@pytest.mark.usefixtures("folder")
def test_the_suite_passes() -> None:
    results = list(run_class("ee.Suite"))
    assert [result.method for result in results] == ["TestDates", "TestDispatch", "TestXml"]
    failed = [item for result in results for item in result.recording.assertions if not item.passed]
    assert (failed, [result.recording.error for result in results]) == ([], ["", "", ""])
    assert "".join(results[0].recording.output) == '{"Day":"2023-12-31"}'
