import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from isc.py.data.exceptions import DataError, SQLError, TableNotFoundError
from isc.py.data.frames import converted, frame_of
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.transfer import class_rows, global_rows, table_rows
from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.objectscript import NotSupportedError, dictionary, status


@pytest.fixture
def person(namespace: EmbeddedNamespace) -> Any:
    cls: Any = dictionary.resolve("t.Person")
    assert cls.Import() == 2
    return cls


def test_rows_are_stored_as_the_default_storage_lists_them(namespace: EmbeddedNamespace, person: Any) -> None:
    assert namespace.globals["t.PersonD"].get() == 2
    row = namespace.globals["t.PersonD"][1]
    assert decode(row) == ["", "Ada", -9153, Decimal("1.65"), 3, 1, ""]  # type: ignore[arg-type]  # bytes


def test_objects_open_change_and_go(person: Any) -> None:
    ada = person._OpenId(1)
    assert (ada.Name, ada.Height, ada._Id()) == ("Ada", Decimal("1.65"), 1)
    ada.Tags.Insert("first")
    ada._set_property("Children", 4)
    assert ada._Save() == 1
    again = person.open(1)
    assert (list(again.Tags), again.Children) == (["first"], 4)
    assert person._DeleteId(1) == 1
    assert (person._ExistsId(1), person._OpenId(1)) == (0, "")
    assert status.is_error(person._DeleteId(1))


def test_an_object_that_is_not_valid_is_not_saved(namespace: EmbeddedNamespace, person: Any) -> None:
    wrong = person._New()._Save()
    assert "Name" in status.text(wrong)
    assert namespace.globals["t.PersonD"].get() == 2


def test_query_table_and_class_give_the_same_frame(namespace: EmbeddedNamespace, person: Any) -> None:
    by_query = frame_of(namespace.query("select * from t.Person"))
    assert by_query.pop("Tags").to_list() == ["", ""]  # lists are columns of SQL only
    by_table = frame_of(table_rows(namespace, "t.person"))
    by_class = frame_of(class_rows(namespace, "t.Person"))
    pd.testing.assert_frame_equal(by_query, by_table)
    pd.testing.assert_frame_equal(by_query, by_class)
    assert list(by_query.columns) == ["ID", "Name", "Born", "Height", "Children", "Member"]
    assert by_query["Born"][0] == pd.Timestamp("1815-12-10")
    assert by_query["Member"].tolist() == [True, pd.NA]


def test_rows_come_as_a_list_whose_first_row_is_the_names(namespace: EmbeddedNamespace, person: Any) -> None:
    rows = converted(class_rows(namespace, "t.Person", properties="Na*,Born"), "list")
    assert rows == [
        ("ID", "Name", "Born"),
        (1, "Ada", datetime.date(1815, 12, 10)),
        (2, "Bob", datetime.date(2000, 1, 1)),
    ]


def test_a_range_of_ids_is_inclusive(namespace: EmbeddedNamespace, person: Any) -> None:
    assert class_rows(namespace, "t.Person", 2, 2).column("Name").to_pylist() == ["Bob"]


@pytest.mark.parametrize(
    ("sql", "parameters", "expected"),
    [
        ("SELECT Name FROM t.Person WHERE Children > ? ORDER BY Name", [1], [{"Name": "Ada"}]),
        ("select count(*) as n from t.Person", [], [{"n": 2}]),
        ('select top 1 "Name" as x from "t"."Person" order by %ID desc', [], [{"x": "Bob"}]),
        ("select a.Name || b.Name as pair from t.Person a, t.Person b where a.ID < b.ID", [], [{"pair": "AdaBob"}]),
        ("with c as (select Name from t.Person) select max(Name) as m from c", [], [{"m": "Bob"}]),
        ("select 1 as one", [], [{"one": 1}]),
    ],
)
def test_select_answers_over_the_rows(
    namespace: EmbeddedNamespace, person: Any, sql: str, parameters: list[object], expected: object
) -> None:
    assert namespace.query(sql, parameters).to_pylist() == expected


def test_a_commit_is_seen_by_the_next_query(namespace: EmbeddedNamespace, person: Any) -> None:
    assert namespace.query("select count(*) as n from t.Person").to_pylist() == [{"n": 2}]
    person(Name="Cid").save()
    assert namespace.query("select count(*) as n from t.Person").to_pylist() == [{"n": 3}]


@pytest.mark.parametrize(
    ("sql", "code", "mentions"),
    [
        ("select * from t.Persons", -30, "did you mean t.Person"),
        ("select Nam from t.Person", -29, "did you mean Name"),
        ("select p.Nam from t.Person p", -29, "did you mean Name"),
        ("select from where", -1, "line 1"),
        ("select (1", -1, "line 1"),
    ],
)
def test_wrong_sql_has_the_sqlcode_and_names_the_thing(
    namespace: EmbeddedNamespace, person: Any, sql: str, code: int, mentions: str
) -> None:
    with pytest.raises(SQLError) as caught:
        namespace.query(sql)
    assert caught.value.sqlcode == code
    assert mentions in str(caught.value)


