"""What the fixtures of the pytest plugin give: an emulator, and productions, over a fresh namespace."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from isc.py.bpl.coverage import Coverage
from isc.py.bpl.emulator import BPEmulator, Emulation, ProcessRun, Target, VirtualClock
from isc.py.bpl.recording import Replay, replay
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.ens import Director
from isc.py.iscpython_c.context import free
from isc.py.msg import Message, wire
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import find_xdata

from .failures import CommandError

_TIMEOUT = 300.0


def load_classes(namespace: EmbeddedNamespace, paths: Sequence[Path]) -> list[str]:
    """Load class files and folders of them; the names of the classes.

    Raises:
        CommandError: files could not be loaded; names each with its reason.
    """
    reports = [report for path in paths for report in namespace.load_path(path)]
    wrong = [f"{report.path}: {report.error}" for report in reports if report.error]
    if wrong:
        raise CommandError(f"{len(wrong)} of {len(reports)} class files were not loaded:\n" + "\n".join(wrong))
    return [report.class_name for report in reports]


def prepared(folder: Path, paths: Sequence[Path], coverage: Coverage | None) -> None:
    """Load the project's classes into a folder's namespace; with `coverage`, every process of them is measured."""
    namespace = open_namespace(folder)
    try:
        with use(namespace):
            for name in load_classes(namespace, paths):
                if coverage is not None and find_xdata(dictionary.resolve(name), "BPL") is not None:
                    coverage.add_class(dictionary.resolve(name))
    finally:
        _leave(namespace)


def _leave(namespace: EmbeddedNamespace) -> None:
    dictionary.remove_source(namespace.classes)
    namespace.close()


@contextmanager
def fresh(sources: Path, folder: Path) -> Iterator[EmbeddedNamespace]:
    """A namespace in `folder` with the classes loaded in `sources`, current within the context."""
    namespace = open_namespace(folder)
    loaded = open_namespace(sources)
    dictionary.remove_source(loaded.classes)
    if loaded.classes.folder.is_dir():
        shutil.copytree(loaded.classes.folder, namespace.classes.folder, dirs_exist_ok=True)
    dictionary.add_source(namespace.classes)
    free()
    try:
        with use(namespace):
            yield namespace
    finally:
        _leave(namespace)


class Emulator:
    """The fixture `bp_emulator`; `folder` is where its namespace is, `namespace` holds its data."""

    def __init__(self, namespace: EmbeddedNamespace) -> None:
        self.namespace = namespace
        self.folder = namespace.folder

    def load(self, *paths: str | Path) -> list[str]:
        """Load more classes; their names. Raises like `load_classes`."""
        return load_classes(self.namespace, [Path(path) for path in paths])

    def message(self, class_name: str, **properties: object) -> Message:
        """A message of any class, those of class files included.

        Raises:
            MessageError: a property does not fit the class.
        """
        return wire.message_of(class_name, json.dumps(properties))

    def run(
        self,
        process: str,
        request: Message,
        targets: Mapping[str, Target] | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        clock: VirtualClock | None = None,
        timeout: float | None = _TIMEOUT,
        confine: str | Path | None = None,
    ) -> ProcessRun:
        """Run a whole process, in `timeout` real seconds at most. Raises like `BPEmulator.Run`."""
        return BPEmulator.Run(process, request, targets, settings, clock=clock, timeout=timeout, confine=confine)

    def start(
        self,
        process: str,
        request: Message,
        targets: Mapping[str, Target] | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        clock: VirtualClock | None = None,
        timeout: float | None = _TIMEOUT,
        confine: str | Path | None = None,
    ) -> Emulation:
        """A run that goes where it is told: ``until``, ``step``, ``finish``. Raises like `BPEmulator.Start`."""
        return BPEmulator.Start(process, request, targets, settings, clock=clock, timeout=timeout, confine=confine)

    def replay(self, recording: str | Path) -> Replay:
        """Run a recorded session anew against its recorded answers. Raises like `replay`."""
        return replay(Path(recording))


@contextmanager
def emulator(sources: Path, folder: Path) -> Iterator[Emulator]:
    """The fixture `bp_emulator`."""
    with fresh(sources, folder) as namespace:
        yield Emulator(namespace)


class Productions:
    """The fixture `production`: a call starts one."""

    def __init__(self, namespace: EmbeddedNamespace) -> None:
        self.namespace = namespace
        self.folder = namespace.folder
        self._running: list[Director] = []

    def load(self, *paths: str | Path) -> list[str]:
        """Load more classes; their names. Raises like `load_classes`."""
        return load_classes(self.namespace, [Path(path) for path in paths])

    def __call__(self, name: str) -> Director:
        """The Director of a started production. Raises like `Director.start`."""
        director = Director(name, self.folder)
        self._running.append(director)
        director.start()
        return director

    def stop(self) -> None:
        """Stop all of them."""
        while self._running:
            self._running.pop().stop()


@contextmanager
def productions(sources: Path, folder: Path) -> Iterator[Productions]:
    """The fixture `production`."""
    with fresh(sources, folder) as namespace:
        started = Productions(namespace)
        try:
            yield started
        finally:
            started.stop()
