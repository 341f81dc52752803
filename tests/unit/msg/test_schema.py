import pytest
from isc.py.msg.base import MessageError
from isc.py.msg.schema import json_schema, message_classes
from isc.py.objectscript import ClassNotFoundError, builder, dictionary
from isc.py.objectscript.udl import parse_class

CLASS = """Class t.Order Extends Ens.Request
{

Property Number As %Integer(MINVAL = 1) [ Required ];

Property Kind As %String(MAXLEN = 20, VALUELIST = ",new,old") [ InitialExpression = "new" ];

Property Lines As list Of %String;

Property Prices As array Of %Numeric;

Property Paid As %Boolean;

Property Text As %Stream.GlobalCharacter;

}
"""


def test_a_class_of_a_file_has_a_schema_with_types_defaults_and_limits() -> None:
    dictionary.register("t.Order", builder.build(parse_class(CLASS, source="t.Order")))
    try:
        schema = json_schema("t.Order")
    finally:
        dictionary.reset()
    held = schema["properties"]
    assert schema["required"] == ["Number"]
    assert held["Number"] == {"type": "integer", "minimum": 1.0}
    assert held["Kind"] == {"type": "string", "enum": ["new", "old"], "maxLength": 20, "default": "new"}
    assert held["Lines"] == {"type": "array", "items": {"type": "string"}}
    assert held["Prices"] == {"type": "object", "additionalProperties": {"type": "number"}}
    assert held["Paid"] == {"type": "integer", "enum": [0, 1]}
    assert held["Text"] == {"type": "string", "format": "text"}


def test_a_class_of_the_library_has_one_too() -> None:
    schema = json_schema("isc.py.msg.GlobalRequest")
    assert set(schema["required"]) == {"Variable", "Global"}
    kinds = ["list", "dataframe", "arrow", "polars"]
    assert schema["properties"]["Type"] == {"type": "string", "enum": kinds, "default": "dataframe"}
    assert schema["properties"]["Labels"]["type"] == "array"


def test_what_is_no_message_has_none() -> None:
    with pytest.raises(MessageError, match="no message class"):
        json_schema("Ens.Production")
    with pytest.raises(ClassNotFoundError):
        json_schema("no.Such")


def test_the_classes_that_can_be_sent() -> None:
    found = message_classes()
    assert {"Ens.Request", "Ens.StringRequest", "isc.py.msg.ExecutionRequest"} <= set(found)
    assert "Ens.Response" not in found
