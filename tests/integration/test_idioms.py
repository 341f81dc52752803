"""Class files as integration people write them, with unit tests of their own: all pass under ``iscpy unittest``."""

import subprocess
import sys
from pathlib import Path

IDIOMS = Path(__file__).parents[1] / "idioms"


def test_the_unit_tests_of_the_class_files_pass(tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("iscpy"), "unittest", str(IDIOMS)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 14
