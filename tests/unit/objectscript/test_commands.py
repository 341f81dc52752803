import pytest
from isc.py.objectscript import CompileError, Frame, ObjectScriptError, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class


def run(text: str, **variables: object) -> Frame:
    frame = Frame(variables)
    compile_block(text).execute(frame)
    return frame


def written(text: str, **variables: object) -> str:
    return "".join(map(str, run(text, **variables).output))


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (" for i=1:1:3 write i", "123"),
        (" for i=3:-1:1 write i", "321"),
        (' for i=1:1:2,"x",9 write i', "12x9"),
        (" for i=1:1:6 { set i=i+1 write i }", "246"),
        (" for i=1:1:3 { } write i", "3"),
        (" for i=1:1:9 quit:i>3  write i", "123"),
        (" for i=1:1:4 { continue:i=2  write i }", "134"),
        (" if 0 write 1\n else  write 2", "2"),
        (" if 1 write 1\n write 3\n else  write 2", "13"),
        (" if 0 { write 1 } elseif 1 { write 2 } else { write 3 }", "2"),
        (" try { write 1 quit  write 2 } catch e { write 3 } write 4", "14"),
        (" try { set x=1/0 } catch e { write e.Name quit  write 3 } write 4", "<DIVIDE>4"),
        (" for i=1:1:3 { try { continue:i=2  write i } catch e { } }", "13"),
        (" set x=1 do\n . new x\n . set x=2\n . write x\n write x", "21"),
        (' for i=1:1:2 do\n . write i\n . do\n . . write "-"\n . write "."\n write "end"', "1-.2-.end"),
        (" do\n . quit:1\n . write 1\n write 2", "2"),
        (
            ' set a(2)=1,a(10)=1,a("b")=1,a(-1)=1 set k="" for { set k=$order(a(k)) quit:k=""  write k,"," }',
            "-1,2,10,b,",
        ),
        (" set a(1,2)=3 merge b=a write b(1,2),$data(b),$data(b(1))", "31010"),
        (' set a(1,2)=3,a(5)=4 set n="a" for { set n=$query(@n) quit:n=""  write n,"=",@n," " }', "a(1,2)=3 a(5)=4 "),
        (' xecute "set y=2 write y+1"', "3"),
        (' set n="z(1)",@n=5 write z(1),@n', "55"),
        (' set n="z",@n@(1,2)=7 write z(1,2),@n@(1,2)', "77"),
        (' set e="1+2*3" write @e', "9"),
        (" set (a,b,c)=1 kill (b) write $data(a),$data(b),$data(c)", "010"),
        (' set l=$lb("x",,3),p=0 while $listnext(l,p,v) { write p,":",$get(v,"-")," " }', "1:x 2:- 3:3 "),
        (' set s="a.b.c",$piece(s,".",2)="Z",$extract(s,1)="Q" write s', "Q.Z.c"),
        (' set l="",$list(l,2)="b" write $listvalid(l),$listlength(l)', "12"),
        (" write 1,!,2", "1\n2"),
        (' write "ab",?5,"c",*65', "ab   cA"),
        (' write $qlength("^a(1,""b,c"")"),$qsubscript("^a(1,""b,c"")",2)', "2b,c"),
        (' write $match("abc","[a-c]+"),$locate("xxabc","b")', "14"),
        (" set x=5 write $increment(x,2),x", "77"),
        (" set a(1)=1,a(2)=5 write $order(a(1),1,v),v", "25"),
        (' write $xecute("(a,b) return a+b",2,3)', "5"),
        (' write $name(a(1,"b"),1)', "a(1)"),
        (' if "a1"?@"1A1N" write "yes"', "yes"),
        (" #dim x As %String = 4\n write x", "4"),
    ],
)
def test_commands_do_what_the_language_says(code: str, output: str) -> None:
    assert written(code) == output


def test_new_hides_variables_until_the_block_ends() -> None:
    assert run(" new x set x=2,y=x", x=1).variables == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("code", "reason"),
    [(" else { write 1 }", "without its if"), (" try { write 1 }", "'catch' was expected"),
     (" for =1:1:2 write 1", "the variable of for"),     (" set x", "'=' expected"),
     (" frobnicate x", "is no command"), (" set x=[1", "JSON")],
)  # fmt: skip
def test_a_broken_command_says_what_was_expected(code: str, reason: str) -> None:
    with pytest.raises(CompileError, match="SYNTAX") as caught:
        compile_block(code, "code 'C'")
    assert reason in str(caught.value)


def test_a_command_that_cannot_be_had_here_is_noted_and_an_error_when_it_is_reached() -> None:
    block = compile_block(" write 1\n if x job Run^There:(1:2)\n write 2", "code 'C'")
    assert block.notes == (
        "line 2: the command job cannot be had here: call the method, or send a message asynchronously",
    )
    frame = Frame({"x": 0})
    block.execute(frame)
    assert frame.output == ["1", "2"]
    with pytest.raises(ObjectScriptError, match=r"<NOT SUPPORTED> the command job.*\+2"):
        block.execute(Frame({"x": 1}, place="code 'C'"))


def test_lock_without_a_namespace_says_so() -> None:
    with pytest.raises(ObjectScriptError, match="lock needs a namespace"):
        run(" lock +^a(1):0")


def test_methods_share_arrays_by_reference_take_variadic_arguments_and_call_super() -> None:
    base = build(
        parse_class("""
Class t.Base Extends %RegisteredObject
{
ClassMethod Fill(ByRef a, n As %Integer = 2) As %Integer
{
    for i=1:1:n { set a(i)=i*i }
    set a="filled"
    quit n
}
Method Hello() As %String
{
    quit "base"
}
}
""")
    )
    dictionary.register("t.Base", base)
    derived = build(
        parse_class("""
Class t.Derived Extends t.Base
{
Method Hello() As %String
{
    quit "derived of "_##super()
}
ClassMethod Sum(n...) As %Integer
{
    set s=0 for i=1:1:n { set s=s+n(i) }
    return s
}
ClassMethod Double(x) As %Integer [ CodeMode = expression ]
{
x*2
}
}
""")
    )
    dictionary.register("t.Derived", derived)
    code = """
    set n=##class(t.Base).Fill(.a,3) write n,a,a(3)," "
    write ##class(t.Derived).%New().Hello()," "
    write ##class(t.Derived).Sum(1,2,3)," ",##class(t.Derived).Double(4)
"""
    assert written(code) == "3filled9 derived of base 6 8"


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (' open:0 f:"R":5 if 1 {\n  write 1\n }\n write 2', "12"),
        (' use:0 $io::"^" _ $zname\n write 2', "2"),
        (" for i=1:1:2 use:0 io:(80) do:1\n . write i\n write 3", "123"),
        (" if 1 { close:0 f } write 4", "4"),
        (' job:0 ..Loop(1, 2):(:::1):0 write "j"', "j"),
    ],
)
def test_behind_a_command_that_is_refused_the_line_goes_on(code: str, output: str) -> None:
    assert written(code) == output
