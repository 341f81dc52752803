"""``iscpy globals``: the globals of the folder's namespace, listed, shown, and as text in files."""

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from isc.py.data.globals import Globals, Node
from isc.py.data.namespace import EmbeddedNamespace, named
from isc.py.data.zwrite import ZWriteError, line_of, parse_reference, shown
from isc.py.iscpython_c.exceptions import StoreError
from isc.py.objectscript.names import similar

from . import screen
from .failures import CommandError
from .project import enter

_STANDARD = Path("-")


def _held(folder: Path, namespace: str) -> Globals:
    enter(folder)
    found = named(namespace)
    if not isinstance(found, EmbeddedNamespace):
        raise CommandError(f"namespace {namespace!r} is another database: it has tables, no globals of ours")
    return found.globals


def list_globals(pattern: str, folder: Path, *, namespace: str, count: bool, as_json: bool) -> None:
    """The names that fit a pattern, with the number of nodes when asked for."""
    held = _held(folder, namespace)
    names = held.named(pattern)
    rows = [{"name": name, **({"nodes": _count(held[name])} if count else {})} for name in names]
    if as_json:
        screen.show_json(rows)
        return
    columns = ["Name", "Nodes"] if count else ["Name"]
    screen.show_rows(columns, [[f"^{row['name']}", *([row["nodes"]] if count else [])] for row in rows])
    screen.say(f"{len(rows)} global{'' if len(rows) == 1 else 's'}")


def _count(node: Node) -> int:
    return sum(1 for _ in node.items())


def show(written: str, limit: int, folder: Path, *, namespace: str, as_json: bool) -> None:
    """A node and all below it, a line a node.

    Raises:
        CommandError: there is no such node.
        ZWriteError: what was asked for is no reference of a global.
    """
    held = _held(folder, namespace)
    name, subscripts = parse_reference(written)
    node = held[name].node(*subscripts)
    if node.data() == 0:
        hint = similar(name, list(held)) if name not in held else ""
        raise CommandError(f"{node!r} has no value and nothing below it{hint}")
    found = list(islice(node.items(), limit + 1))
    if as_json:
        screen.show_json(
            [
                {"subscripts": [*subscripts, *below], "value": shown(value) if isinstance(value, bytes) else value}
                for below, value in found[:limit]
            ]
        )
        return
    for below, value in found[:limit]:
        screen.say(line_of(name, (*subscripts, *below), value))
    if len(found) > limit:
        screen.say(f"… only the first {limit}: --limit shows more, iscpy globals export writes all")


def export(patterns: list[str], out: Path | None, folder: Path, *, namespace: str) -> None:
    """Write globals as text, to a file or standard output.

    Raises:
        CommandError: no global fits a pattern.
    """
    held = _held(folder, namespace)
    names: dict[str, None] = {}
    for pattern in patterns or ["*"]:
        found = held.named(pattern)
        if not found and patterns:
            raise CommandError(f"no global fits {pattern!r}{similar(pattern.removeprefix('^'), list(held))}")
        names |= dict.fromkeys(found)
    count = 0
    with _writing(out) as file:
        for name in names:
            for line in held[name].lines():
                file.write(f"{line}\n")
                count += 1
    if out is not None and out != _STANDARD:
        screen.say(f"{count} node{'' if count == 1 else 's'} of {len(names)} global(s) written to {out}")


@contextmanager
def _writing(out: Path | None) -> Iterator[TextIO]:
    """The file, which is there whole or not at all."""
    if out is None or out == _STANDARD:
        yield sys.stdout
        return
    fresh = out.with_name(f"{out.name}.new")
    try:
        with fresh.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        fresh.replace(out)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise CommandError(
            f"{out} cannot be written: {error.strerror}: nothing is there that was not before"
        ) from error
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def read(files: list[Path], folder: Path, *, namespace: str, as_json: bool) -> None:
    """Set the nodes that files name; each file whole or not at all.

    Raises:
        CommandError: a line is no node, by file, line and column; nothing of that file was stored.
    """
    held = _held(folder, namespace)
    counts = []
    for path in files:
        try:
            with _reading(path) as lines:
                counts.append({"file": str(path), "nodes": held.read_lines(lines)})
        except (ZWriteError, StoreError) as error:
            raise CommandError(f"{path}: {error}: nothing of it was stored") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}: nothing of it was stored") from error
    if as_json:
        screen.show_json(counts)
        return
    for item in counts:
        screen.say(f"{item['nodes']} node{'' if item['nodes'] == 1 else 's'} from {item['file']}")


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[str]]:
    if path == _STANDARD:
        yield _decoded(sys.stdin.buffer)
        return
    with path.open("rb") as file:
        yield _decoded(file)


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The lines of a file.

    Raises:
        ZWriteError: bytes of one are no UTF-8; tells line and column.
    """
    for number, line in enumerate(file, start=1):
        bare = line.removeprefix(BOM_UTF8) if number == 1 else line
        try:
            yield bare.decode()
        except UnicodeDecodeError as error:
            wrong = f"byte {bare[error.start]:02x} is no UTF-8; of Latin-1, iconv -f latin1 -t utf-8 makes UTF-8"
            raise ZWriteError(wrong, number, len(bare[: error.start].decode()) + 1) from error
