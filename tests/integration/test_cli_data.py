"""``iscpy globals`` and ``iscpy ns`` as a shell sees them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ISCPY = Path(sys.executable).with_name("iscpy")
CLASS = "Class d.Item Extends %Persistent\n{\nProperty Name As %String [ Required ];\nIndex ByName On Name;\n}\n"
LINES = '^a(1)="one"\n^a(2,"x")=$lb("b",2)\n^d.ItemD=1\n^d.ItemD(1)=$lb("","Ada")\n^d.ItemI("ByName"," ADA",1)=""\n'


def iscpy(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ISCPY, *arguments],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        input=given,
        check=False,
        timeout=60,
    )


def good(folder: Path, *arguments: str, given: str = "") -> str:
    done = iscpy(folder, *arguments, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bad(folder: Path, *arguments: str, given: str = "") -> str:
    done = iscpy(folder, *arguments, given=given)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    return done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data")
    (made / "Item.cls").write_text(CLASS)
    good(made, "load", "Item.cls")
    assert "5 nodes from -" in good(made, "globals", "import", "-", given=LINES)
    return made


def test_globals_are_listed_shown_and_exported(folder: Path) -> None:
    assert "^d.ItemI" in good(folder, "globals", "list")
    assert json.loads(good(folder, "globals", "list", "^d.*", "--count", "--json")) == [
        {"name": "d.ItemD", "nodes": 2},
        {"name": "d.ItemI", "nodes": 1},
    ]
    assert good(folder, "globals", "show", "^a(2)") == '^a(2,"x")=$lb("b",2)\n'
    assert json.loads(good(folder, "globals", "show", "a", "--json"))[0] == {"subscripts": [1], "value": "one"}
    assert "only the first 1" in good(folder, "globals", "show", "a", "--limit", "1")
    assert good(folder, "globals", "export") == LINES
    good(folder, "globals", "export", "a", "--out", "a.zwr")
    assert (folder / "a.zwr").read_text() == "".join(LINES.splitlines(keepends=True)[:2])


def test_what_cannot_be_read_is_named_by_file_line_and_column(folder: Path) -> None:
    (folder / "bad.zwr").write_text("^new(1)=1\n^new(2)=\n")
    assert "bad.zwr: line 2, column 9: expected a string" in bad(folder, "globals", "import", "bad.zwr")
    assert "^new has no value" in bad(folder, "globals", "show", "^new")
    assert "expected ')'" in bad(folder, "globals", "show", "^a(1")
    assert "no global fits '^b.Item*'" in bad(folder, "globals", "export", "^b.Item*")
    assert "'SHOP' does not exist" in bad(folder, "globals", "list", "--namespace", "SHOP")


def test_a_namespace_is_made_checked_backed_up_and_restored(folder: Path) -> None:
    assert "as it should be" in good(folder, "ns", "check")
    good(folder, "ns", "create", "SHOP")
    listed = {row["name"]: row for row in json.loads(good(folder, "ns", "list", "--json"))}
    assert (listed["USER"]["globals"], listed["USER"]["classes"], listed["USER"]["used"]) == (3, 1, True)
    assert set(listed) == {"SHOP", "USER"}
    assert "backed up" in good(folder, "ns", "backup", "--out", "user.backup")
    good(folder, "globals", "import", "-", given='^d.ItemD(2)="no list"\n^d.ItemI("ByName"," X",9)=""\n')
    done = iscpy(folder, "ns", "check")
    assert done.returncode == 1
    assert "row: ^d.ItemD(2): ^d.ItemD(2) is no row" in done.stdout
    assert 'index: d.Item: ^d.ItemI("ByName"," X",9) belongs to no row' in done.stdout
    assert "namespace USER has 3 problems" in done.stderr  # and the counter
    assert "--replace replaces it" in bad(folder, "ns", "restore", "user.backup")
    good(folder, "ns", "restore", "user.backup", "--replace")
    assert "as it should be" in good(folder, "ns", "check")
    assert "bytes before" in good(folder, "ns", "compact")
    assert good(folder, "globals", "export") == LINES
    assert "did you mean SHOP" in bad(folder, "ns", "check", "SHOPP")
