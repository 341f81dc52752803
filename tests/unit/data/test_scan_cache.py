"""Tables that SQL has read: kept until a global that they were read from changes, never from changes not committed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data import administration
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.scan import counts
from isc.py.data.transfer import class_rows
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import Store, encode_key
from isc.py.objectscript import dictionary

CLASSES = """Class k.Town Extends %Persistent
{
Property Name As %String;
}

"""
PERSON = """Class k.Person Extends %Persistent
{
Property Name As %String;
Property Town As k.Town;
Property Story As %Stream.GlobalCharacter;
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    opened = open_namespace(tmp_path)
    (tmp_path / "Town.cls").write_text(CLASSES)
    (tmp_path / "Person.cls").write_text(PERSON)
    opened.load_path(tmp_path)
    with use(opened):
        opened.sql("INSERT INTO k.Town (Name) VALUES ('Bath')", [])
        opened.sql("INSERT INTO k.Person (Name, Town) VALUES ('Ada', 1)", [])
        yield opened
    opened.trollback()
    opened.close()
    dictionary.reset()


def names(ns: EmbeddedNamespace, of: str = "k.Person") -> list[object]:
    return list(ns.query(f"SELECT Name FROM {of} ORDER BY ID").column(0).to_pylist())


def reads(ns: EmbeddedNamespace, sql: str = "SELECT Name FROM k.Person ORDER BY ID") -> int:
    """How many tables a query has to read from the store."""
    before = counts()
    ns.query(sql)
    return counts().read - before.read


def put(ns: EmbeddedNamespace, row_id: int, name: str) -> None:
    ns.globals["k.PersonD"][row_id] = encode(["", name, "", ""])


def elsewhere(ns: EmbeddedNamespace, code: str, expected: int = 0) -> None:
    """Run code in another process; `txn` is a transaction that it has open."""
    program = (
        "import os, signal, sys\nfrom isc.py.iscpython_c.globals import Store, encode_key\n"
        "from isc.py.iscpython_c.dollar_list import encode\n"
        "with Store(sys.argv[1]) as store, store.write() as txn:\n    " + code.replace("\n", "\n    ")
    )
    done = subprocess.run([sys.executable, "-c", program, str(ns.path)], capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stderr


SET = "txn.set(encode_key('k.PersonD', (1,)), encode(['', 'Eve', '', '']))"


def test_a_write_to_another_global_keeps_the_table(ns: EmbeddedNamespace) -> None:
    assert reads(ns) == 1
    ns.globals["other"][1] = "x"
    ns.sql("INSERT INTO k.Town (Name) VALUES ('York')", [])
    elsewhere(ns, "txn.set(encode_key('k.PersonE', (1,)), 'near by name')")
    elsewhere(ns, "txn.kill(encode_key('k.Person'))\ntxn.kill(encode_key('nothing'))")
    assert reads(ns) == 0


@pytest.mark.parametrize("code", [SET, "txn.kill(encode_key('k.PersonD', (1,)))", "txn.kill(encode_key('k.PersonD'))"])
def test_a_write_of_another_process_drops_it(ns: EmbeddedNamespace, code: str) -> None:
    assert names(ns) == ["Ada"]
    elsewhere(ns, code)
    assert names(ns) == (["Eve"] if code == SET else [])


def test_of_a_join_only_the_table_that_changed_is_read_again(ns: EmbeddedNamespace) -> None:
    query = "SELECT p.Name, t.Name AS Home FROM k.Person p JOIN k.Town t ON p.Town = t.ID ORDER BY p.ID"
    assert reads(ns, query) == 2
    assert reads(ns, query) == 0
    ns.sql("UPDATE k.Town SET Name = 'Bristol' WHERE ID = 1", [])
    assert reads(ns, query) == 1
    assert ns.query(query).to_pylist() == [{"Name": "Ada", "Home": "Bristol"}]
    assert ns.query("SELECT Town->Name AS Home FROM k.Person").to_pylist() == [{"Home": "Bristol"}]


def test_the_text_of_a_stream_is_of_the_state_of_its_own_global(ns: EmbeddedNamespace) -> None:
    person = dictionary.resolve("k.Person").open(1)  # type: ignore[attr-defined]  # a class of the language
    person.Story.Write("one")
    person.save()
    query = "SELECT Story FROM k.Person ORDER BY ID"
    assert ns.query(query).column(0).to_pylist() == ["one"]
    (number,) = ns.globals["k.PersonS"]
    before = ns.globals["k.PersonS"].node(number)
    (key,) = [subscripts for subscripts, value in before.items() if value == "one"]
    before[key] = "two"
    assert ns.query(query).column(0).to_pylist() == ["two"]


def test_what_is_not_committed_is_seen_by_its_transaction_alone(ns: EmbeddedNamespace) -> None:
    assert names(ns) == ["Ada"]
    ns.tstart()
    put(ns, 2, "Bob")
    assert names(ns) == ["Ada", "Bob"]
    assert names(ns) == ["Ada", "Bob"]
    seen: list[list[object]] = []
    other = threading.Thread(target=lambda: seen.append(names(ns)))
    other.start()
    other.join(60)
    assert seen == [["Ada"]]
    assert reads(ns, "SELECT Name FROM k.Town ORDER BY ID") == 1  # not touched: of the common cache
    put(ns, 2, "Rob")
    assert names(ns) == ["Ada", "Rob"]
    ns.trollback()
    assert reads(ns) == 0
    assert names(ns) == ["Ada"]


def test_what_is_committed_is_read_anew(ns: EmbeddedNamespace) -> None:
    assert names(ns) == ["Ada"]
    with ns.transaction():
        put(ns, 2, "Bob")
        assert names(ns) == ["Ada", "Bob"]
    assert names(ns) == ["Ada", "Bob"]
    assert reads(ns) == 0


def test_an_aborted_write_of_the_store_keeps_the_table(ns: EmbeddedNamespace) -> None:
    assert names(ns) == ["Ada"]
    with pytest.raises(RuntimeError, match="stop"), ns.store().write() as txn:
        txn.set(encode_key("k.PersonD", (1,)), encode(["", "Eve", "", ""]))
        raise RuntimeError("stop")
    assert reads(ns) == 0
    assert names(ns) == ["Ada"]


def test_a_killed_writer_changes_the_mark_only_with_what_it_committed(ns: EmbeddedNamespace) -> None:
    assert names(ns) == ["Ada"]
    elsewhere(ns, SET + "\nos.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)
    assert reads(ns) == 0
    elsewhere(ns, SET + "\ntxn._native.commit()\nos.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)
    assert names(ns) == ["Eve"]


def test_an_import_drops_what_it_sets(ns: EmbeddedNamespace) -> None:
    lines = list(ns.globals["k.PersonD"].lines())
    put(ns, 1, "Eve")
    assert names(ns) == ["Eve"]
    ns.globals.read_lines(lines)
    assert names(ns) == ["Ada"]
    assert reads(ns, "SELECT Name FROM k.Town ORDER BY ID") == 1
    ns.globals.read_lines(lines)
    assert reads(ns, "SELECT Name FROM k.Town ORDER BY ID") == 0


def test_a_compacted_namespace_keeps_its_tables_though_its_transactions_count_anew(ns: EmbeddedNamespace) -> None:
    for number in range(20):
        put(ns, 1, f"Ada {number}")
    assert names(ns) == ["Ada 19"]
    administration.compact(ns)
    assert reads(ns) == 0
    seen = ["Ada 19"]
    for number in range(40):  # past the transaction of every table that was read before
        put(ns, 1, f"Bob {number}")
        seen += names(ns)  # type: ignore[arg-type]  # texts
    assert seen == ["Ada 19", *(f"Bob {number}" for number in range(40))]


def test_a_restored_namespace_shows_what_was_restored(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    assert names(ns) == ["Ada"]
    administration.backup(ns, tmp_path / "backup")
    for number in range(5):
        put(ns, 1, f"Eve {number}")
        assert names(ns) == [f"Eve {number}"]
    administration.restore(tmp_path, tmp_path / "backup", replace=True)
    assert names(ns) == ["Ada"]
    for number in range(5):
        put(ns, 1, f"Bob {number}")
        assert names(ns) == [f"Bob {number}"]


def test_marks_are_no_globals(ns: EmbeddedNamespace) -> None:
    assert "" not in list(ns.globals)
    assert [name for name in ns.globals if name.startswith("\0")] == []
    first, *_ = sorted(ns.globals)
    with ns.store().read() as txn:
        assert txn.order(encode_key(first), None, -1) is not None
        assert txn.query(encode_key(first), -1) is None  # nothing of it stands before its first node
        assert txn.mark("never written") == txn.mark("nor this")
        assert txn.mark("k.PersonD") == txn.mark("^k.PersonD") != txn.mark("k.TownD")


def test_a_namespace_of_the_form_before_marks_is_one_with_marks_once_it_was_opened(tmp_path: Path) -> None:
    place = tmp_path / ".iscpy" / "namespaces" / "USER"
    with Store(place) as store, store.write() as txn:
        txn.set(encode_key("a"), 1)
    (place / "namespace.json").write_text('{"format": 1}\n')
    opened = open_namespace(tmp_path)
    assert opened.globals["a"][()] == 1
    opened.close()
    assert (place / "namespace.json").read_text() == '{"format": 2}\n'


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(1, 4), st.sampled_from("abc")),
        st.tuples(st.just("kill"), st.integers(1, 4), st.just("")),
        st.tuples(st.just("town"), st.integers(1, 4), st.sampled_from("abc")),
        st.tuples(st.sampled_from(["kill all", "tstart", "tcommit", "trollback", "compact", "thread"])).map(
            lambda one: (one[0], 0, "")
        ),
    ),
    max_size=16,
)


def look(ns: EmbeddedNamespace) -> None:
    """That a query has what is read without a cache."""
    for name in ("k.Person", "k.Town"):
        expected = class_rows(ns, name, "", "", "ID,Name").select(["Name"]).to_pylist()
        assert ns.query(f"SELECT Name FROM {name} ORDER BY ID").to_pylist() == expected


@settings(max_examples=12)
@given(steps=STEPS)
def test_a_query_always_has_what_the_globals_have(ns: EmbeddedNamespace, steps: list[tuple[str, int, str]]) -> None:
    people, towns = ns.globals["k.PersonD"], ns.globals["k.TownD"]
    for step, row_id, name in steps:
        if step == "set":
            people[row_id] = encode(["", name, "", ""])
        elif step == "town":
            towns[row_id] = encode(["", name])
        elif step == "kill":
            people.kill(row_id)
        elif step == "kill all":
            people.kill()
        elif step == "tstart":
            ns.tstart()
        elif step == "tcommit" and ns.tlevel():
            ns.tcommit()
        elif step == "trollback":
            ns.trollback()
        elif step == "compact" and not ns.tlevel():
            administration.compact(ns)
        elif step == "thread":
            other = threading.Thread(target=look, args=(ns,))
            other.start()
            other.join(60)
        look(ns)
    ns.trollback()
    look(ns)
