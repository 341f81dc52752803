import pytest
from isc.py.objectscript import Frame, ObjectScriptError, StatusError, compile_block, status
from isc.py.objectscript.builder import build
from isc.py.objectscript.dictionary import register
from isc.py.objectscript.errors import Thrown
from isc.py.objectscript.library.exceptions import SQLException, StatusException, exception_object
from isc.py.objectscript.udl import parse_class


def written(code: str) -> str:
    frame = Frame(place="a.B.M")
    compile_block(code, "a.B.M").execute(frame)
    return "".join(map(str, frame.output))


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("\n try { set x=1/0 } catch ex { write ex.Name,ex.Code,ex.Location,ex.%IsA(\"%Exception.SystemException\") }",
         "<DIVIDE>18a.B.M+21"),
        (" try { write x } catch ex { write ex.Data,\"|\",ex.AsSystemError(),\"|\",ex.DisplayString() }",
         "x|<UNDEFINED>a.B.M+1 x|<UNDEFINED> 5002 a.B.M+1 x"),
        (" try { write x } catch ex { write $system.Status.GetErrorText(ex.AsStatus()) }",
         "ERROR #5002: ObjectScript error: <UNDEFINED> x in a.B.M+1"),
        (" try { $$$ThrowStatus($$$ERROR(5001,\"bad\")) } catch ex { write ex.Name,ex.Code,$listget(ex.Data),"
         "ex.DisplayString(),ex.%ClassName(1) }", "GeneralError5001badERROR #5001: bad%Exception.StatusException"),
        (" set e=##class(%Exception.StatusException).CreateFromStatus($$$ERROR(5659,\"P\")) try { throw e }"
         " catch ex { write (ex=e),$system.Status.GetErrorCodes(ex.AsStatus()) }", "15659"),
        (" try { throw ##class(%Exception.General).%New(\"Odd\",7,\"here\",\"why\") } catch ex {"
         " write ex.Name,ex.Code,ex.Location,ex.Data,\"|\",$system.Status.GetErrorText(ex.AsStatus()) }",
         "Odd7herewhy|ERROR #5035: General exception: name 'Odd', code '7', data 'why'"),
        (" set in=##class(%Exception.General).%New(\"In\",1) write ##class(%Exception.General)"
         ".%New(\"Out\",2,,,in).DisplayString()", "Out 2\n  In 1"),
        (" set e=##class(%Exception.SQL).CreateFromSQLCODE(-30,\"no table\") write e.SQLCODE,e.AsSQLCODE(),"
         "e.AsSQLMessage(),$system.Status.GetErrorText(e.AsStatus())",
         "-30-30no tableERROR #5540: SQLCODE: -30, message: no table"),
        (" try { try { set x=1/0 } catch in { throw in } } catch ex { write ex.Name }", "<DIVIDE>"),
        (" try { throw \"text\" } catch ex { write ex.Name,ex.Data }",
         "<THROW>an exception object was expected, found 'text'"),
    ],
)  # fmt: skip
def test_what_catch_binds(code: str, output: str) -> None:
    assert written(code) == output


def test_a_class_may_extend_an_exception_and_call_its_constructor() -> None:
    made = build(
        parse_class(
            "Class my.Ex Extends %Exception.AbstractException\n{\nProperty Extra;\n"
            "Method %OnNew(name, extra) As %Status\n{\n set ..Extra=extra\n quit ##super(name,42)\n}\n"
            'Method DisplayString(level)\n{\n quit ..Name_"/"_..Code_"/"_..Extra\n}\n}\n'
        )
    )
    register("my.Ex", made)
    assert written(' try { throw ##class(my.Ex).%New("N","E") } catch ex { write ex.DisplayString() }') == "N/42/E"


def test_what_nobody_catches_leaves_as_an_error_of_python_with_its_status() -> None:
    with pytest.raises(Thrown, match="Odd 7") as caught:
        written(' throw ##class(%Exception.General).%New("Odd",7)')
    assert status.entries(status.from_exception(caught.value)) == [(5035, ["Odd", "7", ""])]
    with pytest.raises(StatusError, match="bad"):
        written(' try { $$$ThrowStatus($$$ERROR(5001,"bad")) } catch ex { throw ex }')
    with pytest.raises(ObjectScriptError, match="<DIVIDE>"):
        written(" try { set x=1/0 } catch ex { throw ex }")


def test_errors_of_python_are_named_as_such() -> None:
    found = exception_object(ValueError("too odd"))
    assert (found.Name, found.Data) == ("<PYTHON EXCEPTION>", "ValueError: too odd")  # type: ignore[attr-defined]  # properties
    assert status.text(found.AsStatus()) == "ERROR #5001: ValueError: too odd"  # type: ignore[attr-defined]  # a method


def test_an_error_of_sql_is_an_sql_exception() -> None:
    from isc.py.data import SQLError

    found = exception_object(SQLError(-29, "field 'x' not found"))
    assert isinstance(found, SQLException)
    assert (found.SQLCODE, found.Data) == (-29, "field 'x' not found")


def test_a_status_of_several_errors_keeps_them_all() -> None:
    both = status.append(status.error(5001, "one"), status.error(5001, "two"))
    assert StatusException.CreateFromStatus(both).DisplayString() == "ERROR #5001: one\nERROR #5001: two"
