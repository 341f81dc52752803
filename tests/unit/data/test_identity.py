"""One object for an id, who may change a row at a time, and versions."""

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from isc.py.data.exceptions import DataError, LockedError, RowGoneError, SQLError, VersionError
from isc.py.data.namespace import EmbeddedNamespace, use
from isc.py.objectscript import ByRef, dictionary, status
from stored_classes import namespace_with, run

PACKAGE = """
Class i.Firm Extends %Persistent
{
Property Name As %String;
Relationship Staff As i.Person [ Cardinality = many, Inverse = Firm ];
}
Class i.Person Extends %Persistent
{
Property Name As %String;
Property Age As %Integer;
Property Boss As i.Person;
Relationship Firm As i.Firm [ Cardinality = one, Inverse = Staff ];
Index NameKey On Name [ Unique ];
}
Class i.Manager Extends i.Person
{
Property Level As %Integer;
}
Class i.Note Extends %Persistent
{
Parameter VERSIONPROPERTY = "Version";
Property Text As %String;
Property Version As %Integer [ InitialExpression = 1 ];
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, PACKAGE) as opened:
        opened.lock_timeout = 0.05
        yield opened


def cls(name: str) -> Any:
    return dictionary.resolve(f"i.{name}")


def names(ns: EmbeddedNamespace) -> list[object]:
    return [row["Name"] for row in ns.query("SELECT Name FROM i.Person ORDER BY ID").to_pylist()]


OTHER = """
import sys
from isc.py.data import namespace as at
from isc.py.objectscript import Frame, compile_block, dictionary
ns = at.open_namespace(sys.argv[1])
at.set_current(ns)
ns.lock_timeout = 0.05
frame = Frame(platform=ns)
compile_block(sys.argv[2]).execute(frame)
print(*frame.output, sep="", end="\\n", flush=True)
if len(sys.argv) > 3:
    sys.stdin.read()
"""


def elsewhere(ns: EmbeddedNamespace, code: str) -> str:
    """What code writes in another thread, which has locks, transactions and objects of its own as a process has."""
    written: list[str] = []
    thread = threading.Thread(target=lambda: written.append(run(ns, code)))
    thread.start()
    thread.join()
    return written[0]


@pytest.fixture
def holder(ns: EmbeddedNamespace) -> Iterator[Any]:
    """Runs code in another process that goes on living; what it wrote is to be read from its stdout."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", OTHER, str(ns.folder), code, "wait"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


# --- identity ---


def test_an_id_is_one_object_as_long_as_somebody_keeps_it(ns: EmbeddedNamespace) -> None:
    made = cls("Person")(Name="Ada")
    made.save()
    assert cls("Person").open(1) is made
    made.Name = "not saved"
    assert cls("Person").NameKeyOpen("Ada").Name == "not saved"
    assert cls("Person")(Name="Bob", Boss=cls("Person").open(1)).save() == 2
    assert names(ns) == ["not saved", "Bob"]  # saved with what refers to it
    again = cls("Person").open(2).Boss
    assert again is made
    gone = weakref.ref(made)
    del made, again
    gc.collect()
    assert gone() is None
    assert cls("Person").open(1) is not cls("Person").open(2)


def test_the_language_has_one_object_too(ns: EmbeddedNamespace) -> None:
    code = (
        ' set a=##class(i.Person).%New(),a.Name="Ada" do a.%Save() set b=##class(i.Person).%OpenId(1)'
        ' set b.Age=7 write a=b,a.Age,a.%IsModified() set a.Age=8 do b.%Reload() write a.Age=""'
    )
    assert run(ns, code) == "1711"


def test_a_subclass_is_the_same_object_by_the_class_above(ns: EmbeddedNamespace) -> None:
    made = cls("Manager")(Name="Cid", Level=1)
    made.save()
    assert cls("Person").open(1) is made
    assert cls("Manager").open(1) is made


def test_a_thread_has_objects_of_its_own(ns: EmbeddedNamespace) -> None:
    made, found = cls("Person")(Name="Ada"), []
    made.save()

    def elsewhere() -> None:
        with use(ns):
            found.append(cls("Person").open(1))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found[0] is not made
    assert found[0].Name == "Ada"


