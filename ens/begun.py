"""`Begun`: which messages a worker was given, told to the next Director when this one is killed.

Messages are marked as delivered in the bank a little ahead of their run, and nobody waits for that mark. This file says
which of them really began: the kernel keeps what was written to it though the process dies. After the machine itself
went down nothing is known, and every delivered message counts as begun.
"""

import itertools
import os
import struct
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_BOOT_SIZE = 40
_SLOTS = 1024  # more than are ever delivered and not yet committed
_SLOT = struct.Struct("<q")


class Begun:
    """A ring of header ids in a file; `before` is what the last Director left, None when that cannot be known."""

    def __init__(self, path: Path) -> None:
        self.before = _read(path)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.pwrite(self._file, _boot_id().ljust(_BOOT_SIZE), 0)
        self._count = itertools.count()

    def mark(self, header_id: int) -> None:
        """The message begins."""
        slot = next(self._count) % _SLOTS
        os.pwrite(self._file, _SLOT.pack(header_id), _BOOT_SIZE + slot * _SLOT.size)

    def close(self, *, all_ended: bool = True) -> None:
        """Close the file; it stays, and says that nothing was cut, unless the bank could not be told all ends."""
        if all_ended:
            os.ftruncate(self._file, _BOOT_SIZE)
        os.close(self._file)


def _boot_id() -> bytes:
    return _BOOT.read_bytes().strip() if _BOOT.exists() else b""


def _read(path: Path) -> frozenset[int] | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    boot = data[:_BOOT_SIZE].strip()
    if not boot or boot != _boot_id():
        return None
    slots = data[_BOOT_SIZE:]
    return frozenset(item for (item,) in _SLOT.iter_unpack(slots[: len(slots) - len(slots) % _SLOT.size]) if item)
