"""Folders that only their owner can look into: what a production keeps is nobody else's."""

from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make a folder, and whatever is missing above it, with mode 0700; folders that are there stay as they are.

    ``Path.mkdir(parents=True, mode=…)`` gives the mode to the last one alone: those above it would be open to all.
    """
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path
