"""The class files of a namespace: what ``iscpy load`` stored, given to the class dictionary when asked for."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.udl import load_file, read_source


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of one file: the class it holds, what it does not use, or why it was not loaded."""

    path: Path
    class_name: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""


class ClassStore:
    """A folder of ``NAME.cls`` files; a `dictionary.Source`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str) -> str | None:
        """The text of a class, None when it is not stored here."""
        path = self.folder / f"{name}.cls"
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, OSError):
            return None

    def names(self) -> list[str]:
        """The classes stored here."""
        return sorted(path.stem for path in self.folder.glob("*.cls")) if self.folder.is_dir() else []

    def load(self, path: Path, check: Callable[[ClassDefinition], None] | None = None) -> LoadReport:
        """Check a class file, by `check` too, and store it; a file that is refused changes nothing."""
        try:
            definition = load_file(path)
            if check is not None:
                check(definition)
        except (IscError, OSError) as error:
            return LoadReport(path, error=str(error))
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{definition.name}.cls"
        fresh = target.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(read_source(path), encoding="utf-8")
        fresh.replace(target)
        dictionary.forget([definition.name])
        notes = [*definition.notes]
        return LoadReport(path, definition.name, tuple(notes))

    def missing_bases(self, report: LoadReport) -> list[str]:
        """Superclasses of a loaded class that nobody has."""
        definition = load_file(report.path)
        return [name for name in definition.superclasses if not self._known(name, definition.name)]

    @staticmethod
    def _known(name: str, owner: str) -> bool:
        candidates = [name, f"{owner.rpartition('.')[0]}.{name}"]
        return any(candidate in dictionary.known() or _resolves(candidate) for candidate in candidates)


def _resolves(name: str) -> bool:
    try:
        return dictionary.exists(name)
    except IscError:
        return True  # it is there; what is wrong with it shows when it is used
