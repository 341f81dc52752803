"""The diagram of a process as SVG: shapes by kind, names, branches labelled, and coloured by coverage when asked."""

import unicodedata
from collections.abc import Callable

from lxml import etree

from .coverage import Measure
from .drawing import BOX, Box, Drawing, Edge, Frame, draw
from .outline import Node, Outline

_SVG = "http://www.w3.org/2000/svg"
_FILLS = {
    "assign": "#eef4fc",
    "call": "#e3f1ee",
    "transform": "#e3f1ee",
    "rule": "#e3f1ee",
    "code": "#f3eefb",
    "sql": "#f3eefb",
    "if": "#fff5dc",
    "switch": "#fff5dc",
    "flow": "#fff5dc",
    "sync": "#f0f0e4",
    "delay": "#f0f0e4",
    "alert": "#fce8e1",
    "throw": "#fce8e1",
}
_RAN, _MISSED, _PARTLY = ("#d9f2df", "#2c7a3f"), ("#fbd9d7", "#b3261e"), ("#fff0b8", "#8a6d00")
_LINE, _TEXT, _FAINT = "#5c6670", "#1c2126", "#5c6670"
_DETAILS: dict[str, Callable[[Node], str]] = {
    "assign": lambda node: f"{_of(node, 'property')} = {_of(node, 'value')}",
    "call": lambda node: f"→ {_of(node, 'target')}",
    "if": lambda node: _of(node, "condition"),
    "while": lambda node: _of(node, "condition"),
    "until": lambda node: _of(node, "condition"),
    "foreach": lambda node: f"{_of(node, 'key')} in {_of(node, 'property')}",
    "trace": lambda node: _of(node, "value"),
    "alert": lambda node: _of(node, "value"),
    "transform": lambda node: _of(node, "class"),
    "rule": lambda node: _of(node, "rule"),
    "sync": lambda node: _of(node, "calls"),
    "delay": lambda node: _of(node, "duration") or _of(node, "until"),
    "throw": lambda node: _of(node, "fault"),
    "branch": lambda node: f"to {_of(node, 'label')}",
    "code": lambda node: " ".join(node.text.split()),
    "sql": lambda node: " ".join(node.text.split()),
}


def svg(outline: Outline, measure: Measure | None = None) -> str:
    """The diagram as an SVG document; with a `measure`, what ran is green, what did not red, what ran partly yellow."""
    drawing = draw(outline)
    root = etree.Element(f"{{{_SVG}}}svg", nsmap={None: _SVG})  # type: ignore[dict-item]  # the stubs forget the default namespace
    width, height = f"{drawing.width:.0f}", f"{drawing.height:.0f}"
    for name, value in (("width", width), ("height", height), ("viewBox", f"0 0 {width} {height}"), ("role", "img")):
        root.set(name, value)
    root.set("font-family", "Inter, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif")
    _add(root, "title", f"BPL process {outline.source}")
    _arrow(root)
    _add(root, "rect", width="100%", height="100%", fill="#ffffff")
    _Painter(root, drawing, measure).paint()
    return etree.tostring(root, encoding="unicode", pretty_print=True)


