"""A production's definition as Python: the text of a module whose class has the items."""

import keyword
import re

from .definition import Definition, Item

_PLAIN = {"category": "", "comment": "", "foreground": False, "log_trace_events": False, "schedule": ""}


def write_code(definition: Definition) -> str:
    """The text of a Python module with the production; reading it gives the same definition."""
    name = _class_name(definition.name)
    lines = [
        f'"""The production {definition.name}."""',
        "",
        "from isc.py import ens",
        "",
        "",
        f"class {name}(ens.Production):",
        f'    """{_said(definition)}"""',
        "",
        f"    name = {_quoted(definition.name)}",
    ]
    if definition.description:
        lines.append(f"    description = {_quoted(definition.description)}")
    if definition.actor_pool_size is not None:
        lines.append(f"    actor_pool_size = {definition.actor_pool_size}")
    if definition.testing_enabled is not None:
        lines.append(f"    testing_enabled = {definition.testing_enabled}")
    if definition.log_general_trace_events:
        lines.append("    log_general_trace_events = True")
    if definition.settings:
        lines.append(f"    settings = {_mapping(definition.settings, 4)}")
    if definition.extra:
        lines.append(f"    extra = {_mapping(definition.extra, 4)}")
    lines += ["    items = [", *(line for item in definition.items for line in _item(item)), "    ]"]
    return "\n".join(lines) + "\n"


def _said(definition: Definition) -> str:
    first = definition.description.strip().split("\n")[0].replace("\\", "\\\\").replace('"', "'")
    return first or f"{definition.name}."


def _class_name(name: str) -> str:
    last = re.sub(r"\W", "_", name.rpartition(".")[2]) or "Production"
    return last if last.isidentifier() and not keyword.iskeyword(last) and last != "ens" else f"P{last}"


def _item(item: Item) -> list[str]:
    lines = ["        ens.Item(", f"            {_quoted(item.name)},", f"            {_quoted(item.class_name)},"]
    if item.pool_size != 1:
        lines.append(f"            pool_size={item.pool_size},")
    if not item.enabled:
        lines.append("            enabled=False,")
    for name, plain in _PLAIN.items():
        value = getattr(item, name)
        if value != plain:
            lines.append(f"            {name}={_quoted(value) if isinstance(value, str) else value},")
    if item.settings:
        lines.append(f"            settings={_mapping(item.settings, 12)},")
    if item.extra:
        lines.append(f"            extra={_mapping(item.extra, 12)},")
    return [*lines, "        ),"]


def _mapping(values: object, indent: int) -> str:
    assert isinstance(values, dict)
    blank = " " * indent
    return "{\n" + "".join(f"{blank}    {_quoted(k)}: {_quoted(v)},\n" for k, v in values.items()) + f"{blank}}}"


def _quoted(text: str) -> str:
    shown = repr(text)
    return '"' + shown[1:-1] + '"' if shown.startswith("'") and '"' not in text else shown
