"""The sequence diagram: lanes in order of appearance, an arrow a message, every label whole."""

from hypothesis import given
from hypothesis import strategies as st
from isc.py.console.sequence import Arrow, Note, draw


def test_a_call_and_its_answer() -> None:
    call = Arrow("A", "B", "Request", mark="1")
    answer = Arrow("B", "A", "Response", is_response=True, mark="2")
    assert draw([call, answer]) == [
        "    A             B",
        "1   │── Request ─▶│",
        "2   │◀╌ Response ╌│",
    ]


def test_no_messages_no_lines() -> None:
    assert draw([]) == []


def test_a_failed_message_is_marked() -> None:
    assert "Answer ✗" in draw([Arrow("B", "A", "Answer", is_response=True, failed=True)])[1]


def test_a_message_to_oneself_and_a_note_stand_at_their_lane() -> None:
    lines = draw([Arrow("A", "B", "Go"), Arrow("B", "B", "Again"), Note("B", "half done")])
    assert lines[2].endswith("⟲ Again")
    assert lines[3].endswith("│ · half done")


_names = st.text("abcdefgh.", min_size=1, max_size=30)


@given(st.lists(st.builds(Arrow, source=_names, target=_names, label=_names, is_response=st.booleans()), max_size=8))
def test_every_label_is_whole_and_every_lane_has_its_name(items: list[Arrow]) -> None:
    lines = draw(items)
    for item, line in zip(items, lines[1:], strict=True):
        assert item.label in line
        assert item.source in lines[0]
        assert item.target in lines[0]
