"""A namespace with classes of a test: their texts stand in the test's module, one behind the other."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.objectscript import Frame, compile_block, dictionary


@contextmanager
def namespace_with(folder: Path, package: str | Mapping[str, str]) -> Iterator[EmbeddedNamespace]:
    """A current namespace with these classes alone: one text of all, or a text for each file name."""
    dictionary.reset()
    opened = open_namespace(folder)
    for name, text in (package if isinstance(package, Mapping) else _classes(package)).items():
        (folder / f"{name}.cls").write_text(text)
    for report in opened.load_path(folder):
        assert not report.error, report.error
        assert not report.notes, report.notes
    with use(opened):
        yield opened
    opened.trollback()
    opened.lock("", (), None)
    opened.close()
    dictionary.reset()


def _classes(package: str) -> dict[str, str]:
    parts = [part.strip() for part in package.split("\nClass ")[1:]]
    return {part.split(" ", 1)[0]: f"Class {part}\n" for part in parts}


def run(ns: EmbeddedNamespace, code: str) -> str:
    """What code writes."""
    frame = Frame(platform=ns)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


def rows(ns: EmbeddedNamespace, sql: str, *values: object) -> list[tuple[object, ...]]:
    """The rows of a SELECT."""
    return [tuple(row.values()) for row in ns.query(sql, list(values)).to_pylist()]
