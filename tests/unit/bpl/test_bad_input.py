"""What must not hurt: broken and hostile BPL, endless loops and recursion, files and networks out of reach."""

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isc.py.bpl.drawing import draw
from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.exceptions import BPLError
from isc.py.bpl.outline import read_outline
from isc.py.bpl.program import compile_process
from isc.py.bpl.reader import elements, read_bpl
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import StringRequest
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

SAMPLES = Path(__file__).parents[3] / "samples" / "bpl" / "cls"
BODIES = [
    parse_class(text).xdatas[0].text
    for text in (path.read_text() for path in sorted(SAMPLES.glob("*.cls")))
    if "XData BPL" in text
]


def code(text: str) -> str:
    return f"<code name='C'><![CDATA[ {text} ]]></code>"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<process>\n<sequence>\n<trace value='1'></sequence></process>", 3),
        ("<process>\n\n<sequence", 3),
        ("<process><sequence>\n<trace value=1/></sequence></process>", 2),
        ("\n\n<process><sequence>&nothing;</sequence></process>", 3),
    ],
)
def test_text_that_is_no_xml_is_refused_with_line_and_column(text: str, line: int) -> None:
    with pytest.raises(BPLError, match=rf"no XML: .*line {line}, column \d+"):
        read_bpl(text, "Demo.Process")


def test_a_name_that_is_unknown_says_what_was_meant() -> None:
    with pytest.raises(BPLError, match=r"<asign> is not supported in <sequence>.* \(line 2|line 2: .*<asign>"):
        read_bpl("<process><sequence>\n<asign/></sequence></process>", "Demo.Process")
    process = read_bpl(
        "<process><sequence>\n<trace name='T' value='1' valeu='2'/></sequence></process>", "Demo.Process"
    )
    assert "valeu" in process.notes[0]
    assert "did you mean value?" in process.notes[0]


@pytest.mark.parametrize("what", ["<property name='A'/><property name='A'/>", ""])
def test_names_that_are_there_twice_are_refused(what: str) -> None:
    label = "<label name='L'/><label name='L'/>" if not what else ""
    text = f"<process><context>{what}</context><sequence>{label}</sequence></process>"
    with pytest.raises(BPLError, match=r"twice|another label has this name"):
        compile_process(read_bpl(text, "Demo.Process"))


@pytest.mark.parametrize(
    "body",
    [code("for { set x = 1 }"), "<while name='W' condition='1'/>", code("while 1 { try { set y = 2 } catch { } }")],
)
def test_a_loop_without_end_is_stopped_by_the_time(process_class: Any, body: str) -> None:
    process_class(body)
    run = BPEmulator.Run("t.Process", StringRequest(), timeout=0.3, step_limit=10**9)
    run.assert_failed("took longer than 0.3 s")


def test_a_loop_without_end_is_stopped_by_the_number_of_activities(process_class: Any) -> None:
    process_class("<while name='W' condition='1'><trace name='T' value='1'/></while>")
    run = BPEmulator.Run("t.Process", StringRequest(), step_limit=50)
    run.assert_failed("50 activities have run", "endless loop", "line 14")


def test_what_ends_in_time_is_not_stopped(process_class: Any) -> None:
    process_class(code("set response.StringValue = 5"))
    for _ in range(20):
        BPEmulator.Run("t.Process", StringRequest(), timeout=60).assert_response(StringValue="5")


def test_recursion_without_end_is_an_error(namespace: Any) -> None:
    text = "Class t.Deep\n{\nClassMethod Down(n)\n{\n    quit ##class(t.Deep).Down(n+1)\n}\n}\n"
    dictionary.register("t.Deep", build(parse_class(text)))
    body = code("do ##class(t.Deep).Down(1)")
    xml = f"<process><sequence>{body}</sequence></process>"
    made = f"Class t.P Extends Ens.BusinessProcessBPL\n{{\nXData BPL\n{{\n{xml}\n}}\n}}\n"
    dictionary.register("t.P", build(parse_class(made)))
    assert "<FRAMESTACK>" in BPEmulator.Run("t.P", StringRequest()).error


def test_processes_that_call_each_other_without_end_are_an_error(process_class: Any) -> None:
    process_class(
        "<call name='Me' target='t.Process'><request type='Ens.StringRequest'/><response type='Ens.Response'/></call>"
    )
    run = BPEmulator.Run("t.Process", StringRequest(), {"t.Process": "t.Process"})
    run.assert_failed("processes call each other")


