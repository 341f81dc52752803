"""What commands show: tables for people, JSON for programs. Colours only on a terminal (and never with NO_COLOR)."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_A_PIPE = 500
_CONTROLS = dict.fromkeys(map(ord, "\a\b\v\f\r"))  # left out: they would move what is shown


def console() -> "Console":
    """A console on stdout; as wide as a table needs when it is a pipe."""
    from rich.console import Console  # here, not above: most commands say a line or show JSON

    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE, highlight=False, soft_wrap=False)


def say(text: str) -> None:
    """Lines as they are: no markup, no wrapping."""
    sys.stdout.write(text.translate(_CONTROLS).expandtabs() + "\n")


def show_json(value: object) -> None:
    """One JSON value on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain, indent=2) + "\n")


def _plain(value: object) -> object:
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else str(value)


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """A table; numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    held = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
    for at, name in enumerate(columns):
        numeric = bool(held) and all(isinstance(row[at], int | float | Decimal) for row in held if row[at] is not None)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in held:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    console().print(table)


def show_properties(title: str, values: Mapping[str, object]) -> None:
    """Name and value, a line each."""
    say(title)
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)
        first, *more = shown.splitlines() or [""]
        say("\n".join([f"  {name:<{width}}  {first}", *(f"  {'':<{width}}  {line}" for line in more)]))
