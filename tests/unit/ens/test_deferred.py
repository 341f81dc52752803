"""A deferred response that cannot be given can be given again."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from isc.py.ens.bank.bank import Bank, open_bank
from isc.py.ens.deferred import Deferred
from isc.py.ens.exceptions import BankError
from isc.py.ens.messages import Envelope, Outcome
from isc.py.msg import MessageError, StringResponse


def test_a_request_waits_until_its_response_is_in_the_bank(tmp_path: Path) -> None:
    bank, told = open_bank(tmp_path / "bank.sqlite"), list[Outcome]()
    request = Bank.header(1, "Request", 1, "A", "B", ("Ens.StringRequest", "{}"), "Deferred")
    bank.write([Bank.session(1, "t.P"), *request]).result()
    deferred = Deferred(bank)
    deferred.keep("1", Envelope(1, 1, "A", "B", "Ens.StringRequest", "{}", told.append))
    wrong = StringResponse(StringValue="x")
    vars(wrong)["StringValue"] = object()
    with pytest.raises(MessageError):
        deferred.respond("1", wrong)
    writer: Any = bank._writer
    writer._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "bank.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BankError, match="locked"):
        deferred.respond("1", StringResponse(StringValue="at last"))
    other.execute("ROLLBACK")
    other.close()
    bank.write([], patient=True).result()
    deferred.respond("1", StringResponse(StringValue="at last"))
    assert [outcome.response for outcome in told] == [StringResponse(StringValue="at last")]
    row = bank.message(1)
    assert row is not None
    assert row.status == "Completed"
    bank.close()
