"""`BPEmulator`: tries a process in this job, without a production, on the engine that productions use.

`RunActivities` runs the Python of annotations; `Run` executes the whole process against targets that are classes,
functions or recorded responses.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from isc.py.data.namespace import current
from isc.py.iscpython_c.exceptions import CodeError, IscError
from isc.py.msg import Message, Response
from isc.py.objectscript import Frame, NotSupportedError, dictionary
from isc.py.terminal import Main

from .annotations import annotations, filled
from .engine import Effect, Engine, Reply, Send, Traced
from .exceptions import EmulatorError
from .program import program_of

Target: TypeAlias = Message | Callable[[Message], Message]


@dataclass(frozen=True)
class ActivityResult:
    """One activity that was run: seconds it took, and the error it raised."""

    activity: str
    kind: str
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Exchange:
    """A request that the process sent and what it got."""

    call: str
    target: str
    request: Message
    response: Message | None = None
    error: str = ""


@dataclass
class ProcessRun:
    """What a whole run did."""

    response: Message | None = None
    error: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    context: dict[str, object] = field(default_factory=dict)


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
        process = cls._process(class_name, settings)
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
        """The rows of a query into a DataFrame.

        Raises:
            NotSupportedError: another mode than RAW.
            SQLError: the query could not be run.
        """
        if mode != "RAW":
            raise NotSupportedError(f"mode {mode!r} is not supported yet: use RAW")
        Main.ExecuteQuery(query, variable, "dataframe")

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
    ) -> ProcessRun:
        """Run the whole process; `targets` answers by name (``*`` for all others), a message or a function each.

        Without a target for it a call ends the run with an error that names it.
        """
        process = cls._process(class_name, settings or {})
        run = ProcessRun()
        engine = Engine(program_of(type(process)), current(), lambda _, head: run.activities.append(head.name))
        instance = engine.begin(process, request)
        pending: list[Effect] = []
        try:
            pending += engine.advance(instance)
            while pending:
                effect = pending.pop(0)
                if isinstance(effect, Traced):
                    run.trace.append(effect.text)
                elif isinstance(effect, Reply):
                    run.response = effect.response
                else:
                    response = cls._answer(effect, targets or {}, run)
                    pending += engine.deliver(instance, effect.number, response)
                    pending += engine.advance(instance)
        except IscError as error:
            run.error = str(error)
        run.context = dict(instance.context.items())
        return run

    @staticmethod
    def _answer(send: Send, targets: Mapping[str, Target], run: ProcessRun) -> Message:
        target = targets.get(send.target, targets.get("*"))
        if target is None:
            raise EmulatorError(f"call {send.name!r} goes to {send.target!r}, which has no target: give one, or '*'")
        try:
            response = target(send.request) if not isinstance(target, Message) else target
        except Exception as error:
            run.exchanges.append(Exchange(send.name, send.target, send.request, error=str(error)))
            raise EmulatorError(f"call {send.name!r}: {send.target} raised {type(error).__name__}: {error}") from error
        response = response if isinstance(response, Message) else Response()
        run.exchanges.append(Exchange(send.name, send.target, send.request, response))
        return response

    @staticmethod
    def _process(class_name: str, settings: Mapping[str, object]) -> Any:
        made: Any = dictionary.resolve(class_name)
        process = made._New()
        for name, value in settings.items():
            if name not in process._property_names():
                raise EmulatorError(
                    f"{class_name} has no setting {name!r}; it has {', '.join(process._property_names())}"
                )
            process._set_property(name, value)
        process.__dict__["_scope"] = Frame({"process": process}, process, current())
        return process
