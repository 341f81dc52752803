"""Whether a production runs in a folder, asked without loading what a production is made of."""

from pathlib import Path

from isc.py.ens.control import ControlClient
from isc.py.ens.exceptions import ProductionError


def running(folder: Path) -> ControlClient | None:
    """A connection to the production that runs in a folder, None when none does."""
    try:
        return ControlClient(folder)
    except ProductionError:
        return None
