from pathlib import Path

import pytest
from isc.py.objectscript import Frame, ObjectScriptError, compile_block
from isc.py.objectscript.library.confinement import confine


def written(code: str, **variables: object) -> str:
    frame = Frame(variables)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


NEW = " set s=##class(%Stream.TmpCharacter).%New()"


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (' do s.Write("abcdef") set n=4 write s.Read(.n),n set n=4 write s.Read(.n),n set n=4 write s.Read(.n),n',
         "abcd4ef2-1"),
        (' do s.WriteLine("one"),s.Write("two") while \'s.AtEnd { set l=s.ReadLine(.n,.sc,.e) write l,n,e,"," }',
         "one31,two30,"),
        (' do s.WriteLine("one"),s.WriteLine(),s.WriteLine("x") write s.ReadLine(),"|",s.ReadLine(),"|",s.ReadLine(),'
         's.AtEnd', "one||x1"),
        (' set s.LineTerminator=$char(13,10) do s.WriteLine("a") write s.Size,s.ReadLine(),s.AtEnd', "3a1"),
        (' do s.Write("hello world") write s.FindAt(1,"o"),s.FindAt(6,"o"),s.FindAt(1,"z") '
         'do s.MoveTo(7) write s.Read(3) do s.Rewind() write s.Read(2) do s.MoveToEnd() write s.AtEnd', "58-1worhe1"),
        (' do s.CopyFrom("text") set t=##class(%Stream.TmpBinary).%New() do t.CopyFromAndSave(s) write t.Read(),t.Size '
         'do t.Clear() write t.Size,t.AtEnd', "text401"),
        (' do s.Write("x") set c=s.%ConstructClone() do c.Write("y") write s.Size,c.Size,s.%Save()', "121"),
        (' do s.Write("line") set n=2 write s.ReadLine(.n),s.ReadLine()', "line"),
    ],
)  # fmt: skip
def test_streams_in_memory(code: str, output: str) -> None:
    assert written(NEW + code) == output


def test_a_binary_stream_takes_bytes_only() -> None:
    with pytest.raises(ObjectScriptError, match="<WIDE CHAR>"):
        written(" do ##class(%Stream.TmpBinary).%New().Write($char(8364))")


def test_a_file_stream_writes_when_saved_and_appends_when_moved_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old\n")
    assert (
        written(
            " set s=##class(%Stream.FileCharacter).%New() set sc=s.LinkToFile(path) write sc,s.Size"
            ' do s.MoveToEnd(),s.WriteLine("gr\u00fcn") write s.%Save()',
            path=str(path),
        )
        == "141"
    )
    assert path.read_text(encoding="utf-8") == "old\ngr\u00fcn\n"
    assert (
        written(
            ' set s=##class(%Stream.FileCharacter).%New(),s.Filename=path do s.Write("new") write s.Filename=path',
            path=str(path),
        )
        == "1"
    )
    assert path.read_text(encoding="utf-8").startswith("old")  # not saved
    written(
        " set s=##class(%Stream.FileBinary).%New(),s.Filename=path do s.Write($char(255)),s.%Save()", path=str(path)
    )
    assert path.read_bytes() == b"\xff"


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xfe\xff")
    code = " set s=##class(%Stream.FileCharacter).%New(),s.Filename=path "
    with pytest.raises(ObjectScriptError, match=r"<TRANSLATE>.*byte 0.*TranslateTable"):
        written(f"{code} write s.Read()", path=str(tmp_path / "a"))
    assert written(f'{code} set s.TranslateTable="RAW" write $length(s.Read())', path=str(tmp_path / "a")) == "3"
    told = written(f'{code} do s.Write("x") write $system.Status.GetErrorText(s.%Save())', path="/none/at/all")
    assert "could not be opened" in told
    with confine(tmp_path / "a"), pytest.raises(ObjectScriptError, match="<PROTECT>"):
        written(code, path="/etc/passwd")