def test_what_sql_changes_is_seen_at_the_next_opening_unless_there_are_unsaved_changes(ns: EmbeddedNamespace) -> None:
    ada, bob = cls("Person")(Name="Ada"), cls("Person")(Name="Bob")
    ada.save()
    bob.save()
    bob.Age = 5
    ns.sql("UPDATE i.Person SET Name = Name || '!'", [])
    assert (ada.Name, bob.Name) == ("Ada", "Bob")
    assert (cls("Person").open(1) is ada, ada.Name) == (True, "Ada!")
    assert (cls("Person").open(2) is bob, bob.Name, bob.Age) == (True, "Bob", 5)
    assert status.is_ok(bob._Reload())
    assert (bob.Name, bob.Age) == ("Bob!", "")
    ns.sql("UPDATE i.Person SET Age = 9 WHERE ID = 1", [])  # what is in memory and not saved is not SQL's
    ada.Name = "Ada L"
    ns.sql("UPDATE i.Person SET Age = 10 WHERE ID = 1", [])
    assert names(ns) == ["Ada!", "Bob!"]


def test_an_object_without_changes_keeps_what_code_has_of_it(ns: EmbeddedNamespace) -> None:
    firm = cls("Firm")(Name="Engines")
    staff = firm.Staff
    cls("Person")(Name="Ada", Firm=firm).save()
    assert cls("Firm").open(1).Staff is staff
    assert staff.GetAt(1) is cls("Person").open(1)
    cls("Person").open(1).Name = "Ada L"
    assert [item.Name for item in staff] == ["Ada L"]
    other = cls("Firm")(Name="Pumps")
    ada = cls("Person").open(1)
    ada.Firm = other
    assert ([item.Name for item in staff], [item.Name for item in other.Staff]) == ([], ["Ada L"])


def test_a_deleted_row_is_not_brought_back(ns: EmbeddedNamespace) -> None:
    ada, bob = cls("Person")(Name="Ada"), cls("Person")(Name="Bob")
    ada.save()
    bob.save()
    assert status.is_ok(cls("Person")._DeleteId(1))
    ns.sql("DELETE FROM i.Person WHERE ID = 2", [])
    assert cls("Person")._OpenId(1) == ""
    for item in (ada, bob):
        item.Age = 1
        assert "the row was deleted since it was opened" in status.text(item._Save())
        with pytest.raises(RowGoneError, match="the row was deleted"):
            item.save()
    assert names(ns) == []
    assert ada._ConstructClone().save() == 3


