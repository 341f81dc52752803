"""Variables whose name begins with ``%``: shared by methods, hidden by ``new``."""

from collections.abc import Iterator

import pytest
from isc.py.objectscript import Frame, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.public_variables import public
from isc.py.objectscript.udl import parse_class

CLASS = """Class v.Public
{
ClassMethod Count() As %Integer
{
    quit $increment(%count)
}
ClassMethod Inner() As %String
{
    new %level
    set %level = "inner"
    quit ..Level()
}
ClassMethod Level() As %String
{
    quit $get(%level, "none")_$get(%level("sub"))
}
ClassMethod Give(ByRef x)
{
    set x = "given", x(1) = "below"
}
}
"""


@pytest.fixture(autouse=True)
def _class() -> Iterator[None]:
    dictionary.reset()
    dictionary.register("v.Public", build(parse_class(CLASS)))
    public().variables.clear()
    public().arrays.clear()
    yield
    dictionary.reset()


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("do ##class(v.Public).Count() write ##class(v.Public).Count(),%count kill %count write $data(%count)", "220"),
        (
            'set %level="outer",%level("sub")="!" write ##class(v.Public).Inner(),##class(v.Public).Level(),%level',
            "innerouter!outer",
        ),
        ("for %i=1:1:2 { write %i } for %a(1)=3,4 { write %a(1) }", "1234"),
        ("do ##class(v.Public).Give(.%x) write %x,%x(1)", "givenbelow"),
        ('set x="local" do ##class(v.Public).Give(.x) write x,$data(%x)', "given0"),
    ],
)
def test_they_are_those_of_every_method(code: str, written: str) -> None:
    frame = Frame()
    compile_block(f" {code}").execute(frame)
    assert "".join(map(str, frame.output)) == written


def test_a_variable_that_a_frame_was_given_is_its_own() -> None:
    frame = Frame({"%mine": 1})
    compile_block(" set %mine=%mine+1,%other=3").execute(frame)
    assert (frame.variables, public().variables) == ({"%mine": 2}, {"%other": 3})
