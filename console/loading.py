"""``iscpy load``: class files into the folder's namespace, a line a file."""

from dataclasses import asdict, dataclass
from pathlib import Path

from isc.py.bpl.checks import check
from isc.py.data.source_loading import LoadReport

from . import screen
from .failures import CommandError
from .project import enter


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one thing of a file; `class_name` is its name, whatever its kind."""

    file: str
    kind: str
    class_name: str
    notes: list[str]
    error: str
    errors: list[str]


def load(paths: list[Path], folder: Path, *, as_json: bool) -> None:
    """Load files and folders of them, then say of each what became of it.

    Raises:
        CommandError: a file could not be loaded, or holds code that cannot be compiled.
        DataError: a path does not exist, or holds nothing to load.
    """
    loaded = [_loaded(report) for report in enter(folder).load_paths(paths, check)]
    if as_json:
        screen.show_json([asdict(item) for item in loaded])
    else:
        for item in loaded:
            _show(item)
    wrong = [item for item in loaded if item.error]
    if wrong:
        files, broken = {item.file for item in loaded}, {item.file for item in wrong}
        count = f"{len(broken)} of {len(files)} files have errors; the first is " if len(files) > 1 else ""
        raise CommandError(f"{count}{wrong[0].error}")


def _loaded(report: LoadReport) -> Loaded:
    return Loaded(
        str(report.path), report.kind, report.class_name, list(report.notes), report.error, list(report.errors)
    )


def _show(item: Loaded) -> None:
    for error in item.errors:
        screen.say(f"✗ {error}")
    if not item.errors:
        kind = "" if item.kind in ("class", "other") else f"{item.kind} "
        screen.say(f"✓ {kind}{item.class_name}  ({item.file})")
    for note in item.notes:
        screen.say(f"    note: {note}")
