from pathlib import Path

import pytest
from isc.py import Main
from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.exceptions import EmulatorError
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace


def test_a_query_goes_to_the_namespace_of_its_mode(namespace: EmbeddedNamespace) -> None:
    Path(namespace.folder, "iscpy.toml").write_text('[namespaces.ODBC]\nurl = "duckdb:///:memory:"\n')
    BPEmulator.ExecuteQuery("SELECT 6 * 7 AS answer", "Rows", "ODBC")
    assert Main.SimpleString("found = int(Rows.answer[0])", "found") == "42"
    assert "1 rows x 1 columns" in BPEmulator.DescribeDataframe("Rows")
    with pytest.raises(DataError, match=r"namespace 'JDBC' does not exist .* there are ODBC"):
        BPEmulator.ExecuteQuery("SELECT 1", "Rows", "JDBC")
    with pytest.raises(EmulatorError, match="mode 'RAV' is unknown: use RAW, ODBC or JDBC"):
        BPEmulator.ExecuteQuery("SELECT 1", "Rows", "RAV")
