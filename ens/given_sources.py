"""Inside a worker process: the sources of a process are those that it was given, whatever stands in the namespace now.

A worker that replaces another one, and one for instances that an earlier Director began, run the version they are for.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import decode_source, spec_from_file_location
from pathlib import Path
from types import ModuleType

from isc.py.objectscript import dictionary
from isc.py.objectscript.sources import Kind, add_text_source

from .program_text import ProgramText

__all__ = ["ProgramText", "use_sources"]


def use_sources(program: ProgramText) -> None:
    """Have these texts before any others, in this whole process."""
    sources = _Given(program)
    dictionary.add_source(sources)
    add_text_source(sources)
    sys.meta_path.insert(0, _GivenModules(program.modules, program.digest))


class _Given:
    """Classes and include files."""

    def __init__(self, program: ProgramText) -> None:
        self._program = program

    def find(self, name: str) -> str | None:
        """The text of a class."""
        return self._program.classes.get(name)

    def names(self) -> list[str]:
        """The classes there are."""
        return list(self._program.classes)

    def find_text(self, kind: Kind, name: str) -> str | None:
        """The text of an include file."""
        return self._program.includes.get(name) if kind == "include" else None


class _GivenModules(MetaPathFinder, Loader):
    """Python modules whose file says something else by now, or is gone; others are Python's to find."""

    def __init__(self, modules: Mapping[str, tuple[str, str]], digest: str) -> None:
        self._modules = modules
        self._digest = digest

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as it was."""
        if fullname not in self._modules:
            return None
        file, text = self._modules[fullname]
        place = Path(file)
        if _says(place, text):
            return None
        inside = [str(place.parent)] if place.name == "__init__.py" else None
        return spec_from_file_location(fullname, file, loader=self, submodule_search_locations=inside)

    def exec_module(self, module: ModuleType) -> None:
        """Run the text that was given."""
        file, text = self._modules[module.__name__]
        exec(compile(text, f"{file} (version {self._digest})", "exec"), vars(module))  # it is the import

    def get_source(self, name: str) -> str:
        """The text, for tracebacks."""
        return self._modules[name][1]


def _says(place: Path, text: str) -> bool:
    try:
        return decode_source(place.read_bytes()) == text
    except (OSError, SyntaxError, ValueError):  # it is gone, or no Python any more
        return False
