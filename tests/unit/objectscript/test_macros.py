from collections.abc import Iterator

import pytest
from isc.py.objectscript import CompileError, Frame, ObjectScriptError, compile_block, compile_expression, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.macros import expand
from isc.py.objectscript.sources import give_text, reset_texts
from isc.py.objectscript.udl import parse_class

INCLUDE = """ROUTINE My.Macros [Type=INC]
#include My.Base
#define PORT 8080 // where
#define URL "http://localhost:"_$$$PORT
#define Twice(%x) ((%x) * 2)
#define Pair(%a, %b) %a_"-%a-"_%b
#def1arg All(%arg) $listbuild(%arg)
#define Swap(%a,%b) set swap=%a ##continue
  set %a=%b set %b=swap
#ifdef NotThere
#define Which "a"
#elseif $$$PORT > 8000
#define Which "b"
#else
#define Which "c"
#endif
"""


@pytest.fixture(autouse=True)
def _includes() -> Iterator[None]:
    dictionary.reset()
    give_text("include", "My.Macros", INCLUDE)
    give_text("include", "My.Base", "#define BASE 7\n#ifndef BASE\n#define BASE 8\n#endif\n")
    yield
    reset_texts()


def value(text: str) -> object:
    return compile_expression(expand(text, ["My.Macros"]).text).evaluate(Frame({"a": 1}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$$$PORT", 8080),
        ("$$$URL", "http://localhost:8080"),
        ("$$$Twice(3+4)", 14),
        ("$$$Twice($$$Twice(1))_$$$PORT", "48080"),
        ('$$$Pair("x",$$$BASE)', "x-%a-7"),
        ('$$$Pair($piece("p,q",",",1),")")', "p-%a-)"),
        ("$listlength($$$All(1,2,3))", 3),
        ("$$$Which", "b"),
        ('"$$$PORT"', "$$$PORT"),
        ("$$$OK", 1),
        ("$$$eMessageStatusCompleted", 9),
        ("##expression(2+3)", 5),
        ("##quote(a b)", "a b"),
        ("$$$CRLF", "\r\n"),
    ],
)
def test_macros_of_include_files_are_expanded(text: str, expected: object) -> None:
    assert value(text) == expected


def test_a_macro_over_several_lines_keeps_the_lines_behind_it() -> None:
    expanded = expand(" set a=1,b=2\n $$$Swap(a,b)\n bad", ["My.Macros"])
    assert [expanded.line(number) for number in (1, 2, 3, 4)] == [1, 2, 2, 3]
    frame = Frame()
    compile_block(expanded.text.replace("bad", "quit")).execute(frame)
    assert (frame.variables["a"], frame.variables["b"]) == (2, 1)


def test_code_may_define_its_own_macros_and_undefine_them() -> None:
    frame = Frame()
    compile_block("""
#define N 3
 set a=$$$N
#undef N
#define N 4
#if $$$N = 4
 set b=$$$N
#else
 set b="never"
 this is no code
#endif
#dim c as %String = "c"
    """).execute(frame)
    assert frame.variables == {"a": 3, "b": 4, "c": "c"}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("\n#if 1\n set a=1", 3, "#endif"),
        (" set a=1\n#else", 2, "#if"),
        ("#define", 1, "name"),
        ("#define A(x) 1", 1, "must begin with %"),
        ("\n#if a+\n#endif", 2, "cannot be evaluated"),
        ("#define A 1 ##continue", 1, "last line"),
    ],
)
def test_a_wrong_directive_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(CompileError, match=reason) as caught:
        expand(text)
    assert caught.value.line == line


def test_an_unknown_macro_is_told_and_fails_only_when_it_is_reached() -> None:
    expanded = expand(" if 0 {\n  set a=$$$Nobody(1)\n }\n set b=$$$Nobody", ["No.Such", "%occStatus"])
    assert expanded.undefined == (("Nobody", 2),)
    assert expanded.missing == ("No.Such",)
    compile_block(" if 0 { set a=$$$Nobody(1) }").execute(Frame())
    with pytest.raises(ObjectScriptError, match=r"\$\$\$Nobody is not defined"):
        compile_block(" set a=$$$Nobody(1)").execute(Frame())


def test_a_macro_that_names_itself_ends() -> None:
    assert expand("#define A $$$B\n#define B $$$A\n set x=$$$A").text.strip() == "set x=$$$A"


def test_methods_see_the_include_files_of_their_class_and_of_its_superclasses() -> None:
    base = build(parse_class("Include My.Macros\n\nClass a.Base\n{\nClassMethod P()\n{\n quit $$$PORT\n}\n}\n"))
    dictionary.register("a.Base", base)
    derived = build(parse_class("Class a.D Extends a.Base\n{\nClassMethod Q()\n{\n quit $$$Twice(..P())\n}\n}\n"))
    assert derived.Q() == 16160  # type: ignore[attr-defined]  # built at run time


def test_expressions_of_heads_have_the_macros_of_the_class() -> None:
    cls = build(
        parse_class("""Include My.Macros

Class a.Heads Extends %RegisteredObject
{
Parameter P = {$$$Twice(2)};
Property X As %Integer [ InitialExpression = {$$$PORT+1} ];
Method M(x = {$$$BASE})
{
    quit x
}
}
""")
    )
    made = cls._New()  # type: ignore[attr-defined]  # built at run time
    assert (made._GetParameter("P"), made.X, made.M()) == (4, 8081, 7)


def test_a_changed_include_file_is_seen() -> None:
    assert value("$$$BASE") == 7
    give_text("include", "My.Base", "#define BASE 9\n")
    assert value("$$$BASE") == 9


@pytest.mark.parametrize(
    "code",
    [
        " new $$$Nobody",
        " set x=##class($$$Nobody).Run(1)",
        " set x=##class($$$Nobody).#LIMIT",
        " set $$$Nobody(1)=2",
        " set x=$data($$$Nobody(1))",
        " kill $$$Nobody",
        " merge $$$Nobody=x",
        " lock +$$$Nobody(1):2",
        " do $$$Nobody(1)",
    ],
)
def test_a_macro_that_nobody_defines_is_an_error_only_when_it_is_reached(code: str) -> None:
    block = compile_block(f" quit:reached=0 7\n{code}")
    assert block.execute(Frame({"reached": 0})) == 7
    with pytest.raises(ObjectScriptError, match=r"<UNDEFINED> the macro \$\$\$Nobody is not defined"):
        block.execute(Frame({"reached": 1}))
