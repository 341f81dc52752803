"""What loading found about a file, remembered by the content of the file: an unchanged one is not compiled again."""

import json
import os
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

import isc.py.objectscript as language
from isc.py.iscpython_c.private_folder import private_folder
from isc.py.objectscript.references import References

_KEPT = 20_000


def content_name(data: bytes) -> str:
    """A name for these bytes."""
    return sha256(data).hexdigest()


@dataclass(slots=True)
class Remembered:
    """One thing of a file.

    `errors` begin with ``:line:column:`` or ``:``, for the file may be elsewhere the next time; `stored` names the text
    that was stored, `includes` the include files it was compiled with.
    """

    kind: str
    name: str
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    references: References = field(default_factory=References)
    lines: list[int] = field(default_factory=list)
    stored: str = ""
    includes: str = ""


class LoadCache:
    """A file of JSON; one that cannot be read, or that another compiler wrote, counts as empty."""

    def __init__(self, path: Path, *, checked: bool) -> None:
        self.path = path
        self._suffix = ":checked" if checked else ""
        self._changed = False
        self._entries = self._read()

    def _read(self) -> dict[str, list[dict[str, object]]]:
        try:
            held = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(held, dict) or held.get("compiler") != _compiler():
            return {}
        files = held.get("files")
        return files if isinstance(files, dict) else {}

    def find(self, content: str) -> list[Remembered] | None:
        """What is known of a file with that content."""
        held = self._entries.get(content + self._suffix)
        return None if held is None else [_remembered(item) for item in held]

    def keep(self, content: str, items: list[Remembered]) -> None:
        """Remember what was found."""
        self._entries.pop(content + self._suffix, None)
        self._entries[content + self._suffix] = [asdict(item) for item in items]
        self._changed = True

    def write(self) -> None:
        """Keep it for the next process; the newest entries when there are very many."""
        if not self._changed:
            return
        private_folder(self.path.parent)
        newest = dict(list(self._entries.items())[-_KEPT:])
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        fresh.write_text(json.dumps({"compiler": _compiler(), "files": newest}), encoding="utf-8")
        fresh.replace(self.path)
        self._changed = False


def _remembered(held: dict[str, object]) -> Remembered:
    values = dict(held)
    references = values.pop("references")
    made = References(**references) if isinstance(references, dict) else References()
    return Remembered(**values, references=made)  # type: ignore[arg-type]  # as `keep` wrote it


@cache
def _compiler() -> str:
    """A name for the compiler as it is installed: the files of every room, by size and time."""
    found = sha256()
    for path in sorted(Path(language.__path__[0]).parent.rglob("*.py")):
        state = path.stat()
        found.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    return found.hexdigest()
