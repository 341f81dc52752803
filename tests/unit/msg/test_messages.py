import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.msg import (
    ClassRequest,
    ExecutionRequest,
    ExecutionResponse,
    GlobalRequest,
    Message,
    MessageError,
    QueryRequest,
    RestoreRequest,
    SaveRequest,
    SQLRequest,
    StreamExecutionRequest,
    TableRequest,
)
from isc.py.msg.wire import dump, load
from isc.py.objectscript import Frame, compile_target, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (ExecutionRequest(), {"Code": "", "Variables": "", "SeparateLines": 1, "Serialization": "Str"}),
        (SaveRequest(), {"Mask": "*", "MaxLength": 0, "Name": "", "Description": ""}),
        (RestoreRequest(ContextId="3"), {"ContextId": "3", "Clear": 0}),
        (SQLRequest(Query="select 1"), {"Query": "select 1", "Args": []}),
        (
            GlobalRequest(Global="^X", Variable="v", Labels="a, b"),
            {
                "Variable": "v", "Type": "dataframe", "Namespace": "", "Global": "X", "Start": 1, "End": "",
                "Mask": "", "Labels": ["a", "b"],
            },
        ),
        (
            ClassRequest(Class="a.B", Variable="v", Start="5"),
            {
                "Variable": "v", "Type": "dataframe", "Namespace": "", "Class": "a.B", "Start": 5, "End": "",
                "Properties": "*",
            },
        ),
    ],
)  # fmt: skip
def test_properties_and_defaults_are_those_of_the_contract(message: Message, expected: dict[str, object]) -> None:
    assert message.model_dump(by_alias=True) == expected


@pytest.mark.parametrize(
    ("cls", "values", "mentions"),
    [
        (ExecutionRequest, {"Cod": "x"}, "no property 'Cod' (did you mean Code?)"),
        (ExecutionRequest, {"Serialization": "XML"}, "isc.py.msg.ExecutionRequest.Serialization"),
        (ExecutionRequest, {"SeparateLines": 5}, "must be 1 or 0, not 5"),
        (ExecutionRequest, {"Code": [1]}, "ExecutionRequest.Code"),
        (QueryRequest, {"Variable": "v"}, "Query is required"),
        (QueryRequest, {"Query": "select 1", "Variable": ""}, "Variable: is required"),
        (TableRequest, {"Table": "t", "Variable": "v", "Type": "frame"}, "'arrow' or 'polars', not 'frame'"),
    ],
)
def test_what_does_not_fit_names_class_property_and_mend(
    cls: type[Message], values: dict[str, object], mentions: str
) -> None:
    with pytest.raises(MessageError) as caught:
        cls(**values)
    assert mentions in str(caught.value)


def test_assignments_are_checked_when_the_message_is_sent() -> None:
    request = QueryRequest._New()
    compile_target("r.Variable").assign(Frame({"r": request}), "Data")
    with pytest.raises(MessageError, match="Query"):
        dump(request)
    compile_target("r.Query").assign(Frame({"r": request}), "select 1")
    assert load(dump(request)) == QueryRequest(Query="select 1", Variable="Data")


def test_a_stream_takes_text_and_travels_as_text() -> None:
    request = StreamExecutionRequest._New()
    request._set_property("Code", "x = 1")
    request.Code.Write("\ny = 2")  # type: ignore[attr-defined]  # a stream
    again = load(dump(request))
    assert isinstance(again, StreamExecutionRequest)
    assert str(again.Code) == "x = 1\ny = 2"


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, st.dictionaries(TEXT, TEXT))
def test_messages_survive_the_wire(code: str, variables: dict[str, str]) -> None:
    request = ExecutionRequest(Code=code)
    response = ExecutionResponse(Variables=variables)
    assert load(dump(request)) == request
    again = load(dump(response))
    assert again == response
    assert isinstance(again, ExecutionResponse)
    assert all(again.Variables.GetAt(key) == value for key, value in variables.items())


CLASS = """Class my.Request Extends Ens.Request
{
Property Amount As %Integer(MINVAL = 1) [ InitialExpression = 5 ];
Property json As %String;
Property %Actions As %String;
Property Lines As list Of %String;
Property Body As %Stream.GlobalCharacter;
}
"""


def test_a_message_class_from_a_class_file_travels_like_any_other() -> None:
    dictionary.reset()
    cls = build(parse_class(CLASS))
    dictionary.register("my.Request", cls)
    request = cls._New()  # type: ignore[attr-defined]  # built at run time
    assert request.Amount == 5
    for name, value in {"json": "j", "%Actions": "a", "Body": "text"}.items():
        compile_target("r." + name).assign(Frame({"r": request}), value)
    request.Lines.Insert("one")
    again = load(dump(request))
    assert again.to_json() == '{"Amount":5,"json":"j","%Actions":"a","Lines":["one"],"Body":"text"}'
    request._set_property("Amount", 0)
    with pytest.raises(MessageError, match=r"my\.Request\.Amount.*MINVAL"):
        dump(request)
    dictionary.reset()


def test_text_that_is_no_message_is_refused() -> None:
    for text in ("", "[]", '{"class": "Ens.Request"}'):
        with pytest.raises(MessageError, match="no message"):
            load(text)
    with pytest.raises(MessageError, match="no message class"):
        load('{"class": "%PopulateUtils", "properties": {}}')
