import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.exceptions import DataError
from isc.py.data.load_cache import LoadCache
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, dictionary
from isc.py.objectscript.routines import parse_routine


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    opened = open_namespace(tmp_path)
    with use(opened):
        yield opened
    opened.close()
    dictionary.reset()


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")


FILES = {
    "a_inc": "ROUTINE Demo.Macros [Type=INC]\n#define Rate 3\n",
    "b_mac": """ROUTINE Demo.Tools [Type=MAC]
#include Demo.Macros
 quit
Times(x) public {
 quit x*$$$Rate
}
Add(x,y) set y=x+1 quit
""",
    "c_cls": """Include Demo.Macros

Class Demo.Late Extends Demo.Base
{

ClassMethod Run(x)
{
    do Add^Demo.Tools(x, .y)
    quit $$Times^Demo.Tools(y) + ..Rate()
}

}
""",
    "d_cls": """Class Demo.Base
{

ClassMethod Rate() [ CodeMode = expression ]
{
$$$Rate
}

ClassMethod Called(x) [ CodeMode = call ]
{
Times^Demo.Tools
}

}
""",
}


def test_classes_routines_and_include_files_find_each_other_in_any_order(
    namespace: EmbeddedNamespace, tmp_path: Path
) -> None:
    write(tmp_path, **FILES)
    reports = namespace.load_path(tmp_path)
    assert [(item.kind, item.class_name, item.error) for item in reports] == [
        ("include", "Demo.Macros", ""),
        ("routine", "Demo.Tools", ""),
        ("class", "Demo.Late", ""),
        ("class", "Demo.Base", ""),
    ]
    assert dictionary.resolve("Demo.Late").Run(4) == 18  # type: ignore[attr-defined]  # built at run time
    assert dictionary.resolve("Demo.Late").Called(4) == 12  # type: ignore[attr-defined]  # built at run time
    frame = Frame(routine=parse_routine("Here", ""))
    compile_block(" set z=$$Times^Demo.Tools(2)").execute(frame)
    assert frame.variables["z"] == 6
    with pytest.raises(ObjectScriptError, match="NOROUTINE"):
        compile_block(" do ^No.Such").execute(Frame())


BROKEN = """Class Demo.Broken
{

Property Fine As %String [ InitialExpression = {1+} ];

Method Wrong(x = 3)
{
    set a = 1
    set b = (a
    quit b
}

Method Good()
{
    quit 1
}

ClassMethod Python() [ Language = python ]
{
    x = 1
    if x
        return 2
}

ClassMethod Macro()
{
#if 1
    quit 1
}

}
"""


def test_errors_have_file_line_and_column_and_the_rest_of_the_class_works(
    namespace: EmbeddedNamespace, tmp_path: Path
) -> None:
    path = tmp_path / "Broken.cls"
    path.write_text(BROKEN, encoding="utf-8")
    (report,) = namespace.load_path(path)
    lines = [int(error.removeprefix(f"{path}:").split(":")[0]) for error in report.errors]
    assert lines == [4, 10, 21, 28], report.errors
    assert report.error == report.errors[0]
    assert dictionary.resolve("Demo.Broken")._New().Good() == 1  # type: ignore[attr-defined]  # built at run time


