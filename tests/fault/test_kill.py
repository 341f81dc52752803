"""Writers and readers killed at random; ``make kill`` (ISCPY_KILL_ROUNDS=200) is the long form."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("ISCPY_KILL_ROUNDS", "10"))


@pytest.mark.timeout(60 + 30 * ROUNDS)
def test_no_row_is_torn_or_lost_and_indices_are_those_of_a_rebuild(tmp_path: Path) -> None:
    program = Path(__file__).with_name("kill_rounds.py")
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(ROUNDS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["rounds"] == ROUNDS
    assert found["kills"] >= ROUNDS
    assert found["commits"] >= 5 * ROUNDS
    sys.stdout.write(done.stdout)
