import pytest
from isc.py.objectscript import Frame, compile_expression, compile_target, status
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.library.collections import ListOfDataTypes
from isc.py.objectscript.objects import RegisteredObject


class Document(RegisteredObject):
    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def GetValueAt(self, path: str) -> object:
        return self.values.get(path, f"nothing at {path}")

    def SetValueAt(self, value: object, path: str) -> object:
        if path == "refused":
            return status.error(5001, "not here")
        self.values[path] = value
        return 1


def test_an_index_of_a_virtual_path_may_be_a_variable() -> None:
    document = Document()
    frame = Frame({"doc": document, "k1": 3, "k2": "2"})
    compile_target("doc.{ORCgrp(k1).OBX(k2):5(1).2}").assign(frame, "a")
    assert document.values == {"ORCgrp(3).OBX(2):5(1).2": "a"}
    assert compile_expression('doc.{ORCgrp(k1).OBX(k2):5(1).2}_"!"').evaluate(frame) == "a!"


def test_counts_and_empty_indices_of_a_virtual_path_stay_as_written() -> None:
    frame = Frame({"doc": Document()})
    assert compile_expression("doc.{OBX(*)}").evaluate(frame) == "nothing at OBX(*)"
    assert compile_expression("doc.{PID:3().1}").evaluate(frame) == "nothing at PID:3().1"


def test_an_unknown_variable_in_a_virtual_path_is_named() -> None:
    with pytest.raises(ObjectScriptError, match="<UNDEFINED> k9"):
        compile_expression("doc.{OBX(k9):5}").evaluate(Frame({"doc": Document()}))


def test_a_document_that_refuses_a_value_is_an_error_of_the_assignment() -> None:
    with pytest.raises(status.StatusError, match="not here"):
        compile_target("doc.{refused}").assign(Frame({"doc": Document()}), 1)


def test_an_index_may_be_counted_from_a_variable() -> None:
    frame = Frame({"doc": Document(), "n": 3})
    assert compile_expression("doc.{OBX(n+1):5(n-2)}").evaluate(frame) == "nothing at OBX(4):5(1)"


def test_an_object_that_is_no_document_has_its_properties_by_path() -> None:
    class Holder(RegisteredObject):
        def __init__(self) -> None:
            self.Name = "Ann"
            self.Inner = None
            self.Items = ListOfDataTypes(["a", "b"])

        def _set_property(self, name: str, value: object) -> None:
            vars(self)[name] = value

    holder, inner = Holder(), Holder()
    frame = Frame({"h": holder, "inner": inner, "k": 2})
    compile_target("h.{Inner}").assign(frame, inner)
    compile_target("h.{Inner.Name}").assign(frame, "Bob")
    compile_target("h.{Items(1)}").assign(frame, "A")
    assert compile_expression("h.{Name}_h.{Inner.Name}_h.{Items(1)}_h.{Items(k)}").evaluate(frame) == "AnnBobAb"