def test_a_file_that_is_no_class_keeps_nothing_else_from_loading(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    write(
        tmp_path, a_cls="Class Demo.A\n{\nWhatever\n}\n", b_cls="Class Demo.B Extends Demo.A\n{\n}\n", c_xml="<Export>"
    )
    first, second, third = namespace.load_paths([tmp_path / name for name in ("a.cls", "b.cls", "c.xml")])
    assert first.error.startswith(f"{tmp_path / 'a.cls'}:3:1: ")
    assert (second.error, second.notes) == ("", ("it extends Demo.A, which is not loaded (yet)",))
    assert "c.xml:1:" in third.error
    assert namespace.classes.names() == ["Demo.B"]


def test_what_is_absent_is_a_note_with_its_line(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    write(
        tmp_path,
        a_cls="""Include (No.Include, %occStatus)

Class Demo.A Extends %RegisteredObject
{

Property Other As Demo.Nobody;

Method Run()
{
    // ##class(Demo.Comment).X()
    do ##class(Demo.Absent).Go("##class(Demo.Text).X()")
    do ..NotMine(), ..Mine(), ..OtherSet("")
    set x = $$$Unknown
    do ^NoRoutine
    do ##class(Demo.B).Neither()
    quit ##class(Demo.B).There()
}

Method Mine()
{
}

Trigger Changed [ Event = INSERT ]
{
 quit
}

}
""",
        b_cls="Class Demo.B\n{\nClassMethod There()\n{\n}\n}\n",
    )
    first, second = namespace.load_path(tmp_path)
    assert (first.error, second.notes) == ("", ())
    told = "\n".join(first.notes)
    for expected in (
        "line 23: Trigger Changed",
        "the include file No.Include",
        "line 13: the macro $$$Unknown",
        "line 6: the class Demo.Nobody",
        "line 11: the class Demo.Absent",
        "line 12: the class has no method NotMine",
        "line 14: the routine NoRoutine",
        "line 15: the class Demo.B has no method Neither",
    ):
        assert expected in told
    assert len(first.notes) == 8, told


def test_an_unchanged_file_is_not_compiled_again_and_a_changed_one_is(
    namespace: EmbeddedNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isc.py.data import source_loading

    write(tmp_path, **FILES)
    compiled: list[str] = []
    original = source_loading.check_class
    monkeypatch.setattr(
        source_loading, "check_class", lambda definition: compiled.append(definition.name) or original(definition)
    )
    before = namespace.load_path(tmp_path)
    assert compiled == ["Demo.Late", "Demo.Base"]
    assert namespace.load_path(tmp_path) == before
    assert compiled == ["Demo.Late", "Demo.Base"]
    write(tmp_path, d_cls=FILES["d_cls"] + "\n")
    namespace.load_path(tmp_path)
    assert compiled[2:] == ["Demo.Base"]
    write(tmp_path, a_inc=FILES["a_inc"].replace("3", "4"))
    namespace.load_path(tmp_path)
    assert sorted(compiled[3:]) == ["Demo.Base", "Demo.Late"]
    assert dictionary.resolve("Demo.Late").Rate() == 4  # type: ignore[attr-defined]  # built at run time


def test_a_broken_cache_is_an_empty_one(tmp_path: Path) -> None:
    for text in ("", "[]", '{"compiler": 1}', "\x00"):
        (tmp_path / "loaded.json").write_text(text)
        assert LoadCache(tmp_path / "loaded.json", checked=True).find("x") is None


def test_a_class_loaded_from_two_files_is_told(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    write(tmp_path, a_cls="Class Demo.A\n{\n}\n", b_cls="Class Demo.A\n{\nParameter P = 1;\n}\n")
    assert "replaces" in namespace.load_path(tmp_path)[1].notes[0]
    assert "replaces" in namespace.load_path(tmp_path)[1].notes[0]


def test_names_that_would_leave_the_folder_are_refused(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    write(tmp_path, a_xml='<Export generator="IRIS"><Routine name="../../evil" type="MAC">x</Routine></Export>')
    (report,) = namespace.load_path(tmp_path / "a.xml")
    assert "no name" in report.error
    assert not list(tmp_path.rglob("evil*"))


def test_only_source_files_of_a_folder_are_looked_at(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    write(tmp_path, pom_xml="<project/>", a_cls="Class Demo.A\n{\n}\n", notes_txt="x")
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    write(tmp_path / "sub" / "deep", Demo_bpl="<process request='Ens.Request'><sequence/></process>")
    names = [report.class_name for report in namespace.load_path(tmp_path)]
    assert names == ["Demo.A", "Demo"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match=r"\*\.cls"):
        namespace.load_path(empty)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_make_no_difference(namespace: EmbeddedNamespace, tmp_path: Path, encoding: str) -> None:
    text = 'Class Demo.Ä\r\n{\r\nParameter P = "größe";\r\n}\r\n'
    (tmp_path / "a.cls").write_bytes(text.encode(encoding))
    assert namespace.load_path(tmp_path / "a.cls")[0].error == ""
    assert dictionary.resolve("Demo.Ä")._GetParameter("P") == "größe"  # type: ignore[attr-defined]  # built at run time


def test_reports_can_be_kept_as_json(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    write(tmp_path, **FILES)
    namespace.load_path(tmp_path)
    held = json.loads((namespace.path / "loaded.json").read_text())
    assert len(held["files"]) == 4
