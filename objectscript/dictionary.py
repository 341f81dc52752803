"""The class dictionary: every class of the language by its dotted name.

A name is looked for among registered classes, in the sources that were added (a namespace's class files), in the entry
points of group ``isc.py.classes``, and last as a Python import path. This is the one mutable state of the room.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from itertools import count
from typing import Protocol

from .errors import ClassNotFoundError
from .names import similar
from .sources import reset_texts

GROUP = "isc.py.classes"


class Source(Protocol):
    """Where class texts come from."""

    def find(self, name: str) -> str | None:
        """The UDL text of a class, None when there is none here."""

    def names(self) -> list[str]:
        """The classes there are."""


Builder = Callable[[str, str], type]

_lock = threading.RLock()
_classes: dict[str, type] = {}
_names: dict[type, str] = {}
_sources: list[Source] = []
_building: list[str] = []
_generations = count()
_generation = [next(_generations)]


def generation() -> int:
    """A number that changes whenever a class or a source comes or goes."""
    return _generation[0]


def _changed() -> None:
    _generation[0] = next(_generations)


def register(name: str, cls: type) -> None:
    """Enter a class under its name of the language."""
    with _lock:
        _changed()
        _classes[name] = cls
        _names[cls] = name


def add_source(source: Source) -> None:
    """Look for classes in `source`, too; the last one added is asked first."""
    with _lock:
        if source not in _sources:
            _changed()
            _sources.insert(0, source)


def remove_source(source: Source) -> None:
    """Forget a source and the classes built from it."""
    with _lock:
        _changed()
        if source in _sources:
            _sources.remove(source)
        forget(source.names())


def sources() -> list[Source]:
    """The sources, in the order in which they are asked."""
    with _lock:
        return list(_sources)


def forget(names: list[str]) -> None:
    """Forget built classes, so that their texts are read anew: these, and those that build on them."""
    with _lock:
        _changed()
        gone = {_classes[name] for name in names if name in _classes}
        for name, cls in list(_classes.items()):
            if getattr(cls, "_definition", None) is not None and not gone.isdisjoint(cls.__mro__):
                del _classes[name]
                _names.pop(cls, None)


def built() -> list[type]:
    """The classes that have been built or imported."""
    with _lock:
        return list(dict.fromkeys(_classes.values()))


def drop(cls: type) -> None:
    """Forget a class, so that its module is imported anew when it is asked for."""
    with _lock:
        _changed()
        for name in [name for name, held in _classes.items() if held is cls]:
            del _classes[name]
        _names.pop(cls, None)


def reset() -> None:
    """Forget every class and source; entry points and import paths stay."""
    with _lock:
        _changed()
        _classes.clear()
        _names.clear()
        _sources.clear()
    reset_texts()


def full_name(name: str) -> str:
    """``%String`` is ``%Library.String``."""
    return f"%Library.{name[1:]}" if name.startswith("%") and "." not in name else name


@cache
def _entry_points() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for entry in entry_points(group=GROUP):
        found.update(entry.load())
    return found


def resolve(name: str) -> type:
    """The class of that name.

    Raises:
        ClassNotFoundError: nobody has it; similar names are told.
    """
    cls = _classes.get(name)
    return cls if cls is not None else _load(name)


def face_of(cls: type) -> type:
    """What code of the language means by a class: the class itself, or the face it names for the language.

    A class whose Python methods raise and return values names, as ``_objectscript_face = "module:Class"``, one whose
    methods return a ``%Status`` and give results by reference.
    """
    where = cls.__dict__.get("_objectscript_face")
    if where is None:
        return cls
    module, _, name = where.partition(":")
    found: type = getattr(import_module(module), name)
    return found


def qualified(name: str, owner: str, imports: Iterable[str] = ()) -> str:
    """The whole name of the class that code of the class `owner` means.

    A name without a package is looked for in the owner's package, then in the packages `imports`; a name with one may
    be of a package inside of those, too.
    """
    if name.startswith("%") or not owner:
        return name
    packages = dict.fromkeys([*([] if "." in name else [owner.rpartition(".")[0]]), *imports])
    if not packages or ("." in name and is_known(name)):
        return name
    candidates = (f"{package}.{name}" for package in packages if package)
    return next((candidate for candidate in candidates if is_known(candidate)), name)


def is_known(name: str) -> bool:
    """Whether a class of that name is registered, kept by a source or named by an entry point; builds nothing."""
    full = full_name(name)
    if full in _classes or full in _entry_points() or name in _entry_points():
        return True
    return any(source.find(full) is not None for source in list(_sources))


def is_importable(name: str) -> bool:
    """Whether a name is the import path of a Python class.

    Raises:
        ImportError: it is, and the module cannot be imported.
    """
    return _import_path(name) is not None


def exists(name: str) -> bool:
    """Whether `resolve` would find it."""
    try:
        resolve(name)
    except ClassNotFoundError:
        return False
    return True


def _load(name: str) -> type:
    full = full_name(name)
    with _lock:
        if full in _classes:
            return _classes[full]
        for source in _sources:
            text = source.find(full)
            if text is not None:
                return _built(full, text)
    where = _entry_points().get(full) or _entry_points().get(name)
    cls = _imported(*where.split(":")) if where else _import_path(name)
    if cls is None:
        raise ClassNotFoundError(name, similar(name, known()) or ": load the file that defines it (iscpy load PATH)")
    with _lock:
        _changed()
        _classes[full] = cls
        _names.setdefault(cls, name if not name.startswith("%Library.") else f"%{name.removeprefix('%Library.')}")
    return cls


def _built(name: str, text: str) -> type:
    from .builder import build
    from .udl import parse_class

    if name in _building:
        raise ClassNotFoundError(name, f": it extends itself ({' extends '.join([*_building, name])})")
    _building.append(name)
    try:
        cls = build(parse_class(text, source=name))
    finally:
        _building.pop()
    register(name, cls)
    return cls


def _imported(module: str, attribute: str) -> type | None:
    found = getattr(import_module(module), attribute, None)
    return found if isinstance(found, type) else None


def _import_path(name: str) -> type | None:
    module, _, attribute = name.rpartition(".")
    if not module or not all(part.isidentifier() for part in name.split(".")):
        return None
    try:
        return _imported(module, attribute)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            return None
        raise


def known() -> list[str]:
    """Every name that is known without importing anything."""
    with _lock:
        stored = [name for source in _sources for name in source.names()]
        return sorted({*_classes, *stored, *_entry_points()})


def registered() -> dict[str, type]:
    """The classes that are there by now, by name."""
    with _lock:
        return dict(_classes)


def put_back(classes: Mapping[str, type]) -> None:
    """Have these classes again, as `registered` gave them: what was built or imported since then is forgotten."""
    with _lock:
        for name in [name for name, cls in _classes.items() if classes.get(name) is not cls]:
            _names.pop(_classes.pop(name), None)
        for name, cls in classes.items():
            if name not in _classes:
                _classes[name] = cls
                _names[cls] = name


def from_files() -> list[str]:
    """The names of the classes that were built from texts."""
    return [name for name, cls in registered().items() if "_from_file" in vars(cls)]


def name_of(cls: type) -> str:
    """A class's name of the language: as registered, as an entry point has it, else its import path."""
    name = _names.get(cls)
    if name is None:
        where = f"{cls.__module__}:{cls.__qualname__}"
        name = next((key for key, value in _entry_points().items() if value == where), None)
        if name is None:
            package = cls.__module__.rpartition(".")[0]
            exported = (
                cls.__module__.startswith("isc.py.") and getattr(import_module(package), cls.__name__, None) is cls
            )
            name = f"{package if exported else cls.__module__}.{cls.__qualname__}"
        _names[cls] = name
    return name
