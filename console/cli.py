"""The command line ``iscpy`` (contract, section 9).

Only names and options live here; what a command does is imported when it runs, so that ``--help`` is quick.
Exit status: 0 done, 1 the work failed (the last line of stderr says what), 2 wrong usage.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from isc.py.console.data_commands import globals_, namespaces

from . import cli_bank, cli_messages, cli_production, cli_session
from .cli_options import HERE, AsJson, Json, JsonFile, Setting, Setup

app = typer.Typer(
    name="iscpy",
    help="Build, test and run interoperability productions whose operations execute Python.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
contexts = typer.Typer(name="context", help="Saved contexts.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(contexts)
bpl = typer.Typer(name="bpl", help="Business processes.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(bpl)
app.add_typer(cli_messages.app)
app.add_typer(cli_session.app)
app.add_typer(cli_production.app)
callouts = typer.Typer(
    name="callout", help="The library for foreign hosts.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(callouts)
app.add_typer(globals_)
app.add_typer(namespaces)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"iscpy {version('isc-py')}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Works in the current folder: iscpy.toml (optional) and .iscpy/ (bank, namespaces)."""


@app.command()
def load(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Class files, routines, exports; or folders.")],
    as_json: Json = False,
) -> None:
    """Load class files, routines and exports into the folder."""
    from isc.py.console.loading import load as run

    run(paths, HERE, as_json=as_json)


@app.command()
def run(
    production: Annotated[str, typer.Argument(metavar="[PRODUCTION]", help="Class of the production.")] = "",
    setups: Setup = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", metavar="PORT", min=0, help="Metrics for Prometheus, on 127.0.0.1.")
    ] = None,
    event_log: Annotated[
        Path | None, typer.Option("--event-log", metavar="FILE", help="Append the event log to it, as JSON lines.")
    ] = None,
    json_log: Annotated[bool, typer.Option("--json-log", help="Log to stderr as JSON lines.")] = False,
) -> None:
    """Start a production and serve until interrupted."""
    from isc.py.console.serving import Telling
    from isc.py.console.serving import run as serve

    serve(production, setups or [], HERE, Telling(metrics_port, json_log, event_log))


@app.command()
def send(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="An item of the production.")],
    request: Annotated[str, typer.Argument(metavar="[REQUEST]", help="Class of the request.")] = "Ens.Request",
    settings: Setting = None,
    json_file: JsonFile = None,
    production: Annotated[str, typer.Option("--production", metavar="NAME", help="The production to start.")] = "",
    setups: Setup = None,
    is_async: Annotated[bool, typer.Option("--async", help="Do not wait for the response.")] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="How long to wait.")
    ] = None,
    post: Annotated[
        bool, typer.Option("--post", help="Through the bank, to whichever production has it, here or elsewhere.")
    ] = False,
    key: Annotated[
        str, typer.Option("--key", metavar="KEY", help="With --post: what is posted again under it is sent once.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Send one message and show the response. Requests may run code: send only what you trust."""
    from isc.py.console.sending import send as run

    run(
        target,
        request,
        settings or [],
        json_file,
        production,
        setups or [],
        HERE,
        is_async=is_async,
        timeout=timeout,
        post=post,
        key=key,
        as_json=as_json,
    )


for command in cli_bank.COMMANDS:
    app.command()(command)


@app.command()
def console(
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes any free one.")] = 8765,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A Host name that a proxy in front of it passes on."),
    ] = None,
) -> None:
    """Serve the web console of the folder, on this machine."""
    from isc.py.console.web.serving import serve

    serve(port, hosts or [], HERE)


