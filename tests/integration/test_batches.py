"""What the writer sends to PostgreSQL: values in the text, many rows at a time."""

import math

import pg8000.native
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from isc.py.ens.bank import Bank, open_bank
from isc.py.ens.bank.batches import batches, literal
from isc.py.ens.bank.contexts import HELD, SAVED, context_of, context_row
from isc.py.ens.exceptions import BankError
from servers import PostgresServer
from sqlalchemy import make_url

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PIECES = st.lists(
    st.sampled_from(["'", "''", "\\", "\\'", "--", "/*", ";", "$$", ":x", "%s", "?", "\n", "E'", "\0", "é"])
)


@given(
    values=st.lists(
        TEXTS | PIECES.map("".join) | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1
    )
)
@example(values=["'); DROP TABLE headers; --", "\\'; DROP TABLE headers; --"])
def test_every_value_comes_back_as_it_was(postgres_server: PostgresServer, values: list[object]) -> None:
    with pg8000.native.Connection("postgres", port=postgres_server.port) as connection:
        (row,) = connection.run(f"SELECT {', '.join(map(literal, values))}")
    assert row == [
        value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value for value in values
    ]


@given(value=st.floats())
def test_every_number_comes_back_as_it_was(postgres_server: PostgresServer, value: float) -> None:
    with pg8000.native.Connection("postgres", port=postgres_server.port) as connection:
        ((found,),) = connection.run(f"SELECT CAST({literal(value)} AS double precision)")
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_what_a_bank_does_not_keep_is_refused() -> None:
    with pytest.raises(TypeError, match="a bank keeps no bytes"):
        literal(b"x")


def test_large_values_go_in_parts() -> None:
    texts = list(batches([("INSERT INTO bodies (id, text) VALUES (?, ?)", (n, "x" * 300_000)) for n in range(20)]))
    assert len(texts) > 1
    assert max(map(len, texts)) < 2_000_000
    assert sum(text.count("x" * 300_000) for text in texts) == 20


@pytest.fixture
def bank(postgres_server: PostgresServer) -> Bank:
    return open_bank(postgres_server.new_database())


def test_rows_that_change_often_have_their_last_state(bank: Bank) -> None:
    statements = [bank.session(1, "p"), *bank.header(1, "Request", 1, "a", "b", ("c", "{}"), "Queued")]
    statements += [bank.status(1, "Delivered"), bank.cut(1), bank.status(1, "Error", "it's \\ over")]
    statements += [bank.process(1, 1, "h", "c", "Running", "{}"), bank.process(1, 1, "h", "c", "Completed", "[]")]
    statements += [context_row("h", 1, HELD), context_row("i", 1, HELD), context_row("h", 1, SAVED, 7)]
    bank.write(statements).result()
    (row,) = bank.messages()
    assert (row.status, row.error, row.crashes, row.processed is not None) == ("Error", "it's \\ over", 1, True)
    assert context_of(bank, "h", 1) == (SAVED, 7)
    assert context_of(bank, "i", 1) == (HELD, 0)
    assert bank.running() == []
    bank.close()


def test_of_a_write_that_is_refused_nothing_stays(bank: Bank) -> None:
    large = [bank.event("info", "h", "x" * 900_000) for _ in range(4)]  # several texts: the first ones are run
    with pytest.raises(BankError, match="surrogates not allowed"):
        bank.write([*large, bank.status(1, "x", "\ud800")]).result()
    with pytest.raises(BankError, match="duplicate key"):
        bank.write([*large, bank.session(1, "p"), bank.session(1, "p")]).result()
    bank.write([bank.event("info", "h", "kept")]).result()
    assert [event.text for event in bank.events()] == ["kept"]
    assert make_url(bank.name).drivername == "postgresql"
    bank.close()
