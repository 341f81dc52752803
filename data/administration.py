"""Namespaces as a whole: made, listed, compacted, backed up while others write, restored."""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isc.py.iscpython_c.globals import Store
from isc.py.iscpython_c.private_folder import private_folder
from isc.py.objectscript.names import similar

from .configuration import FILE, read_configuration
from .exceptions import DataError
from .namespace import FOLDER, EmbeddedNamespace, open_namespace
from .namespace_files import FORMAT, NamespaceVersionError, alone, check_format, write_record

_NAME = re.compile(r"[%A-Za-z][\w%-]*")
_DATA, _MANIFEST = "data.mdb", "manifest.json"
#: What of a namespace's folder is part of a backup beside its globals.
_SOURCES = ("classes", "routines", "includes")
_MEMBER = re.compile(r"(?:data\.mdb|namespace\.json|loaded\.json|(?:classes|routines|includes)/%?[\w.%-]+)")


@dataclass(frozen=True, slots=True)
class NamespaceInfo:
    """What there is to say of a namespace: `size` in bytes on disk."""

    name: str
    path: Path
    size: int
    globals: int
    classes: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: the namespace it is of, when it was made (UTC), how many files it has."""

    path: Path
    namespace: str
    created: str
    files: int
    size: int


def folder_of(folder: Path, name: str) -> Path:
    """Where a namespace of a project's folder lives.

    Raises:
        DataError: the name is none that a namespace can have.
    """
    if _NAME.fullmatch(name) is None:
        raise DataError(f"{name!r} is no name of a namespace: a letter, then letters, digits, _ and -")
    return folder.resolve() / FOLDER / "namespaces" / name


def names(folder: Path) -> list[str]:
    """The namespaces of a project's folder."""
    place = folder.resolve() / FOLDER / "namespaces"
    return sorted(path.name for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def existing(folder: Path, name: str) -> EmbeddedNamespace:
    """A namespace that is there.

    Raises:
        DataError: there is none of that name; tells similar ones.
    """
    if name in read_configuration(folder).namespaces:
        raise DataError(
            f"namespace {name!r} is another database ({FILE}): use its own tools for this; iscpy ns check {name} tells "
            "whether it answers"
        )
    if not folder_of(folder, name).is_dir():
        known = names(folder)
        there = similar(name, known) or f"; there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}"
        raise DataError(f"namespace {name!r} does not exist in {folder.resolve()}{there}: iscpy ns create makes one")
    return open_namespace(folder, name)


def create(folder: Path, name: str) -> EmbeddedNamespace:
    """Make a namespace.

    Raises:
        DataError: there is one of that name, or it is no name.
    """
    place = folder_of(folder, name)
    there = [*names(folder), *read_configuration(folder).namespaces]
    same = next((other for other in there if other.lower() == name.lower()), None)
    if place.exists() or same is not None:
        raise DataError(f"namespace {(same or name)!r} exists already in {folder.resolve()}")
    made = open_namespace(folder, name)
    made.store()
    return made


def info(namespace: EmbeddedNamespace) -> NamespaceInfo:
    """What there is to say of a namespace."""
    data = namespace.path / _DATA
    size = data.stat().st_blocks * 512 if data.exists() else 0
    return NamespaceInfo(
        namespace.name, namespace.path, size, sum(1 for _ in namespace.globals), len(namespace.classes.names())
    )


def compact(namespace: EmbeddedNamespace) -> tuple[int, int]:
    """Give the disk back what deleted nodes have left; the sizes before and after, in bytes.

    Raises:
        NamespaceInUseError: another process has it open.
        StoreError: the disk refused; the namespace is as it was.
    """
    data = namespace.path / _DATA
    namespace.store()
    namespace.close()
    with _scratch(namespace.path.parent) as place, alone(namespace.path):
        before = data.stat().st_size
        with Store(namespace.path) as store:
            store.copy(place)
        _flushed(place / _DATA)
        (place / _DATA).replace(data)
        _flushed(namespace.path)
        after = data.stat().st_size
    return before, after


def backup(namespace: EmbeddedNamespace, target: Path) -> Backup:
    """Write the namespace as it is now into one file, while others read and write: globals in one consistent view.

    Raises:
        StoreError, OSError: the disk refused; no file is there that was not there before.
    """
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    with _scratch(namespace.path.parent) as place:
        namespace.store().copy(str(place))
        members = [(place / _DATA, _DATA)]
        members += [(path, path.name) for path in (namespace.path / "namespace.json", namespace.path / "loaded.json")]
        for kind in _SOURCES:
            members += [(path, f"{kind}/{path.name}") for path in sorted((namespace.path / kind).glob("*.*"))]
        members = [(path, name) for path, name in members if path.is_file() and _MEMBER.fullmatch(name)]
        created = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {
            "namespace": namespace.name,
            "format": FORMAT,
            "created": created,
            "files": {name: _digest(path) for path, name in members},
        }
        try:
            with tarfile.open(fresh, "w:gz", compresslevel=1) as archive:
                _add_text(archive, _MANIFEST, json.dumps(manifest, indent=1))
                for path, name in members:
                    archive.add(path, name, recursive=False)
            _flushed(fresh)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    return Backup(target, namespace.name, created, len(members), target.stat().st_size)


def restore(folder: Path, source: Path, name: str = "", *, replace: bool = False) -> Backup:
    """Make a namespace of a backup, under its own name or `name`; one that is there is replaced only when asked.

    Nothing is touched before the whole backup has been read and its digests compared.

    Raises:
        DataError: it is no backup, damaged, or the namespace is there.
        NamespaceVersionError: a newer version of isc-py has written it.
        NamespaceInUseError: another process has the namespace open.
    """
    private_folder(folder.resolve() / FOLDER / "namespaces")
    with _scratch(folder.resolve() / FOLDER) as place:
        found = _unpacked(source, place)
        target = folder_of(folder, name or found.namespace)
        if target.exists() and not replace:
            raise DataError(f"namespace {target.name!r} exists already in {folder.resolve()}: --replace replaces it")
        opened = open_namespace(folder, target.name)
        opened.close()
        with alone(target):
            old = folder.resolve() / FOLDER / f"{target.name}.{os.getpid()}.old"
            if target.exists():
                target.rename(old)
            place.rename(target)
            _flushed(target.parent)
            shutil.rmtree(old, ignore_errors=True)
        opened.classes.forget()
    return found


def _unpacked(source: Path, place: Path) -> Backup:
    """Extract a backup; every member is one that a namespace has, with the digest that the manifest says."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            first = archive.next()
            held = archive.extractfile(first) if first is not None and first.name == _MANIFEST else None
            if held is None:
                raise DataError(f"{source} is no backup of a namespace: iscpy ns backup makes one")
            manifest = json.loads(held.read())
            if manifest["format"] > FORMAT:
                raise NamespaceVersionError(
                    f"{source} was written by a newer version of isc-py: it has form {manifest['format']}, "
                    f"this version reads up to {FORMAT}: install the newer version"
                )
            left = dict(manifest["files"])
            while (member := archive.next()) is not None:
                if not member.isfile() or _MEMBER.fullmatch(member.name) is None or member.name not in left:
                    raise DataError(f"{source} is damaged: {member.name!r} does not belong into a backup")
                archive.extract(member, place, filter="data")
                if _digest(place / member.name) != left.pop(member.name):
                    raise DataError(f"{source} is damaged: {member.name} is not what was backed up")
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{source} is no backup of a namespace, or damaged: {error}") from error
    if left:
        raise DataError(f"{source} is damaged: {', '.join(left)} is missing")
    for path in (place / _DATA, place):
        path.chmod(0o700 if path.is_dir() else 0o600)
        _flushed(path)
    write_record(place)
    check_format(place)
    return Backup(source, manifest["namespace"], manifest["created"], len(manifest["files"]), source.stat().st_size)


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """A folder beside what is to be replaced, so that it can be renamed; gone after the block."""
    place = parent.parent if parent.name == "namespaces" else parent
    private_folder(place)
    made = Path(tempfile.mkdtemp(prefix="ns-", dir=place))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flushed(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    archive.addfile(member, io.BytesIO(text.encode()))
