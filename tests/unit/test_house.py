from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_ROOMS = {"main", "tests", "benchmarks", "samples"}
ROOMS = sorted({path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_imports_under_its_name_and_is_typed(room: str) -> None:
    assert import_module(f"isc.py.{room}").__doc__
    assert (ROOT / room / "py.typed").exists()
