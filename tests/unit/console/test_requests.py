"""Messages from ``Property=value`` texts and JSON files."""

from pathlib import Path

import pytest
from isc.py.console.failures import CommandError
from isc.py.console.requests import make_request
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import ExecutionRequest, GlobalRequest, StreamExecutionRequest


def test_properties_come_from_texts() -> None:
    made = make_request("isc.py.msg.ExecutionRequest", ["Code=x = 1", "Variables=x", "SeparateLines=0"])
    assert made == ExecutionRequest(Code="x = 1", Variables="x", SeparateLines=0)


def test_a_value_may_be_the_text_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("x = 1\ny = 2\n", encoding="utf-8")
    made = make_request("isc.py.msg.ExecutionRequest", [f"Code=@{tmp_path}/model.py"])
    assert made == ExecutionRequest(Code="x = 1\ny = 2\n")


def test_two_at_signs_are_one() -> None:
    made = make_request("isc.py.msg.ExecutionRequest", ["Code=@@decorator"])
    assert made == ExecutionRequest(Code="@decorator")


def test_a_stream_property_takes_text() -> None:
    made = make_request("isc.py.msg.StreamExecutionRequest", ["Code=x = 1"])
    assert isinstance(made, StreamExecutionRequest)
    assert str(made.Code) == "x = 1"


def test_a_collection_is_json() -> None:
    made = make_request("isc.py.msg.GlobalRequest", ["Global=^Sales", "Variable=s", 'Labels=["a", "b"]'])
    assert isinstance(made, GlobalRequest)
    assert list(made.Labels) == ["a", "b"]


def test_texts_go_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"Code": "x = 1", "Variables": "x"}', encoding="utf-8")
    made = make_request("isc.py.msg.ExecutionRequest", ["Code=x = 2"], tmp_path / "request.json")
    assert made == ExecutionRequest(Code="x = 2", Variables="x")


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("isc.py.msg.ExecutionReqest", [], ("isc.py.msg.ExecutionReqest", "did you mean isc.py.msg.ExecutionRequest")),
        ("isc.py.msg.ExecutionRequest", ["Codes=1"], ("Codes", "isc.py.msg.ExecutionRequest", "did you mean Code")),
        ("isc.py.msg.ExecutionRequest", ["Code"], ("Code", "Property=value")),
        ("isc.py.msg.ExecutionRequest", ["Serialization=YAML"], ("Serialization", "JSON", "YAML")),
        ("isc.py.msg.QueryRequest", ["Query=select 1"], ("isc.py.msg.QueryRequest.Variable", "required")),
        ("isc.py.msg.GlobalRequest", ["Global=^a", "Variable=s", "Labels=[a"], ("Labels", "JSON")),
        ("isc.py.msg.ExecutionRequest", ["Code=@/no/such/file"], ("/no/such/file", "could not be read")),
        ("%Library.File", ["a=1"], ("%Library.File", "no message")),
    ],
)
def test_a_mistake_names_the_thing_and_the_mend(name: str, settings: list[str], words: tuple[str, ...]) -> None:
    with pytest.raises(IscError) as caught:
        make_request(name, settings)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize("text", ["[1]", "{", "1"])
def test_a_file_that_holds_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "request.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"request\.json"):
        make_request("Ens.Request", [], path)
