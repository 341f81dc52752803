"""The sources of a namespace: classes, routines and include files that ``iscpy load`` stored, given when asked for."""

import os
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from isc.py.iscpython_c.private_folder import private_folder
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.sources import Kind

from .exceptions import DataError

if TYPE_CHECKING:
    from .source_loading import LoadReport

#: The folder beside the classes' and the suffix of each kind of source.
_PLACES = {"class": ("", ".cls"), "routine": ("routines", ".mac"), "include": ("includes", ".inc")}
_FOREIGN_KEY = re.compile(r"^\s*ForeignKey\s", re.M | re.I)
_NAME = re.compile(r"%?\w+(?:\.\w+)*")


class ClassStore:
    """A folder of ``NAME.cls`` files, and its neighbours with routines and include files.

    It is a source of the class dictionary and of texts.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changes = 0
        self._keyed: tuple[object, list[str]] = (None, [])

    # --- what the language asks for ---

    def find(self, name: str) -> str | None:
        """The text of a class, None when it is not stored here."""
        return self.text("class", name)

    def names(self) -> list[str]:
        """The classes stored here."""
        return sorted(path.stem for path in self.folder.glob("*.cls")) if self.folder.is_dir() else []

    def with_foreign_keys(self) -> list[str]:
        """The classes stored here that have a foreign key; looked for again when a file was stored or removed."""
        try:
            stamp = (self._changes, self.folder.stat().st_mtime_ns)
        except OSError:
            return []
        if self._keyed[0] != stamp:
            found = [name for name in self.names() if _FOREIGN_KEY.search(self.find(name) or "")]
            self._keyed = (stamp, found)
        return self._keyed[1]

    def find_text(self, kind: Kind, name: str) -> str | None:
        """The text of a routine or include file, None when it is not stored here."""
        return self.text(kind, name)

    # --- what is stored ---

    def text(self, kind: str, name: str) -> str | None:
        """The text of a source, None when it is not stored here."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            return self._path(kind, name).read_text(encoding="utf-8")
        except OSError:
            return None

    def put(self, kind: str, name: str, text: str) -> None:
        """Store a source; a class that was built from another text is forgotten.

        Raises:
            DataError: the name is none that code could use.
        """
        if _NAME.fullmatch(name) is None:
            raise DataError(f"{name!r} is no name of a {kind}: letters, digits and dots")
        if self.text(kind, name) == text:
            return
        target = self._path(kind, name)
        private_folder(target.parent)
        fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(target)
        self._changes += 1
        dictionary.forget([name] if kind == "class" else self.names() if kind == "include" else [])

    def forget(self) -> None:
        """Forget the classes that were built from what is, or was, stored here."""
        dictionary.forget(dictionary.from_files())

    def remove(self, kind: str, name: str) -> None:
        """Forget a source; nothing happens when it is not stored here."""
        if _NAME.fullmatch(name) is not None:
            self._path(kind, name).unlink(missing_ok=True)
            self._changes += 1
            dictionary.forget([name] if kind == "class" else self.names() if kind == "include" else [])

    def include_names(self) -> list[str]:
        """The include files stored here."""
        return sorted(path.stem for path in self._folder("include").glob("*.inc"))

    def include_digest(self) -> str:
        """A name for what all include files say: another one when any of them has changed."""
        found = sha256()
        for path in sorted(self._folder("include").glob("*.inc")):
            found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return found.hexdigest()

    def _folder(self, kind: str) -> Path:
        beside = _PLACES[kind][0]
        return self.folder.parent / beside if beside else self.folder

    def _path(self, kind: str, name: str) -> Path:
        return self._folder(kind) / f"{name}{_PLACES[kind][1]}"

    # --- loading ---

    def load(self, path: Path, check: Callable[[ClassDefinition], Sequence[str]] | None = None) -> "LoadReport":
        """Load one file; the first report of what it holds."""
        return self.load_all([path], check)[0]

    def load_all(
        self, paths: list[Path], check: Callable[[ClassDefinition], Sequence[str]] | None = None
    ) -> "list[LoadReport]":
        """Load files; a report for each thing they hold, in their order. `check` raises for a class to be refused."""
        from .source_loading import Loader

        return Loader(self, self.folder.parent / "loaded.json", check).load(paths)
