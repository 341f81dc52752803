"""Free-threaded builds of CPython are refused by name.

No such build can be had here: what is opened is a stand-in, a library of ours with the functions that the loader asks
for before anything else, which answers `Py_GetVersion` in the words of the real builds. It cannot be started.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

NO_PYTHON = 2
HEADER = Path(__file__).parents[3] / "iscpython_c" / "library.h"


def stand_in(folder: Path, version: str) -> Path:
    """A libpython that says it is `version` and has nothing else."""
    table = HEADER.read_text().partition("#define ISCPY_START_TABLE")[2].partition("struct iscpy_start")[0]
    names = re.findall(r"X\([^,]*, (\w+), ", table)
    assert {"Py_GetVersion", "Py_InitializeEx"} <= set(names)
    functions = [f"int {name}(void) {{ return 0; }}" for name in names if name != "Py_GetVersion"]
    source = folder / "stand_in.c"
    source.write_text("\n".join([*functions, f'const char *Py_GetVersion(void) {{ return "{version}"; }}']))
    made = folder / "libpython3.13t.so.1.0"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(made), str(source)], check=True)
    return made


@pytest.mark.parametrize(
    "version",
    [
        "3.13.0 experimental free-threading build (main, Oct  7 2024) [GCC 13.2.0]",
        "3.14.0 free-threading build (main, Oct  7 2025) [GCC 14.2.0]",
    ],
)
def test_a_free_threaded_build_is_refused_by_name(start: Any, tmp_path: Path, version: str) -> None:
    library = stand_in(tmp_path, version)
    answer = start()("init", str(library))
    assert answer.status == NO_PYTHON
    assert "free-threaded" in answer.message
    assert str(library) in answer.message


def test_the_stand_in_is_refused_for_that_alone(start: Any, tmp_path: Path) -> None:
    answer = start()("init", str(stand_in(tmp_path, "3.13.0 (main, Oct  7 2024) [GCC 13.2.0]")))
    assert answer.status == NO_PYTHON
    assert "free-threaded" not in answer.message
    assert "has no function" in answer.message
