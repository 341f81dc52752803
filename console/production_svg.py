"""A production as a picture: services to the left, processes in the middle, operations to the right; who sends to whom.

An edge is what messages in the bank have shown, a dotted one what settings say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from unicodedata import east_asian_width

from .troubles import is_failing

_WIDTH, _HEIGHT, _COLUMN, _ROW, _TOP = 236, 74, 352, 104, 62
_MANY, _TIGHT = 7, 84  # above so many boxes in a column they stand closer, and columns begin at the top
_Place = tuple[int, int]  # the upper left corner of a box
_SIGNS = dict.fromkeys(".,:;'|!()[]ijlIrt -", 5.6) | dict.fromkeys("mwMW@", 14.0)
_KINDS = ("service", "process", "operation")
_TITLES = {"service": "Services", "process": "Processes", "operation": "Operations"}


@dataclass(frozen=True, slots=True)
class Box:
    """An item as it is drawn."""

    name: str
    kind: str
    class_name: str
    state: str
    waiting: int
    detail: str
    href: str


def boxes_of(items: Sequence[Mapping[str, Any]], links: Mapping[str, str]) -> list[Box]:
    """The boxes of the items that a status tells of; `links` gives the page of each."""
    found = []
    for item in items:
        state = "disabled" if not item.get("enabled", True) else "bad" if is_failing(item) else "good"
        rate = item.get("per_second")
        detail = f"{rate:g} / s" if rate else ""
        if item.get("failed"):
            detail = f"{detail + ' · ' if detail else ''}{item['failed']} failed"
        kind = item.get("kind", "operation")
        found.append(
            Box(item["name"], kind, item["class"], state, item.get("waiting", 0), detail, links.get(item["name"], ""))
        )
    return found


def production_svg(boxes: Sequence[Box], edges: Mapping[tuple[str, str], int], title: str) -> str:
    """The picture; `edges` count the messages from one item to another, 0 for those that settings alone tell of."""
    columns = [[box for box in boxes if box.kind == kind] for kind in _KINDS]
    shown = [(kind, column) for kind, column in zip(_KINDS, columns, strict=True) if column]
    rows = max((len(column) for _, column in shown), default=1)
    width = 32 + _COLUMN * max(len(shown), 1) - (_COLUMN - _WIDTH) + 32
    row = _ROW if rows <= _MANY else _TIGHT
    height = _TOP + row * rows + 16
    places: dict[str, tuple[int, int]] = {}
    parts = []
    for at, (kind, column) in enumerate(shown):
        x = 32 + _COLUMN * at
        parts.append(f'<text class="column" x="{x}" y="34">{_TITLES[kind]}</text>')
        offset = _TOP + ((rows - len(column)) * row // 2 if rows <= _MANY else 0)
        for number, box in enumerate(column):
            places[box.name] = (x, offset + number * row)
    lines = [
        _edge(places[a], places[b], count, places.values(), row - _HEIGHT)
        for (a, b), count in edges.items()
        if a in places and b in places
    ]
    drawn = [_box(box, *places[box.name]) for box in boxes if box.name in places]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" class="production">',
            f"<title>{escape(title)}</title>",
            '<defs><marker id="edge" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            'orient="auto"><path class="edge-head" d="M0 0 L10 5 L0 10 z"/></marker></defs>',
            *parts,
            *lines,
            *drawn,
            "</svg>",
        ]
    )


def _box(box: Box, x: int, y: int) -> str:
    waiting, name_width = "", _WIDTH - 44
    if box.waiting:
        label = str(box.waiting)
        wide = 16 + 8 * len(label)
        name_width -= wide
        waiting = (
            f'<rect class="waiting" x="{x + _WIDTH - wide - 10}" y="{y + 10}" width="{wide}" height="20" rx="10"/>'
            f'<text class="waiting-text" x="{x + _WIDTH - wide / 2 - 10:g}" y="{y + 24}" '
            f'text-anchor="middle">{label}</text>'
        )
    drawn = (
        f'<g class="item {box.state}"><rect class="box" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="9"/>'
        f'<circle class="light" cx="{x + 18}" cy="{y + 21}" r="5"/>'
        f'<text class="name" x="{x + 32}" y="{y + 26}">{escape(_fit(box.name, name_width))}</text>'
        f'<text class="class" x="{x + 16}" y="{y + 46}">{escape(_cut(box.class_name, 32))}</text>'
        f'<text class="detail" x="{x + 16}" y="{y + 63}">{escape(_cut(box.detail, 34))}</text>{waiting}</g>'
    )
    return f'<a href="{escape(box.href)}"><title>{escape(box.name)}</title>{drawn}</a>' if box.href else drawn


def _fit(name: str, width: int) -> str:
    """A name as wide as there is room, in pixels: what is left out is the middle, for names differ at both ends."""
    if _wide(name) <= width:
        return name
    head, tail = "", ""
    for first, last in zip(name, reversed(name), strict=True):
        if _wide(head + first + "…" + tail) > width:
            break
        head += first
        if _wide(head + "…" + last + tail) > width:
            break
        tail = last + tail
    return f"{head}…{tail}"


def _wide(text: str) -> float:
    """How wide a text is in the font of names, nearly, and rather more than less."""
    return sum(
        15.5 if east_asian_width(sign) in "WF" else _SIGNS.get(sign, 8.6 if sign.islower() else 10.4) for sign in text
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else "…" + text[-(limit - 1) :]


def _edge(start: _Place, end: _Place, count: int, others: Iterable[_Place], gap: int) -> str:
    (x1, y1), (x2, y2) = start, end
    y1, y2 = y1 + _HEIGHT // 2, y2 + _HEIGHT // 2
    if x2 > x1:
        between = [place for place in others if x1 < place[0] < x2]
        x1, x2 = x1 + _WIDTH, x2 - 4
        path = _past(between, (x1, y1), (x2, y2), gap // 2) if between else _curve((x1, y1), (x2, y2))
    elif x2 < x1:
        path = _curve((x1, y1 + 14), (x2 + _WIDTH + 4, y2 + 14))
    else:
        x1, x2 = x1 + _WIDTH, x2 + _WIDTH + 4
        path = f"M{x1} {y1} C{x1 + 60} {y1} {x2 + 60} {y2} {x2} {y2}"
    label = f"{count} message{'' if count == 1 else 's'}" if count else "by its settings; no message went there lately"
    kind = "edge" if count else "edge wire"
    return f'<path class="{kind}" d="{path}" marker-end="url(#edge)"><title>{label}</title></path>'


def _curve(start: _Place, end: _Place) -> str:
    (x1, y1), (x2, y2) = start, end
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"


def _past(between: Sequence[_Place], start: _Place, end: _Place, gap: int) -> str:
    """A curve past the boxes of the column in the middle: through the gap that is nearest to its way."""
    wanted = (start[1] + end[1]) / 2
    gaps = {y - gap for _, y in between} | {y + _HEIGHT + gap for _, y in between}
    free = wanted if all(not y - gap // 2 < wanted < y + _HEIGHT + gap // 2 for _, y in between) else None
    through = int(free if free is not None else min(gaps, key=lambda y: abs(y - wanted)))
    left = between[0][0]
    first, last = _curve(start, (left, through)), _curve((left + _WIDTH, through), end)
    return f"{first} L{last[1:]}"
