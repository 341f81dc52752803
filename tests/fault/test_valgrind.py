"""A short run of the C core under valgrind: no error and no lost memory with a frame of ours in it."""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import takewhile
from pathlib import Path

import pytest
from isc.py.iscpython_c import get_include, get_library
from isc.py.iscpython_c.library import write_record

pytestmark = pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")

OURS = ("_native", "libiscpython", "/host")
ROOT = Path(__file__).parents[2]

CODEC = """
from decimal import Decimal
from isc.py.iscpython_c import _native
rows = [
    _native.list_encode(["a" * (n % 40), "é€" if n % 3 else None, n, -n, Decimal(n) / 8, n / 7, b"x", "2020-01-02"])
    for n in range(5000)
]
spec = [("i", 0), ("s", 1), ("s", 2), ("i", 3), ("i", 4), ("f", 5), ("n", 5, 3), ("f", 6), ("s", 7), ("m", 8)]
assert sum(count for count, _ in _native.list_columns(rows, spec, 2)) == 5000
whole = rows[77]
assert _native.list_decode(whole, False)[2] == 77
refused = 0
for size in range(len(whole)):
    for read in (lambda part: _native.list_decode(part, False), lambda part: _native.list_columns([part], spec, 1)):
        try:
            read(whole[:size])
        except ValueError:
            refused += 1
assert refused
"""

STORE = """
import tempfile
from isc.py.iscpython_c import _native
def encode_key(name, subscripts):
    return _native.encode_key(name, tuple(map(str, subscripts)))
with tempfile.TemporaryDirectory() as folder:
    store = _native.Store(folder, False)
    for lot in range(3):
        txn = store.begin(True)
        for n in range(200):
            txn.put(encode_key("G", (lot, n)), _native.list_encode(["x", n]))
        txn.commit()
    txn = store.begin(False)
    prefix = encode_key("G", (1,))
    batches = txn.columns(prefix, prefix, prefix + b"\\xff" * 8, [("i", 0), ("s", 1), ("i", 2), ("n", 2, 4)], 2)
    assert sum(count for count, _ in batches) == 200
    assert len(txn.scan(prefix, prefix + b"\\xff" * 8, 1000)) == 200
    txn.abort()
    txn = store.begin(True)
    assert txn.kill(prefix) == 200
    txn.commit()
    store.close()
"""

CALLS = """
from isc.py.iscpython_c.context import Context
from isc.py.iscpython_c.exceptions import CodeError
context = Context("valgrind")
for n in range(300):
    context.execute(f"x = {n % 20}")
    assert context.get("x") == str(n % 20)
for wrong in ("1 /", "1 / 0", "raise ValueError('é' * 1000)", "raise SystemExit(3)"):
    try:
        context.execute(wrong)
    except CodeError:
        pass
    else:
        raise AssertionError(wrong)
context.clear()
"""


def faults(folder: Path, command: list[str]) -> list[str]:
    """What valgrind says of a command, as far as our code has part in it."""
    found = folder / "found.xml"
    options = [
        "--leak-check=full",
        "--xml=yes",
        f"--xml-file={found}",
        "--num-callers=30",
        "--child-silent-after-fork=yes",
    ]
    environment = {**os.environ, "PYTHONMALLOC": "malloc", "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(
        ["valgrind", *options, *command], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    told = []
    for error in ET.parse(found).getroot().iter("error"):
        kind = error.findtext("kind") or ""
        if kind.startswith("Leak_") and kind != "Leak_DefinitelyLost":
            continue  # what is still reachable, or may be, is held until the process ends
        frames = [(frame.findtext("fn") or "?", frame.findtext("obj") or "") for frame in error.iter("frame")]
        inner = takewhile(lambda frame: not frame[0].startswith("_PyEval_EvalFrame"), frames)
        if any(part in obj for _, obj in inner for part in OURS):  # what Python's own evaluator does is Python's
            told.append(f"{kind}: {' < '.join(name for name, _ in frames[:8])}")
    return told


def test_valgrind_sees_what_it_is_asked_to_see(tmp_path: Path) -> None:
    source = tmp_path / "wrong.c"
    source.write_text(
        "#include <stdlib.h>\nint main(void) { char *p = malloc(3); p[3] = 1; free(p); return p[1] & 0; }\n"
    )
    subprocess.run(["cc", "-g", "-O0", "-w", str(source), "-o", str(tmp_path / "host")], check=True)
    assert any("InvalidWrite" in fault for fault in faults(tmp_path, [str(tmp_path / "host")]))


@pytest.mark.parametrize("program", [CODEC, STORE, CALLS], ids=["codec", "store", "calls"])
def test_the_extension_module_is_clean(tmp_path: Path, program: str) -> None:
    (tmp_path / "program.py").write_text(program)
    assert faults(tmp_path, [sys.executable, str(tmp_path / "program.py")]) == []


def test_the_library_in_a_c_program_is_clean(tmp_path: Path) -> None:
    write_record()
    library = get_library().parent
    command = ["cc", "-g", "-O1", str(ROOT / "samples" / "callout" / "example.c"), "-o", str(tmp_path / "host")]
    command += [f"-I{get_include()}", f"-L{library}", f"-Wl,-rpath,{library}", "-liscpython"]
    subprocess.run(command, check=True)
    assert faults(tmp_path, [str(tmp_path / "host")]) == []
