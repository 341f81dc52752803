"""`BPEmulator`: tries a process in this job, without a production, on the engine that productions use.

`RunActivities` runs the Python of annotations; `Run` executes the whole process against targets; `Start` gives a run
that stops where it is told.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isc.py.iscpython_c.exceptions import CodeError, IscError
from isc.py.msg import Message
from isc.py.terminal import Main

from .annotations import annotations, filled
from .clock import VirtualClock
from .coverage import Coverage
from .emulation import STEP_LIMIT, Emulation, Options, begin, process_of
from .exceptions import EmulatorError
from .run import Exchange, ProcessRun
from .targets import NEVER, Answer, Real, Target

__all__ = [
    "NEVER",
    "ActivityResult",
    "Answer",
    "BPEmulator",
    "Emulation",
    "Exchange",
    "ProcessRun",
    "Real",
    "Target",
    "VirtualClock",
]


@dataclass(frozen=True)
class ActivityResult:
    """One activity that was run: seconds it took, and the error it raised."""

    activity: str
    kind: str
    seconds: float
    error: str = ""


class BPEmulator:
    """The emulator; every method is a class method."""

    @classmethod
    def RunActivities(
        cls, class_name: str, activities: Sequence[str | tuple[str, str]], **settings: object
    ) -> list[ActivityResult]:
        """Run activities in this job: the Python of an annotation, or for a pair its SQL into a variable.

        Stops at the first that fails; its error is in the result.

        Raises:
            EmulatorError: the class has no such activity.
        """
        process = process_of(class_name, settings)
        known = annotations(type(process))
        names = [item if isinstance(item, str) else item[0] for item in activities]
        for name in names:
            if name not in known:
                raise EmulatorError(
                    f"{class_name} has no activity {name!r} with an annotation; there are {list(known)}"
                )
        results: list[ActivityResult] = []
        for item in activities:
            name, variable = (item, "") if isinstance(item, str) else item
            started = time.perf_counter()
            error = ""
            try:
                code = filled(process, name)
                if variable:
                    cls.ExecuteQuery(code, variable)
                else:
                    cls.ExecuteCode(code)
            except IscError as raised:
                error = raised.traceback if isinstance(raised, CodeError) else str(raised)
            elapsed = time.perf_counter() - started
            results.append(ActivityResult(name, "query" if variable else "code", elapsed, error))
            if error:
                break
        return results

    @classmethod
    def ExecuteCode(cls, code: str) -> None:
        """Run Python code, statement by statement. Raises like `Main.ExecuteCode`."""
        Main.ExecuteCode(code, separateLines=True)

    @classmethod
    def ExecuteQuery(cls, query: str, variable: str, mode: str = "RAW") -> None:
        """The rows of a query into a DataFrame: RAW from this namespace, ODBC and JDBC from the one of that name.

        Raises:
            EmulatorError: another mode.
            DataError: ``iscpy.toml`` has no namespace ODBC or JDBC.
            SQLError: the query could not be run.
        """
        if mode not in ("RAW", "ODBC", "JDBC"):
            raise EmulatorError(f"mode {mode!r} is unknown: use RAW, ODBC or JDBC")
        Main.ExecuteQuery(query, variable, "dataframe", "" if mode == "RAW" else mode)

    @classmethod
    def DescribeDataframe(cls, variable: str) -> str:
        """The shape, types and first rows of a DataFrame variable."""
        main = Main()
        frame = main._context.value(variable)
        if not hasattr(frame, "dtypes"):
            raise EmulatorError(f"{variable!r} is a {type(frame).__name__}, not a DataFrame")
        return f"{frame.shape[0]} rows x {frame.shape[1]} columns\n{frame.dtypes}\n{frame.head()}"  # type: ignore[attr-defined]  # a frame

    @classmethod
    def Run(
        cls,
        class_name: str,
        request: Message,
        targets: Mapping[str, Target] | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        clock: VirtualClock | None = None,
        step_limit: int = STEP_LIMIT,
        coverage: Coverage | None = None,
        timeout: float | None = None,
        confine: str | Path | None = None,
    ) -> ProcessRun:
        """Run the whole process; `targets` answer by name (``*`` for all others), see `isc.py.bpl.targets`.

        Without a target for it a call ends the run with an error that names it. Waiting costs no time: the clock is
        virtual. A run that fails is no exception: its `error` and `failure` say what happened. It ends after
        `step_limit` activities or `timeout` real seconds; with `confine`, files are only those below that folder.
        """
        folder = Path(confine) if confine is not None else None
        options = Options(targets or {}, clock or VirtualClock(), step_limit, coverage, 0, timeout, folder)
        return begin(class_name, request, settings or {}, options).close()

    @classmethod
    def Start(
        cls,
        class_name: str,
        request: Message,
        targets: Mapping[str, Target] | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        clock: VirtualClock | None = None,
        step_limit: int = STEP_LIMIT,
        coverage: Coverage | None = None,
        timeout: float | None = None,
        confine: str | Path | None = None,
    ) -> Emulation:
        """`Run` that has not begun: `until` an activity, look at and change the context, `finish`."""
        folder = Path(confine) if confine is not None else None
        options = Options(targets or {}, clock or VirtualClock(), step_limit, coverage, 0, timeout, folder)
        return begin(class_name, request, settings or {}, options)
