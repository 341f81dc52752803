from pathlib import Path

import pytest
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, compile_expression
from isc.py.objectscript.library.confinement import confine


def value(expression: str, **variables: object) -> object:
    return compile_expression(expression).evaluate(Frame(variables))


def written(code: str, **variables: object) -> str:
    frame = Frame(variables)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (" set sc=$system.Status.AppendStatus($$$ERROR(5001,\"one\"),$$$ERROR(5659,\"P\"))"
         " write $system.Status.GetErrorCodes(sc),\"|\",$system.Status.GetOneErrorText(sc,2),\"|\","
         "$system.Status.GetOneStatusText(sc),\"|\",$system.Status.GetOneErrorText(sc,3)",
         "5001,5659|ERROR #5659: Property 'P' is required|ERROR #5001: one|"),
        (" set sc=$$$ERROR(5001,\"one\") do $system.Status.DecomposeStatus(sc,.e)"
         " write e,\"|\",e(1),\"|\",e(1,\"code\"),e(1,\"param\"),e(1,\"param\",1)", "1|ERROR #5001: one|50011one"),
        (" write $system.Status.StatusToSQLCODE(1),$system.Status.StatusToSQLCODE($$$ERROR(5001,\"x\"),.m),m",
         "0-400x"),
        (" write $system.Status.StatusToSQLCODE($$$ERROR(5540,-30,\"gone\"),.m)", "-30"),
        (" write $system.Status.IsOK(1),$system.Status.IsError(0),$system.Status.OK()", "111"),
    ],
)  # fmt: skip
def test_statuses(code: str, output: str) -> None:
    assert written(code) == output


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('$system.Encryption.Base64Encode("Hello")', "SGVsbG8="),
        ('$system.Encryption.Base64Decode("SGVsbG8=")', "Hello"),
        ('$length($system.Encryption.Base64Encode($justify("",60)),$char(13,10))', 2),
        ('$length($system.Encryption.Base64Encode($justify("",60),1),$char(13,10))', 1),
        ('$system.Encryption.Base64Encode($system.Encryption.MD5Hash("abc"))', "kAFQmDzST7DWlj99KOF/cg=="),
        ('$system.Encryption.Base64Encode($system.Encryption.SHA1Hash("abc"))', "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
        ('$system.Encryption.Base64Encode($system.Encryption.SHAHash(256,"abc"))',
         "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        ('$system.Encryption.Base64Encode($system.Encryption.HMACSHA(256,"data","key"))',
         "UDH+PZicbRU3oBP6bnOdojRj/a7DtwE32Cjjas4iG9A="),
        ('$length($system.Encryption.SHA3Hash(512,"abc"))', 64),
        ('$length($system.Encryption.GenCryptRand(9))', 9),
        ('$length($system.Util.CreateGUID(),"-")', 5),
        ('$system.Util.Decompress($system.Util.Compress("abcabcabc"))', "abcabcabc"),
        ('$system.Util.GetEnviron("NOBODY_SET_THIS")', ""),
        ('$system.Util.NumberOfCPUs()>0', 1),
        ('$system.Process.ProcessID()=$job', 1),
        ('$system.SQL.Functions.DATEADD("month",1,"2024-01-31 10:00:00")', "2024-02-29 10:00:00"),
        ('$system.SQL.DATEADD("dd",-1,"2024-03-01")', "2024-02-29 00:00:00"),
        ('$system.SQL.DATEDIFF("day","2024-01-01 23:59:59","2024-01-02 00:00:01")', 1),
        ('$system.SQL.DATEDIFF("yy","2023-12-31","2024-01-01")', 1),
        ('$system.SQL.DATEDIFF("week","2024-06-01","2024-06-02")', 1),  # Saturday, Sunday
        ('$system.SQL.DATEDIFF("week","2024-06-02","2024-06-08")', 0),
        ('$system.SQL.DATEDIFF("hh","2024-01-01 10:59","2024-01-01 12:00")', 2),
        ('$system.SQL.DATEPART("weekday","2024-06-02")', 1),
        ('$system.SQL.DATENAME("month","2024-06-02")', "June"),
        ('$system.SQL.TODATE("2024-06-02","YYYY-MM-DD")', 66993),
        ('$system.SQL.TOCHAR(66993,"DD/MM/YYYY")', "02/06/2024"),
        ('$system.SQL.ROUND(2.345,2)', "2.35"),
        ('$system.SQL.CEILING(-1.5)_","_$system.SQL.FLOOR(-1.5)', "-1,-2"),
        ('##class(%SYS.Python).Import("math").gcd(12,18)', 6),
    ],
)  # fmt: skip
def test_system_functions(expression: str, expected: object) -> None:
    from isc.py.objectscript.values import text

    assert text(value(expression)) == text(expected)


def test_a_character_that_is_no_byte_is_refused_with_the_mend() -> None:
    with pytest.raises(ObjectScriptError, match=r"<WIDE CHAR>.*\$zconvert"):
        value('$system.Encryption.Base64Encode("\u20ac")')
    with pytest.raises(ObjectScriptError, match="<ILLEGAL VALUE>"):
        value('$system.Encryption.Base64Decode("A")')


def test_files_are_written_read_renamed_and_deleted(tmp_path: Path) -> None:
    code = """
 set f=##class(%File).%New(dir_"/a.txt")
 write f.Open("WN"),f.WriteLine("one"),f.Write("two") do f.Close()
 write "|",f.Open("R"),f.ReadLine(),f.AtEnd,f.Read(),f.AtEnd,f.Size do f.Close()
 write "|",##class(%File).Exists(dir_"/a.txt"),##class(%File).GetFileSize(dir_"/a.txt")
 write ##class(%File).Rename(dir_"/a.txt",dir_"/b.txt"),##class(%File).Exists(dir_"/a.txt")
 write ##class(%File).Delete(dir_"/b.txt"),##class(%File).Delete(dir_"/b.txt",.code),code
 write "|",##class(%File).CreateDirectoryChain(dir_"/x/y"),##class(%File).DirectoryExists(dir_"/x")
 write ##class(%File).RemoveDirectoryTree(dir_"/x"),##class(%File).DirectoryExists(dir_"/x")
 write "|",##class(%File).GetFilename("/a/b.txt"),##class(%File).GetDirectory("/a/b.txt")
"""
    assert written(code, dir=str(tmp_path)) == "111|1one0two17|171010-2|1110|b.txt/a/"


def test_opening_what_is_not_there_is_a_status() -> None:
    assert "could not be opened" in written(
        ' set f=##class(%File).%New("/none/at/all") write $system.Status.GetErrorText(f.Open("R"))'
    )
    with pytest.raises(ObjectScriptError, match="<NOTOPEN>"):
        value('##class(%File).%New("/none").Read()')


def test_a_confined_run_reaches_only_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "secret")
    with confine(tmp_path / "in"):
        assert value('##class(%File).CreateDirectory("sub")') == 1
        assert (tmp_path / "in" / "sub").is_dir()
        assert value('##class(%File).NormalizeDirectory("")') == f"{tmp_path}/in/"
        assert str(value('##class(%File).TempFilename("txt")')).startswith(f"{tmp_path}/in/")
        for outside in ("../secret", str(tmp_path / "secret"), "link"):
            with pytest.raises(ObjectScriptError, match=r"<PROTECT>.*confined"):
                value("##class(%File).Exists(path)", path=outside)
            with pytest.raises(ObjectScriptError, match="<PROTECT>"):
                value("$system.OBJ.Load(path)", path=outside)
    assert value("##class(%File).Exists(path)", path=str(tmp_path / "secret")) == 1
