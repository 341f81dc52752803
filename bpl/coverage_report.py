"""Coverage as a table of text, and as one HTML page with the diagrams coloured."""

from collections.abc import Sequence

from jinja2 import Environment
from markupsafe import Markup

from .coverage import Coverage, Measure
from .diagram import svg

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>BPL coverage: {{ "%.1f"|format(percent) }} %</title>
<style>
body { font: 15px/1.5 Inter, "Segoe UI", "DejaVu Sans", Arial, sans-serif; color: #1c2126; margin: 2rem; }
table { border-collapse: collapse; }
td, th { padding: .3rem .8rem; border-bottom: 1px solid #dde2e6; text-align: right; }
td:first-child, th:first-child { text-align: left; }
.key span { padding: .1rem .6rem; border-radius: 4px; margin-right: .6rem; }
figure { margin: 1rem 0; overflow-x: auto; border: 1px solid #dde2e6; border-radius: 8px; padding: .5rem; }
svg { max-width: none; }
</style>
</head>
<body>
<h1>BPL coverage: {{ "%.1f"|format(percent) }} %</h1>
<table>
<thead><tr><th scope="col">process</th><th scope="col">activities</th><th scope="col">branches</th>
<th scope="col">covered</th></tr></thead>
<tbody>
{%- for measure in measures %}
<tr><td><a href="#p{{ loop.index }}">{{ measure.class_name }}</a></td>
<td>{{ measure.activities[0] }} of {{ measure.activities[1] }}</td>
<td>{{ measure.branches[0] }} of {{ measure.branches[1] }}</td>
<td>{{ "%.1f"|format(measure.percent) }} %</td></tr>
{%- endfor %}
</tbody>
</table>
<p class="key"><span style="background:#d9f2df">ran</span><span style="background:#fff0b8">ran, a branch did not</span>
<span style="background:#fbd9d7">never ran</span></p>
{%- for measure in measures %}
<h2 id="p{{ loop.index }}">{{ measure.class_name }}</h2>
{%- if measure.missed %}
<details><summary>{{ measure.missed|length }} missed</summary><ul>
{%- for missed in measure.missed %}<li>line {{ missed }}</li>{% endfor -%}
</ul></details>
{%- endif %}
<figure aria-label="Diagram of {{ measure.class_name }}">{{ drawings[loop.index0] }}</figure>
{%- endfor %}
</body>
</html>
"""
_environment = Environment(autoescape=True, trim_blocks=False)


def text_report(coverage: Coverage) -> str:
    """A table with a line a process, and what was missed by line."""
    measures = coverage.measures()
    rows = [("process", "activities", "branches", "covered")]
    rows += [_row(measure) for measure in measures]
    if len(measures) > 1:
        rows.append(("all", "", "", f"{coverage.percent:.1f} %"))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [_line(row, widths) for row in rows]
    for measure in measures:
        if measure.missed:
            lines += ["", f"{measure.class_name} missed:"]
            lines += [f"  line {missed}" for missed in measure.missed]
    return "\n".join(lines)


def _row(measure: Measure) -> tuple[str, str, str, str]:
    (ran, activities), (taken, branches) = measure.activities, measure.branches
    return measure.class_name, f"{ran} of {activities}", f"{taken} of {branches}", f"{measure.percent:.1f} %"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip()


def html_report(coverage: Coverage) -> str:
    """One page: the table, then each process with its diagram; nothing is loaded from elsewhere."""
    measures = coverage.measures()
    drawings = [Markup(svg(measure.outline, measure)) for measure in measures]
    template = _environment.from_string(_PAGE)
    return template.render(measures=measures, drawings=drawings, percent=coverage.percent)
