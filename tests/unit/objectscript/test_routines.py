import pytest
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.routines import parse_routine
from isc.py.objectscript.sources import give_text, reset_texts
from isc.py.objectscript.udl import parse_class

TOOLS = """ROUTINE Tools [Type=MAC]
 ; legacy code and procedures
Tools write "main"
 quit
sum(a,b) ; adds
 new c
 set c=a+b
 quit c
count(list) set n=n+1 quit:n>5  ; shares n with its caller
 do more
 quit
more write n goto done:n=3
 write "-"
fall write "x"
next ; runs on from above
 write "y" quit
done write "!" quit
swap(x,y) new t set t=x,x=y,y=t quit
Twice(n, times = 2) [seen] public {
    // fall: is no label here
    set seen = n, hidden = 1
    if n > 100 {
        quit "fall"
    }
    quit n * times
}
first(v...) public { quit v_":"_$get(v(1))_":"_$get(v(2)) }
wrong set q=1
 write 1/0
 quit
"""


@pytest.fixture(autouse=True)
def _routines() -> "object":
    give_text("routine", "Tools", TOOLS)
    yield
    reset_texts()


def run(code: str, **variables: object) -> Frame:
    """Code of a routine: it shares its variables with what it calls."""
    frame = Frame(variables)
    frame.routine = parse_routine("Here", " quit\n")
    compile_block(code, "Here").execute(frame)
    return frame


def written(code: str, **variables: object) -> str:
    return "".join(map(str, run(code, **variables).output))


def test_labels_are_found_with_their_arguments() -> None:
    found = parse_routine("Tools", TOOLS)
    names = "Tools sum count more fall next done swap Twice first wrong".split()
    assert [label.name for label in found.labels if label.name] == names
    assert [label.procedure for label in found.labels if label.name in ("Twice", "first", "sum")] == [False, True, True]


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (" do ^Tools", "main"),
        (" do Tools^Tools", "main"),
        (" write $$sum^Tools(2,3)", "5"),
        (" set a=1,c=2 write $$sum^Tools(5,6),a,c", "1112"),
        (" set n=0 do count^Tools(1) write n", "1-xy1"),
        (" set n=2 do count^Tools(1) write n", "3!3"),
        (" set n=5 do count^Tools(1) write n", "6"),
        (" do:0 ^Tools do:1 done^Tools", "!"),
        (" do done^Tools:0,next^Tools:1", "y"),
        (" set p=1,q=2 do swap^Tools(.p,.q) write p,q", "21"),
        (" set x=1,y=2 do swap^Tools(.y,.x) write x,y", "21"),
        (" write $$Twice^Tools(4),$$Twice^Tools(4,3)", "812"),
        (" write $$Twice^Tools(4),seen,$data(hidden)", "840"),
        (" write $$first^Tools(),$$first^Tools(7,8)", "0::2:7:8"),
        (" if 1 write $$sum^Tools(1,1) else  write 9", "2"),
        (" do\n . write 1\n . do  write 3\n . . write 2\n write 4", "1234"),
    ],
)
def test_labels_are_called(code: str, output: str) -> None:
    assert written(code) == output


def test_errors_name_label_and_line() -> None:
    with pytest.raises(ObjectScriptError, match=r"<DIVIDE>.* in wrong\^Tools\+1$"):
        run(" do wrong^Tools")
    with pytest.raises(ObjectScriptError, match=r"<NOLINE> nope\^Tools; its labels are Tools, sum"):
        run(" do nope^Tools")
    with pytest.raises(ObjectScriptError, match=r"<NOROUTINE> .*Nowhere"):
        run(" do ^Nowhere")
    with pytest.raises(ObjectScriptError, match=r"<PARAMETER> sum\^Tools takes 2 argument\(s\), 3 were given"):
        run(" write $$sum^Tools(1,2,3)")
    with pytest.raises(ObjectScriptError, match="this code has no labels"):
        compile_block(" do label").execute(Frame())


def test_a_method_has_its_own_variables_and_may_have_labels() -> None:
    cls = build(
        parse_class("""Class t.Labels Extends %RegisteredObject
{
ClassMethod Run(n) As %String
{
    set total = 0
    for i=1:1:n do add(i)
    goto end
    set total = "not reached"
end
    quit total
add(k)
    set total = total + k
    quit
}
ClassMethod Own() As %String
{
    set n = 9
    do swap^Tools(1, 2)
    quit $$sum^Tools(n, 1) _ $data(c)
}
ClassMethod Given(a, b = 5, c...) As %String
{
    quit $data(a)_$get(b)_$get(c)_$get(c(1))
}
ClassMethod Fails() As %String
{
    set x = 1

    quit x.y
}
}
""")
    )
    assert cls.Run(4) == 10  # type: ignore[attr-defined]  # a built class
    assert cls.Own() == "100"  # type: ignore[attr-defined]  # a built class
    dictionary.register("t.Labels", cls)
    frame = Frame()
    compile_block(" set r=##class(t.Labels).Given(), s=##class(t.Labels).Given(,2,3)").execute(frame)
    assert (frame.variables["r"], frame.variables["s"]) == ("050", "0213")
    with pytest.raises(ObjectScriptError, match=r"in t\.Labels\.Fails\+3"):
        cls.Fails()  # type: ignore[attr-defined]  # a built class


def test_a_caught_error_knows_its_line() -> None:
    frame = run(" set a=1\n try {\n  set x=nothing\n } catch ex {\n  set where=ex.Location\n }")
    assert frame.variables["where"] == "Here+3"
