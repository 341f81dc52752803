"""`Begun`: which messages workers took, told to the next Director when this one is killed; and when they shall stop.

A worker writes the id of each message into a page of a file that it shares with the Director, just before the message
runs. The kernel keeps the page though processes die. After the machine itself went down nothing is known, and every
message that may have begun counts as begun.
"""

import mmap
import os
import struct
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
BOOT_SIZE = 40  # bytes of a file in front of all else: which run of the machine it is of
_PAGE = mmap.ALLOCATIONGRANULARITY
_WORD = struct.Struct("<q")
_COUNT, _HALT, _FIRST = 0, 1, 2  # words of a page: messages taken, what shall not be gone on with, ids from here
_NEVER = 2**62  # later than all turns
_SLOTS = _PAGE // _WORD.size - _FIRST
#: Messages that a worker may have been given and whose end is not committed yet; more would push ids out of its page.
UNCOMMITTED = 128


class Begun:
    """A page for each worker; `before` are the ids that the last Director left, None when they cannot be known."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for offset in range(_PAGE, os.fstat(self._file).st_size, _PAGE):  # a worker that lives still begins no more
            BegunPage(self._file, offset).halt(_NEVER)
        self.before = None if is_new else _read(path)
        self._pages = 0
        self._is_own = False

    def take_over(self) -> None:
        """What the last Director left is in the bank: the file is this one's now."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, boot_id().ljust(BOOT_SIZE), 0)
        self._is_own = True

    def page(self) -> "BegunPage":
        """A page for a worker, and those that replace it."""
        self._pages += 1
        return BegunPage(self._file, self._pages * _PAGE)

    def close(self, *, all_ended: bool = True) -> None:
        """Close the file; it stays, and says that nothing was cut, unless the bank could not be told all ends.

        No worker lives any more.
        """
        if self._is_own and all_ended:
            os.ftruncate(self._file, BOOT_SIZE)
        os.close(self._file)


class BegunPage:
    """The Director's side of a worker's page; a worker that starts is given `file` and `offset`."""

    def __init__(self, file: int, offset: int) -> None:
        self.file = file
        self.offset = offset

    def make(self) -> None:
        """The file has the page from now on, on the disk, too: a full one must not end a worker that writes to it."""
        os.posix_fallocate(self.file, self.offset, _PAGE)

    def halt(self, turn: int) -> None:
        """The worker shall begin nothing more that it was given in this turn, or before."""
        os.pwrite(self.file, _WORD.pack(turn), self.offset + _HALT * _WORD.size)

    def last(self) -> int:
        """The message that began last, 0 for none."""
        (count,) = _WORD.unpack(os.pread(self.file, _WORD.size, self.offset + _COUNT * _WORD.size))
        if not count:
            return 0
        slot = _FIRST + (count - 1) % _SLOTS
        (found,) = _WORD.unpack(os.pread(self.file, _WORD.size, self.offset + slot * _WORD.size))
        return int(found)


class TakenPage:
    """The worker's side; `file` may be closed then."""

    def __init__(self, file: int, offset: int) -> None:
        self._words = memoryview(mmap.mmap(file, _PAGE, offset=offset)).cast("q")

    def take(self, header_id: int) -> None:
        """The message begins, perhaps once more."""
        count = self._words[_COUNT]
        if not count or self._words[_FIRST + (count - 1) % _SLOTS] != header_id:
            self._words[_FIRST + count % _SLOTS] = header_id
            self._words[_COUNT] = count + 1

    def is_halted(self, turn: int) -> bool:
        """Whether what was given in this turn shall not begin."""
        return self._words[_HALT] >= turn


def boot_id() -> bytes:
    """What names this run of the machine; b"" when it has no such name."""
    return _BOOT.read_bytes().strip() if _BOOT.exists() else b""


def _read(path: Path) -> frozenset[int] | None:
    data = path.read_bytes()
    boot = data[:BOOT_SIZE].strip()
    if not boot or boot != boot_id():
        return None
    found: set[int] = set()
    for offset in range(_PAGE, len(data) - _PAGE + 1, _PAGE):
        found.update(item for (item,) in _WORD.iter_unpack(data[offset + _FIRST * _WORD.size : offset + _PAGE]))
    return frozenset(found - {0})
