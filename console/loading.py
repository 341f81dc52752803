"""``iscpy load``: class files into the folder's namespace, a line a file."""

from dataclasses import asdict, dataclass
from pathlib import Path

from isc.py.bpl.checks import check
from isc.py.data.class_store import LoadReport
from isc.py.data.namespace import EmbeddedNamespace

from . import screen
from .failures import CommandError
from .project import enter


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one file."""

    file: str
    class_name: str
    notes: list[str]
    error: str


def load(paths: list[Path], folder: Path, *, as_json: bool) -> None:
    """Load files and folders of them, then say of each what became of it.

    Raises:
        CommandError: a file could not be loaded.
        DataError: a path does not exist, or holds no class file.
    """
    namespace = enter(folder)
    reports = [report for path in paths for report in namespace.load_path(path, check)]
    loaded = [_checked(namespace, report) for report in reports]
    if as_json:
        screen.show_json([asdict(item) for item in loaded])
    else:
        for item in loaded:
            _show(item)
    wrong = [item for item in loaded if item.error]
    if wrong:
        count = f"{len(wrong)} of {len(loaded)} files were not loaded; the first is " if len(loaded) > 1 else ""
        raise CommandError(f"{count}{wrong[0].file}: {wrong[0].error}")


def _checked(namespace: EmbeddedNamespace, report: LoadReport) -> Loaded:
    notes, error = list(report.notes), report.error
    if not error:
        missing = namespace.classes.missing_bases(report)
        notes += [f"it extends {name}, which is not loaded (yet)" for name in missing]
    return Loaded(str(report.path), report.class_name, notes, error)


def _show(item: Loaded) -> None:
    if item.error:
        screen.say(f"✗ {item.file}: {item.error}")
        return
    screen.say(f"✓ {item.class_name}  ({item.file})")
    for note in item.notes:
        screen.say(f"    note: {note}")