def test_a_statement_that_is_no_select_is_refused(namespace: EmbeddedNamespace) -> None:
    with pytest.raises(NotSupportedError, match="DELETE"):
        namespace.query("delete from t.Person")


def test_a_table_that_nobody_loaded_tells_the_mend(namespace: EmbeddedNamespace) -> None:
    with pytest.raises(TableNotFoundError, match="iscpy load"):
        table_rows(namespace, "no.Such")


def fill(namespace: EmbeddedNamespace, rows: list[list[object]]) -> None:
    node = namespace.globals["G"]
    for number, row in enumerate(rows, start=1):
        node[number] = encode(row)


def test_a_mask_picks_and_converts_fields(namespace: EmbeddedNamespace) -> None:
    fill(namespace, [["a", 1, 66000, 3661, "2020-01-02 03:04:05", 7], ["b", 0, None, "", "", 8]])
    table = global_rows(namespace, "^G", mask="+bdtm", labels=["key", "s", "b", "d", "t", "m"])
    assert table.to_pylist() == [
        {
            "key": 1, "s": "a", "b": True, "d": datetime.date(2021, 9, 13), "t": datetime.time(1, 1, 1),
            "m": datetime.datetime(2020, 1, 2, 3, 4, 5),
        },
        {"key": 2, "s": "b", "b": False, "d": None, "t": None, "m": None},
    ]  # fmt: skip


def test_without_a_mask_every_field_of_the_first_row_comes_by_number(namespace: EmbeddedNamespace) -> None:
    fill(namespace, [["a", 1], ["b", Decimal("2.5")], ["c", "x"]])
    table = global_rows(namespace, "G")
    assert table.column_names == ["globalKey", "1", "2"]
    assert table.column("2").to_pylist() == ["1", "2.5", "x"]


def test_string_keys_become_text(namespace: EmbeddedNamespace) -> None:
    namespace.globals["S"]["x"] = encode([1])
    namespace.globals["S"][1] = encode([2])
    assert global_rows(namespace, "S").to_pylist() == [{"globalKey": "1", "1": 2}, {"globalKey": "x", "1": 1}]


def test_a_first_row_that_misleads_about_one_field_leaves_the_others_typed(namespace: EmbeddedNamespace) -> None:
    fill(namespace, [[1, None, 5], ["many", 2, Decimal("5.5")]])
    table = global_rows(namespace, "G")
    assert [table.column(name).to_pylist() for name in "123"] == [["1", "many"], [None, 2], [5.0, 5.5]]


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        ({"mask": "+q"}, "the letters are"),
        ({"labels": ["only"]}, "the key comes first"),
        ({"start": 9}, "no rows"),
        ({"mask": "d"}, "'1'"),
    ],
)
def test_what_does_not_fit_a_global_is_named(
    namespace: EmbeddedNamespace, arguments: dict[str, Any], mentions: str
) -> None:
    fill(namespace, [["a"]])
    with pytest.raises(DataError, match=mentions):
        global_rows(namespace, "G", **arguments)


@pytest.mark.parametrize(
    ("row", "mentions"),
    [('<Row Nam="x"/>', "did you mean Name"), ('<Row Name="x" Children="many"/>', "Children"), ("<Row", "no XML")],
)
def test_an_import_that_does_not_fit_names_the_line_and_stores_nothing(
    namespace: EmbeddedNamespace, tmp_path: Path, row: str, mentions: str
) -> None:
    text = (
        "Class t.Bad Extends (%Persistent, isc.py.data.XMLImport)\n{\nProperty Name;\nProperty Children As %Integer;\n"
        f"XData Rows\n{{\n<Rows>\n<Row Name='ok'/>\n{row}\n</Rows>\n}}\n}}\n"
    )
    (tmp_path / "Bad.cls").write_text(text)
    namespace.load_path(tmp_path / "Bad.cls")
    cls: Any = dictionary.resolve("t.Bad")
    with pytest.raises(DataError, match=mentions) as caught:
        cls.Import()
    assert "line 9" in str(caught.value) or mentions == "no XML"
    assert namespace.globals["t.BadD"].get() is None


def test_a_file_that_is_no_class_is_reported_and_the_others_load(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "Wrong.cls").write_text("nonsense")
    reports = {report.path.name: report for report in namespace.load_path(tmp_path)}
    assert "Wrong.cls" in reports["Wrong.cls"].error
    assert reports["Person.cls"].class_name == "t.Person"
    with pytest.raises(DataError, match="does not exist"):
        namespace.load_path(tmp_path / "nowhere")
