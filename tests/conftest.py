"""Servers for the tests that need one: started on private ports, stopped at the end."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import PostgresServer, postgres_programs


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the tests that need one."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="iscpy-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(programs, Path(folder))
        yield server
        server.stop("immediate")