class _Painter:
    def __init__(self, root: etree._Element, drawing: Drawing, measure: Measure | None) -> None:
        self.root = root
        self.drawing = drawing
        self.measure = measure

    def paint(self) -> None:
        for frame in self.drawing.frames:
            self._frame(frame)
        for edge in self.drawing.edges:
            self._edge(edge)
        for x, y in self.drawing.joins:
            _add(self.root, "circle", cx=x, cy=y, r=4, fill=_LINE)
        for text, x, y in self.drawing.terminals:
            _add(self.root, "rect", x=x - 34, y=y - 16, width=68, height=32, rx=16, fill="#2f3b47")
            _text(self.root, x, y + 4, text, 12, "#ffffff")
        for text, x, y in self.drawing.titles:
            _text(self.root, x, y, text, 13, _TEXT, anchor="start", weight="600")
        for box in self.drawing.boxes:
            self._box(box)

    def _colours(self, node: Node) -> tuple[str, str]:
        if node.disabled:
            return "#f3f3f3", "#b5b5b5"
        if self.measure is None:
            return _FILLS.get(node.element, "#f4f5f7"), _LINE
        key = (node.line, node.name)
        if not self.measure.counts.get(key):
            return _MISSED
        return _RAN if all(self.measure.taken.get(key, {}).values()) else _PARTLY

    def _frame(self, frame: Frame) -> None:
        fill, line = self._colours(frame.node)
        group = _group(self.root, frame.node)
        style = {"fill": "none", "stroke": line, "stroke-width": 1.4, "rx": 8}
        _add(group, "rect", x=frame.x, y=frame.y, width=frame.width, height=frame.height, **style)
        _add(group, "rect", x=frame.x + 1, y=frame.y + 1, width=frame.width - 2, height=24, rx=7, fill=fill)
        title = f"{frame.node.element} {frame.node.name if frame.node.is_named else ''}".strip()
        detail = _detail(frame.node)
        shown = fitted(f"{title} · {detail}" if detail else title, frame.width - 24, 12.4)
        _text(group, frame.x + 12, frame.y + 17, shown, 11.5, _TEXT, anchor="start", weight="600")

    def _edge(self, edge: Edge) -> None:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge.points)
        missed = self._is_missed(edge)
        line = _MISSED[1] if missed else _LINE
        style: dict[str, object] = {"points": points, "fill": "none", "stroke": line, "stroke-width": 1.3}
        if missed:
            style["stroke-dasharray"] = "5 4"
        if edge.arrow:
            style["marker-end"] = "url(#arrow)"
        _add(self.root, "polyline", **style)
        if edge.label:
            x, y = self._label_place(edge)
            shown = fitted(edge.label, 190, 11)
            wide = text_width(shown, 11) + 10
            _add(self.root, "rect", x=x - wide / 2, y=y - 11, width=wide, height=16, rx=4, fill="#ffffff")
            _text(self.root, x, y + 1, shown, 11, line if missed else _TEXT)

    def _is_missed(self, edge: Edge) -> bool:
        if self.measure is None or edge.owner is None or not edge.label:
            return False
        return self.measure.taken.get((edge.owner.line, edge.owner.name), {}).get(edge.label) is False

    @staticmethod
    def _label_place(edge: Edge) -> tuple[float, float]:
        """Beside the end of the turn away from the activity."""
        points = edge.points
        if len(points) >= 3:
            return points[2][0], points[2][1] + 15
        return points[0][0], (points[0][1] + points[-1][1]) / 2 + 2

    def _box(self, box: Box) -> None:
        fill, line = self._colours(box.node)
        group = _group(self.root, box.node)
        _shape(group, box, {"fill": fill, "stroke": line, "stroke-width": 1.4})
        inside = BOX[0] - (44 if box.node.element in ("if", "switch") else 26)
        name = box.node.name if box.node.is_named else box.node.element
        count = self._count(box.node)
        _text(group, box.x, box.y - 4, fitted(name, inside, 12.8), 12, _TEXT, weight="600")
        detail = _detail(box.node) or box.node.element
        _text(group, box.x, box.y + 12, fitted(detail, inside, 10), 10, _FAINT)
        if count is not None:
            _text(
                group,
                box.x + BOX[0] / 2 - 4,
                box.y - BOX[1] / 2 - 4,
                f"{count} \N{MULTIPLICATION SIGN}",
                10,
                line,
                anchor="end",
            )

    def _count(self, node: Node) -> int | None:
        return None if self.measure is None else self.measure.counts.get((node.line, node.name))


def _of(node: Node, attribute: str) -> str:
    return " ".join(node.attributes.get(attribute, "").split())


def _detail(node: Node) -> str:
    found = _DETAILS.get(node.element)
    return found(node).strip() if found is not None else ""


def _group(root: etree._Element, node: Node) -> etree._Element:
    group = _add(root, "g")
    group.set("class", f"activity {node.element}")
    lines = [f"{node.element} {node.name} (line {node.line})"]
    lines += [f"{name}: {value}" for name, value in node.attributes.items() if name not in ("xpos", "ypos", "name")]
    _add(group, "title", "\n".join(lines))
    return group


