"""``iscpy`` as a shell sees it: output, exit status, last line of stderr."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples" / "cls"
ISCPY = Path(sys.executable).with_name("iscpy")


def iscpy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "160"}
    return subprocess.run(
        [ISCPY, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    done = iscpy(folder, "load", str(SAMPLES))
    assert done.returncode == 0, done.stderr
    return folder


def test_help_names_the_commands_and_is_quick(tmp_path: Path) -> None:
    def timed() -> float:
        start = time.perf_counter()
        done = iscpy(tmp_path, "--help")
        assert done.returncode == 0
        assert "load" in done.stdout
        return time.perf_counter() - start

    assert min(timed() for _ in range(3)) < 0.3


def test_help_touches_nothing(tmp_path: Path) -> None:
    iscpy(tmp_path, "--help")
    iscpy(tmp_path, "load", "--help")
    assert list(tmp_path.iterdir()) == []


def test_version(tmp_path: Path) -> None:
    assert iscpy(tmp_path, "--version").stdout.split()[0] == "iscpy"


@pytest.mark.parametrize("arguments", [["load"], ["nosuchcommand"], ["sql", "a", "b"], ["load", "--nosuchoption"]])
def test_wrong_usage_is_status_2_with_a_hint(tmp_path: Path, arguments: list[str]) -> None:
    done = iscpy(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr


def test_load_shows_a_line_a_file(loaded: Path) -> None:
    done = iscpy(loaded, "load", str(SAMPLES / "isc/py/test/Person.cls"))
    assert "isc.py.test.Person" in done.stdout
    assert done.stderr == ""


def test_load_as_json_tells_notes(tmp_path: Path) -> None:
    (tmp_path / "A.cls").write_text("Class Demo.A Extends Demo.Missing\n{\n}\n", encoding="utf-8")
    done = iscpy(tmp_path, "load", "A.cls", "--json")
    assert done.returncode == 0
    (report,) = json.loads(done.stdout)
    assert report["class_name"] == "Demo.A"
    assert "Demo.Missing" in report["notes"][0]


def test_a_file_that_is_no_class_fails_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "Good.cls").write_text("Class Demo.Good\n{\n}\n", encoding="utf-8")
    (tmp_path / "Bad.cls").write_text("Class Demo.Bad\n{\n\nPropertie Name;\n\n}\n", encoding="utf-8")
    done = iscpy(tmp_path, "load", "Good.cls", "Bad.cls")
    assert done.returncode == 1
    assert "Demo.Good" in done.stdout
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "Bad.cls" in last
    assert "line 4" in last


def test_sql_shows_rows_and_json(loaded: Path) -> None:
    query = "SELECT COUNT(*) AS People FROM isc_py_test.Person"
    assert json.loads(iscpy(loaded, "sql", query, "--json").stdout) == [{"People": 0}]
    assert "People" in iscpy(loaded, "sql", query).stdout


def test_a_failure_is_one_line_and_debug_shows_more(loaded: Path) -> None:
    short = iscpy(loaded, "sql", "SELECT * FROM Demo.Nothing")
    assert short.returncode == 1
    assert "Traceback" not in short.stderr
    assert "Demo.Nothing" in short.stderr.splitlines()[-1]
    long = iscpy(loaded, "--debug", "sql", "SELECT * FROM Demo.Nothing")
    assert long.returncode == 1
    assert "Traceback" in long.stderr
    assert long.stderr.splitlines()[-1] == short.stderr.splitlines()[-1]


def test_nothing_is_coloured_in_a_pipe(loaded: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        [ISCPY, "sql", "SELECT 1 AS One"], cwd=loaded, env=environment, capture_output=True, text=True, check=True
    )
    assert "\x1b" not in done.stdout
