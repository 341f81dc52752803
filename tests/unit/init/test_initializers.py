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


def test_the_log_tells_every_step_when_asked_and_always_what_failed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "isc.py.init"):
        with pytest.raises(InitializerError):
            Broken.Initialize(verbose=1)
        told = [record.getMessage().partition(" (")[0] for record in caplog.records]
        assert [
            (record.levelname, text.partition(":")[0]) for record, text in zip(caplog.records, told, strict=True)
        ] == [
            ("ERROR", "module no_such_module"),
            ("INFO", "imported math as m"),
            ("ERROR", "InitA"),
            ("INFO", "ran InitB"),
        ]
        caplog.clear()
        assert Test.Initialize() == 1
        assert caplog.records == []


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


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('ExecuteCode("1/0")', "ZeroDivisionError"),
        ('ExecuteFunction("max", "{")', "ArgumentsError"),
        ('SetVariable("x", "{", "JSON")', "SerializationError"),
    ],
)
def test_an_error_that_objectscript_does_not_look_at_is_reported_all_the_same(call: str, expected: str) -> None:
    text = f"""Class my.Init Extends isc.py.init.Abstract
{{
ClassMethod InitWrong() As %Status
{{
    do ##class(isc.py.Main).{call}
    quit $$$OK
}}
ClassMethod InitZ() As %Status
{{
    do ##class(isc.py.Main).{call}
    do ##class(isc.py.Main).GetStatus()
    quit $$$OK
}}
}}
"""
    with pytest.raises(InitializerError, match=rf"1 step\(s\) failed: InitWrong: CodeError: {expected}"):
        build(parse_class(text)).Initialize()  # type: ignore[attr-defined]  # built at run time
