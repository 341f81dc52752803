from collections.abc import Sequence
from typing import ClassVar

import pytest
from isc.py import Callout, Main
from isc.py.init import Abstract, InitializerError, Test
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class


@pytest.fixture(autouse=True)
def _fresh_contexts() -> None:
    Callout.Finalize()


def test_the_sample_initializer_defines_its_functions_and_classes() -> None:
    Test.Initialize()
    assert Main.SimpleString("x = cube(3)", "x") == "27"
    assert Main.SimpleString("x = Employee('Ada', 36, 'London', 'ACME').getAgePlus(1)", "x") == "37"
    assert "random" in Main.GetModules()


class Broken(Abstract):
    """Fails in two places."""

    Modules: ClassVar[Sequence[str | tuple[str, str]]] = ("no_such_module", ("math", "m"))

    @classmethod
    def InitA(cls) -> None:
        """Fails."""
        raise ValueError("bad")

    @classmethod
    def InitB(cls) -> None:
        """Works."""
        Main.ExecuteCode("done = m.pi")


def test_every_error_is_reported_and_the_other_steps_are_done() -> None:
    with pytest.raises(InitializerError) as caught:
        Broken.Initialize()
    assert [step for step, _ in caught.value.errors] == ["module no_such_module", "InitA"]
    assert "ValueError: bad" in str(caught.value)
    assert Main.GetVariable("done").startswith("3.14")


def test_a_class_file_may_be_an_initializer() -> None:
    text = """Class my.Init Extends isc.py.init.Abstract
{
Parameter Modules = "json,math:m";
ClassMethod InitNumbers() As %Status
{
    do ##class(isc.py.Main).ExecuteCode("two = m.sqrt(4)")
    quit $$$OK
}
ClassMethod InitPython() [ Language = python ]
{
    from isc.py import Main
    Main.ExecuteCode("three = 3")
}
}
"""
    build(parse_class(text)).Initialize()  # type: ignore[attr-defined]  # built at run time
    assert (Main.GetVariable("two"), Main.GetVariable("three")) == ("2.0", "3")


def test_an_error_that_objectscript_does_not_look_at_is_reported_all_the_same() -> None:
    text = """Class my.Init Extends isc.py.init.Abstract
{
ClassMethod InitWrong() As %Status
{
    do ##class(isc.py.Main).ExecuteCode("1/0")
    quit $$$OK
}
}
"""
    with pytest.raises(InitializerError, match="InitWrong: CodeError: ZeroDivisionError"):
        build(parse_class(text)).Initialize()  # type: ignore[attr-defined]  # built at run time
