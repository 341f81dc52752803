import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from isc.py.data import context_payload as payload
from isc.py.data.context import Context, ContextError
from isc.py.data.context_file import keep, pack, unpack
from isc.py.data.context_rows import SavedContext
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.iscpython_c.context import Context as Live
from isc.py.iscpython_c.context import free
from isc.py.objectscript import Frame, compile_block, status

CODE = """
import json as j, math
import pandas as pd
factor = 3
def cube(x):
    return x ** factor
def outer(n):
    def inner(y):
        return cube(y) + n
    return inner
add = outer(1)
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n if n > 1 else up()
    def read(): return n
    return up, read
up, read = counter()
class Base:
    def __init__(self, x): self.x = x
class Point(Base):
    def __init__(self, x): super().__init__(x)
    def cubed(self): return cube(self.x)
point = Point(2)
same = point
frame = pd.DataFrame({'a': [1, 2], 'd': pd.to_datetime(['2020-01-01', None])})
"""


@pytest.fixture(autouse=True)
def _live(namespace: EmbeddedNamespace) -> None:
    free()
    Live().execute(CODE)


def test_a_saved_context_restores_in_another_process(namespace: EmbeddedNamespace) -> None:
    saved = Context.SaveContext(name="first")
    assert saved.skipped == {}
    program = f"""
from isc.py.data.namespace import open_namespace, set_current
from isc.py.data.context import Context
from isc.py.iscpython_c.context import Context as Live
set_current(open_namespace({str(namespace.folder)!r}))
Context.RestoreContext({saved.context_id})
live = Live()
live.execute('''
assert cube(3) == 27 and add(2) == 9 and point.cubed() == 8 and same is point
up(); assert read() == 2
assert j.dumps([1]) == "[1]" and math.pi > 3 and frame.shape == (2, 2)
factor = 2
assert cube(3) == 9 and point.cubed() == 4
''')
print("restored")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "restored\n", done.stderr


def test_sql_reads_what_was_saved(namespace: EmbeddedNamespace) -> None:
    saved = Context.SaveContext(mask="f*, cube, math")
    rows = namespace.query(
        "select Name, Kind, Repr from isc_py_data.SavedValue where ContextId = ? order by Name", [saved.context_id]
    ).to_pylist()
    assert [(row["Name"], row["Kind"]) for row in rows] == [
        ("cube", "function"),
        ("factor", "variable"),
        ("frame", "variable"),
        ("math", "module"),
    ]
    assert "factor" in Context.DisplayContext(saved.context_id)
    assert "cube" in Context.DisplayContext()


def test_rows_tell_of_modules_functions_and_classes(namespace: EmbeddedNamespace) -> None:
    Live().execute('def half(x: float, *, by=2):\n    """A part of x.\n\n    Whole."""\n    return x / by')
    saved = Context.SaveContext(mask="j,half,Point,factor")
    rows = namespace.query(
        "select Name, Module, Docs, Signature, Arguments, JSON from isc_py_data.SavedValue where ContextId = ?",
        [saved.context_id],
    ).to_pylist()
    told = {row.pop("Name"): {key: value for key, value in row.items() if value} for row in rows}
    assert told == {
        "j": {"Module": "json"},
        "half": {"Docs": "A part of x.\n\nWhole.", "Signature": "(x: float, *, by=2)", "Arguments": "x, by"},
        "Point": {"Signature": "(x)", "Arguments": "x"},
        "factor": {"JSON": "3"},
    }


def test_a_deleted_row_takes_its_payload_along(namespace: EmbeddedNamespace) -> None:
    saved = Context.SaveContext()
    with namespace.store().read() as txn:
        assert len(payload.read(txn, SavedContext, saved.context_id)) == 3  # what there is, the frame, all the rest
    SavedContext._DeleteId(saved.context_id)
    with namespace.store().read() as txn:
        assert payload.read(txn, SavedContext, saved.context_id) == []
    with pytest.raises(ContextError, match="SELECT ID"):
        Context.RestoreContext(saved.context_id)


def test_what_cannot_be_saved_is_reported_and_the_rest_is_saved(namespace: EmbeddedNamespace) -> None:
    Live().execute("bad = (i for i in [])\nworse = __import__('socket').socket()\nworse.close()")
    saved = Context.SaveContext()
    assert set(saved.skipped) == {"bad", "worse"}
    assert "generator" in saved.skipped["bad"]
    query = "select Name, Reason from isc_py_data.SavedValue where ContextId = ? and Reason is not null order by Name"
    rows = namespace.query(query, [saved.context_id]).to_pylist()
    assert {row["Name"]: row["Reason"] for row in rows} == saved.skipped
    assert "not saved: generator" in Context.DisplayContext(saved.context_id)
    free()
    assert "cube" in Context.RestoreContext(saved.context_id)
    assert Live().evaluate("cube(3)") == 27


def test_values_above_the_limit_are_left_out_by_name(namespace: EmbeddedNamespace) -> None:
    Live().execute("big = 'x' * 100_000")
    saved = Context.SaveContext(maxLength=10_000)
    assert "MaxLength" in saved.skipped["big"]
    assert "point" in saved.saved


def test_clear_forgets_what_was_there(namespace: EmbeddedNamespace) -> None:
    saved = Context.SaveContext(mask="factor")
    Live().execute("other = 1")
    Context.RestoreContext(saved.context_id)
    assert "other" in Live().variables()
    Context.RestoreContext(saved.context_id, clear=1)
    assert Live().variables() == ["factor"]


def test_a_context_that_was_tampered_with_is_refused_and_nothing_changes(namespace: EmbeddedNamespace) -> None:
    saved = Context.SaveContext()
    with namespace.store().write() as txn:
        parts = payload.read(txn, SavedContext, saved.context_id)
        last = bytes(parts[-1])
        payload.write(txn, SavedContext, saved.context_id, [*parts[:-1], last[:-1] + bytes([last[-1] ^ 1])])
    Live().execute("factor = 99")
    with pytest.raises(ContextError, match="signature"):
        Context.RestoreContext(saved.context_id)
    assert Live().evaluate("factor") == 99


def test_a_packed_context_is_restored_or_kept_or_refused_when_it_was_changed(namespace: EmbeddedNamespace) -> None:
    packed = pack()
    free()
    kept = keep(packed.data, packed.rows, "message 1", "first", "", "2020-01-01 00:00:00")
    assert "cube" in Context.DisplayContext(kept)
    assert "cube" in Context.RestoreContext(kept)
    free()
    assert "frame" in unpack(packed.data, "message 1")
    assert Live().evaluate("cube(3)") == 27
    for at in (0, 63, 64, 68, 72, 80, len(packed.data) - 1):
        changed = packed.data[:at] + bytes([packed.data[at] ^ 0x81]) + packed.data[at + 1 :]
        with pytest.raises(ContextError, match="message 1 is refused"):
            unpack(changed, "message 1")
    for size in (0, 10, 64, 66, 70, 100, len(packed.data) - 1):
        with pytest.raises(ContextError, match="message 1 is refused"):
            unpack(packed.data[:size], "message 1")


def test_an_unknown_context_tells_how_to_list_them(namespace: EmbeddedNamespace) -> None:
    with pytest.raises(ContextError, match="SELECT ID"):
        Context.RestoreContext(77)
    with pytest.raises(ContextError, match="77"):
        Context.DisplayContext(77)


def test_the_key_is_for_its_owner_alone(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    Context.SaveContext()
    assert (tmp_path / ".iscpy" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_frames_keep_their_types(namespace: EmbeddedNamespace) -> None:
    before = Live().namespace["frame"]
    saved = Context.SaveContext(mask="frame,pd")
    free()
    Context.RestoreContext(saved.context_id)
    pd.testing.assert_frame_equal(Live().namespace["frame"], before)  # type: ignore[arg-type]  # frames


def test_a_diff_names_what_is_new_gone_and_different(namespace: EmbeddedNamespace) -> None:
    first = Context.SaveContext().context_id
    assert Context.DiffContexts(first) == []
    Live().execute(
        "factor = 4\ndef cube(x):\n    return x * x * x\nnew = 1\ndel same\nframe.loc[0, 'a'] = 9\n\n\ndef outer(n):\n"
        "    def inner(y):\n        return cube(y) + n\n    return inner\n"
    )
    assert {(change.name, change.kind) for change in Context.DiffContexts(first)} == {
        ("factor", "changed"),
        ("cube", "changed"),
        ("new", "added"),
        ("same", "removed"),
        ("frame", "changed"),
    }
    second = Context.SaveContext().context_id
    (change,) = [change for change in Context.DiffContexts(first, second) if change.name == "factor"]
    assert (change.before, change.after) == ("3", "4")
    assert Context.DiffContexts(second) == []


def test_objectscript_saves_and_restores_with_a_status(
    namespace: EmbeddedNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = Frame()
    compile_block(
        """
        set sc=##class(isc.py.data.Context).SaveContext(.context,0,"fac*,cube",1)
        set id=context.%Id()
        do ##class(isc.py.Main).SimpleString("factor=99")
        set sc2=##class(isc.py.data.Context).RestoreContext(id,0,1)
        do ##class(isc.py.Main).SimpleString("x=cube(2)","x",,.x)
        set sc3=##class(isc.py.data.Context).RestoreContext(77)
        """
    ).execute(frame)
    found = frame.variables
    assert (found["sc"], found["sc2"], found["x"]) == (1, 1, "8")
    assert "no saved context has id 77" in status.text(found["sc3"])
    assert set(Live().variables()) == {"factor", "cube", "x"}
    assert "function cube" in " ".join(capsys.readouterr().out.split())


def test_named_contexts_are_saved_and_restored_into_one_another(
    namespace: EmbeddedNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    Live("model").execute("rate = 2\ndef price(x): return x * rate")
    with caplog.at_level("INFO", "isc.py.data"):
        saved = Context.SaveContext(verbose=1, context="model")
        Context.RestoreContext(saved.context_id, context="other")
    Live("other").execute("rate = 5")
    assert (Live("other").evaluate("price(2)"), Live("model").evaluate("price(2)")) == (10, 4)
    assert "price" not in Live().variables()
    assert "price" in caplog.text


def test_a_save_is_one_transaction(namespace: EmbeddedNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    from isc.py.data.context_rows import SavedValue

    def refuse(self: SavedValue, txn: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(SavedValue, "_save_in", refuse)
    with pytest.raises(OSError, match="disk is full"):
        Context.SaveContext()
    assert namespace.query("select count(*) as n from isc_py_data.SavedContext").to_pylist() == [{"n": 0}]


def test_rows_that_sql_edits_count_when_the_context_is_restored(namespace: EmbeddedNamespace) -> None:
    free()
    Live().execute(
        f"factor = 3\nnames = ['a', 'b']\ntext = {'long ' * 100!r}\ngone = 1\ndef cube(x): return x ** factor"
    )
    saved = Context.SaveContext()
    place = f"WHERE ContextId = {saved.context_id} AND Name ="
    assert namespace.sql(f"UPDATE isc_py_data.SavedValue SET JSON = '2' {place} 'factor'", []).count == 1
    assert namespace.sql(f"UPDATE isc_py_data.SavedValue SET JSON = ? {place} 'names'", ['["c"]']).count == 1
    assert namespace.sql(f"UPDATE isc_py_data.SavedValue SET JSON = ? {place} 'text'", ['"short"']).count == 1
    assert namespace.sql(f"DELETE FROM isc_py_data.SavedValue {place} 'gone'", []).count == 1
    added = (
        "INSERT INTO isc_py_data.SavedValue (ContextId, Name, Kind, JSON) VALUES (?, 'extra', 'variable', '{\"a\": 1}')"
    )
    namespace.sql(added, [saved.context_id])
    free()
    assert sorted(Context.RestoreContext(saved.context_id)) == ["cube", "extra", "factor", "names", "text"]
    assert Live().evaluate("cube(3), names, extra, text") == (9, ["c"], {"a": 1}, "short")


def test_an_edit_that_does_not_fit_is_refused_and_the_live_context_stays(namespace: EmbeddedNamespace) -> None:
    free()
    Live().execute("factor = 3\ndef cube(x): return x ** factor")
    saved = Context.SaveContext()
    namespace.sql("UPDATE isc_py_data.SavedValue SET JSON = '{' WHERE Name = 'factor'", [])
    Live().execute("factor = 4")
    with pytest.raises(ContextError, match=r"the JSON of 'factor' is none .*UPDATE isc_py_data\.SavedValue"):
        Context.RestoreContext(saved.context_id)
    namespace.sql("UPDATE isc_py_data.SavedValue SET JSON = '5', Name = 'other' WHERE Name = 'factor'", [])
    namespace.sql("UPDATE isc_py_data.SavedValue SET Name = 'sphere' WHERE Name = 'cube'", [])
    with pytest.raises(ContextError, match="has no value for 'sphere'"):
        Context.RestoreContext(saved.context_id)
    assert Live().evaluate("factor") == 4
