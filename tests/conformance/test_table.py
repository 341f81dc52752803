"""The conformance table: lines of ObjectScript and what they give, written from the public language documentation.

A line has three parts: ``M`` when it is standard M and GT.M must agree, an expression (or commands, behind a blank,
with ``\\n`` between lines), and its value (or what it writes).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace, use
from isc.py.objectscript import Frame, compile_block, compile_expression, dictionary
from isc.py.objectscript.values import text

HERE = Path(__file__).parent
_FOUND = sorted(Path("/usr/lib").glob("*/fis-gtm/*/mumps"))
MUMPS = str(_FOUND[0]) if _FOUND else shutil.which("mumps")

#: Lines that GT.M answers otherwise, each with its cause.
DIFFERENT = {
    "2/3": "GT.M cuts a quotient off at 18 digits, ObjectScript rounds",
}


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    place: str
    is_standard: bool
    code: str
    expected: str


def table() -> Iterator[Line]:
    """Every line of every file."""
    for path in sorted(HERE.glob("*.txt")):
        if path.name.startswith("sql_"):
            continue  # the table of SQL: test_sql_table.py
        for number, line in enumerate(path.read_text().split("\n"), start=1):
            if line and not line.startswith("#"):
                code, _, expected = line[2:].rpartition("|")
                unescaped = [part.replace("\\n", "\n").replace("\\f", "\f") for part in (code, expected)]
                yield Line(f"{path.stem}:{number}", line[0] == "M", *unescaped)


LINES = list(table())


def run(line: Line) -> str:
    """What it gives here."""
    frame = Frame()
    if not line.code.startswith(" "):
        return text(compile_expression(line.code).evaluate(frame))
    compile_block(line.code).execute(frame)
    return "".join(map(text, frame.output))


@pytest.fixture(scope="module", autouse=True)
def _namespace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    dictionary.reset()
    with use(open_namespace(tmp_path_factory.mktemp("conformance"))) as namespace:
        yield
    namespace.close()
    dictionary.reset()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.place)
def test_a_line_gives_what_the_documentation_says(line: Line) -> None:
    assert run(line) == line.expected, line.code


def test_the_table_is_as_large_as_promised_and_names_no_line_twice() -> None:
    assert len(LINES) >= 600
    seen = [(line.is_standard, line.code) for line in LINES]
    assert [item for item in seen if seen.count(item) > 1] == []


@pytest.mark.skipif(MUMPS is None, reason="GT.M (Debian fis-gtm) is not installed: no oracle")
def test_gtm_agrees_with_every_line_of_standard_m(tmp_path: Path) -> None:
    assert MUMPS is not None
    standard = [line for line in LINES if line.is_standard and line.code not in DIFFERENT]
    routine = ["t ;", ' set $etrap="write ""!"",$zstatus set $ecode="""" quit"']
    for number in range(len(standard)):
        routine += [f" do c{number}", f" write $char(1),{number},$char(2)", " kill"]
    routine.append(" halt")
    for number, line in enumerate(standard):
        code = line.code if line.code.startswith(" ") else f" write {line.code}"
        routine += [f"c{number} ;", code, " quit"]
    (tmp_path / "t.m").write_text("\n".join(routine) + "\n")
    home = str(Path(MUMPS).parent)
    environment = {**os.environ, "gtm_dist": home, "gtmroutines": f"{tmp_path} {home}", "gtm_chset": "M"}
    ran = subprocess.run(
        [MUMPS, "-run", "t"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    answers = {int(number): shown for shown, number in re.findall(r"([^\x01\x02]*)\x01(\d+)\x02", ran.stdout)}
    wrong = [
        f"{line.place} {line.code}: GT.M {answers.get(number)!r}, the table {line.expected!r}"
        for number, line in enumerate(standard)
        if answers.get(number, "").replace("\x0c", "") != line.expected
    ]
    assert wrong == []
    assert len(standard) > 250
