"""`Dispatcher`: what a worker of `Operation` does with each type of message, on its contexts."""

from collections.abc import Callable
from typing import Any

from isc.py.data.context import Context
from isc.py.data.sql_request import run_named
from isc.py.gw.served import ServedObjects
from isc.py.iscpython_c.context import DEFAULT
from isc.py.msg import Message, Response, StringResponse
from isc.py.msg.requests import (
    ClassRequest,
    CreateCQRequest,
    DebugRequest,
    ExecutionRequest,
    GlobalRequest,
    ObjectRequest,
    QueryRequest,
    RestoreRequest,
    SaveRequest,
    SQLRequest,
    StreamExecutionRequest,
    TableRequest,
)
from isc.py.msg.responses import ExecutionResponse, StreamExecutionResponse
from isc.py.objectscript import NotSupportedError, dictionary
from isc.py.objectscript.library.collections import ArrayOfDataTypes
from isc.py.terminal import Main

from .debugger import Debugger


class Dispatcher:
    """Picks the method by the type of the message; every one works on the default context of its process."""

    def __init__(self, debug_timeout: float = 60.0) -> None:
        self._debug_timeout = debug_timeout
        self.context = DEFAULT
        self._debugger: Debugger | None = None
        self._objects = ServedObjects()
        self._methods: dict[type[Message], Callable[[Any], Message]] = {
            ExecutionRequest: self._execute,
            StreamExecutionRequest: self._execute_stream,
            QueryRequest: self._query,
            GlobalRequest: self._global,
            ClassRequest: self._class,
            TableRequest: self._table,
            SQLRequest: self._sql,
            CreateCQRequest: self._create_cq,
            SaveRequest: self._save,
            RestoreRequest: self._restore,
            DebugRequest: self._debug,
            ObjectRequest: self._object,
        }

    @property
    def main(self) -> Main:
        """The terminal API on the context of the message."""
        return Main(self.context)

    def dispatch(self, request: Message) -> Message:
        """The response to a request; the first after a `DebugRequest` waits for the debugger.

        Raises:
            NotSupportedError: no method takes this type; names it and those that are taken.
            CodeError: the message's code raised.
        """
        if self._debugger is not None and not isinstance(request, DebugRequest):
            debugger, self._debugger = self._debugger, None
            debugger.wait()
        for cls in type(request).__mro__:
            if cls in self._methods:
                return self._methods[cls](request)
        taken = ", ".join(cls.__name__ for cls in self._methods)
        name = dictionary.name_of(type(request))
        raise NotSupportedError(f"isc.py.ens.Operation does not take {name}: send one of isc.py.msg: {taken}")

    def _variables(self, names: str, serialization: str) -> ArrayOfDataTypes:
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        return ArrayOfDataTypes({name: self.main.GetVariable(name, serialization) for name in wanted})

    def _execute(self, request: ExecutionRequest) -> Message:
        self.main.ExecuteCode(request.Code, separateLines=bool(request.SeparateLines))
        return ExecutionResponse(Variables=self._variables(request.Variables, request.Serialization))

    def _execute_stream(self, request: StreamExecutionRequest) -> Message:
        self.main.ExecuteCode(request.Code, separateLines=bool(request.SeparateLines))
        return StreamExecutionResponse(Variables=self._variables(request.Variables, request.Serialization))

    def _query(self, request: QueryRequest) -> Message:
        self.main.ExecuteQuery(request.Query, request.Variable, request.Type, request.Namespace)
        return Response()

    def _global(self, r: GlobalRequest) -> Message:
        self.main.ExecuteGlobal(r.Global, r.Variable, r.Type, r.Start, r.End, r.Mask, r.Labels, r.Namespace)
        return Response()

    def _class(self, request: ClassRequest) -> Message:
        rows = (request.Type, request.Start, request.End, request.Properties, request.Namespace)
        self.main.ExecuteClass(request.Class, request.Variable, *rows)
        return Response()

    def _table(self, request: TableRequest) -> Message:
        rows = (request.Type, request.Start, request.End, request.Properties, request.Namespace)
        self.main.ExecuteTable(request.Table, request.Variable, *rows)
        return Response()

    def _sql(self, request: SQLRequest) -> Message:
        run_named(request.Query, list(request.Args))
        return Response()

    def _create_cq(self, request: CreateCQRequest) -> Message:
        Main.PublishDataframe(request.Variable, request.Classname)
        return Response()

    def _save(self, request: SaveRequest) -> Message:
        report = Context.SaveContext(
            request.MaxLength, request.Mask, name=request.Name, description=request.Description, context=self.context
        )
        for name, reason in report.skipped.items():
            print(f"not saved: {name}: {reason}")  # noqa: T201  # the worker's output is the message's trace
        return StringResponse(StringValue=str(report.context_id))

    def _restore(self, request: RestoreRequest) -> Message:
        Context.RestoreContext(request.ContextId, clear=request.Clear, context=self.context)
        return Response()

    def _object(self, request: ObjectRequest) -> Message:
        if self.context != DEFAULT:
            raise NotSupportedError("live objects need ContextScope=operation: a session's context may move")
        answer = self._objects.perform(request.Action, request.Target, request.Arguments, request.Released)
        return StringResponse(StringValue=answer)

    def _debug(self, request: DebugRequest) -> Message:
        self._debugger = Debugger(self._debug_timeout)
        print(self._debugger.invitation)  # noqa: T201  # the worker's output is the message's trace
        return Response()
