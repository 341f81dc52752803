import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.iscpython_c.dollar_list import Column, columns, encode
from isc.py.iscpython_c.exceptions import ListError, StoreError
from isc.py.iscpython_c.globals import Store, decode_key, encode_key

SUBSCRIPTS = st.one_of(
    st.integers(-(10**18), 10**18),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)


def collation(subscript: object) -> tuple[int, object]:
    text = str(subscript)
    try:
        canonical = text == "0" or (text.lstrip("-").isdigit() and not text.lstrip("-").startswith("0"))
        if not isinstance(subscript, str) or canonical:
            return (0, Decimal(text))
    except ArithmeticError:
        pass
    return (1, text)


@given(SUBSCRIPTS.filter(lambda s: not isinstance(s, str) or s[0].isalpha()), SUBSCRIPTS.filter(lambda s: s != ""))
def test_keys_sort_as_the_language_collates(first: object, second: object) -> None:
    if isinstance(second, str) and not second[0].isalpha():
        return
    one, two = encode_key("X", (first,)), encode_key("X", (second,))  # type: ignore[arg-type]  # drawn from subscripts
    assert (one < two) == (collation(first) < collation(second))


@given(st.lists(SUBSCRIPTS, max_size=4))
def test_keys_decode_to_what_was_encoded(subscripts: list[str | int | Decimal]) -> None:
    key = encode_key("Name", subscripts)
    assert encode_key(*decode_key(key)) == key


@pytest.mark.parametrize("pair", [(10, "10"), (Decimal("0.50"), ".5"), (-1, "-1"), (0.5, Decimal("0.5")), (True, 1)])
def test_a_canonical_number_and_its_text_are_one_subscript(pair: tuple[object, object]) -> None:
    assert encode_key("X", pair[:1]) == encode_key("X", pair[1:])  # type: ignore[arg-type]  # parametrized


def test_the_empty_subscript_and_too_long_ones_are_refused() -> None:
    with pytest.raises(StoreError, match="empty"):
        encode_key("X", ("",))
    with pytest.raises(StoreError, match="511"):
        encode_key("X", ("x" * 600,))


