"""``%JSON.Adaptor``: what is written, what is read, and what is refused."""

from typing import Any

import pytest
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.builder import build
from isc.py.objectscript.frame import ByRef
from isc.py.objectscript.udl import parse_class

ITEM = """Class t.Item Extends (%RegisteredObject, %JSON.Adaptor)
{

Property Code As %String;

}
"""
ORDER = """Class t.Order Extends (%RegisteredObject, %JSON.Adaptor)
{

Property Number As %Integer(%JSONFIELDNAME = "no");

Property Paid As %Boolean;

Property Note As %String(%JSONNULL = 1);

Property Secret As %String(%JSONINCLUDE = "NONE");

Property Items As list Of t.Item;

Property Tags As array Of %String;

Property First As t.Item;

}
"""


@pytest.fixture
def order() -> Any:
    dictionary.reset()
    dictionary.register("t.Item", build(parse_class(ITEM)))
    dictionary.register("t.Order", build(parse_class(ORDER)))
    return dictionary.resolve("t.Order")._New()  # type: ignore[attr-defined]  # of every class of the language


def written(value: Any) -> str:
    target: ByRef[object] = ByRef("")
    assert value._JSONExportToString(target) == status.OK
    return str(target.get())


def test_an_object_is_written_by_the_parameters_of_its_properties(order: Any) -> None:
    order.Number, order.Paid, order.Secret = "7", 1, "hidden"
    item = dictionary.resolve("t.Item")._New()  # type: ignore[attr-defined]
    item.Code = "01"
    order.Items.Insert(item)
    order.Tags.SetAt("x", "k")
    assert written(order) == '{"no":7,"Paid":true,"Note":null,"Items":[{"Code":"01"}],"Tags":{"k":"x"}}'


def test_what_was_written_is_read_again(order: Any) -> None:
    text = '{"no":7,"Paid":false,"Items":[{"Code":"a"},{"Code":"b"}],"Tags":{"k":"x"},"First":{"Code":"c"}}'
    assert order._JSONImport(text) == status.OK
    assert (order.Number, order.Paid, order.Items.Count(), order.Items.GetAt(2).Code) == (7, 0, 2, "b")
    assert (order.Tags.GetAt("k"), order.First.Code) == ("x", "c")
    again = type(order)._New()
    assert again._JSONImport(written(order)) == status.OK
    assert written(again) == written(order)


@pytest.mark.parametrize(("source", "told"), [('{"nope":1}', "'nope' is of no property"), ("{", "JSON")])
def test_what_does_not_fit_is_an_error_status(order: Any, source: str, told: str) -> None:
    assert told in status.text(order._JSONImport(source))