def test_nesting_that_is_too_deep_is_an_error() -> None:
    deep = "<sequence>" * 2000 + "</sequence>" * 2000
    with pytest.raises(BPLError):
        compile_process(read_bpl(f"<process>{deep}</process>", "Demo.Process"))


@pytest.mark.parametrize(
    "text",
    [
        'set f=##class(%Stream.FileCharacter).%New() set sc=f.LinkToFile("{}") $$$ThrowOnError(sc) set x=f.Read()',
        'set x=##class(%DynamicObject).%FromJSONFile("{}")',
        'set f=##class(%File).%New("{}") $$$ThrowOnError(f.Open("R")) set x=f.ReadLine()',
        '$$$ThrowOnError(##class(%File).CopyFile("{}","stolen"))',
        'set m=##class(EnsLib.HL7.Message).ImportFromFile("{}") set x=m.RawContent',
    ],
)
def test_a_run_that_is_confined_reaches_no_files_outside(process_class: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text('{"password": 1}')
    (tmp_path / "inside").mkdir()
    for name in (str(tmp_path / "secret"), "../secret"):
        process_class(code(text.format(name)) + code("set response.StringValue = $get(x)"))
        run = BPEmulator.Run("t.Process", StringRequest(), confine=tmp_path / "inside")
        assert "password" not in run.error
        assert run.response is None or "password" not in run.response.to_json()
        assert list((tmp_path / "inside").iterdir()) == []


def test_a_run_that_is_confined_has_the_files_of_its_folder(process_class: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    process_class(
        code('set f=##class(%Stream.FileCharacter).%New(), f.Filename="a.txt", response.StringValue=f.Read()')
    )
    BPEmulator.Run("t.Process", StringRequest(), confine=tmp_path).assert_response(StringValue="text")


@pytest.mark.parametrize(
    "sheet",
    [
        "<xsl:value-of select=\"document('{}')\"/>",
        '<xsl:include href="{}"/>',
        '<e:document href="{}" xmlns:e="http://exslt.org/common" extension-element-prefixes="e">x</e:document>',
    ],
)
def test_a_stylesheet_reads_and_writes_no_other_files(process_class: Any, tmp_path: Path, sheet: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<a>password</a>")
    inside = sheet.format(secret.as_uri())
    outer, inner = (inside, "") if "include" in sheet else ("", inside)
    (tmp_path / "s.xsl").write_text(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        f'{outer}<xsl:template match="/">{inner}</xsl:template></xsl:stylesheet>'
    )
    process_class(
        f"<xslt name='X' xslurl='file:{tmp_path}/s.xsl' source='\"&lt;a/>\"' target='context.A'/>"
        "<assign property='response.StringValue' value='context.A'/>",
        "<property name='A'/>",
    )
    run = BPEmulator.Run("t.Process", StringRequest())
    assert "password" not in (run.response.to_json() if run.response is not None else "")
    assert secret.read_text() == "<a>password</a>"


def attempt(text: str) -> None:
    """Everything that reads a BPL text: refused by an error of ours, or read."""
    for read in (lambda: compile_process(read_bpl(text, "Demo.P")), lambda: draw(read_outline(text, "Demo.P"))):
        with contextlib.suppress(IscError):
            read()


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_process_with_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(BODIES))
    at = data.draw(st.integers(0, len(body) - 1))
    length = data.draw(st.integers(0, 40))
    attempt(body[:at] + data.draw(st.text(max_size=12)) + body[at + length :])


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_elements_put_together_at_random_are_read_or_refused(chance: random.Random) -> None:
    known = elements()

    def made(depth: int) -> str:
        name = chance.choice([*known, "true", "false", "case", "default", "catchall", "faulthandlers", "request"])
        values = {a: chance.choice(["1", '"a"', "context.A", "@x", "", "((", "a,b"]) for a in known.get(name, ())}
        inside = "".join(made(depth - 1) for _ in range(chance.randrange(3))) if depth else ""
        shown = "".join(f" {attribute}='{value}'" for attribute, value in values.items() if chance.random() < 0.8)
        return f"<{name}{shown}>{inside}</{name}>"

    attempt(f"<process><context/><sequence>{made(4)}{made(3)}</sequence></process>")
