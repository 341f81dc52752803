"""Options that several commands of ``iscpy`` have."""

from pathlib import Path
from typing import Annotated

import typer

HERE = Path()

Json = Annotated[bool, typer.Option("--json", help="Show JSON.")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PROPERTY=VALUE", help="A property of the request; @FILE takes a file's text."),
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="The request's properties as a JSON object; - is standard input."),
]
AsJson = Annotated[bool, typer.Option("--as-json", help="Show JSON; --json without FILE is the same.")]
Setup = Annotated[
    list[str] | None,
    typer.Option("--setup", metavar="CLASS:METHOD[:ARG...]", help="A class method to call before."),
]
Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="From then on: 2026-11-24T08:00, or 15m, 2h, 7d ago.")
]
