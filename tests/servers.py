"""Servers that tests talk to: real ones, on private ports."""

import getpass
import itertools
import os
import pwd
import random
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_numbers = itertools.count()


class PostgresServer:
    """Debian's PostgreSQL in a folder of its own, on a port of its own; `stop` and `start` as an operator would."""

    def __init__(
        self,
        programs: Path,
        folder: Path,
        *,
        initdb: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        fsync: str = "on",
    ) -> None:
        self._fsync = fsync
        self.programs = programs
        self.folder = folder
        self.user = "postgres" if os.getuid() == 0 else getpass.getuser()  # the server refuses to run as root
        if os.getuid() == 0:
            entry = pwd.getpwnam(self.user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        self.port = _free_port()
        self.environment: Mapping[str, str] = {}
        made = ("-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self._run("initdb", *made, *initdb)
        self.environment = environment or {}  # of the server itself
        self.start()

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def new_database(self) -> str:
        """The URL of an empty database of its own."""
        import pg8000.dbapi

        connection = pg8000.dbapi.connect("postgres", host="127.0.0.1", port=self.port)
        connection.autocommit = True
        name = f"own{next(_numbers)}"
        connection.cursor().execute(f"CREATE DATABASE {name}")
        connection.close()
        return self.url.removesuffix("postgres") + name

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync={self._fsync}"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast``, or ``immediate`` as a crash would."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def runs(self) -> bool:
        """Whether it runs, or begins to."""
        try:
            self._run("pg_ctl", "-D", str(self.folder / "data"), "status")
        except RuntimeError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments],
            user=self.user if os.getuid() == 0 else None,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program != "pg_ctl" else subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            log = self.folder / "log"
            told = (done.stdout or b"").decode() + (log.read_text() if log.exists() else "")
            raise RuntimeError(f"{program} ended with {done.returncode}: {told[-2000:]}")


def _free_port() -> int:
    """A port that nobody has, below those that connections are given: none of them takes it before the server does."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def postgres_programs() -> Path | None:
    """Where the programs of the newest PostgreSQL server are, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None
