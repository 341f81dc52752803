"""Whose step ran is known after a death, and not after an orderly end."""

from pathlib import Path

from isc.py.ens.step_marks import StepMarks


def test_only_steps_that_run_are_left(tmp_path: Path) -> None:
    path = tmp_path / "steps"
    first = StepMarks(path)
    assert first.before == frozenset()
    one, two = first.mark(), first.mark()
    one.begin(7)  # the file is not this one's yet
    assert StepMarks(path).before == frozenset()
    first.take_over()
    one.begin(1)
    two.begin(2)
    two.end()
    assert StepMarks(path).before == {1}  # as after a kill
    one.close()
    one.close()
    third = first.mark()
    third.begin(3)
    assert StepMarks(path).before == {3}
    second = StepMarks(path)
    second.take_over()
    assert StepMarks(path).before == frozenset()
    second.mark().begin(4)
    second.close()
    assert StepMarks(path).before == frozenset()


def test_what_another_run_of_the_machine_left_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "steps"
    marks = StepMarks(path)
    marks.take_over()
    marks.mark().begin(5)
    marks.close(all_ended=False)
    data = path.read_bytes()
    assert StepMarks(path).before == {5}
    path.write_bytes(b"another-boot".ljust(36) + data[36:])
    assert StepMarks(path).before == frozenset()
    path.write_bytes(b"short")
    assert StepMarks(path).before == frozenset()


def test_more_lanes_than_the_file_has_room_for_go_unmarked(tmp_path: Path) -> None:
    marks = StepMarks(tmp_path / "steps")
    marks.take_over()
    for number in range(1, 1001):
        marks.mark().begin(number)
    left = StepMarks(tmp_path / "steps").before
    assert {1, 2, 3} <= left
    assert len(left) < 1000
