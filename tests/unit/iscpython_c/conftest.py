"""The C host under test, compiled once a session, and a hand on its commands."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from isc.py.iscpython_c.library import get_include, get_library, write_record

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Answer:
    """What a call of the library came to."""

    status: int
    value: bytes
    type: str
    message: str
    traceback: str

    @property
    def text(self) -> str:
        return self.value.decode("utf-8", "surrogatepass")


class Host:
    """A running host: each call is a command of driver.c."""

    def __init__(self, *command: Path | str, **environment: str) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def __call__(self, *fields: str | bytes | int) -> Answer:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        raw = [field if isinstance(field, bytes) else str(field).encode("utf-8", "surrogatepass") for field in fields]
        self.process.stdin.write(b"\t".join(field.hex().encode() for field in raw) + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the host ended: {self.end()}"
        status, *rest = line.rstrip(b"\n").split(b"\t")
        value, kind, message, traceback = (bytes.fromhex(item.decode()) for item in rest)
        return Answer(int(status), value, kind.decode(), message.decode("utf-8", "surrogatepass"), traceback.decode())

    def run(self, code: str, variable: str = "", format: int = 0, context: str = "") -> Answer:
        return self("run", context, code, variable, format)

    def end(self) -> tuple[int, str]:
        """The host's exit status, and what it wrote to stderr."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors.decode()


def compiled(folder: Path, source: Path, name: str, *options: str) -> Path:
    program = folder / name
    library = get_library().parent
    command = [
        "cc",
        "-std=gnu11",
        "-O1",
        "-g",
        "-Wall",
        "-Wextra",
        "-Werror",
        *options,
        str(source),
        "-o",
        str(program),
    ]
    command += [f"-I{get_include()}", f"-L{library}", f"-Wl,-rpath,{library}", "-liscpython", "-pthread"]
    subprocess.run(command, check=True)
    return program


@pytest.fixture(scope="session")
def compile_host() -> Callable[..., Path]:
    """compile_host(folder, source, name, *options): a program linked to the library."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    return compiled


@pytest.fixture(scope="session")
def driver(compile_host: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    write_record()
    return compile_host(tmp_path_factory.mktemp("host"), HERE / "driver.c", "driver")


@pytest.fixture
def start_in(driver: Path) -> Iterator[Callable[..., Host]]:
    """start_in(*words, **environment): a host whose command begins with these words, and has these variables."""
    hosts = []

    def begin(*words: str, **environment: str) -> Host:
        hosts.append(Host(*words, driver, **environment))
        return hosts[-1]

    yield begin
    for host in hosts:
        status, errors = host.end() if host.process.poll() is None else (host.process.returncode, "")
        assert (status, errors) == (0, "")


@pytest.fixture
def start(start_in: Callable[..., Host]) -> Callable[..., Host]:
    """start(**environment): a host."""
    return start_in


@pytest.fixture
def host(start: Callable[..., Host]) -> Host:
    """A host in which Python is initialized."""
    host = start()
    answer = host("init")
    assert answer.status == 0, answer.message
    return host


@pytest.fixture(scope="session")
def decimal_comma(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that can choose the locale de_DE.UTF-8, whose decimal point is a comma."""
    folder = tmp_path_factory.mktemp("locale")
    try:
        command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no locale can be made here (Debian package locales): {error}")
    return {"LOCPATH": str(folder)}
