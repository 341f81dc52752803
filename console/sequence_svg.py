"""A session as a sequence diagram in SVG: the picture of what `sequence` writes as text.

Colours are CSS variables with defaults, so that a page may give its own; a `standalone` drawing carries its style.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from .sequence import Arrow, Note, lanes_of

_HEAD, _ROW, _LEFT, _GAP = 56, 34, 120, 230
_HEADS = 48  # where the names of the lanes end
_CHAR, _SMALL = 7.2, 6.6  # the width of a letter of labels and of notes, in pixels

STYLE = """
text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: var(--ink, #1c2430); }
.mark { font: 11px ui-monospace, monospace; fill: var(--faint, #6b7686); }
.lane { stroke: var(--line, #cdd5df); stroke-width: 1.5; stroke-dasharray: 3 4; }
.head { fill: var(--panel, #f4f7fa); stroke: var(--line, #cdd5df); }
.head-text { font-weight: 600; }
.call { stroke: var(--accent, #1f6feb); stroke-width: 1.6; fill: none; }
.reply { stroke: var(--faint, #6b7686); stroke-width: 1.4; stroke-dasharray: 5 4; fill: none; }
.failed { stroke: var(--bad, #c0362c); }
.failed-text { fill: var(--bad, #c0362c); }
.note { fill: var(--note, #fdf6dd); stroke: var(--note-line, #e8d9a0); }
.note-text { font-size: 12px; }
.label { paint-order: stroke; stroke: var(--paper, #ffffff); stroke-width: 4px; stroke-linejoin: round; }
a:hover .label { fill: var(--accent, #1f6feb); }
"""


def sequence_svg(items: Sequence[Arrow | Note], title: str, *, standalone: bool = True) -> str:
    """The drawing; an arrow with an `href` is a link.

    One that is not `standalone` leaves the names of its lanes to `heads_svg`, and its style to the page.
    """
    lanes = lanes_of(items)
    columns = _columns(lanes, items)
    width, top = _width(items, lanes, columns), 0 if standalone else _HEADS
    height = _HEAD + _ROW * (len(items) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height - top}" '
        f'viewBox="0 {top} {width} {height - top}" role="img" aria-label="{escape(title)}" class="sequence">',
        f"<title>{escape(title)}</title>",
    ]
    if standalone:
        parts.append(f"<style>{STYLE}</style>")
        parts.append(f'<rect width="{width}" height="{height}" fill="var(--paper, #ffffff)"/>')
    parts.append(_markers())
    parts += [_lane(x, height) for x in columns]
    if standalone:
        parts += [_lane_head(name, x) for name, x in zip(lanes, columns, strict=True)]
    for number, item in enumerate(items):
        y = _HEAD + _ROW * (number + 1)
        parts.append(_arrow(item, lanes, columns, y) if isinstance(item, Arrow) else _note(item, lanes, columns, y))
    return "\n".join([*parts, "</svg>"])


def heads_svg(items: Sequence[Arrow | Note]) -> str:
    """The names of the lanes alone, as wide as the drawing: a page keeps them in sight while the drawing moves."""
    lanes = lanes_of(items)
    columns = _columns(lanes, items)
    width = _width(items, lanes, columns)
    heads = [_lane_head(name, x) for name, x in zip(lanes, columns, strict=True)]
    size = f'width="{width}" height="{_HEADS}" viewBox="0 0 {width} {_HEADS}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} class="lanes">', *heads, "</svg>"])


def _width(items: Sequence[Arrow | Note], lanes: list[str], columns: list[int]) -> int:
    width = (columns[-1] if columns else _LEFT) + 140
    ends = [columns[lanes.index(note.lane)] + _note_width(note) + 24 for note in items if isinstance(note, Note)]
    return int(max(width, *ends)) if ends else width


def _size(text: str) -> float:
    return len(text) * _CHAR


def _note_width(note: Note) -> float:
    return len(_short(note.text, 90)) * _SMALL + 16


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _columns(lanes: list[str], items: Sequence[Arrow | Note]) -> list[int]:
    if not lanes:
        return []
    gaps = [max(_GAP, int((_size(left) + _size(right)) / 2 + 48)) for left, right in pairwise(lanes)]
    for item in items:
        if isinstance(item, Arrow) and item.source != item.target:
            low, high = sorted((lanes.index(item.source), lanes.index(item.target)))
            missing = _size(item.label) + 60 - sum(gaps[low:high])
            if missing > 0:
                gaps[high - 1] += int(missing)
    columns = [int(_LEFT + max(70, _size(lanes[0]) / 2 + 20))]
    for gap in gaps:
        columns.append(columns[-1] + gap)
    return columns


def _markers() -> str:
    def marker(name: str, colour: str) -> str:
        return (
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            f'orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
        )

    heads = (
        ("to-call", "var(--accent, #1f6feb)"),
        ("to-reply", "var(--faint, #6b7686)"),
        ("to-failed", "var(--bad, #c0362c)"),
    )
    return "<defs>" + "".join(marker(*head) for head in heads) + "</defs>"


def _lane(x: int, height: int) -> str:
    return f'<line class="lane" x1="{x}" y1="{_HEAD - 12}" x2="{x}" y2="{height - 8}"/>'


def _lane_head(name: str, x: int) -> str:
    half = max(56, _size(name) / 2 + 16)
    return (
        f'<rect class="head" x="{x - half:g}" y="10" width="{2 * half:g}" height="32" rx="7"/>'
        f'<text class="head-text" x="{x}" y="31" text-anchor="middle">{escape(name)}</text>'
    )


def _arrow(item: Arrow, lanes: list[str], columns: list[int], y: int) -> str:
    start, end = columns[lanes.index(item.source)], columns[lanes.index(item.target)]
    kind = "failed" if item.failed else "reply" if item.is_response else "call"
    css = f"{'reply' if item.is_response else 'call'}{' failed' if item.failed else ''}"
    label_class = "label failed-text" if item.failed else "label"
    label = escape(f"{item.label} ✗" if item.failed else item.label)
    if start == end:
        line = f'<path class="{css}" d="M{start} {y - 8} h34 v14 h-30" marker-end="url(#to-{kind})"/>'
        text = f'<text class="{label_class}" x="{start + 42}" y="{y + 3}">{label}</text>'
    else:
        way = 1 if end > start else -1
        ends = f'x1="{start + way}" y1="{y}" x2="{end - 2 * way}" y2="{y}"'
        line = f'<line class="{css}" {ends} marker-end="url(#to-{kind})"/>'
        at = _label_place(item.label, columns, start, end)
        text = f'<text class="{label_class}" x="{at:g}" y="{y - 6}" text-anchor="middle">{label}</text>'
    mark = f'<text class="mark" x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(item.mark.strip())}</text>'
    told = escape(f"{item.label} from {item.source} to {item.target}")
    drawn = f"<title>{told}</title>{line}{text}" if item.href else f"{line}{text}"
    if item.href:
        drawn = f'<a href="{escape(item.href)}">{drawn}</a>'
    return f"{mark}{drawn}"


def _label_place(label: str, columns: list[int], start: int, end: int) -> float:
    """The middle of the first gap of an arrow when the label fits there: of a long arrow, that is what is in sight."""
    low, high = min(start, end), max(start, end)
    following = columns[columns.index(low) + 1]
    return (low + following) / 2 if _size(label) + 40 <= following - low else (low + high) / 2


def _note(item: Note, lanes: list[str], columns: list[int], y: int) -> str:
    x = columns[lanes.index(item.lane)]
    text = _short(item.text, 90)
    bad = " failed-text" if item.text.startswith("error") else ""
    return (
        f'<rect class="note" x="{x + 8}" y="{y - 14}" width="{_note_width(item):g}" height="21" rx="4"/>'
        f'<text class="note-text{bad}" x="{x + 15}" y="{y + 1}">{escape(text)}</text>'
    )
