"""`Sources`: what classes are made of, remembered, so that a reload knows which have changed.

Class files of the namespace are compared by their text; Python modules that define business hosts by their file.
"""

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript import dictionary

from .hosts import Host

_OURS = "isc.py."
_MODULE = "module "


class Sources:
    """The sources of a production's classes, as they were when they were last taken up."""

    def __init__(self, namespace: EmbeddedNamespace) -> None:
        self._namespace = namespace
        self._held = self._read()

    def changed(self) -> list[str]:
        """The classes whose source has changed, come or gone since then."""
        now = self._read()
        return sorted(name for name in {*now, *self._held} if now.get(name) != self._held.get(name))

    def kept(self) -> Callable[[], None]:
        """What puts the classes back as they are now, whatever is forgotten and read anew meanwhile."""
        classes = dictionary.registered()
        modules = {name: sys.modules[name] for name in {cls.__module__ for cls in _hosts()} if name in sys.modules}

        def put_back() -> None:
            dictionary.put_back(classes)
            sys.modules.update(modules)

        return put_back

    @staticmethod
    def touched(names: list[str]) -> set[str]:
        """These classes, and those that are there by now and build on them."""
        classes = dictionary.registered()
        bases = {classes[name] for name in names if name in classes}
        return {*names, *(name for name, cls in classes.items() if not bases.isdisjoint(cls.__mro__))}

    def forget(self, names: list[str]) -> None:
        """Let the dictionary read these anew; objects of the old classes live on."""
        dictionary.forget([name for name in names if not name.startswith(_MODULE)])
        for name in names:
            if name.startswith(_MODULE):
                module = name.removeprefix(_MODULE)
                for cls in [cls for cls in _hosts() if cls.__module__ == module]:
                    dictionary.drop(cls)
                sys.modules.pop(module, None)

    def taken(self) -> None:
        """What there is now is what was taken up."""
        self._held = self._read()

    def _read(self) -> dict[str, str]:
        store = self._namespace.classes
        includes = store.include_digest()
        found = {name: _digest(f"{includes}\n{store.find(name)}".encode()) for name in store.names()}
        for name in {cls.__module__ for cls in _hosts()}:
            path = getattr(sys.modules.get(name), "__file__", None)
            if path and not name.startswith(_OURS) and Path(path).exists():
                found[f"{_MODULE}{name}"] = _digest(Path(path).read_bytes())
        return found


def _hosts() -> list[type]:
    """The classes of hosts that Python modules define."""
    return [cls for cls in dictionary.built() if issubclass(cls, Host) and not cls.__module__.startswith(_OURS)]


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
