"""``iscpy.toml``: optional, and strict about what it says."""

from pathlib import Path

import pytest
from isc.py.console.failures import CommandError
from isc.py.console.project import read_project
from isc.py.data.configuration import Configuration


def test_without_the_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_project(tmp_path) == Configuration(production="", namespace="USER")


def test_the_file_names_the_production(tmp_path: Path) -> None:
    (tmp_path / "iscpy.toml").write_text('production = "Demo.Production"\n', encoding="utf-8")
    assert read_project(tmp_path).production == "Demo.Production"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prodution = 'a'", ("prodution", "did you mean production")),
        ("production = 1", ("production", "string")),
        ("production", ("iscpy.toml", "no TOML")),
    ],
)
def test_a_mistake_names_file_and_mend(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "iscpy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        read_project(tmp_path)
    assert all(word in str(caught.value) for word in words), str(caught.value)
