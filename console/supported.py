"""The page of what is supported, made from the code: ``python -m isc.py.console.supported docs/supported.md``."""

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path

from isc.py.bpl import reader, rule_reader, transform_reader
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from isc.py.objectscript.commands import COMMANDS, INSTEAD
from isc.py.objectscript.dollar_expressions import KNOWN_MACROS
from isc.py.objectscript.functions import FRAME_FUNCTIONS, FUNCTION_MODULES, FUNCTIONS, PLACE_FUNCTIONS, SPECIALS
from isc.py.objectscript.names import language_name
from isc.py.objectscript.system_macros import DEFINITIONS

_HEAD = """# What is supported

This page is made from the code: `python -m isc.py.console.supported docs/supported.md`. A test fails when it is stale.
What is not here is refused when it is loaded, or when it is reached, by its name and its line.
"""
_BUILT_IN = [
    "| `$case(value, case: result, …)` |  | the result of the case that fits |",
    "| `$select(condition: value, …)` | `$s` | the value of the first condition that holds |",
]


def page() -> str:
    """The page."""
    sections = [_HEAD, *_language(), *_elements(), *_classes()]
    return "\n".join(sections).rstrip() + "\n"


def _language() -> Iterator[str]:
    yield "## Commands\n"
    yield _names(f"`{name}`{_aliases(aliases)}" for name, aliases in _by_value(COMMANDS).items())
    yield "\nThese are refused, with what to do instead:\n"
    yield "| command | instead |\n|---|---|"
    for names, instead in INSTEAD.items():
        yield f"| {', '.join(f'`{name}`' for name in names.split())} | {instead} |"
    yield "\n## Functions\n"
    yield "| function | also | |\n|---|---|---|"
    python = {**FUNCTIONS, **FRAME_FUNCTIONS, **{name: found for name, (found, _) in PLACE_FUNCTIONS.items()}}
    rows = [_function(found, names) for found, names in _grouped(python).items()]
    yield from sorted([*rows, *_BUILT_IN])
    yield "\n## Special variables\n"
    specials = {_longest(names): names for names in _grouped(SPECIALS).values()} | {"$this": ["$this"]}
    yield _names(
        f"`{name}`{_aliases([other for other in sorted(names) if other != name])}"
        for name, names in sorted(specials.items())
    )
    yield "\n## Macros\n"
    yield "Beside those of include files and of `#define`:\n"
    defined = re.findall(r"^#(?:define|def1arg) (\w+)", DEFINITIONS, re.M)
    yield _names(f"`$$${name}`" for name in sorted({*KNOWN_MACROS, *defined}, key=lambda name: (name.lower(), name)))


def _elements() -> Iterator[str]:
    yield "\n## BPL\n"
    yield "| element | attributes |\n|---|---|"
    for name, attributes in reader.elements().items():
        yield f"| `{name}` | {', '.join(f'`{attribute}`' for attribute in attributes)} |"
    yield "\nEach may have `name`, `disabled`, `languageOverride`, an `annotation`, and places for its diagram.\n"
    yield "## Data transformations (DTL)\n"
    yield _names(f"`{name}`" for name in sorted(transform_reader.ELEMENTS.split()))
    yield "\n## Rules\n"
    yield _names(f"`{name}`" for name in sorted(rule_reader.ELEMENTS.split()))


def _classes() -> Iterator[str]:
    yield "\n## Classes\n"
    yield "Methods and properties that a class adds to those of its superclass.\n"
    yield "| class | is | has |\n|---|---|---|"
    classes = _listed()
    listed = set(classes.values())
    for name, cls in sorted(classes.items(), key=lambda item: item[0].lower().lstrip("%")):
        said = _first_sentence(cls.__doc__)
        remark = "" if said.startswith("`") and said.count("`") == 4 and " " not in said else said
        yield f"| `{_short(name)}` | {_cell(remark)} | {', '.join(_members(cls, listed))} |"


def _listed() -> dict[str, type]:
    known: dict[str, str] = {}
    for entry in entry_points(group=dictionary.GROUP):
        known.update(entry.load())
    found = {}
    for name in known:
        try:
            found[name] = dictionary.face_of(dictionary.resolve(name))
        except IscError:  # an extra that is not installed
            continue
    return found


def _short(name: str) -> str:
    return f"%{name.removeprefix('%Library.')}" if name.startswith("%Library.") else name


def _members(cls: type, listed: set[type]) -> Iterator[str]:
    """What it has and no superclass with a row of its own has."""
    above = [base for base in cls.__mro__[1:] if base in listed]
    inherited = {name for base in above for above_it in base.__mro__ for name in vars(above_it)}
    own = [
        base for base in cls.__mro__ if base not in above and not base.__module__.startswith(("pydantic", "builtins"))
    ]
    names = [name for base in own for name in vars(base) if name not in inherited and _is_member(name)]
    definition = vars(cls).get("_definition")
    names += [item.name for item in definition.properties] if definition is not None else []
    names += list(getattr(cls, "model_fields", {})) if "model_fields" in dir(cls) else []
    for name in sorted(set(names), key=lambda name: (name.lstrip("_%").lower(), name)):
        yield f"`{language_name(name)}`"


def _is_member(name: str) -> bool:
    return bool(re.match(r"_?[A-Z]", name)) and not name.isupper()


def _first_sentence(text: str | None) -> str:
    words = " ".join(inspect.cleandoc(text or "").split())
    found = re.match(r"(.*?[.:])(?:\s|$)", words)
    return (found.group(1) if found else words).rstrip(".:")


def _function(python: str, names: list[str]) -> str:
    main = f"${python.rstrip('_')}"
    function = next(getattr(module, python) for module in FUNCTION_MODULES if hasattr(module, python))
    words = [_word(item) for item in inspect.signature(function).parameters.values() if item.name not in ("f", "frame")]
    said = _first_sentence(function.__doc__)
    remark = "" if said.strip("`").partition("(")[0] == main else said
    also = ", ".join(f"`{name}`" for name in sorted(names, key=len) if name != main)
    return f"| `{main}({', '.join(words)})` | {also} | {_cell(remark)} |"


def _word(parameter: inspect.Parameter) -> str:
    return (
        f"{parameter.name.strip('_')}, …" if parameter.kind is parameter.VAR_POSITIONAL else parameter.name.strip("_")
    )


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def _names(names: Iterator[str]) -> str:
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > 124:
            lines.append(line.rstrip())
            line = ""
        line += f"{name}, "
    return "\n".join([*lines, line.rstrip(", ") + "."])


def _aliases(names: list[str]) -> str:
    return f" ({', '.join(f'`{name}`' for name in names)})" if names else ""


def _by_value(table: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, full in table.items():
        if name != full:
            found[full].append(name)
        else:
            found.setdefault(full, [])
    return dict(sorted(found.items()))


def _grouped(table: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, python in table.items():
        found[python].append(name)
    return dict(found)


def _longest(names: list[str]) -> str:
    return max(names, key=len)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