@app.command()
def emulate(
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="A BPL process class.")],
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="Class of the request.")] = "Ens.Request",
    settings: Setting = None,
    json_file: JsonFile = None,
    stubs: Annotated[
        list[str] | None,
        typer.Option(
            "--stub", metavar="TARGET=FILE", help="Recorded responses (JSON) of a target, or @CLASS; * is any other."
        ),
    ] = None,
    stub_file: Annotated[
        Path | None, typer.Option("--stubs", metavar="FILE", help="The responses of all targets by name, as JSON.")
    ] = None,
    host_settings: Annotated[
        list[str] | None, typer.Option("--setting", metavar="NAME=VALUE", help="A setting of the process.")
    ] = None,
    until: Annotated[
        str, typer.Option("--until", metavar="ACTIVITY", help="Stop before it and show the context.")
    ] = "",
    clock: Annotated[str, typer.Option("--clock", metavar="TIME", help="When the virtual clock begins (ISO).")] = "",
    coverage: Annotated[
        Path | None, typer.Option("--coverage", metavar="FILE", help="Write the coverage: .html, .json or text.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Write the run down, to be replayed.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Run a recording or a session's trace anew."),
    ] = None,
    step_limit: Annotated[
        int, typer.Option("--step-limit", metavar="N", min=1, help="At most so many activities.")
    ] = 100_000,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", min=0, help="At most so many real seconds; 0 for no end.")
    ] = 300.0,
    confine: Annotated[
        Path | None, typer.Option("--confine", metavar="FOLDER", help="File functions reach only what is in it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a process without a production. Targets are stubs, waiting takes no time."""
    from isc.py.console.emulate import Wanted
    from isc.py.console.emulate import emulate as run

    wanted = Wanted(until, clock, coverage, record, replay, step_limit, timeout, confine, stub_file)
    run(process, request, settings or [], json_file, stubs or [], host_settings or [], wanted, HERE, as_json=as_json)


@app.command()
def lint(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Class files (.cls) or folders of them.")],
    production: Annotated[
        str, typer.Option("--production", metavar="NAME", help="A production to check targets against.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Check processes and their annotations before they run."""
    from isc.py.console.lint import lint as run

    run(paths, production, HERE, as_json=as_json)


@bpl.command("draw")
def bpl_draw(
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="A BPL process class.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; standard output if not.")] = None,
) -> None:
    """Draw a process as SVG."""
    from isc.py.console.bpl_draw import draw

    draw(process, out, HERE)


@app.command()
def unittest(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A class file, or a folder of them.")],
    only: Annotated[str, typer.Option("--only", metavar="CLASS[:METHOD]", help="This class or test alone.")] = "",
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML, too.")] = None,
    as_json: Json = False,
) -> None:
    """Run classes that extend %UnitTest.TestCase, a line a test."""
    from isc.py.console.unittest import unittest as run

    run(path, only, junit, HERE, as_json=as_json)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A statement; - takes statements of standard input.")],
    namespace: Annotated[str, typer.Option(metavar="NAME", help="Another namespace, embedded or of iscpy.toml.")] = "",
    as_json: Json = False,
) -> None:
    """Run SQL: rows of a query, or how many a change met."""
    from isc.py.console.stored import sql as run

    run(query, HERE, namespace=namespace, as_json=as_json)


@contexts.command("list")
def context_list(as_json: Json = False) -> None:
    """List the saved contexts."""
    from isc.py.console.stored import list_contexts

    list_contexts(HERE, as_json=as_json)


@contexts.command("show")
def context_show(context_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Show the variables of a saved context; none of them is loaded."""
    from isc.py.console.stored import show_context

    show_context(context_id, HERE, as_json=as_json)


Target = Annotated[str, typer.Option("--target", metavar="ITEM", help="The operation whose context it is.")]


@contexts.command("save")
def context_save(
    target: Target = "isc.py.ens.Operation",
    mask: Annotated[str, typer.Option("--mask", help="Names with commas; * and ? are wildcards.")] = "*",
    name: Annotated[str, typer.Option("--name", help="A name for it.")] = "",
    description: Annotated[str, typer.Option("--description", help="What it is.")] = "",
    as_json: Json = False,
) -> None:
    """Save the context of a running operation."""
    from isc.py.console.contexts import save

    save(target, mask, name, description, HERE, as_json=as_json)


@contexts.command("diff")
def context_diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE")],
    after: Annotated[str, typer.Argument(metavar="AFTER")],
    as_json: Json = False,
) -> None:
    """Show what changed from one saved context to another; both are loaded, which may run code of theirs."""
    from isc.py.console.contexts import diff

    diff(before, after, HERE, as_json=as_json)


@contexts.command("restore")
def context_restore(
    context_id: Annotated[str, typer.Argument(metavar="ID")],
    target: Target = "isc.py.ens.Operation",
    clear: Annotated[bool, typer.Option("--clear", help="Forget what is there before.")] = False,
    as_json: Json = False,
) -> None:
    """Restore a saved context into a running operation."""
    from isc.py.console.contexts import restore

    restore(context_id, target, HERE, clear=clear, as_json=as_json)


Operation = Annotated[str, typer.Option("--target", metavar="ITEM", help="A running operation; its own by default.")]


@app.command()
def shell(target: Operation = "") -> None:
    """Open a Python prompt on a context. An empty line ends it; what is typed is executed."""
    from isc.py.console.prompt import shell as run

    run(target, HERE)


@app.command()
def zpy(code: Annotated[str, typer.Argument(metavar="CODE", help="One line.")], target: Operation = "") -> None:
    """Execute one line of Python on a context. The value of an expression is shown."""
    from isc.py.console.prompt import one_line

    one_line(code, target, HERE)


@callouts.command("path")
def callout_path() -> None:
    """Show the path of the shared library."""
    from isc.py.console.callouts import path

    path()


@callouts.command("header")
def callout_header() -> None:
    """Show the path of its C header."""
    from isc.py.console.callouts import header

    header()


@callouts.command("check")
def callout_check(
    python: Annotated[str, typer.Argument(metavar="[PYTHON]", help="A libpython, instead of the one found.")] = "",
    as_json: Json = False,
) -> None:
    """Start the library as a host would and say which Python it found."""
    from isc.py.console.callouts import diagnose

    diagnose(python, as_json=as_json)


@callouts.command("gtm")
def callout_gtm(folder: Annotated[Path, typer.Argument(metavar="FOLDER")]) -> None:
    """Write what GT.M and YottaDB need to call it, and show the environment to set."""
    from isc.py.console.callouts import gtm

    gtm(folder)


@callouts.command("build-iris")
def callout_build_iris(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    home: Annotated[str, typer.Option("--home", help="The server's installation; GLOBALS_HOME by default.")] = "",
) -> None:
    """Compile the Callout library for IRIS against the headers of a server."""
    from isc.py.console.callouts import iris

    iris(folder, home)


def _arguments(given: list[str]) -> list[str]:
    """``--json`` shows JSON on every command; where it may also name the request's file, it does when one follows."""
    if not {"send", "emulate"}.intersection(given):
        return given
    after = [*given[1:], "--"]
    return [
        "--as-json" if item == "--json" and following.startswith("--") else item
        for item, following in zip(given, after, strict=True)
    ]


def main() -> None:
    """The entry point: a failure of any command becomes a message and exit status 1."""
    try:
        app(_arguments(sys.argv[1:]))
    except Exception as error:  # noqa: BLE001  # the outermost boundary: nothing may leave as a traceback
        from isc.py.console.failures import report

        report(error, debug="--debug" in sys.argv)
        sys.exit(1)
