import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.ens.bank import Bank, open_bank
from isc.py.ens.search import (
    Search,
    SearchError,
    _is_written_so,
    find_events,
    find_messages,
    has_value,
    moment,
    value_of,
)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    held = open_bank(tmp_path / "bank.sqlite")
    bodies = ['{"Name": "Smith", "N": 3}', '{"Name": "Smi_th", "L": ["a", {"b": "c"}]}', "no JSON", '{"A.B": 1}']
    for number, text in enumerate(bodies, 1):
        name = "Demo.One" if number % 2 else "Demo_Two"
        status = "Error" if number == 3 else "Completed"
        header = Bank.header(number, "Request", 1 + number // 3, "In", f"Out{number % 2}", (name, text), status)
        held.write([Bank.session(number, "t.P"), *header]).result()
    held.write([Bank.event("error", "Out1", "100% bad", 1, 1), Bank.event("stdout", "Out0", "hello", 2)]).result()
    yield held
    held.close()


def ids(bank: Bank, **asked: object) -> list[int]:
    return [row.id for row in find_messages(bank, Search(**asked))]  # type: ignore[arg-type]  # by keyword


def test_messages_are_found_by_what_their_headers_say(bank: Bank) -> None:
    assert ids(bank) == [1, 2, 3, 4]
    assert ids(bank, newest_first=True, limit=2) == [4, 3]
    assert ids(bank, session=2) == [3, 4]
    assert ids(bank, status="Error") == [3]
    assert ids(bank, status="error, Completed") == [1, 2, 3, 4]
    with pytest.raises(SearchError, match=r"no message has status 'Eror' \(did you mean Error\?\)"):
        ids(bank, status="Eror")
    assert ids(bank, target="Out1") == [1, 3]
    assert ids(bank, host="In", before=3) == [1, 2]
    assert ids(bank, class_name="Demo.*") == [1, 3]
    assert ids(bank, class_name="Demo_*") == [2, 4]
    assert ids(bank, since=time.time() + 5) == []
    assert ids(bank, until=time.time() + 5, after=3) == [4]


def test_messages_are_found_by_what_their_bodies_say(bank: Bank) -> None:
    assert ids(bank, values=(("Name", "Smith"),)) == [1]
    assert ids(bank, values=(("Name", "Smith"), ("N", "3.0"))) == [1]
    assert ids(bank, values=(("L.b", "c"),)) == [2]
    assert ids(bank, values=(("A.B", "1"),)) == [4]
    assert ids(bank, values=(("Name", "nobody"),)) == []
    assert ids(bank, text="Smi_th") == [2]
    assert ids(bank, text="%") == []


def test_a_property_is_found_past_many_that_do_not_fit(bank: Bank) -> None:
    statements = []
    for number in range(10, 1300):
        statements += Bank.header(number, "Request", 9, "In", "Out0", ("D.C", f'{{"K": "{number}"}}'), "Completed")
    bank.write(statements).result()
    assert ids(bank, values=(("K", "1299"),)) == [1299]
    assert ids(bank, values=(("K", "10"),), newest_first=True) == [10]


def test_events_are_found_the_newest_first(bank: Bank) -> None:
    assert [event.text for event in find_events(bank)] == ["hello", "100% bad"]
    assert [event.text for event in find_events(bank, text="100%")] == ["100% bad"]
    assert [event.text for event in find_events(bank, level="error, warning")] == ["100% bad"]
    assert [event.text for event in find_events(bank, host="Out0", session=2)] == ["hello"]
    assert find_events(bank, before=1) == []


@pytest.mark.parametrize(
    ("body", "name", "value", "found"),
    [
        ('{"a": true}', "a", "true", True),
        ('{"a": true}', "a", "1", True),
        ('{"a": null}', "a", "", True),
        ('{"a": {"x": "v"}}', "a", "v", True),
        ('{"a": [1, 2]}', "a", "2", True),
        ('{"a": 1}', "a", "one", False),
        ('{"a": 1}', "a.b", "1", False),
        ("[1]", "a", "1", False),
        ("", "a", "", False),
    ],
)
def test_a_value_in_a_body(body: str, name: str, value: str, found: bool) -> None:
    assert has_value(body, name, value) is found


def test_moments() -> None:
    assert moment("90s", 1000.0) == 910.0
    assert moment("1.5h", 6000.0) == 600.0
    assert moment("2026-11-24T08:00:00+00:00") == 1795507200.0
    for wrong in ("", "yesterday", "5x", "h"):
        with pytest.raises(SearchError, match="is no time"):
            moment(wrong)
    with pytest.raises(SearchError, match="Property=value"):
        value_of("Name")


@pytest.mark.parametrize("value", ["O'Neil", "5", "5.0", "1e2", "true", "café", 'say "x"', "a/b", "", "nan"])
def test_values_that_json_may_write_in_several_ways_are_looked_for_in_every_body(value: str) -> None:
    assert not _is_written_so(value)


def test_values_that_json_writes_in_one_way_are_looked_for_by_the_database() -> None:
    assert all(map(_is_written_so, ("Smith", "thing 5", "A-17", "x.y_z")))


def test_an_id_that_no_database_has_is_one_that_is_not_there(tmp_path: Path) -> None:
    bank, huge = open_bank(tmp_path / "bank.sqlite"), 10**30
    bank.write([Bank.session(1, "t.P"), *Bank.header(1, "Request", 1, "A", "B", ("c", "{}"), "Queued")]).result()
    assert (bank.message(huge), bank.response_to(huge), bank.trace(huge)) == (None, None, None)
    assert (bank.messages(huge), bank.events(huge)) == ([], [])
    assert [row.id for row in bank.sessions(before=huge)] == [1]
    assert [row.id for row in find_messages(bank, Search(before=huge, after=-huge))] == [1]
    assert find_messages(bank, Search(session=huge)) == []
    assert find_events(bank, session=huge, before=huge) == []
    bank.close()


@pytest.mark.parametrize("text", ["²d", "²", "1e400d", "0001-01-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SearchError, match="is no time"):
        moment(text)
