"""The shared library in a host that is no Python: driver.c, one process a test."""

import json
import os
import pickle
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.library import check, get_library, write_record

OK, CODE, NO_PYTHON, NOT_INITIALIZED, NO_CONTEXT, ARGUMENT, _, HOST = range(8)
STR, REPR, BYTES, JSON, PICKLE, ARROW = range(6)
Host = Any  # conftest.Host: a call is a command, the answer has status, value, text, type, message, traceback
Start = Callable[..., Host]

PYENV = Path.home() / ".pyenv" / "versions"
OTHERS = sorted(path for version in ("3.11", "3.12", "3.13", "3.14") for path in PYENV.glob(f"{version}.*/bin/python3"))


def test_the_library_has_no_undefined_python_symbol() -> None:
    listed = subprocess.run(["nm", "-D", str(get_library())], capture_output=True, text=True, check=True).stdout
    undefined = re.findall(r" U (\S+)", listed)
    assert undefined
    assert [name for name in undefined if re.match(r"_?Py", name)] == []


def test_only_functions_of_the_header_are_visible() -> None:
    listed = subprocess.run(["nm", "-D", str(get_library())], capture_output=True, text=True, check=True).stdout
    visible = set(re.findall(r" T (\S+)", listed))
    header = (Path(__file__).parents[3] / "iscpython_c/include/iscpython.h").read_text()
    declared = set(re.findall(r"^ISCPY_API [^;(]*?(iscpy_\w+)\(", header, re.M))
    assert declared <= visible
    assert all(name.startswith("iscpy_") for name in visible)


# --- finding Python ---


@pytest.mark.parametrize("python", OTHERS, ids=lambda path: path.parts[-3])
def test_any_python_from_3_11_on_is_started_without_a_rebuild(start: Start, python: Path) -> None:
    host = start()
    assert host("init", str(python)).status == OK
    assert host.run("import sys, ssl, sqlite3\nv = sys.version", "v").text.startswith(python.parts[-3])
    assert host.run("x = [n * n for n in range(3)]", "x").text == "[0, 1, 4]"
    assert host.run("def f(): return f()\nf()").type == "RecursionError"
    assert host.run("1/0").type == "ZeroDivisionError"
    assert host("finalize").status == OK


def test_the_environment_of_the_installation_is_used(host: Host) -> None:
    assert host.run("import sys; p = sys.prefix", "p").text == sys.prefix
    assert host.run("import pandas, isc.py; v = pandas.__version__", "v").status == OK


def test_the_search_goes_argument_variable_record_path(start: Start, tmp_path: Path) -> None:
    marker = tmp_path / "python3"
    marker.write_text(f'#!/bin/sh\necho asked >> {tmp_path}/log\nexec {sys.executable} "$@"\n')
    marker.chmod(0o755)
    log = tmp_path / "log"
    record = write_record()
    assert start(PATH=f"{tmp_path}:{os.environ['PATH']}")("init").status == OK
    assert not log.exists()  # the record came first
    host = start(ISCPYTHON_LIBPYTHON="/none/libpython3.11.so")
    answer = host("init")
    assert (answer.status, "ISCPYTHON_LIBPYTHON" in answer.message) == (NO_PYTHON, True)
    assert start(ISCPYTHON_LIBPYTHON="/none/libpython3.11.so")("init", record.libpython).status == OK


def test_without_a_record_python3_on_path_is_asked(tmp_path: Path) -> None:
    library = tmp_path / "libiscpython.so"
    shutil.copy(get_library(), library)
    shutil.copy(get_library().with_name("iscpython-check"), tmp_path / "check")
    asked = tmp_path / "bin" / "python3"
    asked.parent.mkdir()
    asked.write_text(f'#!/bin/sh\necho asked > {tmp_path}/log\nexec {sys.executable} "$@"\n')
    asked.chmod(0o755)
    environment = {**os.environ, "PATH": f"{asked.parent}:/usr/bin:/bin"}
    answer = subprocess.run([tmp_path / "check"], env=environment, capture_output=True, text=True, check=True)
    assert f"prefix: {sys.prefix}" in answer.stdout
    assert (tmp_path / "log").exists()


def test_no_python_at_all_is_said_with_what_was_tried(tmp_path: Path) -> None:
    shutil.copy(get_library(), tmp_path)
    shutil.copy(get_library().with_name("iscpython-check"), tmp_path / "check")
    answer = subprocess.run(
        [tmp_path / "check"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    for part in ("ISCPYTHON_LIBPYTHON is not set", "libiscpython.path does not exist", "python3 on PATH does not run"):
        assert part in answer.stderr


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("/none/libpython3.12.so", "cannot be read"),
        ("/none/python3", "neither a libpython"),
        ("libm.so.6", "has no function"),
    ],
)
def test_what_is_no_libpython_is_refused_by_name(start: Start, named: str, message: str) -> None:
    answer = start()("init", named)
    assert answer.status == NO_PYTHON
    assert message in answer.message
    assert named in answer.message


