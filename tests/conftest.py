"""Servers for the tests that need one: started on private ports, stopped at the end. The profile of properties."""

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from servers import PostgresServer, postgres_programs

# The suite's examples are the same in every run, whatever the machine's speed: what one run found, the next one finds,
# and no new example refuses a change that has no part in it. ISCPY_RANDOM=1 draws others (`make random`).
_LEAVES = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=_LEAVES)
settings.register_profile("random", deadline=None, suppress_health_check=_LEAVES, print_blob=True)
settings.load_profile("random" if os.environ.get("ISCPY_RANDOM") else "suite")


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


@pytest.fixture
def collected() -> Iterator[None]:
    """What a test leaves to the collector is collected while the test's own filters of warnings hold."""
    yield
    gc.collect()
