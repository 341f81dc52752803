"""README.md and docs/ are run: their files written, their commands typed, their Python executed.

A page is run from top to bottom in a folder of its own:

- ```` ```console ```` holds lines ``$ command`` and below each what it prints, where a line ``...`` stands for any
  lines, ``…`` within a line for any text, and times like ``+0.002 s`` may differ;
- ```` ```python ```` and ```` ```sh ```` are run, and must succeed;
- a block after ``<!-- file: NAME -->`` is written to that file;
- a block after ``<!-- not run: why -->`` is left alone.

``make`` is not run here (CI runs ``make demo`` and ``make test`` themselves), and neither is what installs.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (?P<note>[^>]*?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.S)
LEFT_TO_CI = ("make ", "git clone", "source ")
TIME = r"\+\d+\.\d{3} s"


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "NO_COLOR": "1", "PYTHONWARNINGS": "ignore", "SAMPLES": str(ROOT / "samples")}


def run(command: list[str], folder: Path, place: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0 or place.endswith("fails"), f"{place}: status {done.returncode}\n{done.stdout}"
    return done.stdout


def pattern(expected: str) -> re.Pattern[str]:
    parts = []
    for line in expected.rstrip().split("\n"):
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            squeezed = re.escape(" ".join(line.split())).replace("…", ".*?")
            timed = re.sub(r"\\\+\d+\\\.\d{3}\\ s", lambda _: TIME, squeezed)
            parts.append(timed + r"\n")
    return re.compile("".join(parts))


def squeezed(text: str) -> str:
    """Runs of blanks as one: widths of tables depend on paths and times."""
    return "".join(" ".join(line.split()) + "\n" for line in text.rstrip().split("\n"))


def run_console(text: str, folder: Path, place: str) -> None:
    for entry in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, expected = entry.partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command = f"{command[:-1]}{more}"
        if command.startswith(LEFT_TO_CI):
            continue
        fails = "error:" in expected
        shown = run(["bash", "-c", command], folder, f"{place}: {command}" + (" fails" if fails else ""))
        if expected.strip():
            assert pattern(expected).fullmatch(squeezed(shown)), f"{place}: {command} printed\n{shown}"


def stop_what_runs(folder: Path) -> None:
    """A page that failed may have left a production in the background."""
    if (folder / ".iscpy" / "control.sock").exists():
        subprocess.run(["iscpy", "stop"], cwd=folder, env=environment(), check=False, timeout=100)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(lambda: stop_what_runs(tmp_path))
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        note, kind, block = found["note"] or "", found["kind"], found["text"]
        place = f"{page.name}, line {text.count(chr(10), 0, found.start('text')) + 1}"
        if note.startswith("not run:"):
            continue
        if note.startswith("file: "):
            target = tmp_path / note.removeprefix("file: ").strip()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block, encoding="utf-8")
        elif kind == "console":
            run_console(block, tmp_path, place)
        elif kind == "python":
            script = tmp_path / "block.py"
            script.write_text(block, encoding="utf-8")
            run([sys.executable, str(script)], tmp_path, place)
        elif kind == "sh":
            lines = [line for line in block.splitlines() if not line.startswith(LEFT_TO_CI)]
            run(["bash", "-ec", "\n".join(lines)], tmp_path, place)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_has_its_line_in_the_docs() -> None:
    from isc.py.console.cli import app

    described = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    names = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    names += [group.typer_instance.info.name or "" for group in app.registered_groups]
    assert [name for name in names if f"`{name}" not in described] == []
