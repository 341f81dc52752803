"""The table of ``iscpy status`` in windows of all widths."""

from pathlib import Path

import pytest
from isc.py.console import screen
from isc.py.console.looking import status_table
from rich.console import Console

FAILING = {
    "name": "HTTP.AdmissionDischargeTransfer[/red]",
    "class": "EnsLib.HTTP.GenericOperation",
    "workers": [12345, 12346],
    "waiting": 1234,
    "open": 1235,
    "completed": 1234567,
    "failed": 12,
    "per_second": 120.5,
    "mean_seconds": 0.0123,
    "last_error": "ConnectionRefusedError: " + "x" * 300,
    "last_error_at": 5.0,
}
FINE = FAILING | {"name": "Lab", "last_error": "", "last_error_at": None, "last_ended_at": 6.0, "waiting": 0}


@pytest.mark.parametrize(
    ("width", "left_out"),
    [(80, {"Class", "Workers", "Last error"}), (120, {"Class", "Last error"}), (150, {"Last error"}), (500, set())],
)
def test_a_status_can_be_read_in_a_window_of_any_width(
    width: int, left_out: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = Console(width=width, color_system=None, highlight=False)
    monkeypatch.setattr(screen, "console", lambda: shown)
    with shown.capture() as captured:
        shown.print(status_table({"production": "t.P", "pid": 1, "items": [FAILING, FINE]}, tmp_path))
    text = captured.get()
    assert {name for name in ("Class", "Workers", "Last error") if name not in text} == left_out
    assert "ConnectionRefusedError" in text
    for number in ("1234 ", "1235 ", "1234567 ", "120.5 ", "12.3 ms"):
        assert number in text  # whole, on one line
    if "Last error" in left_out:
        assert "fails, 1235 open: ConnectionRefusedError" in text.replace("\n", " ")
    assert max(map(len, text.splitlines())) <= width
