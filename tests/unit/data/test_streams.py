from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript import Frame, compile_block


def written(code: str) -> str:
    frame = Frame()
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


def test_a_global_stream_is_opened_by_the_id_it_was_saved_under(namespace: EmbeddedNamespace) -> None:
    assert (
        written("""
 set s=##class(%Stream.GlobalCharacter).%New() do s.Write($justify("end",70000)) write s.%Id(),s.%Save(),s.%Id()
 set t=##class(%Stream.GlobalCharacter).%OpenId(s.%Id()) write "|",t.Size do t.MoveTo(69998) write t.Read()
 do t.Clear(),t.Write("short"),t.%Save()
 write "|",##class(%Stream.GlobalCharacter).%OpenId(1).Read(),$isobject(##class(%Stream.GlobalCharacter).%OpenId(2))
 write ##class(%Stream.GlobalCharacter).%DeleteId(1),##class(%Stream.GlobalCharacter).%ExistsId(1)
""")
        == "11|70000end|short010"
    )
    assert list(namespace.globals) == ["isc.py.data.stream"]
