"""``make demo``: the sample production from nothing to a picture, in a folder of its own.

It does what these commands do, and shows it:

    iscpy load samples/cls
    iscpy send isc.py.test.Process --setup isc.py.test.CannibalizationData:Import
    iscpy trace
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isc.py.console import screen
from isc.py.console.banked import trace_lines
from isc.py.data import open_namespace, set_current
from isc.py.ens import Director
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Request
from isc.py.objectscript import dictionary
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

SAMPLES = Path(__file__).resolve().parent
PRODUCTION, PROCESS, DATA = "isc.py.test.Production", "isc.py.test.Process", "isc.py.test.CannibalizationData"
TIMEOUT = 120


def main(folder: Path) -> None:
    """Run the sample in `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.chdir(folder)

    namespace = open_namespace(folder)
    set_current(namespace)
    with step("load the classes") as done:
        reports = namespace.load_path(SAMPLES / "cls")
        for report in reports:
            if report.error:
                raise IscError(f"{report.path}: {report.error}")
        done(f"{len(reports)} classes loaded from {shown(SAMPLES / 'cls')}")
    with step("import the data") as done:
        rows = dictionary.resolve(DATA).Import()  # type: ignore[attr-defined]  # a class of the namespace
        done(f"{rows} weeks of sales are rows of {DATA}")

    director = Director(PRODUCTION, folder)
    with step("start the production") as done:
        director.start()
        done(f"{PRODUCTION} runs: {', '.join(item['name'] for item in director.status()['items'])}")
    try:
        with step("send an empty Ens.Request; Python runs in the operation's worker") as done:
            response: Any = director.send_sync(PROCESS, Request(), timeout=TIMEOUT)
            done(f"{PROCESS} has answered")
        session = director.bank.trace()
    finally:
        with step("stop the production") as done:
            director.stop()
            done("the production has stopped")

    show(response, folder)
    if session is not None:
        screen.say("\nEvery message is in the bank (iscpy trace draws it):\n")
        for line in trace_lines(session):
            screen.say(line)
    screen.say(f"\nLook around: cd {shown(folder)}, then iscpy messages, iscpy context show {response.ContextId}")


def show(response: Any, folder: Path) -> None:
    """What the process answered.

    Raises:
        IscError: the answer is not what the sample must give.
    """
    picture = (folder / response.Picture).resolve()
    if not picture.is_file() or str(response.Cube) != "27":
        raise IscError(f"the sample went wrong: picture {picture}, cube(3) {response.Cube}")
    matrix: dict[str, dict[str, float]] = json.loads(response.Matrix)
    screen.say("")
    screen.show_rows(
        ["Correlation", *matrix],
        [[name, *(Rounded(value) for value in row.values())] for name, row in matrix.items()],
    )
    screen.say("")
    screen.say(f"Heat map      {shown(picture)}")
    screen.say(f"Strongest     {response.Strongest}")
    screen.say(f"cube(3)       {response.Cube}")
    screen.say(f"Context id    {response.ContextId} (a RestoreRequest brings it back into any worker of this folder)")


class Rounded(float):
    """A number that shows two decimals."""

    def __str__(self) -> str:
        return f"{self:.2f}"


def shown(path: Path) -> str:
    """A path as one would type it from the project's folder."""
    root = SAMPLES.parent
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


@contextmanager
def step(text: str) -> Iterator[Any]:
    """A line that turns while the step runs, and says what was done after it."""
    said: list[str] = []
    console = screen.console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(text)
        yield said.append
    screen.say(f"✓ {said[0] if said else text}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else SAMPLES / ".demo").resolve())
    except IscError as error:
        sys.exit(f"error: {error}")
