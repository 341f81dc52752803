"""A bar of Rich that follows a transfer: what `progress` of the transfers may be."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from .chunks import Progress as Step
from .chunks import Report

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(title: str = "rows", console: Console | None = None) -> Iterator[Report]:
    """A bar on the terminal (standard error, or `console`) for the block: pass what it gives as `progress`."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console or Console(stderr=True)) as shown:
        task = shown.add_task(title, total=1.0, rows=0)

        def report(step: Step) -> None:
            shown.update(task, completed=step.fraction, rows=step.rows)

        yield report
