"""Secrets that a folder keeps for its servers: files of ``.iscpy/`` that only their owner can read."""

import os
from pathlib import Path

from isc.py.data.namespace import FOLDER
from isc.py.iscpython_c.private_folder import private_folder


def kept_secret(folder: Path, name: str, fresh: str) -> str:
    """The secret in ``.iscpy/NAME`` (0600), which is `fresh` when there was none."""
    path = folder.resolve() / FOLDER / name
    private_folder(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{fresh}\n")
    return fresh
