"""Runs classes of tests: finds them below a folder or in the dictionary, runs their methods, tells what came out."""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isc.py.iscpython_c.exceptions import IscError

from .. import builder, dictionary, sources, status
from ..errors import ClassNotFoundError, ObjectScriptError
from ..origins import origin
from ..output import to
from ..source_files import is_source, read_items
from ..source_items import SourceItem
from ..source_text import read_source
from ..sources import Kind
from ..udl import parse_class
from ..values import collation_key
from .collections import ArrayOfDataTypes
from .confinement import base, path_of
from .unit_test import Manager, Recording, TestCase

_log = logging.getLogger("isc.py.unittest")
_TEST_METHOD = re.compile(r"^\s*Method\s+Test\w*\(", re.M)


@dataclass(frozen=True, slots=True)
class Result:
    """One test: its class, its method (or ``OnBeforeAllTests``, …, when that failed) and what it recorded."""

    class_name: str
    method: str
    recording: Recording

    @property
    def outcome(self) -> str:
        """``passed``, ``failed`` or ``skipped``."""
        return self.recording.outcome


class Folder:
    """The classes, include files and routines below a folder, or of one file, as a source of the dictionary.

    `paths` has the file of each class, `broken` why a file could not be read.
    """

    #: Its persistent classes are tables, though no namespace keeps them.
    is_read_along = True

    def __init__(self, path: Path) -> None:
        self.paths: dict[str, Path] = {}
        self.broken: dict[Path, str] = {}
        self._items: dict[tuple[str, str], SourceItem] = {}
        files = filter(is_source, sorted(path.rglob("*"))) if path.is_dir() else [path]
        for file in files:
            try:
                self._take(file)
            except (IscError, OSError) as error:
                self.broken[file] = str(error)

    def _take(self, file: Path) -> None:
        for item in read_items(read_source(file), file):
            name = item.name
            if item.kind == "class":
                name = parse_class(item.text, source=str(file)).name
                self.paths[name] = file
            self._items[item.kind, name] = item

    def find(self, name: str) -> str | None:
        """The text of a class, None when it is not here."""
        return self._text("class", name)

    def names(self) -> list[str]:
        """The classes here."""
        return list(self.paths)

    def find_text(self, kind: Kind, name: str) -> str | None:
        """The text of an include file or routine, None when it is not here."""
        return self._text(kind, name)

    def _text(self, kind: str, name: str) -> str | None:
        item = self._items.get((kind, name))
        return None if item is None else item.text

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The dictionary has these classes for the block; before others of their names."""
        dictionary.forget(self.names())
        dictionary.add_source(self)
        sources.add_text_source(self)
        try:
            yield
        finally:
            dictionary.remove_source(self)
            sources.remove_text_source(self)

    def where(self, place: str, line: int) -> str:
        """``file:line`` of a line of a method; the place alone when its class has no file here."""
        owner, _, method = place.rpartition(".")
        path = self.paths.get(owner)
        if path is None:
            return f"{place}+{line}" if place and line else place
        item = self._items["class", owner]
        definition = getattr(dictionary.resolve(owner), "_definition", None) if line else None
        found = next((item for item in definition.methods if item.name == method), None) if definition else None
        return f"{path}:{item.line(found.line + line - 1)}" if found is not None and line else str(path)


def classes_with_tests(names: Sequence[str]) -> list[str]:
    """Those of the classes that extend ``%UnitTest.TestCase`` and have tests.

    One that cannot be built counts when it has methods that look like tests: running it tells why.
    """
    found = []
    for name in names:
        try:
            wanted = _has_tests(dictionary.resolve(name))
        except (IscError, ImportError):
            text = next(filter(None, (source.find(name) for source in dictionary.sources())), "")
            wanted = _TEST_METHOD.search(text) is not None and "%UnitTest" in text
        if wanted:
            found.append(name)
    return found


def _has_tests(cls: type) -> bool:
    return issubclass(cls, TestCase) and bool(tests_of(cls))


def tests_of(cls: type) -> list[str]:
    """The methods whose names begin with ``Test``, in the order of subscripts."""
    found = {name for name in dir(cls) if name.startswith("Test") and callable(getattr(cls, name))}
    return sorted(found, key=collation_key)


def run_class(name: str, only: str = "", user: object = "", folder: str = "") -> Iterator[Result]:
    """Run the tests of a class, or one method of it."""
    manager = Manager()
    manager.CurrentDir = folder
    if isinstance(user, ArrayOfDataTypes):
        manager.UserFields = user
    try:
        cls: Any = dictionary.resolve(name)
    except (IscError, ImportError) as error:
        yield Result(name, "OnBeforeAllTests", Recording(error=f"the class cannot be built: {error}"))
        return
    methods = [method for method in tests_of(cls) if only in ("", method)]
    if only and not methods:
        raise ObjectScriptError("<METHOD DOES NOT EXIST>", f"{only} of {name}; its tests are {tests_of(cls)}")
    cases: list[Any] = []
    recording = _run(manager, lambda: cases.append(cls._New(manager)))
    if recording.outcome != "failed":
        recording = _run(manager, lambda: cases[0].OnBeforeAllTests())
    if recording.outcome == "failed":
        yield Result(name, "OnBeforeAllTests", recording)
        return
    for method in methods:
        yield Result(name, method, _one(manager, cases[0], method))
    recording = _run(manager, lambda: cases[0].OnAfterAllTests())
    if recording.outcome == "failed":
        yield Result(name, "OnAfterAllTests", recording)


def _one(manager: Manager, case: Any, method: str) -> Recording:
    recording = _run(manager, lambda: case.OnBeforeOneTest(method))
    if recording.outcome == "failed":
        return recording
    _run(manager, getattr(case, method), recording, by_status=False)
    return _run(manager, lambda: case.OnAfterOneTest(method), recording)


def _run(manager: Manager, code: Any, recording: Recording | None = None, by_status: bool = True) -> Recording:
    """Run code of a test; what it raises, and the error status of setup and teardown, is recorded."""
    manager.recording = recording = recording or Recording()
    began = time.perf_counter()
    try:
        with to(recording.output):
            returned = code()
        if by_status and isinstance(returned, str) and returned.startswith("0 "):
            recording.error = recording.error or status.text(returned)
    except Exception as error:  # noqa: BLE001  # whatever a test raises is its result
        found = origin(error.__traceback__)
        recording.error_place, recording.error_line = found or ("", 0)
        recording.error = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
    recording.seconds += time.perf_counter() - began
    return recording


def run_specification(spec: str, qualifiers: str, user: object) -> object:
    """``%UnitTest.Manager.RunTest``: OK, or the status that names what failed."""
    suite, _, rest = spec.partition(":")
    name, _, method = rest.partition(":")
    given = {part.lower() for part in qualifiers.replace(" ", "").split("/") if part}
    try:
        if "noload" in given:
            return _told(list(run_class(name, method, user)))
        platform = builder.current_platform()
        root = platform.global_get("UnitTestRoot", ()) if platform is not None else None
        path = path_of(str((Path(str(root)) if root else base()) / suite))
        if not path.exists():
            return status.error(5019, str(path))
        folder = Folder(path)
        if folder.broken:
            file, reason = next(iter(folder.broken.items()))
            return status.error(5001, f"{file}: {reason}")
        with folder.in_use():
            names = [name] if name else classes_with_tests(folder.names())
            return _told([result for item in names for result in run_class(item, method, user, str(path))])
    except (ClassNotFoundError, ObjectScriptError) as error:
        return status.from_exception(error)


def _told(results: list[Result]) -> object:
    failed = [result for result in results if result.outcome == "failed"]
    for result in results:
        _log.info("%s.%s: %s", result.class_name, result.method, result.outcome)
    if not failed:
        return status.OK
    names = ", ".join(f"{result.class_name}.{result.method}" for result in failed)
    return status.error(5001, f"{len(failed)} of {len(results)} tests failed: {names}")
