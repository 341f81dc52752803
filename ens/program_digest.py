"""Which program a process instance was begun with: a digest of its class's sources, kept beside its state."""

import sys
from hashlib import sha256
from pathlib import Path

from isc.py.data.namespace import current
from isc.py.objectscript import dictionary

_OURS = "isc.py."


def program_digest(cls: type) -> str:
    """A digest of what a class is made of: class files of the namespace, modules; "" when all of it is isc-py's own."""
    digest, found = sha256(), False
    for base in cls.__mro__:
        if base.__module__.startswith(_OURS) and "_from_file" not in vars(base):
            continue
        source = _source(base)
        if source:
            digest.update(source)
            found = True
    return digest.hexdigest()[:16] if found else ""


def _source(cls: type) -> bytes:
    if "_from_file" in vars(cls):
        store = current().classes
        return f"{store.include_digest()}\n{store.find(dictionary.name_of(cls))}".encode()
    path = getattr(sys.modules.get(cls.__module__), "__file__", None)
    is_own = cls is not object and path is not None and Path(path).exists()
    return Path(path).read_bytes() if is_own and path else b""
