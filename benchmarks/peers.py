"""Peers of the durable round trip: Celery with Redis, a DBOS workflow, a Jupyter kernel."""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

IN_FLIGHT = 64
Ask: TypeAlias = Callable[[int], object]
#: What sends a request and waits for its answer, and what does many its own way, `IN_FLIGHT` at a time.
Ways: TypeAlias = tuple[Ask, Callable[[int], object] | None]
#: Gives what sends a request and waits for its answer.
Peer: TypeAlias = Callable[[], contextlib.AbstractContextManager[Ways]]

_CELERY = """
from celery import Celery
app = Celery("worker", broker="{url}/0", backend="{url}/1")
app.conf.update(worker_prefetch_multiplier=1, task_acks_late=True, broker_connection_retry_on_startup=True)
@app.task
def work(number):
    return 6 * 7
"""


class MissingError(Exception):
    """A peer is not installed; says which part of it."""


@contextlib.contextmanager
def celery() -> Iterator[Ways]:
    """Celery, one worker, over a Redis server of its own that keeps every command on disk before it answers.

    Raises:
        MissingError: celery, redis or redis-server is not installed.
    """
    try:
        import redis
        from celery import Celery
    except ImportError as error:
        raise MissingError("Celery") from error
    program = shutil.which("redis-server")
    if program is None:
        raise MissingError("redis-server (Debian)")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always"]
        _started(stack, command, {}, folder)
        url = f"redis://127.0.0.1:{port}"
        client = redis.Redis(port=port)
        _until(client.ping, redis.exceptions.ConnectionError)
        client.close()
        (Path(folder) / "bench_celery.py").write_text(_CELERY.format(url=url))
        command = [sys.executable, "-m", "celery", "-A", "bench_celery", "worker", "--pool", "solo"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"]
        _started(stack, command, {"PYTHONPATH": folder}, folder)
        app = Celery("bench", broker=f"{url}/0", backend=f"{url}/1")
        stack.callback(app.close)

        def ask(number: int) -> object:
            return app.send_task("bench_celery.work", (number,)).get(timeout=60)

        def many(count: int) -> None:
            """One thread and many requests, as Celery's own groups do: its threads get in each other's way."""
            waiting: deque[Any] = deque()
            for number in range(count):
                if len(waiting) == IN_FLIGHT:
                    waiting.popleft().get(timeout=60)
                waiting.append(app.send_task("bench_celery.work", (number,)))
            for result in waiting:
                result.get(timeout=60)

        ask(0)
        yield ask, many


@contextlib.contextmanager
def dbos() -> Iterator[Ways]:
    """A DBOS workflow of one step, kept in SQLite as it is shipped; in this process, as it runs its workflows.

    Raises:
        MissingError: dbos is not installed.
    """
    try:
        from dbos import DBOS
    except ImportError as error:
        raise MissingError("DBOS") from error
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        url = f"sqlite:///{folder}/dbos.sqlite"
        DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR", "run_admin_server": False})
        step = DBOS.step()(lambda number: number * 7)

        def work(number: int) -> object:
            return step(number)

        workflow: Ask = DBOS.workflow()(work)
        DBOS.launch()
        try:
            workflow(0)
            yield workflow, None
        finally:
            DBOS.destroy()


@contextlib.contextmanager
def jupyter() -> Iterator[Ways]:
    """A Jupyter kernel: code run in a context that persists, nothing kept on disk. One request at a time.

    Raises:
        MissingError: jupyter-client or ipykernel is not installed.
    """
    try:
        import ipykernel
        from jupyter_client.manager import start_new_kernel
    except ImportError as error:
        raise MissingError("Jupyter kernel") from error
    assert ipykernel
    manager, client = start_new_kernel(startup_timeout=60, stderr=subprocess.DEVNULL)
    try:

        def ask(_: int) -> object:
            return client.execute_interactive("x = 6 * 7", user_expressions={"x": "x"}, timeout=60)

        ask(0)
        yield ask, None
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _started(stack: contextlib.ExitStack, command: list[str], environment: dict[str, str], folder: str) -> None:
    """Start a process that is ended with the stack."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait)
    stack.callback(process.kill)


def _until(answers: Callable[[], object], refused: type[Exception]) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            answers()
            return
        except refused:
            if time.monotonic() > ends:
                raise
            time.sleep(0.02)
