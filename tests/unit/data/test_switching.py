"""``set $namespace``, ``new $namespace`` and ``znspace``; ``open``, ``use`` and ``close``."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data import administration
from isc.py.data.namespace import EmbeddedNamespace, current, open_namespace, use
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, dictionary

SWITCHING = """Class s.Switch Extends %RegisteredObject
{
ClassMethod There(key) As %String
{
    new $namespace
    set $namespace = "OTHER"
    quit ..Here(key)
}
ClassMethod Here(key) As %String
{
    set rows = ##class(%SQL.Statement).%ExecDirect(, "select 1 as n")
    do rows.%Next()
    quit $namespace_":"_$get(^key(key))_rows.n
}
ClassMethod Fails(key) As %String
{
    set $namespace = "OTHER"
    quit ^key("nothing")
}
ClassMethod Export(file)
{
    open file:("WNS"):1
    use file
    do ..Line("one"), ..Line("zwei é")
    use 0
    do ..Line("shown")
    use file
    do ..Line($io)
    close file
    do ..Line($io)
}
ClassMethod Forgets(file)
{
    open file:"WNS" use file
    do ..Line("in the file")
}
ClassMethod Line(text)
{
    write text,!
}
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    opened = open_namespace(tmp_path)
    administration.create(tmp_path, "OTHER").globals["key"][1] = "v"
    (tmp_path / "Switch.cls").write_text(SWITCHING)
    assert not opened.load_path(tmp_path / "Switch.cls")[0].error
    with use(opened):
        yield opened
    dictionary.reset()


def run(ns: EmbeddedNamespace, code: str) -> str:
    frame = Frame(platform=ns)
    compile_block(f" {code}").execute(frame)
    return "".join(map(str, frame.output))


def test_a_method_works_in_another_namespace_and_its_end_gives_the_old_one_back(ns: EmbeddedNamespace) -> None:
    ns.globals["key"][1] = "here"
    code = 'write ##class(s.Switch).There(1)," ",##class(s.Switch).Here(1)," ",$namespace'
    assert run(ns, code) == "OTHER:v1 USER:here1 USER"
    assert current().name == "USER"
    with pytest.raises(ObjectScriptError, match="UNDEFINED"):
        run(ns, "do ##class(s.Switch).Fails(1)")
    assert current().name == "USER"
    assert run(ns, 'zn "OTHER" write $znspace,^key(1) zn "USER" write ^key(1)') == "OTHERvhere"


def test_a_namespace_that_is_not_there_is_an_error_to_be_caught(ns: EmbeddedNamespace) -> None:
    assert run(ns, 'try { set $namespace="NOWHERE" } catch e { write e.Name,$namespace }') == "<NAMESPACE>USER"


def test_a_file_is_the_device_of_what_is_called_until_it_is_closed(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    assert run(ns, f'do ##class(s.Switch).Export("{file}") write $io') == "shown\n0\n0"
    assert file.read_text(encoding="utf-8") == f"one\nzwei é\n{file}\n"
    code = f'open "{file}":"R":5 use "{file}" read a read *b use 0 write $test,a,b close "{file}":"D"'
    assert run(ns, code) == f"1one{ord('z')}"
    assert not file.exists()


def test_a_method_that_forgets_its_file_leaves_its_caller_alone(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    assert run(ns, f'do ##class(s.Switch).Forgets("{file}") write "here"') == "here"
    assert file.read_text() == "in the file\n"
    assert run(ns, f'open "{file}":"WA" use "{file}" write "more" use 0 close "{file}"') == ""
    assert file.read_text() == "in the file\nmore"


def test_the_end_of_a_file_is_an_error_or_a_sign(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    file = tmp_path / "in.txt"
    file.write_text("a\nb\n")
    opened = f'set f="{file}" open f:"R" use f'
    with pytest.raises(ObjectScriptError, match="<ENDOFFILE>"):
        run(ns, f"{opened} for {{ read x }}")
    loop = "do $system.Process.SetZEOF(1) for { read x quit:$zeof=-1  set n=$increment(n) }"
    assert run(ns, f"{opened} {loop} close f do $system.Process.SetZEOF(0) write n") == "2"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ('open "/no/such/folder/f":"WNS"', "<NOTOPEN>"),
        ('use "/no/such/folder/f"', "<NOTOPEN>"),
        ('open "|TCP|4":("localhost":80):1', "<NOT SUPPORTED>"),
    ],
)
def test_what_cannot_be_opened_is_named(ns: EmbeddedNamespace, code: str, error: str) -> None:
    with pytest.raises(ObjectScriptError, match=error):
        run(ns, code)
    assert run(ns, 'open "/no/such/folder/f":"WNS":0 write $test') == "0"
