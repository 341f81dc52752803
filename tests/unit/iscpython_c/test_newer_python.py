"""The library with a CPython newer than this system's, under that one's own C library: ``make python314``."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

OK, CODE = 0, 1
STR, REPR, BYTES, JSON, PICKLE = range(5)
ROOT = Path(os.environ.get("ISCPY_NEWER_PYTHON", "/none")).resolve() / "usr"

pytestmark = pytest.mark.skipif(not ROOT.exists(), reason="no newer Python is unpacked: make python314")


@pytest.fixture
def host(start_in: Any) -> Any:
    """A host that runs with the loader and libraries of the unpacked system."""
    folder = next(ROOT.glob("lib/*-linux-gnu*"))
    loader = next(path for path in sorted([*folder.glob("ld-linux*"), *ROOT.glob("lib*/ld-linux*")]))
    host = start_in(str(loader), "--library-path", str(folder))
    answer = host("init", str(next(folder.glob("libpython3.*.so.1.0"))))
    assert answer.status == OK, answer.message
    return host


def test_code_errors_and_values(host: Any) -> None:
    assert host.run("import sys, ssl, sqlite3\nv = sys.version_info[:2] > (3, 13)", "v").text == "True"
    assert host.run("p = sys.prefix", "p").text == str(ROOT)
    assert host.run("x = 'é\\0€😀'", "x").text == "é\0€😀"
    for code, kind in [
        ("1/0", "ZeroDivisionError"),
        ("x = (", "SyntaxError"),
        ("def f(): f()\nf()", "RecursionError"),
        ("sys.exit(3)", "SystemExit"),
    ]:
        answer = host.run(code)
        assert (answer.status, answer.type) == (CODE, kind)
        assert kind in answer.traceback
    assert "line 2" in host.run("a = 1\nb = 1 / 0").traceback
    assert host("set", "", "p", pickle.dumps({1: (2, 3)}), PICKLE).status == OK
    assert pickle.loads(host("get", "", "p", PICKLE).value) == {1: (2, 3)}
    assert host("set", "", "j", '{"a": [1, null]}', JSON).status == OK
    assert host("get", "", "j", JSON).text == '{"a": [1, null]}'


def test_streams_contexts_threads_and_rounds(host: Any) -> None:
    host("sinit", "one", 0)
    for piece in ("v = ", "'x'"):
        host("swrite", "one", piece)
    assert host("sexec", "one").status == OK
    assert host.run("", "v", context="one").text == "x"
    assert host("rows", 2, "Bob^66000", "+d", "^", "rows").status == OK
    assert host.run("r = str(rows[1][2])", "r").text == "2021-09-13"
    assert host("threads", 4, 100).status == OK
    assert host("leakcalls", 20_000, "x = 1", "x").status == OK
    for _ in range(3):
        assert host("finalize").status == OK
        assert host("init").status == OK
    assert host("contexts").text == ""
