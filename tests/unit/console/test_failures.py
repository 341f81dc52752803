"""How a failure looks on the command line."""

from pathlib import Path

import pytest
from isc.py.console.failures import CommandError, explained, report
from isc.py.iscpython_c.exceptions import CodeError


def test_a_failure_is_shown_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    report(CodeError("OSError", "amqp://me:hunter2@host", "Traceback\n  password = 'hunter2'\n"), debug=False)
    shown = capsys.readouterr().err
    assert "hunter2" not in shown
    assert shown.endswith("error: OSError: amqp://me:********@host\n")


def test_a_file_that_is_not_there_is_told_from_its_folder(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "a", f"there is no file {tmp_path / 'a'}"),
        (tmp_path / "no" / "a", f"{tmp_path / 'no' / 'a'}: there is no folder {tmp_path / 'no'}"),
        (tmp_path, f"{tmp_path}: Is a directory"),
    ):
        with pytest.raises((FileNotFoundError, IsADirectoryError)) as raised:
            path.read_text()
        assert explained(raised.value)[1] == said


def test_what_is_no_failure_of_a_file_is_told_as_it_is() -> None:
    assert explained(OSError("the disk is full"))[1] == "the disk is full"
    assert explained(CommandError("first\nsecond")) == ("second", "first")
