"""The pytest plugin: fixtures `bp_emulator` and `production`, and coverage of BPL (``--bpl-cov``).

pytest loads this module in every run of the environment, so it imports nothing of ours until it is used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from isc.py.bpl.coverage import Coverage
    from isc.py.console.testing import Emulator, Productions

_SENT = "isc_py_bpl_coverage"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and the setting `bpl_classes`."""
    group = parser.getgroup("isc-py", "BPL processes (isc-py)")
    group.addoption("--bpl-cov", action="store_true", help="report which activities and branches of BPL ran")
    group.addoption("--bpl-cov-html", metavar="FILE", help="write the report as HTML with the diagrams coloured")
    group.addoption("--bpl-cov-json", metavar="FILE", help="write what was collected, to be merged")
    group.addoption("--bpl-cov-fail-under", metavar="N", type=float, help="fail when less than N percent ran")
    parser.addini("bpl_classes", "class files, or folders of them, that bp_emulator and production load", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to collect when an option asks for it."""
    names = ("bpl_cov", "bpl_cov_html", "bpl_cov_json", "bpl_cov_fail_under")
    if any(config.getoption(name) for name in names):
        from isc.py.bpl.coverage import Coverage, start_collecting

        config.stash[_coverage_key] = Coverage()
        start_collecting(config.stash[_coverage_key])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Collect no more."""
    if _coverage_key in config.stash:
        from isc.py.bpl.coverage import start_collecting

        start_collecting(None)


_coverage_key: "pytest.StashKey[Coverage]" = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the files; too little coverage makes the run fail. A worker of xdist hands over what it collected."""
    config = session.config
    if _coverage_key not in config.stash:
        return
    coverage = config.stash[_coverage_key]
    output: dict[str, object] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[_SENT] = coverage.to_json()
        return
    if config.getoption("bpl_cov_html"):
        from isc.py.bpl.coverage_report import html_report

        _write(config, "bpl_cov_html", html_report(coverage))
    if config.getoption("bpl_cov_json"):
        _write(config, "bpl_cov_json", coverage.to_json())
    if _is_short(config, coverage) and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended: take what it collected."""
    collected = getattr(node, "workeroutput", {}).get(_SENT)
    if collected is not None:
        node.config.stash[_coverage_key].merge(collected)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the coverage."""
    if _coverage_key not in config.stash:
        return
    from isc.py.bpl.coverage_report import text_report

    coverage = config.stash[_coverage_key]
    terminalreporter.section("BPL coverage")
    terminalreporter.write_line(text_report(coverage))
    if config.getoption("bpl_cov_html"):
        terminalreporter.write_line(f"\nwritten: {config.getoption('bpl_cov_html')}")
    if _is_short(config, coverage):
        wanted = config.getoption("bpl_cov_fail_under")
        line = f"FAILED: {coverage.percent:.1f} % of the processes ran, --bpl-cov-fail-under wants {wanted:g} %"
        terminalreporter.write_line(line, red=True)


def _is_short(config: pytest.Config, coverage: "Coverage") -> bool:
    wanted: float | None = config.getoption("bpl_cov_fail_under")
    return wanted is not None and coverage.percent < wanted


def _write(config: pytest.Config, option: str, text: str) -> None:
    path = Path(config.invocation_params.dir, config.getoption(option))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- fixtures ---


@pytest.fixture(scope="session")
def _bpl_sources(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose namespace has the classes of the setting `bpl_classes`, loaded once a session."""
    from isc.py.console.testing import prepared

    folder = tmp_path_factory.mktemp("bpl_classes")
    prepared(folder, pytestconfig.getini("bpl_classes"), pytestconfig.stash.get(_coverage_key, None))
    return folder


@pytest.fixture
def bp_emulator(_bpl_sources: Path, tmp_path: Path) -> "Iterator[Emulator]":
    """Runs BPL processes: ``bp_emulator.run("My.Process", request, {"Target": response})``."""
    from isc.py.console.testing import emulator

    with emulator(_bpl_sources, tmp_path) as ready:
        yield ready


@pytest.fixture
def production(_bpl_sources: Path, tmp_path: Path) -> "Iterator[Productions]":
    """Starts a production in `tmp_path`: ``production("My.Production")`` gives its Director."""
    from isc.py.console.testing import productions

    with productions(_bpl_sources, tmp_path) as ready:
        yield ready
