"""``open``, ``use`` and ``close``: files as devices.

`use` holds for the method that says it and all that it calls, and ends with that method, so that no method writes into
a file that another one forgot. What is open stays open until it is closed, or the process ends.
"""

import atexit
from pathlib import Path
from typing import TextIO

from . import output, values
from .errors import ObjectScriptError
from .frame import Frame
from .library.confinement import path_of
from .variables import gives_back

_OPEN: dict[str, "FileDevice"] = {}
_quiet = [False]
_NULL = frozenset({"/dev/null", "//./nul", "nul", "|nul|"})
_WORDS = {"new": "N", "n": "N", "write": "W", "wri": "W", "w": "W", "read": "R", "r": "R", "append": "A", "app": "A",
          "a": "A", "stream": "S", "str": "S", "s": "S", "create": "N", "cre": "N"}  # fmt: skip


class FileDevice(output.Counted):
    """A file as a sink of ``write`` and a source of ``read``."""

    __slots__ = ("at_end", "file", "name", "principal")

    def __init__(self, name: str, file: TextIO) -> None:
        super().__init__()
        self.name = name
        self.file = file
        self.principal: output.Output | None = None  # what the code wrote to before
        self.at_end = False

    def append(self, text: str, /) -> None:
        """Write the piece."""
        super().append(text)
        try:
            self.file.write(text)
        except OSError as error:  # opened for reading, a full disk
            raise ObjectScriptError("<WRITE>", f"{self.name}: {error.strerror or error}") from error

    def read(self, single: bool) -> str:
        """A line with its end, or one character; "" at the end."""
        self.file.flush()
        try:
            found = self.file.read(1) if single else self.file.readline()
        except OSError as error:
            raise ObjectScriptError("<READ>", f"{self.name}: {error.strerror or error}") from error
        self.at_end = not found
        return found


def open_device(frame: Frame, device: object, given: tuple[object, ...], timeout: object) -> None:
    """``open file:(mode):timeout``; with a timeout $test tells whether it was opened.

    Raises:
        ObjectScriptError: ``<NOT SUPPORTED>``: it is no file; ``<NOTOPEN>``: it cannot be opened, and there is no
            timeout.
    """
    name = values.text(device)
    if name in ("", "0"):
        return
    if name.startswith("|") and name.lower() not in _NULL:
        raise ObjectScriptError(
            "<NOT SUPPORTED>",
            f"the device {name} cannot be had here: files can; sockets are %Net.HttpRequest's and the adapters'",
            frame.place,
        )
    try:
        modes = _modes(given)
        if modes and (left := _OPEN.pop(name, None)) is not None:  # a run that failed may have left it open
            close_file(frame, left)
        if name not in _OPEN:
            _OPEN[name] = FileDevice(name, _file(name, modes))
    except (OSError, LookupError) as error:
        if timeout is None:
            detail = f"{name}: {getattr(error, 'strerror', None) or error}"
            raise ObjectScriptError("<NOTOPEN>", detail, frame.place) from error
    if timeout is not None:
        frame.test = int(name in _OPEN)


def _modes(given: tuple[object, ...]) -> str:
    found = ""
    for item in given:
        shown = values.text(item)
        if shown.startswith("/"):
            for word in shown.split("/"):
                found += _WORDS.get(word.partition("=")[0].strip().lower(), "")
        else:
            found += shown.upper().partition("K")[0]
    return found


def _file(name: str, modes: str) -> TextIO:
    path = Path("/dev/null") if name.lower() in _NULL else path_of(name)
    if "N" in modes:
        return path.open("w+", encoding="utf-8", newline="")
    if "W" in modes or "A" in modes:
        # a+ reads, too; without S or A the vendor begins at the start of a file that is there, as r+ does
        if path.exists() and "A" not in modes and str(path) != "/dev/null":
            return path.open("r+", encoding="utf-8", newline="")
        return path.open("a" if str(path) == "/dev/null" else "a+", encoding="utf-8", newline="")
    return path.open("r", encoding="utf-8", newline="")


def use_device(frame: Frame, device: object) -> None:
    """``use device``, until the method ends.

    Raises:
        ObjectScriptError: ``<NOTOPEN>``.
    """
    name = values.text(device)
    now = frame.output
    if name in ("", "0"):
        following = now.principal if isinstance(now, FileDevice) else now
    else:
        following = _OPEN.get(name)
        if following is None:
            raise ObjectScriptError("<NOTOPEN>", f"{name}: open it first", frame.place)
        if following is not now:
            following.principal = now.principal if isinstance(now, FileDevice) else now
    if following is not None and following is not now:
        frame.saved.append(("$io", now, None))
        write_to(frame, following)


def write_to(frame: Frame, sink: output.Output) -> None:
    """Make `sink` the current device of the frame and of what it calls."""
    if isinstance(frame.output, FileDevice) and not frame.output.file.closed:
        frame.output.file.flush()
    if isinstance(sink, FileDevice) and sink.file.closed and sink.principal is not None:
        sink = sink.principal
    frame.output = sink
    output.use(sink)


def close_device(frame: Frame, device: object, given: tuple[object, ...]) -> None:
    """``close device``: the current device is the principal one again when it was this one; ``D`` deletes the file."""
    name = values.text(device)
    found = _OPEN.pop(name, None)
    if found is None:
        return
    close_file(frame, found)
    if any(values.text(item).upper() in ("D", "/DELETE", "/DEL") for item in given):
        path_of(name).unlink(missing_ok=True)


def end_quietly(on: bool) -> bool:
    """Whether a ``read`` at the end of a file gives "" and sets ``$zeof``, in place of ``<ENDOFFILE>``; what it was."""
    was = _quiet[0]
    _quiet[0] = on
    return was


def ends_quietly() -> bool:
    """What `end_quietly` was last told."""
    return _quiet[0]


def end_of(frame: Frame) -> int:
    """``$zeof``: -1 when the last read met the end of the file."""
    return -1 if isinstance(frame.output, FileDevice) and frame.output.at_end else 0


def close_file(frame: Frame, device: FileDevice) -> None:
    """Close it; the principal device is the current one again when it was this one."""
    if frame.output is device and device.principal is not None:
        write_to(frame, device.principal)
    device.file.close()


def device_of(frame: Frame) -> str:
    """``$io``: the name of the file that is in use, 0 for the principal device."""
    return frame.output.name if isinstance(frame.output, FileDevice) else "0"


gives_back("$io", lambda frame, sink: write_to(frame, sink))  # type: ignore[arg-type]  # a sink was saved


@atexit.register
def _close_all() -> None:
    while _OPEN:
        _OPEN.popitem()[1].file.close()