def _shape(group: etree._Element, box: Box, style: dict[str, object]) -> None:
    """Diamond-ended for decisions, doubled sides for calls, a torn page for traces, a cylinder for SQL …"""
    (wide, high), x, y = BOX, box.x, box.y
    left, right, top, bottom = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
    kind = box.node.element
    if kind in ("if", "switch"):
        over = [(left + 22, top), (right - 22, top), (right, y)]
        _polygon(group, [(left, y), *over, (right - 22, bottom), (left + 22, bottom)], style)
    elif kind in ("alert", "throw"):
        cut = 12
        corners = [(left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut)]
        corners += [(right - cut, bottom), (left + cut, bottom), (left, bottom - cut), (left, top + cut)]
        _polygon(group, corners, style)
    elif kind in ("transform", "xslt", "xpath"):
        _polygon(group, [(left + 14, top), (right, top), (right - 14, bottom), (left, bottom)], style)
    elif kind in ("trace", "milestone"):
        path = f"M{left},{top} H{right} V{bottom - 6} Q{(x + right) / 2},{bottom - 14} {x},{bottom - 5} "
        _add(group, "path", d=f"{path}Q{(x + left) / 2},{bottom + 4} {left},{bottom - 6} Z", **style)
    elif kind == "sql":
        bend = f"A{wide / 2},6 0 0 1"
        path = f"M{left},{top + 6} {bend} {right},{top + 6} V{bottom - 6} {bend} {left},{bottom - 6} Z"
        _add(group, "path", d=path, **style)
    else:
        radius = {"assign": 10, "delay": 24, "reply": 24, "label": 24, "branch": 24}.get(kind, 3)
        if kind == "call" and box.node.attributes.get("async", "0") in ("1", "true"):
            style["stroke-dasharray"] = "7 3"
        _add(group, "rect", x=left, y=top, width=wide, height=high, rx=radius, **style)
        if kind in ("call", "rule", "code"):
            line = {"stroke": style["stroke"], "stroke-width": 1}
            for at in (left + 7, right - 7):
                _add(group, "line", x1=at, y1=top, x2=at, y2=bottom, **line)
        if kind in ("sync", "flow"):
            _add(group, "rect", x=left, y=bottom - 4, width=wide, height=4, fill=style["stroke"])


def _polygon(group: etree._Element, corners: list[tuple[float, float]], style: dict[str, object]) -> None:
    _add(group, "polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners), **style)


def _add(parent: etree._Element, name: str, words: str = "", /, **attributes: object) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_SVG}}}{name}")
    for key, value in attributes.items():
        element.set(key, f"{value:.1f}" if isinstance(value, float) else str(value))
    if words:
        element.text = words
    return element


def _arrow(root: etree._Element) -> None:
    marker = _add(_add(root, "defs"), "marker", id="arrow", viewBox="0 0 8 8", refX=7, refY=4, orient="auto")
    marker.set("markerWidth", "8")
    marker.set("markerHeight", "8")
    _add(marker, "path", d="M0,0 L8,4 L0,8 Z", fill=_LINE)


def _text(
    parent: etree._Element,
    x: float,
    y: float,
    text: str,
    size: float,
    fill: str,
    *,
    anchor: str = "middle",
    weight: str = "",
) -> None:
    style: dict[str, object] = {"x": x, "y": y, "font-size": size, "fill": fill, "text-anchor": anchor}
    if weight:
        style["font-weight"] = weight
    _add(parent, "text", text, **style)


def text_width(text: str, size: float) -> float:
    """About how wide a text is: letters by class, wide ones of East Asia twice as wide."""
    return size * sum(_advance(char) for char in text)


def _advance(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if unicodedata.combining(char):
        return 0.0
    if char in "iljtf.,:;'|!()[]{} ":
        return 0.34
    return 0.74 if char.isupper() or char in "mwMW@%_→=" else 0.6


def fitted(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(f"{kept}…", size) > width:
        kept = kept[:-1]
    return f"{kept}…"
