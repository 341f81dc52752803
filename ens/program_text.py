"""`ProgramText`: what the process instances of an item are begun with, as the bank keeps it beside them.

That are the texts of the process class and its superclasses, of the class of a BPL's context and its superclasses, of
the include files that these name, of the Python modules that define any of them, and the item's settings. Other classes
that the code uses by name are no part of it. `digest` names the texts.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.util import decode_source
from pathlib import Path
from typing import Any

from isc.py.bpl.program import program_of
from isc.py.data.class_store import ClassStore
from isc.py.data.namespace import current
from isc.py.objectscript import ClassNotFoundError, dictionary

from .definition import Item
from .hosts import BusinessProcessBPL
from .redaction import is_secret, redacted
from .settings import settings_of

_OURS = "isc.py."
_WORD = re.compile(r"%?\w+(?:\.\w+)*")


@dataclass(frozen=True, slots=True)
class ProgramText:
    """The texts by name; `modules` with the file each is of. `digest` is "" when all of it is isc-py's own."""

    digest: str
    class_name: str
    settings: Mapping[str, str]  # without secrets
    classes: Mapping[str, str]
    includes: Mapping[str, str]
    modules: Mapping[str, tuple[str, str]]

    def to_json(self) -> str:
        """As a text; `of` is the way back."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> "ProgramText":
        """What `to_json` gave."""
        return cls(**json.loads(text))


def program_text(host: Any, item: Item) -> ProgramText:
    """What an item's class is made of as it is now."""
    store = current().classes
    classes: dict[str, str] = {}
    modules: dict[str, tuple[str, str]] = {}
    digest, found, said = sha256(), False, ""
    for cls in _parts(host):
        if "_from_file" in vars(cls):
            name = dictionary.name_of(cls)
            text = store.find(name)
            said = said or store.include_digest()
            digest.update(f"{said}\n{text}".encode())
            found = True
            if text is not None:
                classes[name] = text
        elif (path := _file(cls)) is not None and (source := path.read_bytes()):
            digest.update(source)
            found = True
            if path.suffix == ".py" and _is_users(cls.__module__):
                modules[cls.__module__] = (str(path), decode_source(source))
    settings = {name: value for name, value in item.settings.items() if not is_hidden(host, name, value)}
    named = digest.hexdigest()[:16] if found else ""
    return ProgramText(named, item.class_name, settings, classes, dict(_includes(store, classes.values())), modules)


def is_hidden(host: Any, name: str, value: str) -> bool:
    """Whether a setting of a host is a secret, which is kept nowhere."""
    secret = any(setting.secret for setting in settings_of(type(host)) if setting.name == name)
    return secret or is_secret(name) or redacted(value) != value


def _parts(host: Any) -> Iterator[type]:
    """The classes that count."""
    parts = [*type(host).__mro__]
    if isinstance(host, BusinessProcessBPL) and (context := program_of(type(host)).process.context_class):
        with suppress(ClassNotFoundError):  # its instances say so
            parts += dictionary.resolve(context).__mro__
    for cls in dict.fromkeys(parts):
        if "_from_file" in vars(cls) or not cls.__module__.startswith(_OURS):
            yield cls


def _file(cls: type) -> Path | None:
    """The file of the module that defines a class."""
    name = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return Path(name) if cls is not object and name is not None and Path(name).exists() else None


def _is_users(module: str) -> bool:
    """Whether a module can be had again from its text: it is neither of Python nor the program that runs."""
    return module != "__main__" and module.partition(".")[0] not in sys.stdlib_module_names


def _includes(store: ClassStore, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The include files that texts name, and those that these name."""
    names, waiting = set(store.include_names()), list(texts)
    while names and waiting:
        said = set(_WORD.findall(waiting.pop()))
        for name in sorted(names & said):
            names.remove(name)
            text = store.text("include", name) or ""
            waiting.append(text)
            yield name, text
