"""What a command or an import must not load: each of these costs tenths of a second that somebody waits for."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "pandas numpy pyarrow duckdb sqlglot sqlalchemy alembic dill hl7apy opentelemetry starlette uvicorn lxml rich "
    "httpx jinja2 prometheus_client tree_sitter asyncio"
).split()
_TELL = "import sys; sys.stderr.write('\\0' + ' '.join(name for name in sys.modules if '.' not in name))"


def loaded(code: str, *arguments: str, folder: Path) -> set[str]:
    """The heavy modules, and ours, that a fresh interpreter has loaded after `code`."""
    told = f"import atexit\natexit.register(lambda: exec({_TELL!r}))\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", told, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    _, mark, names = done.stderr.partition("\0")
    assert mark, done.stderr
    return set(names.split()).intersection(HEAVY)


def command(*arguments: str, folder: Path) -> set[str]:
    return loaded("from isc.py.console.cli import main\nmain()", *arguments, folder=folder)


@pytest.mark.parametrize(
    "code",
    [
        "import isc.py",
        "from isc.py import Callout",
        "from isc.py import Main",
        "from isc.py.data import open_namespace",
        "import isc.py.objectscript.dictionary",
    ],
)
def test_an_import_loads_nothing_heavy(tmp_path: Path, code: str) -> None:
    assert loaded(code, folder=tmp_path) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("send", "Nope"),
        ("status",),
        ("status", "--json"),
        ("trace",),
        ("stop",),
        ("callout", "path"),
    ],
    ids=" ".join,
)
def test_a_command_in_an_empty_folder_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert command(*arguments, folder=tmp_path) == set()


@pytest.mark.parametrize("arguments", [("ns", "list"), ("globals", "list")], ids=" ".join)
def test_a_command_that_shows_a_table_loads_what_draws_it_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert command(*arguments, folder=tmp_path) == {"rich"}


def test_loading_a_class_loads_no_data_science(tmp_path: Path) -> None:
    (tmp_path / "Plain.cls").write_text("Class Demo.Plain Extends %RegisteredObject\n{\n}\n")
    assert not command("load", "Plain.cls", folder=tmp_path) & {"pandas", "numpy", "pyarrow", "duckdb", "sqlalchemy"}


def test_the_check_sees_what_is_loaded(tmp_path: Path) -> None:
    assert loaded("import numpy", folder=tmp_path) >= {"numpy"}
