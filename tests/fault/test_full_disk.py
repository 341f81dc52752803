"""A disk that takes no more: the transaction that met it fails whole, what was there stays, and work goes on after.

The limit on the size of files (EFBIG) stands for the full disk (ENOSPC): both are errors of the same write, and only
root may mount a small disk.
"""

import subprocess
import sys
from pathlib import Path

CLASS = """Class f.Row Extends %Persistent
{
Property Name As %String [ Required ];
Property Filler As %String(MAXLEN = "");
Index ByName On Name [ Unique ];
}
"""

PROGRAM = """
import resource, sys
from pathlib import Path
from isc.py.data import administration
from isc.py.data.checking import check
from isc.py.data.namespace import open_namespace, set_current
from isc.py.iscpython_c.exceptions import StoreError
from isc.py.objectscript import dictionary
folder = Path(sys.argv[1])
namespace = open_namespace(folder)
set_current(namespace)
assert not namespace.load_path(folder / "Row.cls")[0].error
cls = dictionary.resolve("f.Row")
cls(Name="first", Filler="x").save()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
saved = 1
failed = None
while failed is None and saved < 10_000:
    made = cls(Name=f"row {saved}", Filler="x" * 2000)
    try:
        made.save()
        saved += 1
    except StoreError as error:
        failed = error
print("failed:", failed)
assert made._Id() == "", "an object that was not saved has no id"
status = made._Save()
assert str(status).startswith("0 "), "the language gets a status"
try:
    with namespace.transaction():
        for at in range(200):
            cls(Name=f"more {at}", Filler="y" * 2000).save()
except StoreError as error:
    print("transaction:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
try:
    administration.backup(namespace, folder / "full.backup")
except (StoreError, OSError) as error:
    print("backup:", error)
print("left:", sorted(path.name for path in folder.glob("full*")))
count = namespace.query("select count(*) as n from f.Row").to_pylist()[0]["n"]
print("rows:", count == saved, "level:", namespace.tlevel(), "problems:", list(check(namespace)))
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
made.save()
print("after:", namespace.query("select count(*) as n from f.Row").to_pylist()[0]["n"] - saved, list(check(namespace)))
"""


def test_a_full_disk_fails_what_met_it_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "Row.cls").write_text(CLASS)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("failed: the transaction could not be committed and nothing of it was written")
    assert lines[1].startswith("transaction: the transaction could not be committed and nothing of it was written")
    assert all("the disk is full" in line for line in lines[:2])
    assert lines[2].startswith("backup: ")
    assert lines[3:] == ["left: []", "rows: True level: 0 problems: []", "after: 1 []"]
