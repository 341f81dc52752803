"""Namespaces as a whole: made, checked, compacted, backed up while writers run, restored."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from isc.py.data import administration
from isc.py.data.checking import check
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.namespace_files import NamespaceInUseError, NamespaceVersionError
from isc.py.iscpython_c.dollar_list import encode
from isc.py.objectscript import dictionary

ITEM = """Class a.Item Extends %Persistent
{
Property Name As %String(MAXLEN = 5) [ Required ];
Property Size As %Integer;
Property Next As a.Item;
Property Notes As %Stream.GlobalCharacter;
Index ByName On Name;
}
"""

WRITER = """
import sys
from isc.py.data.namespace import open_namespace
from isc.py.iscpython_c.globals import encode_key
ns = open_namespace(sys.argv[1])
number = 0
while True:
    number += 1
    with ns.store().write() as txn:
        txn.set(encode_key("one"), number)
        for at in range(20):
            txn.set(encode_key("many", (at,)), number)
    if number == 1:
        print("ready", flush=True)
"""


@pytest.fixture
def ns(tmp_path: Path) -> EmbeddedNamespace:
    dictionary.reset()
    opened = administration.create(tmp_path, "SHOP")
    (tmp_path / "Item.cls").write_text(ITEM)
    assert not opened.load_path(tmp_path / "Item.cls")[0].error
    return opened


def fill(ns: EmbeddedNamespace, count: int) -> None:
    with use(ns):
        cls = dictionary.resolve("a.Item")
        with ns.transaction():
            for number in range(count):
                cls(Name=f"n{number}", Size=number).save()


@contextmanager
def writer(ns: EmbeddedNamespace) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(ns.folder)], stdout=subprocess.PIPE, text=True) as made:
        try:
            assert made.stdout is not None
            assert made.stdout.readline() == "ready\n"
            yield
        finally:
            made.kill()


def problems(ns: EmbeddedNamespace) -> set[tuple[str, str]]:
    return {(item.kind, item.place) for item in check(ns)}


def test_a_namespace_is_made_once_and_found_by_its_name(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="exists already"):
        administration.create(tmp_path, "SHOP")
    with pytest.raises(DataError, match="no name of a namespace"):
        administration.create(tmp_path, "../evil")
    with pytest.raises(DataError, match="did you mean SHOP"):
        administration.existing(tmp_path, "SHOPS")
    fill(ns, 2)
    found = administration.info(ns)
    assert (found.name, found.globals, found.classes) == ("SHOP", 2, 1)


def test_a_whole_namespace_has_no_problems_and_each_damage_is_named(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    fill(ns, 3)
    assert problems(ns) == set()
    rows = ns.globals["a.ItemD"]
    rows[2] = "\x09broken"
    rows[3] = encode(["", "too long a name", "x", 99, 7])
    rows[9] = encode(["", "n9"])
    del ns.globals["a.ItemI"]["ByName", " N0", 1]
    (tmp_path / "Bad.cls").write_text("Class a.Bad Extends a.Nowhere\n{\n}\n")
    (tmp_path / "Same.cls").write_text(
        "Class a.Same Extends %Persistent\n{\nProperty A;\nProperty B;\nStorage Default\n{\n<Data name='d'>"
        "<Value name='1'><Value>A</Value></Value><Value name='1'><Value>B</Value></Value></Data>\n"
        "<DataLocation>^a.ItemD</DataLocation>\n}\n}\n"
    )
    ns.load_paths([tmp_path / "Bad.cls", tmp_path / "Same.cls"])
    found = problems(ns)
    assert ("row", "^a.ItemD(2)") in found
    assert {("value", "^a.ItemD(3)"), ("reference", "^a.ItemD(3)")} <= found
    assert {("id", "a.Item"), ("index", "a.Item"), ("class", "a.Bad"), ("storage", "a.Same")} <= found
    texts = "\n".join(item.text for item in check(ns))
    for part in (
        "longer than MAXLEN 5",
        "refers to a.Item 99",
        "stream 7",
        "row with id 9",
        "both stand at position 1",
    ):
        assert part in texts, part


def test_a_backup_taken_while_others_write_is_one_moment(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    fill(ns, 5)
    with writer(open_namespace(tmp_path)):  # writes USER
        made = administration.backup(open_namespace(tmp_path), tmp_path / "user.backup")
    found = administration.restore(tmp_path, made.path, "COPY")
    assert found.namespace == "USER"
    copy = open_namespace(tmp_path, "COPY")
    assert {value for _, value in copy.globals["many"].items()} == {copy.globals["one"].get()}


def test_a_restored_namespace_has_its_rows_and_classes(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    fill(ns, 3)
    made = administration.backup(ns, tmp_path / "shop.backup")
    with use(ns):
        dictionary.resolve("a.Item")._KillExtent()
    with pytest.raises(DataError, match="exists already"):
        administration.restore(tmp_path, made.path)
    administration.restore(tmp_path, made.path, replace=True)
    assert ns.query("select count(*) as n from a.Item").to_pylist() == [{"n": 3}]
    elsewhere = tmp_path / "elsewhere"
    administration.restore(elsewhere, made.path)
    other = open_namespace(elsewhere, "SHOP")
    assert (other.classes.names(), problems(other)) == (["a.Item"], set())
    assert sorted(path.name for path in (elsewhere / ".iscpy").iterdir()) == ["in-use", "namespaces"]


def test_a_damaged_backup_is_refused_and_nothing_is_touched(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    fill(ns, 3)
    made = administration.backup(ns, tmp_path / "shop.backup").path
    whole = made.read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text").write_text("no backup")
    with tarfile.open(made, "r:gz") as old, tarfile.open(tmp_path / "changed", "w:gz") as new:
        for member in old.getmembers():
            if member.name != "classes/a.Item.cls":
                new.addfile(member, old.extractfile(member))
    with tarfile.open(tmp_path / "evil", "w:gz") as new:
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps({"namespace": "X", "format": 1, "created": "", "files": {"../out": "0"}}))
        new.add(manifest, "manifest.json")
        new.add(made, "../out")
    for name in ("half", "text", "changed", "evil"):
        with pytest.raises(DataError, match=r"damaged|no backup"):
            administration.restore(tmp_path, tmp_path / name, replace=True)
    assert ns.query("select count(*) as n from a.Item").to_pylist() == [{"n": 3}]


def test_compacting_gives_the_disk_back(ns: EmbeddedNamespace) -> None:
    with ns.store().write() as txn:
        from isc.py.iscpython_c.globals import encode_key

        for number in range(2000):
            txn.set(encode_key("big", (number,)), "x" * 1000)
    fill(ns, 3)
    ns.globals["big"].kill()
    before, after = administration.compact(ns)
    assert after < before / 4
    assert ns.query("select count(*) as n from a.Item").to_pylist() == [{"n": 3}]
    assert problems(ns) == set()


def test_what_another_process_has_open_is_not_replaced(tmp_path: Path) -> None:
    here = open_namespace(tmp_path)
    with writer(here):
        made = administration.backup(here, tmp_path / "user.backup")
        with pytest.raises(NamespaceInUseError, match="in use by another process"):
            administration.compact(here)
        with pytest.raises(NamespaceInUseError, match="in use by another process"):
            administration.restore(tmp_path, made.path, replace=True)
        assert here.globals["one"].get() is not None
    administration.compact(here)


def test_a_namespace_of_a_newer_version_is_refused_before_it_is_opened(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    fill(ns, 1)
    ns.close()
    record = ns.path / "namespace.json"
    assert json.loads(record.read_text()) == {"format": 2}
    record.write_text('{"format": 3}')
    with pytest.raises(NamespaceVersionError, match="newer version of isc-py: it has form 3"):
        ns.store()
    record.write_text("{")
    with pytest.raises(DataError, match="damaged"):
        ns.store()
    record.unlink()  # made before there were records
    assert ns.query("select count(*) as n from a.Item").to_pylist() == [{"n": 1}]
