"""What several samples are tried with."""

from typing import Any

import pytest


@pytest.fixture
def order(bp_emulator: Any) -> Any:
    """An order: ``order(Kind="book")``."""

    def make(**properties: object) -> Any:
        return bp_emulator.message("Sample.Order", **{"Id": "7", **properties})

    return make


@pytest.fixture
def outcome(bp_emulator: Any) -> Any:
    """What becomes of an order: ``outcome(Status="sold")``."""
    return lambda **properties: bp_emulator.message("Sample.Outcome", **properties)
