"""tstart, tcommit, trollback and lock, in code of the language and over several processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import encode_key
from stored_classes import run


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with use(open_namespace(tmp_path)) as opened:
        yield opened
    opened.trollback()
    opened.close()


def elsewhere(ns: EmbeddedNamespace, code: str) -> str:
    """What code writes in another process."""
    program = (
        "import sys\nfrom isc.py.data.namespace import open_namespace\n"
        "from isc.py.objectscript import Frame, compile_block\n"
        "frame = Frame(platform=open_namespace(sys.argv[1]))\ncompile_block(sys.argv[2]).execute(frame)\n"
        "print(*frame.output, sep='', end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(ns.folder), code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_transaction_writes_is_seen_inside_and_elsewhere_once_it_is_committed(ns: EmbeddedNamespace) -> None:
    run(ns, " set ^a(1)=1,^a(2)=2,^a(3)=3")
    assert (
        run(ns, ' tstart  set ^a(2)=22,^a(4)=4 kill ^a(1) write $tlevel,$data(^a(1)),^a(2),$order(^a(""))') == "10222"
    )
    assert elsewhere(ns, " write ^a(1),^a(2),$data(^a(4))") == "120"
    run(ns, " tcommit")
    assert elsewhere(ns, " write $data(^a(1)),^a(2),^a(4)") == "0224"


def test_a_rollback_drops_everything_but_increments(ns: EmbeddedNamespace) -> None:
    run(ns, " set ^a(1)=1 tstart  set ^a(1)=2 kill ^a tstart  set ^b=1 write $increment(^n) trollback")
    assert run(ns, " write ^a(1),$data(^b),^n,$tlevel") == "1010"


def test_only_the_outermost_commit_writes(ns: EmbeddedNamespace) -> None:
    run(ns, " tstart  tstart  set ^a=1 tcommit")
    assert elsewhere(ns, " write $data(^a)") == "0"
    run(ns, " tcommit")
    assert elsewhere(ns, " write ^a") == "1"
    with pytest.raises(DataError, match="tcommit without a transaction"):
        run(ns, " tcommit")


def test_objects_and_queries_are_part_of_a_transaction(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "Row.cls").write_text("Class t.Row Extends %Persistent\n{\nProperty Name As %String;\n}\n")
    ns.load_path(tmp_path / "Row.cls")
    code = ' set r=##class(t.Row).%New() set r.Name="one" do r.%Save()'
    run(ns, code)
    run(ns, f' tstart {code} set r.Name="two" do r.%Save()')
    assert ns.query("select Name from t.Row order by ID").to_pydict() == {"Name": ["one", "two"]}
    ns.trollback()
    assert ns.query("select Name from t.Row").to_pydict() == {"Name": ["one"]}
    run(ns, code)
    assert ns.query("select ID from t.Row order by ID").to_pydict() == {"ID": [1, 3]}


KEYS = st.integers(1, 6)
STEPS = st.lists(st.tuples(st.sampled_from(["set", "sub", "kill", "killall"]), KEYS, st.integers(0, 9)), max_size=25)


@settings(max_examples=60)
@given(STEPS, STEPS)
def test_a_view_is_what_the_store_will_be(
    ns: EmbeddedNamespace, before: list[tuple[str, int, int]], inside: list[tuple[str, int, int]]
) -> None:
    def do(steps: list[tuple[str, int, int]]) -> None:
        for kind, key, value in steps:
            node = ns.globals["G"]
            if kind == "set":
                node[key] = encode([value])
            elif kind == "sub":
                node[key, value] = value
            elif kind == "kill":
                node.node(key).kill()
            else:
                node.kill()

    def seen() -> tuple[object, ...]:
        node = ns.globals["G"]
        with ns.store().read() as txn:
            last = txn.order(encode_key("G"), None, -1)
            backward = []
            while last is not None:
                backward.append(last)
                last = txn.order(encode_key("G"), last, -1)
        return list(node.items()), list(node), backward, [node.data(key) for key in range(1, 7)]

    ns.globals["G"].kill()
    do(before)
    ns.tstart()
    do(inside)
    view = seen()
    ns.tcommit()
    assert seen() == view


def test_a_lock_is_seen_by_other_processes_until_it_is_let_go(ns: EmbeddedNamespace) -> None:
    assert run(ns, " lock +^a(1):1 write $test") == "1"
    assert elsewhere(ns, " lock +^a:0 write $test lock +^a(1,2):0 write $test lock +^a(2):0 write $test") == "001"
    assert elsewhere(ns, " lock +^a(2):0 write $test") == "1"  # the process that held it has ended
    run(ns, " lock +^a(1) lock -^a(1)")
    assert elsewhere(ns, " lock +^a(1):0 write $test") == "0"
    run(ns, " lock -^a(1)")
    assert elsewhere(ns, " lock +^a(1):0 write $test") == "1"
    run(ns, " lock (^x,^y)")
    assert elsewhere(ns, " lock +^y:0 write $test") == "0"
    run(ns, " lock")
    assert elsewhere(ns, " lock +^y:0 write $test") == "1"
