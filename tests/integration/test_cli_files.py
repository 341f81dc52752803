"""What ``iscpy globals`` and ``iscpy ns`` say of files that are none, and of disks that are full."""

import subprocess
import sys
from pathlib import Path

import pytest


def _iscpy(folder: Path, *arguments: str, limit: int = 0) -> subprocess.CompletedProcess[str]:
    """The command; `limit` is how large a file may become, in bytes: what is more fails as on a full disk."""
    start = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); " if limit else ""
    code = f"{start}import sys; from isc.py.console.__main__ import main; sys.argv[0] = 'iscpy'; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'^A(1)="x"\n^A(2)="unclosed\n', "line 2, column 7: the string that begins here has no end"),
        (b'^A(1)="x"\n^A(1)="\xc3\xa9\xff"\n', "line 2, column 9: byte ff is no UTF-8; of Latin-1, iconv"),
        (b"^A(1)=1\n^A(" + b'"' + b"k" * 600 + b'")=1\n', "line 2, <SUBSCRIPT> the name and subscripts of ^A take"),
    ],
)
def test_a_bad_file_is_named_with_line_and_column(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "bad.zwr").write_bytes(content)
    done = _iscpy(tmp_path, "globals", "import", "bad.zwr")
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.rstrip().endswith("nothing of it was stored")


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    (tmp_path / "good.zwr").write_bytes(b"\xef\xbb\xbf" + b"".join(b'^A(%d)="%060d"\r\n' % (n, n) for n in range(3000)))
    assert _iscpy(tmp_path, "globals", "import", "good.zwr").stdout == "3000 nodes from good.zwr\n"
    for arguments, limit, words in [
        (("globals", "import", "none.zwr"), 0, "none.zwr cannot be read: No such file"),
        (("globals", "export", "A", "--out", "none/a.zwr"), 0, "none/a.zwr cannot be written: No such file"),
        (("globals", "export", "A", "--out", "a.zwr"), 50_000, "a.zwr cannot be written: File too large"),
        (("ns", "backup", "USER", "--out", "none/b.tgz"), 0, "none/b.tgz cannot be written: No such file"),
        (("ns", "backup", "USER", "--out", "b.tgz"), 50_000, "b.tgz cannot be written"),
        (("ns", "restore", "none.tgz"), 0, "none.tgz cannot be restored: none.tgz: No such file"),
        (("ns", "restore", "good.zwr"), 0, "good.zwr is no backup of a namespace"),
    ]:
        done = _iscpy(tmp_path, *arguments, limit=limit)
        assert done.returncode == 1, done.stdout
        assert words in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {".iscpy", "good.zwr"}
    assert not [path for path in (tmp_path / ".iscpy").iterdir() if path.name.startswith("ns-")]