def test_a_rollback_makes_an_object_a_changed_one_and_opening_gives_the_row(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada")
    ada.save()
    ns.tstart()
    ada.Name = "Ada L"
    ada.save()
    new = cls("Person")(Name="New")
    new.save()
    ns.trollback()
    assert (ada.Name, ada._IsModified()) == ("Ada L", 1)
    assert (cls("Person").open(1) is ada, cls("Person").open(1).Name) == (False, "Ada")
    assert cls("Person")._OpenId(2) == ""
    new.save()
    assert names(ns) == ["Ada", "New"]
    with pytest.raises(ZeroDivisionError), ns.transaction():
        new.Name = "Newer"
        new.save()
        raise ZeroDivisionError
    assert cls("Person").open(new._id).Name == "New"


def test_a_failed_code_leaves_no_object_behind(ns: EmbeddedNamespace) -> None:
    cls("Person")(Name="Ada").save()
    code = ' set p=##class(i.Person).%OpenId(1),p.Name="half done" set x=1/0'
    with pytest.raises(Exception, match="DIVIDE"):
        run(ns, code)
    assert run(ns, " write ##class(i.Person).%OpenId(1).Name") == "Ada"


# --- concurrency ---


def test_concurrency_4_keeps_others_from_reading_and_saving(ns: EmbeddedNamespace, holder: Any) -> None:
    ada = cls("Person")(Name="Ada")
    ada.save()
    process = holder(" set p=##class(i.Person).%OpenId(1,4) write p.Name")
    assert process.stdout.readline() == "Ada\n"
    pid = str(process.pid)
    assert ns.locks() == {"^i.PersonD(1)": [pid]}
    ada.Name = "Ada L"
    text = status.text(ada._Save())
    assert text == "ERROR #5803: Failed to acquire exclusive lock on instance of 'i.Person'"
    with pytest.raises(LockedError, match=f"exclusive lock on i.Person, id 1: .*; process {pid} has locked it"):
        ada.save()
    with pytest.raises(TimeoutError):
        cls("Person").open(1, 3)
    result: ByRef[object] = ByRef("")
    assert cls("Person")._OpenId(1, 4, result) == ""
    assert status.text(result.value).startswith("ERROR #5803")
    assert cls("Person")._OpenId(1, 2, result) == ""
    assert status.text(result.value).startswith("ERROR #5804")
    assert cls("Person").open(1, 1) is ada
    assert status.text(cls("Person")._DeleteId(1)).startswith("ERROR #5803")
    for statement in ("UPDATE i.Person SET Age = 1", "DELETE FROM i.Person"):
        with pytest.raises(SQLError, match="SQLCODE -110"):
            ns.sql(statement, [])
    cls("Person")(Name="Bob").save()  # another row
    os.kill(process.pid, signal.SIGKILL)  # what it held is free, though nobody has waited for it
    ns.lock_timeout = 60
    assert status.is_ok(ada._Save())
    assert names(ns) == ["Ada L", "Bob"]


def test_an_object_holds_its_lock_as_long_as_it_lives(ns: EmbeddedNamespace) -> None:
    cls("Person")(Name="Ada").save()
    again = " for c=3,4 { set p=##class(i.Person).%OpenId(1,c,.sc) write $isobject(p) }"
    ada = cls("Person").open(1, 3)
    assert elsewhere(ns, again) == "10"
    assert cls("Person").open(1, 4) is ada
    assert (ada._Concurrency, elsewhere(ns, again)) == (4, "00")
    assert status.is_ok(ada._DowngradeConcurrency(1))
    assert elsewhere(ns, again) == "11"
    assert status.is_ok(ada._UpgradeConcurrency(4))
    ns.tstart()
    del ada
    gc.collect()
    assert elsewhere(ns, again) == "00"  # until the transaction ends
    ns.tcommit()
    assert elsewhere(ns, again) == "11"
    assert ns.locks() == {}


def test_the_concurrency_of_the_process_is_that_of_objects_whose_class_says_none(
    ns: EmbeddedNamespace, tmp_path: Path
) -> None:
    (tmp_path / "Own.cls").write_text("Class i.Own Extends %Persistent\n{\nParameter DEFAULTCONCURRENCY = 2;\n}\n")
    ns.load_path(tmp_path / "Own.cls")
    cls("Person")(Name="Ada").save()
    cls("Own")().save()
    write = " write ##class(i.Person).%OpenId(1).%Concurrency,##class(i.Own).%OpenId(1).%Concurrency"
    assert run(ns, " write $system.OBJ.GetConcurrencyMode()" + write) == "112"
    try:
        assert run(ns, " write $system.OBJ.SetConcurrencyMode(4),$system.OBJ.GetConcurrencyMode()" + write) == "1442"
        ada = cls("Person").open(1)
        assert list(ns.locks()) == ["^i.PersonD(1)"]
        threads: list[str] = []
        other = Thread(target=lambda: threads.append(run(ns, " write $system.OBJ.GetConcurrencyMode()")))
        other.start()
        other.join()
        assert threads == ["1"]
        with pytest.raises(Exception, match="ILLEGAL VALUE"):
            run(ns, " do $system.OBJ.SetConcurrencyMode(5)")
        del ada
    finally:
        assert run(ns, " write $system.OBJ.SetConcurrencyMode(1)") == "4"
    gc.collect()
    assert ns.locks() == {}


def test_rows_saved_in_a_transaction_are_locked_until_it_ends(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada")
    ada.save()
    change = " set p=##class(i.Person).%OpenId(1),p.Age=p.Age+1 write +$system.Status.GetErrorCodes(p.%Save())"
    for end in ("tcommit", "trollback"):
        ns.tstart()
        ada.Age = 40
        ada.save()
        assert elsewhere(ns, change) == "5803"
        getattr(ns, end)()
        assert elsewhere(ns, change) == "0"
    ns.tstart()
    ns.sql("UPDATE i.Person SET Name = 'A'", [])
    assert elsewhere(ns, change) == "5803"
    ns.tcommit()
    assert ns.locks() == {}


def test_lock_id_and_lock_extent(ns: EmbeddedNamespace) -> None:
    cls("Person")(Name="Ada").save()
    tried = " write +$system.Status.GetErrorCodes(##class(i.Person).%LockId({}))"
    assert status.is_ok(cls("Person")._LockId(1, 1))
    assert (elsewhere(ns, tried.format("1,1")), elsewhere(ns, tried.format("1"))) == ("0", "5803")
    assert status.is_ok(cls("Person")._UnlockId(1, 1))
    assert status.is_ok(cls("Person")._LockExtent())
    assert (elsewhere(ns, tried.format("1,1")), elsewhere(ns, tried.format("7"))) == ("5804", "5803")
    ns.tstart()
    cls("Person")._UnlockExtent()
    assert elsewhere(ns, tried.format("1")) == "5803"
    ns.tcommit()
    assert elsewhere(ns, tried.format("1")) == "0"
    assert status.text(cls("Person")._OpenId(1, 7) or status.error(1)) != ""
    result: ByRef[object] = ByRef("")
    assert cls("Person")._OpenId(1, 7, result) == ""
    assert "concurrency '7' is none" in status.text(result.value)
    with pytest.raises(DataError, match="0 to 4"):
        cls("Person").open(1, 5)


def test_shared_locks_of_the_language(ns: EmbeddedNamespace) -> None:
    assert run(ns, ' lock +^a(1)#"S":1 write $test') == "1"
    assert elsewhere(ns, ' lock +^a(1)#"S":0 write $test lock +^a(1):0 write $test lock +^a#"S":0 write $test') == "101"
    run(ns, ' lock -^a(1)#"S"')
    assert elsewhere(ns, " lock +^a(1):0 write $test") == "1"
    run(ns, ' tstart  lock +^b,+^c lock -^b,-^c#"I"')
    assert elsewhere(ns, " lock +^b:0 write $test lock +^c:0 write $test") == "01"
    run(ns, " tcommit")
    assert elsewhere(ns, " lock +^b:0 write $test") == "1"


# --- versions ---


def test_a_row_that_was_saved_by_another_one_meanwhile_is_not_overwritten(ns: EmbeddedNamespace) -> None:
    note = cls("Note")(Text="a")
    note.save()
    assert note.Version == 1
    note.Text = "b"
    note.save()
    assert note.Version == 2
    note.Text = "mine"
    ns.sql("UPDATE i.Note SET Text = 'theirs'", [])
    assert ns.query("SELECT Version FROM i.Note").to_pylist() == [{"Version": 3}]
    assert status.text(note._Save()).startswith(
        "ERROR #5800: Concurrency failure on update: object versions not the same"
    )
    with pytest.raises(VersionError, match="version 3 by now, the object was opened with version 2"):
        note.save()
    assert note.Version == 2
    note._Reload()
    note.Text = "both"
    note.save()
    assert ns.query("SELECT Text, Version FROM i.Note").to_pylist() == [{"Text": "both", "Version": 4}]


def test_two_transactions_cannot_both_save_what_they_opened(ns: EmbeddedNamespace) -> None:
    note = cls("Note")(Text="a")
    note.save()
    note.Text = "mine"
    assert elsewhere(ns, ' set n=##class(i.Note).%OpenId(1),n.Text="theirs" write n.%Save()') == "1"
    assert status.text(note._Save()).startswith("ERROR #5800")
