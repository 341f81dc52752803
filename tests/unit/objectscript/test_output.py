"""``write`` in called methods and routines: one current device for a run."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.objectscript import Frame, compile_block, compile_expression, dictionary, output
from isc.py.objectscript.library.unit_test_runner import Folder, run_class

CLASSES = {
    "Wr.Inner": """Class Wr.Inner Extends %RegisteredObject
{
ClassMethod Hello(name) As %Integer
{
    write "hello ",name,!
    set x(1)="a"
    zwrite x
    quit $x
}
Method Twice()
{
    do ..Hello("one"), ..Hello("two")
    xecute "write ""x"",!"
    do Local
    quit
Local
    write "local ",$x,!
    quit
}
}""",
    "Wr.Outer": """Class Wr.Outer Extends %RegisteredObject
{
ClassMethod Run()
{
    write "ab" set column = ##class(Wr.Inner).Hello("you")
    write "c",?column+3,"d",!
    do ##class(Wr.Inner).%New().Twice()
    do Say^WrRoutine("r")
    do $classmethod("Wr.Inner","Hello","z")
    set o={"a":1} do o.%ToJSON()
    write !,$x,"/",$y
}
}""",
    "Wr.Test": """Class Wr.Test Extends %UnitTest.TestCase
{
Method TestA()
{
    write "in test: " do ##class(Wr.Inner).Hello("t")
    do $$$AssertEquals(1, 1)
}
Method TestB()
{
    do $$$AssertEquals(1, 1)
}
}""",
}
ROUTINE = 'ROUTINE WrRoutine\nSay(x) public {\n write "say ",x,!\n}\n'


WRITTEN = (
    'abhello you\nx(1)="a"\nc  d\n'
    'hello one\nx(1)="a"\nhello two\nx(1)="a"\nx\nlocal 6\n'
    'say r\nhello z\nx(1)="a"\n{"a":1}\n0/13'
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    dictionary.reset()
    for name, text in CLASSES.items():
        (tmp_path / f"{name}.cls").write_text(text)
    (tmp_path / "WrRoutine.mac").write_text(ROUTINE)
    found = Folder(tmp_path)
    assert not found.broken
    with found.in_use():
        yield tmp_path
    dictionary.reset()


def test_what_is_called_writes_to_the_device_of_its_caller(folder: Path) -> None:
    frame = Frame()
    compile_block(' do ##class(Wr.Outer).Run() write "!"').execute(frame)
    assert "".join(map(str, frame.output)) == f"{WRITTEN}!"


def test_without_a_sink_it_is_the_standard_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outer = dictionary.resolve("Wr.Outer")
    outer.Run()
    first = capsys.readouterr().out
    assert first.startswith(WRITTEN[:20])
    inner = Frame()
    with output.to([]):  # another one in between, which ends
        outer.Run()
    assert compile_expression('##class(Wr.Inner).Hello("x")').evaluate(inner) == 0
    assert (inner.output, capsys.readouterr().out) == ([], 'hello x\nx(1)="a"\n')


def test_a_test_keeps_what_it_wrote(folder: Path) -> None:
    one, two = run_class("Wr.Test")
    assert "".join(one.recording.output) == 'in test: hello t\nx(1)="a"\n'
    assert (two.recording.output, two.outcome) == ([], "passed")


@given(st.lists(st.text("ab\n\f\r", max_size=4)))
def test_the_position_of_pieces_is_that_of_the_whole(pieces: list[str]) -> None:
    counted = output.Counted()
    for piece in pieces:
        counted.append(piece)
    page = "".join(pieces).rpartition("\f")[2]
    line = page.rpartition("\n")[2]
    assert (counted.x, counted.y) == (len(line.rpartition("\r")[2]), page.count("\n"))


def test_what_a_terminal_cannot_show_is_written_as_its_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", shown)
    compile_block(' write "é",$char(55357),1').execute(Frame(output=output.current()))
    shown.flush()
    assert shown.buffer.getvalue() == rb"\xe9\ud83d1"  # type: ignore[attr-defined]  # BytesIO
