"""The sample processes pass their own tests, which leave no branch out; `docs/samples.md` emulates them."""

import subprocess
import sys
from pathlib import Path

from isc.py.bpl.drawing import draw
from isc.py.bpl.outline import read_outline
from isc.py.objectscript.udl import parse_class

SAMPLES = Path(__file__).parents[2] / "samples" / "bpl"


def test_the_samples_pass_their_tests_with_every_branch_covered() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--bpl-cov-fail-under", "100", str(SAMPLES)],
        cwd=SAMPLES,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_there_are_twenty_of_growing_size() -> None:
    sizes: dict[int, int] = {}
    for path in SAMPLES.glob("cls/*.cls"):
        definition = parse_class(path.read_text())
        for xdata in definition.xdatas:
            if xdata.name == "BPL":
                outline = read_outline(xdata.text, definition.name, xdata.line)
                sizes[int(path.read_text()[4:].partition(":")[0])] = len(list(outline.walk()))
                assert draw(outline).boxes
    assert sorted(sizes) == list(range(1, 21))
    assert sum(sizes[number] for number in range(1, 6)) < sum(sizes[number] for number in range(16, 21)) / 4
