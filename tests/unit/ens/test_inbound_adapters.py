"""What adapters that look for input do when a folder, a file, a table or a statement is not what it should be."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from isc.py.ens.adapters.files import FileInboundAdapter
from isc.py.ens.adapters.sql import SQLFailedError, SQLInboundAdapter
from isc.py.ens.exceptions import DuplicateInputError, ProductionError, UnreachableError


class Service:
    """Takes inputs, each key once, and refuses those it is told to."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.taken: list[str] = []
        self.keys: set[str] = set()
        self.told: list[tuple[str, str]] = []

    def take(self, data: Any = "", _hint: object = None, key: str = "") -> None:
        shown = str(data.values if hasattr(data, "values") else data)
        if self.refused and self.refused in shown:
            raise ValueError(f"{shown} is refused")
        if key in self.keys:
            raise DuplicateInputError(1)
        self.keys.add(key)
        self.taken.append(shown)

    def tell(self, level: str, text: str) -> None:
        self.told.append((level, text))

    def errors(self) -> list[str]:
        return [text for level, text in self.told if level == "error"]


def watching(folder: Path, **settings: object) -> FileInboundAdapter:
    made = FileInboundAdapter()
    for name, value in ({"FilePath": str(folder), "FileAccessTimeout": 0, "AppendTimestamp": "0"} | settings).items():
        setattr(made, name, str(value) if isinstance(value, Path) else value)
    made.OnInit()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("in", "archive", "errors"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_files_of_one_name_have_names_of_their_own_in_the_archive(folder: Path) -> None:
    service, adapter = Service(), watching(folder / "in", ArchivePath=folder / "archive")
    for text in ("one", "two", "three"):
        (folder / "in" / "a.txt").write_text(text)
        adapter.on_task(service.take, service.tell)
    assert service.taken == ["one", "two", "three"]
    assert sorted(path.read_text() for path in (folder / "archive").iterdir()) == ["one", "three", "two"]
    assert list((folder / "in").iterdir()) == []


@pytest.mark.parametrize("gone", ["ArchivePath", "ErrorPath"])
def test_a_file_that_cannot_be_put_away_stays_and_the_next_ones_are_taken(folder: Path, gone: str) -> None:
    service = Service(refused="bad" if gone == "ErrorPath" else "")
    adapter = watching(folder / "in", **{gone: folder / "archive"})
    (folder / "archive").rmdir()
    for number, name in enumerate(("bad.txt", "good.txt")):
        (folder / "in" / name).write_text(name)
        os.utime(folder / "in" / name, (number, number))
    for _ in range(3):
        adapter.on_task(service.take, service.tell)
    assert service.taken == (["good.txt"] if gone == "ErrorPath" else ["bad.txt", "good.txt"])
    assert (folder / "in" / "bad.txt").exists()
    assert len([text for text in service.errors() if "bad.txt was taken and cannot be moved" in text]) == 1


def test_a_file_that_fails_is_told_of_once_and_tried_again_when_it_has_changed(folder: Path) -> None:
    service, adapter = Service(refused="bad"), watching(folder / "in", ErrorPath="")
    path = folder / "in" / "a.txt"
    path.write_text("bad")
    for _ in range(3):
        adapter.on_task(service.take, service.tell)
    assert service.errors() == [f"file {path}: bad is refused"]
    path.write_text("good again")
    adapter.on_task(service.take, service.tell)
    assert (service.taken, path.exists()) == (["good again"], False)


def test_bytes_that_are_no_text_and_folders_that_cannot_be_read_are_named(folder: Path) -> None:
    service, adapter = Service(), watching(folder / "in", ErrorPath=folder / "errors")
    (folder / "in" / "a.txt").write_bytes(b"\xff\xfe")
    adapter.on_task(service.take, service.tell)
    (error,) = service.errors()
    assert "a.txt: 'utf-8' codec can't decode" in error
    assert (folder / "errors" / "a.txt").read_bytes() == b"\xff\xfe"
    (folder / "in").rmdir()
    with pytest.raises(ProductionError, match=f"folder {folder / 'in'} cannot be read: No such file or directory"):
        adapter.on_task(service.take, service.tell)


def test_a_file_of_a_machine_whose_clock_is_ahead_is_taken_once_it_does_not_change(folder: Path) -> None:
    service, adapter = Service(), watching(folder / "in", FileAccessTimeout=0.05)
    path = folder / "in" / "a.txt"
    path.write_text("from tomorrow")
    os.utime(path, (time.time() + 86400,) * 2)
    adapter.on_task(service.take, service.tell)
    assert service.taken == []
    deadline = time.monotonic() + 30
    while not service.taken and time.monotonic() < deadline:
        adapter.on_task(service.take, service.tell)
    assert service.taken == ["from tomorrow"]


def test_a_folder_that_is_watched_itself_is_no_archive(folder: Path) -> None:
    (folder / "in" / "done").mkdir()
    watching(folder / "in", ArchivePath=folder / "in" / "done")
    for setting in ("ArchivePath", "ErrorPath"):
        with pytest.raises(ProductionError, match=f"setting {setting} is a folder that is watched"):
            watching(folder / "in", SubdirectoryLevels=1, **{setting: folder / "in" / "done"})


def polling(path: Path, query: str, **settings: object) -> SQLInboundAdapter:
    made = SQLInboundAdapter()
    for name, value in ({"DSN": f"sqlite:///{path}", "Query": query} | settings).items():
        setattr(made, name, value)
    made.OnInit()
    return made


@pytest.mark.parametrize(
    ("query", "settings", "said"),
    [
        ("SELECT * FROM order_s", {}, "no such table: order_s"),
        ("SELEC 1", {}, "syntax error"),
        ("SELECT * FROM orders WHERE id > ? AND name = ?", {"Parameters": "1"}, "its \\? number 2 has no value"),
        ("DELETE FROM orders WHERE id = 77", {}, "gives no rows: a SELECT is needed"),
        ("SELECT name FROM orders", {"KeyFieldName": "id"}, "no column 'id'; it has name"),
        ("SELECT * FROM orders", {"KeyFieldName": "id", "DeleteQuery": "DELETE FROM nowhere WHERE id=?"}, "nowhere"),
    ],
)
def test_a_statement_that_does_not_fit_is_named_and_no_row_is_lost(
    tmp_path: Path, query: str, settings: dict[str, object], said: str
) -> None:
    path, service = tmp_path / "orders.db", Service()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, name TEXT)")
        connection.execute("INSERT INTO orders VALUES (1, 'bread'), (2, 'milk')")
        connection.commit()
        adapter = polling(path, query, **settings)
        for _ in range(2):
            with pytest.raises(SQLFailedError, match=said):
                adapter.on_task(service.take, service.tell)
        adapter.OnTearDown()
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    good = polling(path, "SELECT * FROM orders ORDER BY id", KeyFieldName="id")
    for _ in range(2):
        with contextlib.suppress(DuplicateInputError):
            good.on_task(service.take, service.tell)
    good.OnTearDown()
    assert service.taken == ["{'id': 1, 'name': 'bread'}", "{'id': 2, 'name': 'milk'}"]


def test_a_database_that_is_away_is_another_error_than_one_that_refuses(tmp_path: Path) -> None:
    adapter = polling(tmp_path / "no" / "orders.db", "SELECT 1")
    with pytest.raises(UnreachableError, match="the database: unable to open"):
        adapter.on_task(Service().take, Service().tell)
    adapter.OnTearDown()


@pytest.mark.parametrize("deletes", [False, True])
def test_rows_come_so_many_at_a_time_until_all_were_taken(tmp_path: Path, deletes: bool) -> None:
    path, service = tmp_path / "orders.db", Service()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.executemany("INSERT INTO orders VALUES (?)", [(number,) for number in range(5)])
        connection.commit()
    settings = {"KeyFieldName": "id", "DeleteQuery": "DELETE FROM orders WHERE id=?"} if deletes else {}
    adapter = polling(path, "SELECT id FROM orders ORDER BY id", MaxRows=2, **settings)
    counts = []
    for _ in range(4):
        adapter.on_task(service.take, service.tell)
        counts.append(len(service.taken))
    assert counts == [2, 4, 5, 5]
    assert service.taken == [str({"id": number}) for number in range(5)]
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0 if deletes else 5,)
    adapter.OnTearDown()
