"""The Callout library for IRIS, compiled against stand-in headers and called by a stand-in server.

What this shows: it compiles, its table and linkages are as documented, strings are released, results are right. What it
cannot show: the behaviour of a real server, which nobody here has.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.exceptions import IscError
from isc.py.iscpython_c.iris import build_iris, headers
from isc.py.iscpython_c.library import write_record

STANDIN = Path(__file__).parent / "iris_standin"
NAMES = (
    "Initialize Finalize SimpleString StreamInit StreamWrite StreamExecute EscapeString SetVariable GetVariable More "
    "GetError UseContext Contexts ContextFree GetGlobalOrder"
).split()
Server = Callable[..., str]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The stand-in server, and the library built for it."""
    write_record()
    folder = tmp_path_factory.mktemp("iris")
    server = folder / "server"
    subprocess.run(["cc", "-g", "-w", str(STANDIN / "server.c"), "-o", str(server), "-ldl"], check=True)
    return server, build_iris(folder, str(STANDIN))


@pytest.fixture
def call(programs: tuple[Path, Path]) -> Iterator[Server]:
    """call(name, *arguments): the answer of a function; every call is a success for the server."""
    process = subprocess.Popen([*map(str, programs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    def send(*words: str | int) -> None:
        units = [str(word) if isinstance(word, int) else _units(word) for word in words[1:]]
        process.stdin.write("\t".join([str(words[0]), *units]) + "\n")
        process.stdin.flush()

    def ask(name: str, *arguments: str | int) -> str:
        if name == "set":
            send(name, *arguments)
            return ""
        send(NAMES.index(name) + 1, *arguments)
        status, answer, alive = process.stdout.readline().rstrip("\n").split("\t")
        assert (status, alive) == ("0", "0")
        units = bytes.fromhex(answer)
        return units.decode("utf-16-be", "surrogatepass")

    assert ask("Initialize", "") == "0"
    yield ask
    process.communicate(timeout=60)
    assert process.returncode == 0


def _units(text: str) -> str:
    return text.encode("utf-16-be", "surrogatepass").hex()


def test_code_runs_and_any_unicode_passes(call: Server) -> None:
    assert call("SimpleString", "x = 'é€😀\\0'", "x", 0) == "0é€😀\0"
    assert call("SimpleString", "y = '😀é'", "y", 1) == "0'😀é'"
    assert call("EscapeString", "a'é😀") == '0"a\'\\xe9\\U0001f600"'
    assert call("SimpleString", "z = '\\ud83d'", "z", 0) == "0\ud83d"


def test_errors_are_answers(call: Server) -> None:
    assert call("SimpleString", "1/0", "", 0) == "1division by zero"
    assert "ZeroDivisionError" in call("GetError")
    assert call("SimpleString", "import sys; sys.exit(1)", "", 0) == "11"
    assert call("StreamWrite", "x") == "5iscpy_stream_write without a stream: call iscpy_stream_init() first"
    assert call("Finalize") == "0"
    assert call("SimpleString", "x = 1", "x", 0).startswith("3")
    assert call("Initialize", "") == "0"


def test_streams_contexts_and_long_results(call: Server) -> None:
    assert call("StreamInit", 5) == "0"
    for piece in ("big = 'é' * ", "4_000_000"):
        assert call("StreamWrite", piece) == "0"
    assert call("StreamExecute") == "0"
    first = call("GetVariable", "big", 0)
    pieces = [first]
    while len(piece := call("More")) > 1:
        pieces.append(piece)
    assert all(len(piece) <= 3_600_001 for piece in pieces)
    assert "".join(piece[1:] for piece in pieces) == "é" * 4_000_000
    assert call("UseContext", "other") == "0"
    assert call("SimpleString", "n = __name__", "n", 0) == "0iscpy_context_other"
    assert call("Contexts") == "0default\nother"
    assert call("ContextFree", "other") == "0"
    assert call("ContextFree", "other").startswith("4")


def test_bytes_and_json_are_bound_as_data(call: Server) -> None:
    every = "".join(map(chr, range(256)))
    assert call("SetVariable", "b", every, 2) == "0"
    assert call("SimpleString", "ok = b == bytes(range(256))", "ok", 0) == "0True"
    assert call("GetVariable", "b", 2) == "0" + every
    assert call("SetVariable", "b", "€", 2).startswith("5")
    assert call("SetVariable", "j", '{"a": ["é", null]}', 3) == "0"
    assert call("GetVariable", "j", 1) == "0{'a': ['é', None]}"


def test_rows_come_through_the_call_in_functions(call: Server) -> None:
    for number in range(1, 1101):
        row = encode([f"né{number}", number * 2, 66000])
        call("set", str(number), row.decode("latin-1"))
    call("set", "no value", "")
    call("set", "text", "€")
    assert call("GetGlobalOrder", "^Rows", "", "", "", "rows") == "0"
    assert call("SimpleString", "t = (len(rows), rows[0], rows[-2], rows[-1])", "t", 0) == (
        "0(1101, (1, 'né1', 2, 66000), (1100, 'né1100', 2200, 66000), ('text', '€'))"
    )
    assert call("GetGlobalOrder", "Rows", "5", "7", "+-d", "rows") == "0"
    assert call("SimpleString", "t = [str(v) for v in rows[-1]], len(rows)", "t", 0) == (
        "0(['7', 'né7', '2021-09-13'], 3)"
    )
    for end, last, count in [("1098.5", "1098", 1098), ("5000", "1100", 1100), ("-1", "", 0), ("tex", "1100", 1100)]:
        assert call("GetGlobalOrder", "Rows", "", end, "", "rows") == "0"
        assert call("SimpleString", "t = (len(rows), rows and rows[-1][0])", "t", 0) == f"0({count}, {last or []})"
    assert call("GetGlobalOrder", "Other", "", "", "", "rows").startswith("7the host could not read")


def test_missing_headers_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IscError, match=r"iris-cdzf\.h"):
        headers(str(tmp_path))
    monkeypatch.delenv("GLOBALS_HOME", raising=False)
    with pytest.raises(IscError, match="GLOBALS_HOME"):
        headers()
    monkeypatch.setenv("GLOBALS_HOME", str(STANDIN))
    assert headers() == STANDIN


def test_headers_that_do_not_fit_are_the_compilers_words(tmp_path: Path) -> None:
    (tmp_path / "iris-cdzf.h").write_text("#error wrong header\n")
    with pytest.raises(IscError, match="wrong header"):
        build_iris(tmp_path, str(tmp_path))
