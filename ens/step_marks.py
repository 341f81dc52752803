"""`StepMarks`: whose step the Director itself runs just now, told to the next Director when this one dies of it.

A lane writes the id of the instance into a file that is mapped into memory, and clears it after the step. The kernel
keeps the page though the process dies; after the machine itself went down nothing is known, and nothing counts.
"""

import mmap
import os
import struct
from collections import deque
from pathlib import Path

from .begun import BOOT_SIZE, boot_id

_SIZE = mmap.ALLOCATIONGRANULARITY
_WORD = struct.Struct("<q")
_FIRST = BOOT_SIZE // _WORD.size


class StepMarks:
    """A mark for each lane, while there are some left; `before` are the instances whose step the last Director ran."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.before = _ids(os.pread(self._file, _SIZE, 0))
        self._free = deque(range(_FIRST, _SIZE // _WORD.size))
        self._words: memoryview | None = None

    def take_over(self) -> None:
        """What the last Director left is in the bank: the file is this one's now."""
        os.ftruncate(self._file, 0)
        os.posix_fallocate(self._file, 0, _SIZE)  # a full disk must not end a step that is marked
        os.pwrite(self._file, boot_id().ljust(BOOT_SIZE), 0)
        self._words = memoryview(mmap.mmap(self._file, _SIZE)).cast("q")

    def mark(self) -> "StepMark":
        """A mark for a lane; it gives it back."""
        return StepMark(self)

    def close(self, *, all_ended: bool = True) -> None:
        """Close the file; it says that nothing was cut, unless the bank could not be told all ends."""
        if self._words is not None and all_ended:
            self._words[_FIRST:] = memoryview(bytes(_SIZE - BOOT_SIZE)).cast("q")
        os.close(self._file)  # the page stays mapped: a thread that was left behind may clear its mark yet

    def take(self) -> int:
        """A place for a mark, 0 when there is none left."""
        return self._free.popleft() if self._free else 0

    def give(self, place: int) -> None:
        """A place that is free again."""
        self._free.append(place)

    def put(self, place: int, process_id: int) -> None:
        """Write into a place, once the file is this Director's."""
        if self._words is not None:
            self._words[place] = process_id


class StepMark:
    """Says whose step runs in one lane."""

    def __init__(self, marks: StepMarks) -> None:
        self._marks = marks
        self._place = marks.take()

    def begin(self, process_id: int) -> None:
        """A step of this instance begins."""
        if self._place:
            self._marks.put(self._place, process_id)

    def end(self) -> None:
        """No step runs."""
        self.begin(0)

    def close(self) -> None:
        """Give it back; idempotent."""
        if self._place:
            self.end()
            self._marks.give(self._place)
            self._place = 0


def _ids(data: bytes) -> frozenset[int]:
    boot = data[:BOOT_SIZE].strip()
    if not boot or boot != boot_id():
        return frozenset()
    whole = len(data) // _WORD.size * _WORD.size
    return frozenset(found for (found,) in _WORD.iter_unpack(data[BOOT_SIZE:whole])) - {0}
