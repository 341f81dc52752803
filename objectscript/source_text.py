"""Source files as text: which encoding a file is in, and line ends of one kind."""

from pathlib import Path

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_source(path: Path) -> str:
    """The text of a source file.

    Raises:
        OSError: it cannot be read.
    """
    return decoded(path.read_bytes())


def decoded(data: bytes) -> str:
    """Bytes of a source file as text: as their mark says, else UTF-8, else as Windows wrote them (else Latin-1)."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def unified(text: str) -> str:
    """The text with every line end as a newline, and without a byte order mark."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
