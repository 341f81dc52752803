"""``$system.OBJ.Delete``: a class goes, its rows when that is asked for."""

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript import Frame, compile_expression, dictionary, status


def deleted(arguments: str) -> object:
    return compile_expression(f"$system.OBJ.Delete({arguments})").evaluate(Frame({}))


def test_a_class_goes_and_its_rows_stay_until_they_shall_go(namespace: EmbeddedNamespace) -> None:
    namespace.sql("INSERT INTO t.Person (Name) VALUES ('Ada')", [])
    text = namespace.classes.text("class", "t.Person") or ""
    assert status.is_ok(deleted('"t.Person"'))
    assert not dictionary.exists("t.Person")
    assert namespace.globals["t.PersonD"].data() == 11
    namespace.classes.put("class", "t.Person", text)
    assert status.is_ok(deleted('"t.Person.cls","-d/e"'))
    assert namespace.globals["t.PersonD"].data() == 0


def test_a_class_that_is_not_there_is_named(namespace: EmbeddedNamespace) -> None:
    wrong = deleted('"t.Persn"')
    assert "no class 't.Persn' (did you mean t.Person?)" in status.text(wrong)
