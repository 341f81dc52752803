"""A session as a sequence diagram in text: a lane a business host, an arrow a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_SHORTEST = 12


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message between two lanes; `mark` is what stands before it (its number and time), `href` where it leads."""

    source: str
    target: str
    label: str
    is_response: bool = False
    failed: bool = False
    mark: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A line of text at a lane."""

    lane: str
    text: str
    mark: str = ""


def draw(items: Sequence[Arrow | Note]) -> list[str]:
    """The lines of the diagram; no items, no lines."""
    lanes = lanes_of(items)
    if not lanes:
        return []
    columns = _columns(lanes, items)
    margin = max((len(item.mark) for item in items), default=0)
    margin += 2 if margin else 0
    lines = [" " * margin + _heads(lanes, columns)]
    for item in items:
        body = _arrow(item, lanes, columns) if isinstance(item, Arrow) else _note(item, lanes, columns)
        lines.append(f"{item.mark:<{margin}}{body}".rstrip())
    return lines


def lanes_of(items: Sequence[Arrow | Note]) -> list[str]:
    """The lanes in the order in which they come up."""
    found: dict[str, None] = {}
    for item in items:
        for name in (item.source, item.target) if isinstance(item, Arrow) else (item.lane,):
            found[name] = None
    return list(found)


def _columns(lanes: list[str], items: Sequence[Arrow | Note]) -> list[int]:
    """Where each lane's line stands: wide enough for the labels between two, and for their names."""
    gaps = [max(_SHORTEST, (len(left) + len(right)) // 2 + 3) for left, right in pairwise(lanes)]
    for item in items:
        if isinstance(item, Arrow) and item.source != item.target:
            low, high = sorted((lanes.index(item.source), lanes.index(item.target)))
            short = len(_label(item)) + 6 - sum(gaps[low:high])
            if short > 0:
                gaps[high - 1] += short
    columns = [len(lanes[0]) // 2 + 1]
    for gap in gaps:
        columns.append(columns[-1] + gap)
    return columns


def _heads(lanes: list[str], columns: list[int]) -> str:
    line = ""
    for name, column in zip(lanes, columns, strict=True):
        start = max(len(line) + (1 if line else 0), column - len(name) // 2)
        line = line.ljust(start) + name
    return line


def _label(item: Arrow) -> str:
    return f"{item.label} ✗" if item.failed else item.label


def _blank(columns: list[int]) -> list[str]:
    line = [" "] * (columns[-1] + 1)
    for column in columns:
        line[column] = "│"
    return line


def _arrow(item: Arrow, lanes: list[str], columns: list[int]) -> str:
    line = _blank(columns)
    start, end = columns[lanes.index(item.source)], columns[lanes.index(item.target)]
    if start == end:
        return "".join(line[: start + 1]) + f"⟲ {_label(item)}"
    low, high = min(start, end), max(start, end)
    stroke = "╌" if item.is_response else "─"
    line[low + 1 : high] = stroke * (high - low - 1)
    if start < end:
        line[high - 1] = "▶"
    else:
        line[low + 1] = "◀"
    label = f" {_label(item)} "
    at = low + (high - low - len(label)) // 2 + 1
    line[at : at + len(label)] = label
    return "".join(line)


def _note(item: Note, lanes: list[str], columns: list[int]) -> str:
    at = columns[lanes.index(item.lane)]
    return "".join(_blank(columns)[: at + 1]) + f" · {item.text}"
