"""What Director and worker share: frames, pages of what has begun, messages that are given ahead."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.ens.begun import Begun, BegunPage, TakenPage
from isc.py.ens.frames import Frames, frame_of, send_frame
from isc.py.ens.worker_line import Line

texts = st.text(max_size=50) | st.text(st.characters(codec=None), max_size=5)  # half surrogate pairs, too
values = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5), texts | st.integers() | st.none(), max_size=4
)


class Pieces:
    """A socket that gives what was sent in pieces."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.data, self.sizes = data, sizes

    def recv(self, most: int) -> bytes:
        size = min(self.sizes.pop(0) if self.sizes else most, most)
        if size == 0:
            raise BlockingIOError
        part, self.data = self.data[:size], self.data[size:]
        return part


@given(st.lists(values, max_size=5), st.lists(st.integers(0, 30), max_size=30))
def test_frames_come_whole_however_they_are_cut_and_a_timeout_loses_nothing(
    sent: list[dict[str, Any]], sizes: list[int]
) -> None:
    frames = Frames(Pieces(b"".join(map(frame_of, sent)), sizes))  # type: ignore[arg-type]  # all of it that is used
    got: list[dict[str, Any]] = []
    while True:
        try:
            frame = frames.receive()
        except TimeoutError:
            continue
        if frame is None:
            break
        got.append(frame)
    assert got == sent


@pytest.mark.parametrize("data", [b"\xff" * 16, frame_of({})[:-1], b"\1\0\0\0\0\0\0\0[", b"\2\0\0\0\0\0\0\0[]"])
def test_what_is_no_frame_is_an_error(data: bytes) -> None:
    with pytest.raises(OSError, match="frame"):
        Frames(Pieces(data, [])).receive()  # type: ignore[arg-type]  # all of a socket that is used


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Begun]:
    made = Begun(tmp_path / "begun")
    made.take_over()
    yield made
    made.close()


def both_sides(begun: Begun) -> tuple[BegunPage, TakenPage]:
    page = begun.page()
    page.make()
    return page, TakenPage(page.file, page.offset)


def test_the_next_director_knows_what_began_unless_the_machine_went_down(tmp_path: Path) -> None:
    path = tmp_path / "begun"
    first = Begun(path)
    assert first.before is None
    first.take_over()
    pages = [both_sides(first)[1] for _ in range(2)]
    for number in range(1, 200):
        pages[number % 2].take(number)
    pages[1].take(199)
    killed = path.read_bytes()
    second = Begun(path)
    assert second.before == frozenset(range(1, 200))
    assert Begun(path).before == second.before  # one that was killed before it had looked at the bank changes nothing
    second.take_over()
    assert Begun(path).before == frozenset()
    second.close()
    if not killed[:40].strip():
        pytest.skip("this system does not say when it was started")
    path.write_bytes(b"another-start".ljust(40) + killed[40:])
    assert Begun(path).before is None


def test_a_worker_that_outlives_its_director_begins_nothing_more(tmp_path: Path) -> None:
    first = Begun(tmp_path / "begun")
    first.take_over()
    page = first.page()
    page.make()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line(theirs, TakenPage(page.file, page.offset))
        for number in (1, 2):
            send_frame(ours, {"turn": 1, "header": number})
        assert line.next() is not None
        assert Begun(tmp_path / "begun").before == frozenset({1})
        ours.shutdown(socket.SHUT_WR)
        assert line.next() is None


def test_the_page_tells_what_began_last_and_a_worker_that_replaces_another_goes_on(begun: Begun) -> None:
    page, taken = both_sides(begun)
    assert page.last() == 0
    taken.take(7)
    assert page.last() == 7
    TakenPage(page.file, page.offset).take(8)
    assert page.last() == 8
    assert begun.page().offset != page.offset


def test_after_a_message_that_did_not_simply_end_nothing_of_its_turn_begins(begun: Begun) -> None:
    _, taken = both_sides(begun)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line, frames = Line(theirs, taken), Frames(ours)
        for number in (1, 2, 3):
            send_frame(ours, {"turn": 4, "header": number})
        first = line.next()
        assert first is not None
        line.answer(first, {"ok": True, "plain": True})
        second = line.next()
        assert second is not None
        line.answer(second, {"ok": False})
        send_frame(ours, {"turn": 5, "header": 2})
        again = line.next()
        assert again is not None
        assert (first["header"], second["header"], again["header"], again["turn"]) == (1, 2, 2, 5)
        assert [frames.receive(), frames.receive()] == [
            {"ok": True, "plain": True, "header": 1},
            {"ok": False, "header": 2},
        ]
        ours.shutdown(socket.SHUT_WR)
        assert line.next() is None


def test_a_halted_turn_is_handed_back_and_the_director_is_told(begun: Begun) -> None:
    page, taken = both_sides(begun)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line(theirs, taken)
        for number in (1, 2, 3):
            send_frame(ours, {"turn": 1, "header": number})
        first = line.next()
        page.halt(1)
        assert first is not None
        line.answer(first, {"ok": True, "plain": True})
        send_frame(ours, {"turn": 2, "header": 2})
        following = line.next()
        assert following is not None
        assert (following["header"], following["turn"]) == (2, 2)
        frames = Frames(ours)
        assert [frames.receive(), frames.receive()] == [{"ok": True, "plain": True, "header": 1}, {"halted": 1}]


def test_messages_that_come_while_an_answer_is_waited_for_come_after_it(begun: Begun) -> None:
    _, taken = both_sides(begun)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line(theirs, taken)
        for frame in ({"turn": 1, "header": 1}, {"turn": 1, "header": 2}, {"asks": 0}, {"asks": 1, "class": "x"}):
            send_frame(ours, frame)
        assert line.next() == {"turn": 1, "header": 1}
        assert line.exchange({"do": "send"}) == {"asks": 1, "class": "x"}
        assert line.next() == {"turn": 1, "header": 2}


def test_a_page_is_kept_when_its_file_is_closed(tmp_path: Path) -> None:
    begun = Begun(tmp_path / "begun")
    begun.take_over()
    page = begun.page()
    page.make()
    other = os.dup(page.file)
    taken = TakenPage(other, page.offset)
    os.close(other)
    taken.take(3)
    assert page.last() == 3
    begun.close()
