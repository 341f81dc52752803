"""An annotation filled in, beside a plain Jinja2 template of the same text: 3 KB with 20 substitutions."""

import time
from collections.abc import Callable

from isc.py.bpl.state import ContextObject
from isc.py.bpl.template import Template
from isc.py.objectscript import Frame
from isc.py.objectscript.definitions import PropertyDefinition
from jinja2 import Environment, StrictUndefined

from .report import Report

_SUBSTITUTIONS = 20
_TEXT = "".join(f"row_{at} = load(source, 'part {at:02}', " + "option=value, " * 8 + "\n" for at in range(20))


class _Context:
    """What the plain template reads: an ordinary object."""

    def __init__(self, names: list[str]) -> None:
        for name in names:
            setattr(self, name, f"value of {name}")


def _filled(form: str) -> str:
    lines = _TEXT.splitlines()
    return "\n".join(f"{line}{form.format(f'context.Name{at}')})" for at, line in enumerate(lines))


def _seconds(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - started) / count


def run(*, short: bool) -> Report:
    """Render each `count` times, several rounds in turn."""
    count, rounds = (300, 3) if short else (5000, 7)
    names = [f"Name{at}" for at in range(_SUBSTITUTIONS)]
    context = ContextObject({name: PropertyDefinition(name) for name in names})
    for name in names:
        context._set_property(name, f"value of {name}")
    frame = Frame({"context": context})
    environment = Environment(undefined=StrictUndefined)
    peer = environment.from_string(_filled("{{{{ {} }}}}"))
    plain = _Context(names)
    ways: dict[str, Callable[[], object]] = {}
    for label, form in (("#{…}", "#{{{}}}"), ("#{…|py}", "#{{{}|py}}")):
        template = Template(_filled(form))
        ways[f"isc.py {label}"] = lambda template=template: template.render(frame)  # type: ignore[misc]  # a default
    ways["plain Jinja2, compiled"] = lambda: peer.render(context=plain)
    assert Template(_filled("#{{{}}}")).render(frame) == peer.render(context=plain)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            times[name].append(_seconds(work, count) * 1e6)
    report = Report("templates")
    medians = {name: report.add(name, found, "us") for name, found in times.items()}
    source = _filled("#{{{}}}")
    compiled = [_seconds(lambda: Template(source), 20) * 1e6 for _ in range(rounds)]
    report.add("isc.py compiling", compiled, "us")
    report.ratio("ratio_plain_jinja2", medians["isc.py #{…}"], medians["plain Jinja2, compiled"])
    report.ratio("ratio_plain_jinja2_py", medians["isc.py #{…|py}"], medians["plain Jinja2, compiled"])
    return report