@pytest.mark.parametrize("name", ["", "^", "A\0B"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(StoreError, match="not the name of a global"):
        encode_key(name, ("x",))


@pytest.mark.parametrize("bytes_", [b"", b"A", b"A\0\x40x", b"A\0\x40" + b"x" * 5000 + b"\0", b"A\0\x20" + b"1" * 600])
def test_what_is_no_key_is_refused(bytes_: bytes) -> None:
    with pytest.raises(StoreError, match="no key of a global"):
        decode_key(bytes_)


def test_values_keep_their_type(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        values = ["text", "é", "€", "", 5, -7, Decimal("1.50"), 2.5, b"\x03\x01a"]
        with store.write() as txn:
            for number, value in enumerate(values):
                txn.set(encode_key("V", (number,)), value)  # type: ignore[arg-type]  # a list of many types
        with store.read() as txn:
            assert [txn.get(encode_key("V", (number,))) for number in range(len(values))] == values


def test_order_data_query_and_kill_walk_the_tree(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.write() as txn:
        for subscripts in [(1,), (1, "a"), (2, "b"), (10,), ("x",)]:
            txn.set(encode_key("T", subscripts), "v")
        txn.set(encode_key("U"), "other")
        root = encode_key("T")
        assert [txn.data(encode_key("T", s)) for s in [(1,), (2,), (10,), (3,)]] == [11, 10, 1, 0]
        seen, at = [], None
        while (at := txn.order(root, at)) is not None:
            seen.append(at)
        assert seen == [1, 2, 10, "x"]
        assert txn.order(root, direction=-1) == "x"
        assert txn.order(root, 10, -1) == 2
        assert txn.query(encode_key("T", (1,))) == encode_key("T", (1, "a"))
        assert txn.query(encode_key("T", ("x",))) is None
        assert txn.kill(encode_key("T", (1,))) == 2
        assert txn.order(root) == 2


def test_a_write_that_raises_leaves_nothing(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with pytest.raises(ZeroDivisionError), store.write() as txn:
            txn.set(encode_key("X"), 1)
            raise ZeroDivisionError
        with store.read() as txn:
            assert txn.get(encode_key("X")) is None


def test_a_second_write_of_the_same_thread_is_refused_not_waited_for(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.write(), pytest.raises(StoreError, match="already writes"), store.write():
        pass


def test_increments_of_several_processes_are_all_counted(tmp_path: Path) -> None:
    key = encode_key("C")
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            with Store(tmp_path) as store:
                for _ in range(50):
                    with store.write() as txn:
                        txn.increment(key)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    with Store(tmp_path) as store, store.read() as txn:
        assert txn.get(key) == 150


def test_a_store_opened_before_fork_says_so_in_the_child(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        child = os.fork()
        if child == 0:
            try:
                store.stamp()
            except StoreError as error:
                os._exit(0 if "fork" in str(error) else 1)
            os._exit(2)
        assert os.waitpid(child, 0)[1] == 0


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "ns"):
        assert stat.S_IMODE((tmp_path / "ns").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "ns" / "data.mdb").stat().st_mode) == 0o600


def test_rows_are_read_as_columns_over_a_range_of_ids(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.write() as txn:
            txn.set(encode_key("R"), 10000)
            for number in range(1, 10001):
                txn.set(encode_key("R", (number,)), encode([f"n{number}", number * 2]))
            txn.set(encode_key("R", (5, "Below")), encode(["not a row", 0]))
        with store.read() as txn:
            table = txn.scan_columns(encode_key("R"), [Column("Name", "s", 1), Column("ID", "i", 0)], 3, 9999)
    assert table.column("ID").to_pylist() == list(range(3, 10000))
    assert table.column("Name").to_pylist()[:2] == ["n3", "n4"]


def test_two_stores_over_one_folder_share_it(tmp_path: Path) -> None:
    key = encode_key("X")
    one, two = Store(tmp_path), Store(tmp_path)
    with one.write() as txn:
        txn.set(key, 1)
        with pytest.raises(StoreError, match="already writes"), two.write():
            pass
    one.close()
    with two.read() as txn:
        assert txn.get(key) == 1
    child = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], check=False, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    with two.read() as txn:
        assert txn.get(key) == 2
    two.close()
    with pytest.raises(StoreError, match="closed"), two.read():
        pass


WRITER = """
import sys
from isc.py.iscpython_c.globals import Store, encode_key
with Store(sys.argv[1]) as store, store.write() as txn:
    txn.increment(encode_key("X"))
"""


def test_a_transaction_outlives_its_store(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.write() as txn:
        txn.set(encode_key("X"), 1)
        store.close()
        assert txn.get(encode_key("X")) == 1
    with Store(tmp_path) as again, again.read() as txn:
        assert txn.get(encode_key("X")) == 1


def test_what_is_open_for_reading_only_is_not_written(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with Store(tmp_path, read_only=True) as store:
        with pytest.raises(StoreError, match="reading only"):
            Store(tmp_path)
        with pytest.raises(StoreError, match="Permission denied"), store.write():
            pass


@pytest.mark.parametrize(
    ("old", "by", "new"),
    [
        (None, 1, 1),
        ("5abc", 1, 6),
        ("--3", 1, 4),
        ("-1.5x", 1, Decimal("-0.5")),
        ("abc", 2, 2),
        (1.25, 1, Decimal("2.25")),
    ],
)
def test_increment_takes_the_number_a_text_begins_with(tmp_path: Path, old: object, by: int, new: object) -> None:
    with Store(tmp_path) as store, store.write() as txn:
        if old is not None:
            txn.set(encode_key("C"), old)  # type: ignore[arg-type]  # parametrized
        assert txn.increment(encode_key("C"), by) == new


def test_a_decimal_without_a_value_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.write() as txn, pytest.raises(ValueError, match="NaN"):
        txn.set(encode_key("X"), Decimal("NaN"))


def test_a_transaction_is_one_threads_while_it_reads_columns(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.write() as txn:
            for number in range(1, 200_001):
                txn.set(encode_key("R", (number,)), encode(["x", number]))
        refused: list[str] = []
        with store.read() as txn, ThreadPoolExecutor(1) as pool:
            reading = pool.submit(
                lambda: [txn.scan_columns(encode_key("R"), [Column("ID", "i", 0)]) for _ in range(20)]
            )
            while not reading.done():
                try:
                    txn.get(encode_key("R", (1,)))
                except StoreError as error:
                    refused.append(str(error))
            assert {table.num_rows for table in reading.result()} == {200_000}
        assert refused
        assert "another thread" in refused[0]


def test_many_chunks_keep_their_order(tmp_path: Path) -> None:
    count = 600_000
    rows = [encode([number, f"t{number % 7}"]) for number in range(count)]
    table = columns(rows, [Column("n", "i", 1), Column("t", "s", 2), Column("row", "i", 0)])
    assert table.column("n").to_pylist() == list(range(count))
    assert table.column("row").to_pylist() == list(range(1, count + 1))
    assert table.column("t").slice(count - 3).to_pylist() == [f"t{number % 7}" for number in range(count - 3, count)]
    rows[300_000] = b"\x09"
    with pytest.raises(ListError, match=r"row 300000 \(id 300001\)"):
        columns(rows, [Column("n", "i", 1)])


GROWS = """
import sys
from isc.py.iscpython_c.globals import Store, encode_key
with Store(sys.argv[1]) as store:
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        with store.write() as txn:
            for at in range(20):
                txn.set(encode_key("G", (number, at)), "x" * 3000)
        with store.read() as txn:
            assert txn.get(encode_key("G", (number, 19))) == "x" * 3000
"""


def test_a_store_grows_past_the_size_it_began_with_in_every_process(tmp_path: Path) -> None:
    small = os.environ | {"ISCPY_MAP_SIZE": str(1 << 20)}

    def run(first: int, last: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", GROWS, str(tmp_path), str(first), str(last)],
            env=small, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    listen = (
        "import sys\nfrom isc.py.iscpython_c.globals import Store, encode_key\nstore = Store(sys.argv[1])\n"
        "for line in sys.stdin:\n    with store.read() as txn:\n"
        "        print(txn.get(encode_key('G', (int(line), 0))) is not None, flush=True)\n"
    )
    assert run(0, 5).returncode == 0
    with subprocess.Popen(
        [sys.executable, "-c", listen, str(tmp_path)],
        env=small,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:  # began when the store was small
        assert reader.stdin is not None
        assert reader.stdout is not None
        for last in (5, 60, 200):
            done = run(last - 5, last) if last == 5 else run(5 if last == 60 else 60, last)
            assert done.returncode == 0, done.stderr
            reader.stdin.write(f"{last - 1}\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == "True\n"
        reader.stdin.close()
    assert (tmp_path / "data.mdb").stat().st_size > 10 << 20


def test_a_transaction_that_is_larger_than_the_room_says_so_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom isc.py.iscpython_c.globals import Store, encode_key\n"
        "from isc.py.iscpython_c.exceptions import StoreError\nstore = Store(sys.argv[1])\n"
        "try:\n    with store.write() as txn:\n        for at in range(1000):\n"
        "            txn.set(encode_key('G', (at,)), 'x' * 3000)\n"
        "except StoreError as error:\n    print(error)\n"
        "with store.read() as txn:\n    print(txn.data(encode_key('G')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env=os.environ | {"ISCPY_MAP_SIZE": str(1 << 20)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    first, last = done.stdout.splitlines()
    assert "larger than the room there is" in first
    assert last == "0"
