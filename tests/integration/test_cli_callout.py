import json
import subprocess
import sys
from pathlib import Path


def iscpy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isc.py.console", "callout", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_library_and_header_are_where_it_says(tmp_path: Path) -> None:
    assert Path(iscpy(tmp_path, "path").stdout.strip()).name == "libiscpython.so"
    assert "iscpy_" in Path(iscpy(tmp_path, "header").stdout.strip()).read_text()


def test_the_check_names_the_python_or_why_there_is_none(tmp_path: Path) -> None:
    found = json.loads(iscpy(tmp_path, "check", "--json").stdout)
    assert found["problem"] == ""
    assert found["found"]["version"].startswith("3.")
    wrong = iscpy(tmp_path, "check", "/no/such/libpython.so")
    assert wrong.returncode == 1
    assert "/no/such/libpython.so" in wrong.stderr


def test_gtm_gets_its_tables_and_environment(tmp_path: Path) -> None:
    done = iscpy(tmp_path, "gtm", "out")
    assert done.returncode == 0, done.stderr
    assert "export GTMXC_iscpython=" in done.stdout
    assert any((tmp_path / "out").iterdir())


def test_building_for_iris_without_headers_says_what_to_set(tmp_path: Path) -> None:
    done = iscpy(tmp_path, "build-iris", "out", "--home", str(tmp_path))
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
