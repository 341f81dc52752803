"""``iscpy lint PATH``: what is wrong with processes, found before they run. Nothing is loaded, nothing executed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from isc.py.bpl.findings import ERROR, Finding
from isc.py.bpl.lint import ProductionItems, lint_class
from isc.py.ens.production import definition_of
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ClassNotFoundError, CompileError, dictionary
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.udl import load_file, read_source

from . import screen
from .failures import CommandError
from .project import enter


class Files:
    """Class files as a source of the dictionary: what is checked is what stands in them, loaded or not."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths

    def find(self, name: str) -> str | None:
        """The text of a class."""
        path = self._paths.get(name)
        return read_source(path) if path is not None else None

    def names(self) -> list[str]:
        """The classes there are."""
        return sorted(self._paths)


def lint(paths: Sequence[Path], production: str, folder: Path, *, as_json: bool) -> None:
    """Show the findings of class files and folders of them.

    Raises:
        CommandError: there are errors among them, or nothing to check.
    """
    enter(folder)
    definitions, found = _read(paths)
    source = Files({definition.name: path for path, definition in definitions})
    dictionary.forget(source.names())
    dictionary.add_source(source)
    try:
        productions = _productions([definition for _, definition in definitions], production)
        for path, definition in definitions:
            found += _class_findings(path, definition, productions)
    finally:
        dictionary.remove_source(source)
    found.sort()
    if as_json:
        screen.show_json([asdict(item) | {"severity": item.severity} for item in found])
    else:
        for item in found:
            screen.say(str(item))
    errors = sum(item.severity == ERROR for item in found)
    warnings = len(found) - errors
    counts = f"{_counted(errors, 'error')} and {_counted(warnings, 'warning')} in {_counted(len(definitions), 'class')}"
    if errors:
        raise CommandError(counts)
    if not as_json:
        screen.say(counts)


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" + ("" if count == 1 else "es" if name.endswith("s") else "s")


def _read(paths: Sequence[Path]) -> tuple[list[tuple[Path, ClassDefinition]], list[Finding]]:
    definitions, found = [], []
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise CommandError(f"{path} does not exist: name a class file or a folder of them")
        files += _classes_in(path) if path.is_dir() else [path]
    if not files:
        raise CommandError(f"{', '.join(map(str, paths))} has no class file (*.cls)")
    for file in files:
        try:
            definitions.append((file, load_file(file)))
        except CompileError as error:
            found.append(Finding(str(file), error.line, "syntax", str(error)))
        except (IscError, OSError) as error:
            found.append(Finding(str(file), 1, "syntax", str(error)))
    return definitions, found


def _productions(definitions: Sequence[ClassDefinition], wanted: str) -> list[ProductionItems]:
    names = {
        definition.name
        for definition in definitions
        if any(xdata.name == "ProductionDefinition" for xdata in definition.xdatas)
    }
    found = []
    for name in sorted(names | ({wanted} if wanted else set())):
        try:
            items = definition_of(name).items
        except IscError as error:
            if name == wanted:
                raise CommandError(f"--production {name}: {error}") from error
            continue  # what is wrong with it is a finding of its own file
        found.append(ProductionItems(name, {item.name: item.class_name for item in items}))
    return found


def _class_findings(path: Path, definition: ClassDefinition, productions: Sequence[ProductionItems]) -> list[Finding]:
    try:
        cls = dictionary.resolve(definition.name)
    except ClassNotFoundError as error:
        return [Finding(str(path), 1, "missing-class", str(error))]
    except IscError as error:
        return [Finding(str(path), getattr(error, "line", 1), "syntax", str(error))]
    return lint_class(cls, definition, str(path), productions)


def _classes_in(folder: Path) -> list[Path]:
    """The class files below a folder; what is hidden, as the namespaces in ``.iscpy``, is none of its own."""
    found = sorted(folder.rglob("*.cls"))
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
