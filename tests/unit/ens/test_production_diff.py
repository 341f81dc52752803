from isc.py.ens.definition import Definition, Item
from isc.py.ens.production_diff import differences


def test_a_difference_tells_that_a_secret_changed_and_not_what_it_is() -> None:
    before = Definition("t.P", (Item("Web", "t.Web", settings={"Adapter.Token": "hush", "Adapter.Port": "1"}),))
    after = Definition("t.P", (Item("Web", "t.Web", settings={"Adapter.Token": "quiet", "Adapter.Port": "2"}),))
    assert [str(found) for found in differences(before, after)] == [
        "~ item 'Web': setting Adapter.Token '********' -> '********'",
        "~ item 'Web': setting Adapter.Port '1' -> '2'",
    ]
