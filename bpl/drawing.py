"""A drawing of a process before it is SVG: boxes, frames, joins and edges at places, and where to put them.

`laid_out` places a process from top to bottom, containers as frames around their activities. `positioned` takes the
places that an editor stored, rows and columns stretched so that nothing overlaps, each container's body as a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .outline import Branch, Node, Outline

BOX = (208, 48)
_GAP, _LABEL, _PAD, _TITLE, _EMPTY = 30, 40, 18, 30, 96
_COLUMN = 26
_FRAMED = ("foreach", "while", "until", "scope", "sequence")


@dataclass(slots=True)
class Box:
    """An activity; `x`, `y` are its centre."""

    node: Node
    x: float
    y: float


@dataclass(slots=True)
class Frame:
    """A container with its title; `x`, `y` are the upper left corner."""

    node: Node
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Edge:
    """A line through points, with an arrow at its end, and the branch it is of."""

    points: tuple[tuple[float, float], ...]
    label: str = ""
    owner: Node | None = None
    arrow: bool = True


@dataclass(slots=True)
class Drawing:
    """All of it; `terminals` are start and end, `joins` where branches meet, `titles` stand over pages."""

    width: float = 0.0
    height: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    joins: list[tuple[float, float]] = field(default_factory=list)
    terminals: list[tuple[str, float, float]] = field(default_factory=list)
    titles: list[tuple[str, float, float]] = field(default_factory=list)


def branch_labels(node: Node) -> list[tuple[str, Branch | None]]:
    """The ways out of a branching activity as coverage names them; None for one that has no activities written."""
    if node.element == "if":
        found = {branch.kind: branch for branch in node.branches}
        return [("true", found.get("true")), ("false", found.get("false"))]
    ways: list[tuple[str, Branch | None]] = []
    labels = [branch.label for branch in node.branches]
    cases = 0
    for branch in node.branches:
        cases += branch.kind not in ("body", "sequence", "default")
        unique = labels.count(branch.label) == 1 or not branch.label
        ways.append((branch.label if unique else f"{branch.label} ({cases})", branch))
    if node.element == "switch" and "default" not in labels:
        ways.append(("default", None))
    return ways


def is_framed(node: Node) -> bool:
    """Whether an activity is drawn as a frame around others."""
    return node.element in _FRAMED or (
        node.element not in ("if", "switch", "flow") and any(branch.nodes for branch in node.branches)
    )


def draw(outline: Outline) -> Drawing:
    """The drawing of a process: as an editor stored it when every activity has a place, else laid out."""
    return positioned(outline) or laid_out(outline)


# --- laid out ---


def laid_out(outline: Outline) -> Drawing:
    """Everything from top to bottom."""
    drawing = Drawing()
    width, _ = _size(outline.nodes)
    x = width / 2 + _PAD
    drawing.terminals.append(("start", x, 24))
    bottom = _column(drawing, outline.nodes, x, 40 + _GAP, (x, 40))
    drawing.edges.append(Edge((bottom, (x, bottom[1] + _GAP))))
    drawing.terminals.append(("end", x, bottom[1] + _GAP + 16))
    drawing.width, drawing.height = width + 2 * _PAD, bottom[1] + _GAP + 50
    return drawing


def _size(nodes: tuple[Node, ...]) -> tuple[float, float]:
    sizes = [_node_size(node) for node in nodes]
    if not sizes:
        return _EMPTY, 0
    return max(width for width, _ in sizes), sum(height for _, height in sizes) + _GAP * (len(sizes) - 1)


def _node_size(node: Node) -> tuple[float, float]:
    columns = [_size(branch.nodes if branch else ()) for _, branch in branch_labels(node)]
    if is_framed(node):
        if not columns:
            return BOX[0] + 2 * _PAD, _TITLE + 2 * _PAD
        inner = max(sum(width for width, _ in columns) + _COLUMN * (len(columns) - 1), BOX[0])
        labelled = _LABEL if any(label for label, _ in branch_labels(node)) else _PAD
        return inner + 2 * _PAD, _TITLE + labelled + max(height for _, height in columns) + _PAD
    if not columns:
        return BOX
    inner = max(BOX[0], sum(width for width, _ in columns) + _COLUMN * (len(columns) - 1))
    return inner, BOX[1] + _LABEL + max(height for _, height in columns) + _GAP


def _column(
    drawing: Drawing,
    nodes: tuple[Node, ...],
    x: float,
    y: float,
    above: tuple[float, float],
    label: str = "",
    owner: Node | None = None,
) -> tuple[float, float]:
    """Places activities below each other, the first at `y`, joined to `above`; where the last one ends."""
    for node in nodes:
        drawing.edges.append(Edge((above, (x, y)), label, owner))
        label, owner = "", None
        above = _place(drawing, node, x, y)
        y = above[1] + _GAP
    return above


def _place(drawing: Drawing, node: Node, x: float, y: float) -> tuple[float, float]:
    if is_framed(node):
        return _place_frame(drawing, node, x, y)
    drawing.boxes.append(Box(node, x, y + BOX[1] / 2))
    bottom = (x, y + BOX[1])
    ways = branch_labels(node)
    if not ways:
        return bottom
    sizes = [_size(branch.nodes if branch else ()) for _, branch in ways]
    join = (x, y + BOX[1] + _LABEL + max(height for _, height in sizes) + _GAP)
    left = x - (sum(width for width, _ in sizes) + _COLUMN * (len(sizes) - 1)) / 2
    for (label, branch), (width, _) in zip(ways, sizes, strict=True):
        centre = left + width / 2
        left += width + _COLUMN
        turn = (centre, bottom[1] + 10)
        nodes = branch.nodes if branch else ()
        if not nodes:
            points = (bottom, (x, turn[1]), turn, (centre, join[1] - 8), (x, join[1] - 8), join)
            drawing.edges.append(Edge(points, label, node, arrow=False))
            continue
        drawing.edges.append(Edge((bottom, (x, turn[1]), turn), owner=node, arrow=False))
        end = _column(drawing, nodes, centre, bottom[1] + _LABEL, turn, label, node)
        drawing.edges.append(Edge((end, (end[0], join[1] - 8), (x, join[1] - 8), join), arrow=False))
    drawing.joins.append(join)
    return join


def _place_frame(drawing: Drawing, node: Node, x: float, y: float) -> tuple[float, float]:
    width, height = _node_size(node)
    drawing.frames.append(Frame(node, x - width / 2, y, width, height))
    ways = branch_labels(node)
    sizes = [_size(branch.nodes if branch else ()) for _, branch in ways]
    left = x - (sum(column for column, _ in sizes) + _COLUMN * (len(sizes) - 1)) / 2
    labelled = _LABEL if any(label for label, _ in ways) else _PAD
    for (label, branch), (column, _) in zip(ways, sizes, strict=True):
        centre = left + column / 2
        left += column + _COLUMN
        _column(
            drawing, branch.nodes if branch else (), centre, y + _TITLE + labelled, (centre, y + _TITLE), label, node
        )
    return (x, y + height)


# --- positioned ---


def positioned(outline: Outline) -> Drawing | None:
    """As an editor stored it; None when a place is missing or two activities would overlap."""
    drawing = Drawing()
    top = 0.0
    for title, nodes in _pages(outline):
        page = _page(nodes)
        if page is None:
            return None
        shift = top + (34 if title else 0)
        if title:
            drawing.titles.append((title, _PAD, top + 22))
        _merge(drawing, page, shift)
        top = shift + page.height
        drawing.width, drawing.height = max(drawing.width, page.width), top
    return drawing


def _pages(outline: Outline) -> Iterator[tuple[str, tuple[Node, ...]]]:
    yield "", outline.nodes
    for node in outline.walk():
        if is_framed(node):
            for label, branch in branch_labels(node):
                if branch is not None and branch.nodes:
                    yield f"{node.element} {node.name}" + (f": {label}" if label else ""), branch.nodes


def _on_page(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if not is_framed(node):
            for branch in node.branches:
                yield from _on_page(branch.nodes)


def _page(nodes: tuple[Node, ...]) -> Drawing | None:
    held = list(_on_page(nodes))
    if not held or any(node.position is None for node in held):
        return None
    spots = {id(node): node.position for node in held if node.position is not None}
    xs = _stretched([x for x, _ in spots.values()], BOX[0] / 2 + 10, 300)
    ys = _stretched([y for _, y in spots.values()], BOX[1] + _LABEL + 8, 150)
    places = {key: (xs[x] + BOX[0] / 2 + _PAD, ys[y] + 110) for key, (x, y) in spots.items()}
    boxes = [Box(node, *places[id(node)]) for node in held]
    for at, box in enumerate(boxes):
        for other in boxes[at + 1 :]:
            if abs(box.x - other.x) < BOX[0] + 6 and abs(box.y - other.y) < BOX[1] + 6:
                return None
    drawing = Drawing(boxes=boxes)
    first = boxes[0]
    drawing.terminals.append(("start", first.x, 24))
    ends = _joined(drawing, nodes, places, [((first.x, 40.0), "", None)])
    bottom = max(box.y for box in boxes) + BOX[1] / 2 + _GAP + 10
    x = first.x
    for end, label, owner in ends:
        drawing.edges.append(_line(end, (x, bottom), label, owner))
    drawing.terminals.append(("end", x, bottom + 16))
    drawing.width = max(box.x for box in boxes) + BOX[0] / 2 + _PAD
    drawing.height = bottom + 50
    return drawing


_Open = tuple[tuple[float, float], str, Node | None]


def _joined(
    drawing: Drawing, nodes: tuple[Node, ...], places: dict[int, tuple[float, float]], ends: list[_Open]
) -> list[_Open]:
    """Edges from the open `ends` through activities; the ends that are open after them."""
    for node in nodes:
        x, y = places[id(node)]
        for end, label, owner in ends:
            drawing.edges.append(_line(end, (x, y - BOX[1] / 2), label, owner))
        bottom = (x, y + BOX[1] / 2)
        ways = [] if is_framed(node) else branch_labels(node)
        ends = [] if ways else [(bottom, "", None)]
        for label, branch in ways:
            ends += _joined(drawing, branch.nodes if branch else (), places, [(bottom, label, node)])
    return ends


def _line(start: tuple[float, float], end: tuple[float, float], label: str, owner: Node | None) -> Edge:
    if start[0] == end[0]:
        return Edge((start, end), label, owner)
    middle = start[1] + 12 if label else end[1] - 16
    return Edge((start, (start[0], middle), (end[0], middle), end), label, owner)


def _stretched(values: list[int], least: float, most: float) -> dict[int, float]:
    """Each value at a place of its own: in order, and neither too near to the one before nor too far."""
    places: dict[int, float] = {}
    at, before = 0.0, None
    for value in sorted(set(values)):
        if before is not None:
            at += min(max(value - before, least), most)
        places[value], before = at, value
    return places


def _merge(drawing: Drawing, page: Drawing, down: float) -> None:
    drawing.boxes += [replace(box, y=box.y + down) for box in page.boxes]
    drawing.edges += [replace(edge, points=tuple((x, y + down) for x, y in edge.points)) for edge in page.edges]
    drawing.terminals += [(text, x, y + down) for text, x, y in page.terminals]
