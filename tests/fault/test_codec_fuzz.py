"""A short fuzz of the codec's C under ASan and UBSan; ``make fuzz`` runs ten million buffers."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_mutated_buffers_are_read_without_a_fault(tmp_path: Path) -> None:
    program = tmp_path / "fuzz"
    subprocess.run(["make", "-s", "-C", str(ROOT), "fuzz-build", f"FUZZ={program}"], check=True)
    done = subprocess.run([str(program), "100000"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "100000 buffers\n"