def test_an_old_python_is_refused_with_its_version(start: Start) -> None:
    old = list(PYENV.glob("3.10.*/bin/python3"))
    if not old:
        pytest.skip("no Python 3.10 is installed here")
    answer = start()("init", str(old[0]))
    assert (answer.status, "is Python 3.10." in answer.message) == (NO_PYTHON, True)


def test_after_a_failed_start_another_python_can_be_named(start: Start) -> None:
    host = start()
    assert host("init", "/none/libpython3.12.so").status == NO_PYTHON
    assert host("init").status == OK


def test_check_tells_what_a_host_finds() -> None:
    write_record()
    assert check().found["prefix"] == sys.prefix
    assert "cannot be read" in check("/none/libpython3.so").problem


def test_the_library_attaches_to_a_python_that_runs() -> None:
    code = f"""
import ctypes, sys
library = ctypes.CDLL({str(get_library())!r})
assert library.iscpy_initialize(None, None) == 0
text = ctypes.c_size_t(-1)
code = b"import sys; sys.seen = 1; x = 5"
assert library.iscpy_simple_string(b"shared", code, text, None, 0, None, None) == 0
assert sys.seen == 1
from isc.py.iscpython_c.context import Context, contexts
assert Context("shared").value("x") == 5
assert library.iscpy_finalize(None) == 0
assert contexts() == []
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# --- running code ---


def test_code_runs_and_a_variable_comes_back(host: Host) -> None:
    assert host.run("x = 'é\\0€😀'", "x").text == "é\0€😀"
    assert host.run("", "x", REPR).text == repr("é\0€😀")
    assert host.run("y = '\\ud800'", "y").text == "\ud800"


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("1/0", "ZeroDivisionError", "division by zero"),
        ("x = (", "SyntaxError", "never closed"),
        ("a\0", "SyntaxError", "null bytes"),
        ("import sys; sys.exit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("def f(): f()\nf()", "RecursionError", "maximum recursion"),
        ("class E(Exception):\n  def __str__(self): raise ValueError\nraise E()", "E", "could not be made"),
        ("exit()", "SystemExit", ""),
    ],
)
def test_errors_are_values_and_the_host_lives_on(host: Host, code: str, kind: str, text: str) -> None:
    answer = host.run(code)
    assert (answer.status, answer.type) == (CODE, kind)
    assert text in answer.message
    assert kind in answer.traceback
    assert host.run("x = 1", "x").text == "1"


def test_a_traceback_shows_the_lines_of_every_frame(host: Host) -> None:
    host.run("def inner():\n    return 1 / 0\n")
    traceback = host.run("a = 1\nb = inner()").traceback
    assert "b = inner()" in traceback
    assert "return 1 / 0" in traceback


def test_an_exception_with_a_100_mb_message_is_whole(host: Host) -> None:
    answer = host.run("raise ValueError('x' * 100_000_000)")
    assert (answer.status, len(answer.message)) == (CODE, 100_000_000)


def test_a_missing_variable_and_a_missing_context_are_told_apart(host: Host) -> None:
    host.run("known = 1")
    answer = host.run("", "unknown")
    assert (answer.status, answer.type) == (CODE, "NameError")
    assert "it has known" in answer.message
    assert host.run("", "x", context="nowhere").status == NO_CONTEXT
    assert host("free", "nowhere").status == NO_CONTEXT


def test_contexts_do_not_see_each_other(host: Host) -> None:
    host.run("x = 1", context="one")
    host.run("x = 2", context="zwei é")
    assert host.run("", "x", context="one").text == "1"
    assert host.run("n = __name__", "n", context="one").text == "iscpy_context_one"
    assert host.run("n = __name__", "n").text == "__main__"
    assert host("contexts").text.split("\n") == ["one", "zwei é", "default"]
    assert host("free", "one").status == OK
    assert host("contexts").text.split("\n") == ["zwei é", "default"]


def test_nothing_works_before_initialize_and_after_finalize(start: Start) -> None:
    host = start()
    assert host.run("x = 1").status == NOT_INITIALIZED
    assert host("finalize").status == OK
    assert host("init").status == OK
    assert host("finalize").status == OK
    assert host("finalize").status == OK
    assert host("set", "", "x", "1", STR).status == NOT_INITIALIZED


def test_finalize_then_initialize_works_with_numpy_and_pandas(host: Host) -> None:
    code = "import numpy, pandas\nx = pandas.Series(numpy.arange(4)).sum()\nclass C: pass\nc = C()"
    for _ in range(3):
        assert host.run(code, "x").text == "6"
        assert host("finalize").status == OK
        assert host("init").status == OK
        assert host.run("", "x").status in (CODE, NO_CONTEXT)


def test_a_stream_grows_past_its_hint(host: Host) -> None:
    host("sinit", "", 10)
    text = "é€" * 50_000
    code = f"s = '{text}'\n".encode()
    for at in range(0, len(code), 1001):  # cuts characters, too
        assert host("swrite", "", code[at : at + 1001]).status == OK
    assert host("sexec", "").status == OK
    assert host.run("", "s").text == text
    assert (host("sexec", "").status, host("swrite", "", "x").status) == (ARGUMENT, ARGUMENT)


def test_streams_of_two_contexts_do_not_mix(host: Host) -> None:
    for name in ("a", "b"):
        host("sinit", name, 0)
    for piece in ("v = ", "'x'"):
        for name in ("a", "b"):
            host("swrite", name, piece)
    assert [host("sexec", name).status for name in ("a", "b")] == [OK, OK]
    assert host.run("", "v", context="b").text == "x"


@settings(max_examples=50)
@given(st.text())
def test_an_escaped_string_is_a_literal_of_the_string(host: Host, text: str) -> None:
    literal = host("escape", text).text
    assert literal.isascii()
    assert host.run(f"x = {literal}", "x").text == text


def test_threads_of_the_host_share_contexts(host: Host) -> None:
    assert host("threads", 8, 300).status == OK
    assert host.run("import threading; n = len(threading._active)", "n", context="threads").text == "1"


def test_output_of_code_is_not_lost(driver: Path) -> None:
    lines = [
        "\t".join(field.encode().hex() for field in fields) for fields in (("init",), ("run", "", "print('seen')"))
    ]
    answer = subprocess.run([driver], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    assert "seen" in answer.stdout


@pytest.mark.parametrize(
    "code",
    [
        "print('no end', end='')",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nprint('no end', end='')",
        "import sys\nsys.stderr = None\nprint('no end', end='')",
    ],
    ids=["plain", "a thread runs", "no stderr"],
)
def test_output_without_an_end_of_line_is_written_when_the_host_ends(driver: Path, code: str) -> None:
    lines = ["\t".join(field.encode().hex() for field in fields) for fields in (("init",), ("run", "", code))]
    answer = subprocess.run(
        [driver], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True, timeout=60
    )
    assert "no end" in answer.stdout


# --- values ---


def test_values_come_and_go_in_every_format(host: Host) -> None:
    table = pa.table({"a": [1, 2, None], "b": ["x", "é", None]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    for name, data, form, expected in [
        ("s", "a\0€", STR, "s == 'a\\0€'"),
        ("b", bytes(range(256)), BYTES, "b == bytes(range(256))"),
        ("j", '{"a": [1, 2.5, null, "é"]}', JSON, "j == {'a': [1, 2.5, None, 'é']}"),
        ("p", pickle.dumps({1: (2, 3)}), PICKLE, "p == {1: (2, 3)}"),
        ("t", sink.getvalue().to_pybytes(), ARROW, "t.column('b').to_pylist() == ['x', 'é', None]"),
    ]:
        assert host("set", "", name, data, form).status == OK
        assert host.run(f"ok = {expected}", "ok").text == "True"
    assert host("get", "", "b", BYTES).value == bytes(range(256))
    assert json.loads(host("get", "", "j", JSON).text) == {"a": [1, 2.5, None, "é"]}
    assert pickle.loads(host("get", "", "p", PICKLE).value) == {1: (2, 3)}
    assert pa.ipc.open_stream(host("get", "", "t", ARROW).value).read_all() == table
    host.run("f = t.to_pandas()")
    assert pa.ipc.open_stream(host("get", "", "f", ARROW).value).read_all().column("b").to_pylist() == ["x", "é", None]


@pytest.mark.parametrize(
    ("code", "format", "kind"),
    [
        ("v = object()", JSON, "TypeError"),
        ("v = float('nan')", JSON, "ValueError"),
        ("v = lambda: 0", PICKLE, "PicklingError"),
        ("v = 'text'", BYTES, "TypeError"),
        ("v = 1", ARROW, "TypeError"),
        ("v = 1", 17, "ValueError"),
        ("v = type('T', (), {'__str__': lambda s: 1})()", STR, "TypeError"),
    ],
)
def test_a_value_without_a_form_says_so(host: Host, code: str, format: int, kind: str) -> None:
    host.run(code)
    answer = host("get", "", "v", format)
    assert answer.status == CODE
    assert answer.type in (kind, "AttributeError")
    assert answer.message


@pytest.mark.parametrize(("data", "format"), [("{", JSON), (b"\x80\x05", PICKLE), ("none", ARROW), ("1", REPR)])
def test_data_of_another_format_are_refused(host: Host, data: str | bytes, format: int) -> None:
    assert host("set", "", "x", data, format).status == CODE
    assert host.run("", "x").type == "NameError"


# --- rows of globals ---


def test_rows_of_a_host_become_tuples_by_the_mask(host: Host) -> None:
    row = encode(["é€", 7, Decimal("1.5"), 1, 66000, 3661, "2020-02-29 12:00:00.5", ""])
    assert host("rows", 250, row, "", "", "plain").status == OK
    assert host.run("first = plain[0]; n = len(plain), plain[-1][0]", "first").text == (
        "(1, 'é€', 7, 1.5, 1, 66000, 3661, '2020-02-29 12:00:00.5', None)"
    )
    assert host.run("", "n").text == "(250, 250)"
    assert host("rows", 1, row, "+-+bdtm", "", "masked").status == OK
    host.run("m = [str(v) for v in masked[0]]")
    assert host.run("", "m").text == str(
        ["1", "é€", "1.5", "True", "2021-09-13", "01:01:01", "2020-02-29 12:00:00.500000"]
    )


def test_rows_of_text_are_split_at_the_delimiter(host: Host) -> None:
    host("rows", 1, "Bob^66000^^x", "+d++", "^", "rows")
    assert host.run("r = [str(v) for v in rows[0]]", "r").text == "['1', 'Bob', '2021-09-13', 'None', 'x']"
    host("rows", 1, b"caf\xe9", "", "", "rows")
    assert host.run("", "rows").text == "[(1, 'café')]"


def test_rows_in_a_locale_with_a_decimal_comma(start: Start, decimal_comma: dict[str, str]) -> None:
    host = start(**decimal_comma)
    assert host("init").status == OK
    assert host.run("import locale; locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')").status == OK
    assert host("rows", 1, encode(["3.5", Decimal("1.5")]), "t+", "", "rows").status == OK
    assert host.run("r = str(rows[0][1]), rows[0][2]", "r").text == "('00:00:03.500000', 1.5)"


def test_a_name_of_a_context_that_is_no_text_is_refused(host: Host) -> None:
    for answer in (host("set", b"\xff", "x", "1", STR), host("rows", 1, "x", "", "", "rows", 0, b"\xff")):
        assert (answer.status, answer.type) == (CODE, "UnicodeDecodeError")


def test_a_row_that_does_not_fit_names_its_key(host: Host) -> None:
    host.run("pass")
    answer = host("rows", 3, encode(["not a day"]), "d", "", "rows")
    assert (answer.status, "key 1" in answer.message, "no number" in answer.message) == (ARGUMENT, True, True)
    assert host.run("", "rows").type == "NameError"
    answer = host("rows", 3, "x", "q", "", "rows")
    assert (answer.status, "+ - b d t m" in answer.message) == (ARGUMENT, True)


def test_a_host_that_fails_gives_its_reason(host: Host) -> None:
    answer = host("rows", 150, "x", "", "", "rows", 1)
    assert (answer.status, answer.message) == (HOST, "the host could not read its global: the disk is on fire")


# --- memory ---


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("command", "count", "code"),
    [
        ("leakcalls", 10_000_000, "x = [1, 'a' * 100]"),
        ("leakerrors", 500_000, "raise ValueError('e' * 1000)"),
        ("leakrounds", 1_000, "import numpy, pandas\ndef f(): pass\nx = [f] * 1000\nd = pandas.DataFrame({'a': x})"),
    ],
)
def test_memory_stays_flat(host: Host, command: str, count: int, code: str) -> None:
    if "ISCPY_SOAK" not in os.environ:
        count //= 10 if command == "leakrounds" else 100
    host.run(code if "import" in code else "pass")
    answer = host(command, count, code, "x" if "x =" in code else "")
    assert answer.status == 0
    print(f"{command}: {answer.text} kB more in the second half of {count:,}")  # what make soak shows
    assert int(answer.text) < 2048


def test_the_example_of_the_docs_compiles_and_runs(compile_host: Callable[..., Path], tmp_path: Path) -> None:
    source = Path(__file__).parents[3] / "samples" / "callout" / "example.c"
    program = compile_host(tmp_path, source, "example", "-Wconversion")
    assert stat.S_IXUSR & program.stat().st_mode
    write_record()
    answer = subprocess.run([program], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        "square root of 2: 1.4142135623730951",
        "error: ZeroDivisionError: division by zero",
        "words: 3",
    ]
