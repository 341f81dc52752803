"""The pictures: of a production, and of a session."""

import re

import pytest
from isc.py.console.production_svg import Box, boxes_of, production_svg
from isc.py.console.sequence import Arrow
from isc.py.console.sequence_svg import heads_svg, sequence_svg
from isc.py.console.troubles import MANY, troubles_of


def item(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "class": "t.C", "enabled": True, "waiting": 0} | more


def box(name: str, kind: str = "operation") -> Box:
    return Box(name, kind, "t.C", "good", 0, "", f"/items/{name}")


@pytest.mark.parametrize(
    "name", ["HTTP.AdmissionDischargeTransferServiceOfTheNorthernCampus", "W" * 60, "検査" * 30, "i" * 200]
)
def test_a_long_name_stays_in_its_box_and_shows_both_ends(name: str) -> None:
    drawn = re.search(r'class="name"[^>]*>([^<]*)<', production_svg([box(name)], {}, "t"))
    assert drawn is not None
    head, tail = drawn[1].split("…")
    assert name.startswith(head)
    assert name.endswith(tail)
    assert len(drawn[1]) <= 40
    assert f"<title>{name}</title>" in production_svg([box(name)], {}, "t")


def test_a_picture_of_many_items_is_tight_and_begins_at_the_top() -> None:
    def tops(count: int) -> list[int]:
        drawn = production_svg([box("s", "service"), *(box(str(at)) for at in range(count))], {}, "t")
        return [int(y) for y in re.findall(r'class="box" x="\d+" y="(\d+)"', drawn)]

    few, many = tops(5), tops(20)
    assert few[0] > few[1]  # in the middle
    assert many[0] == many[1]
    assert many[2] - many[1] < few[2] - few[1]


def test_an_item_is_red_while_the_last_thing_that_became_of_it_was_an_error() -> None:
    states = [
        boxes_of([item("a", **more)], {})[0].state
        for more in (
            {"last_error_at": 5.0, "last_ended_at": 5.0},
            {"last_error_at": 5.0, "last_ended_at": None},
            {"last_error_at": 5.0, "last_ended_at": 6.0},
            {"last_error_at": None, "last_ended_at": 6.0},
            {"enabled": False, "last_error_at": 5.0, "last_ended_at": 5.0},
        )
    ]
    assert states == ["bad", "bad", "good", "good", "disabled"]


def test_what_needs_a_look_is_what_fails_then_what_waits() -> None:
    items = [
        item("waits", waiting=MANY),
        item("rests", enabled=False, waiting=2),
        item("retries", open=1, last_error="no answer", last_error_at=5.0),
        item("fine", waiting=1, last_error="x", last_error_at=5.0, last_ended_at=6.0),
        item("off", enabled=False),
    ]
    assert [(row.item, row.what, row.text) for row in troubles_of(items, running=True)] == [
        ("retries", "fails, 1 open", "no answer"),
        ("waits", f"has {MANY} waiting", ""),
        ("rests", "is disabled, 2 wait", ""),
    ]
    assert troubles_of(items, running=False) == []


def test_the_label_of_a_long_arrow_stands_where_it_begins() -> None:
    lanes = [Arrow("A", f"B{at}", "x") for at in range(8)]
    drawn = sequence_svg(lanes, "t")
    places = [float(x) for x in re.findall(r'class="label" x="([\d.]+)"', drawn)]
    assert len(set(places)) == 1


def test_the_heads_of_a_page_are_as_wide_as_its_drawing() -> None:
    items = [Arrow("A", "B", "a message <b>", href="/messages/1")]
    drawn, heads = sequence_svg(items, "t", standalone=False), heads_svg(items)
    assert re.search(r'width="(\d+)"', drawn)[1] == re.search(r'width="(\d+)"', heads)[1]  # type: ignore[index]
    assert ">A</text>" in heads
    assert ">A</text>" not in drawn
    assert ">A</text>" in sequence_svg(items, "t")
    assert "<title>a message &lt;b&gt; from A to B</title>" in drawn
