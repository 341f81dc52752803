"""A claim on a file: a lock that one process at a time holds, and that ends with it however it ends."""

import fcntl
import os
from pathlib import Path


class ClaimedError(Exception):
    """Somebody else has the claim; `owner` is the number of its process, or "unknown"."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"claimed by process {owner}")
        self.owner = owner


class Claim:
    """Held from the moment it is made until `release`.

    Args:
        path: the file that is locked; it is made (0600) when it is not there, and holds the owner's process id.

    Raises:
        ClaimedError: another process, or another claim of this one, has it.
    """

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 32, 0).decode().strip() or "unknown"
            os.close(handle)
            raise ClaimedError(owner) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle: int | None = handle

    def release(self) -> None:
        """Let others have it; idempotent."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
