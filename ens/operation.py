"""`Operation`: executes the Python that messages carry, in a context that persists (contract, section 3).

What its worker needs is imported there, by `dispatcher`: the Director loads neither pandas nor DuckDB for it.
"""

from typing import TYPE_CHECKING, Any

from isc.py.iscpython_c.callout import Callout
from isc.py.msg import Message
from isc.py.objectscript import NotSupportedError, dictionary

from .hosts import BusinessOperation
from .settings import Setting

if TYPE_CHECKING:
    from .dispatcher import Dispatcher
    from .session_contexts import SessionContexts


class Operation(BusinessOperation):
    """``isc.py.ens.Operation``: `Initializer` runs when its worker starts, and again when it is replaced."""

    keeps_context = True

    Initializer = Setting(str, "", "The class whose Initialize runs when a worker starts: extend isc.py.init.Abstract.")
    PythonLib = Setting(str, "", "The libpython to load; empty for the running one.")
    DebugTimeout = Setting(
        float, 60, "Seconds the message after a DebugRequest waits for the debugger to come.", minimum=0
    )

    Checkpoint = Setting(
        str,
        "",
        "activity keeps the context after each message, for iscpy session open; empty keeps none.",
        choices=("", "activity"),
    )
    CheckpointCount = Setting(int, 100, "How many of them each worker keeps; older ones go.", minimum=2)

    ContextScope = Setting(
        str,
        "operation",
        "`operation`: one context a worker, for all messages; `session`: one a message session, in one worker.",
        choices=("operation", "session"),
    )
    ContextLimit = Setting(
        int, 100, "How many session contexts a worker holds; others are saved, and restored when needed.", minimum=1
    )

    @property
    def context_name(self) -> str:
        """The context that the last message worked in."""
        dispatcher: Dispatcher = self.__dict__["_dispatcher"]
        return dispatcher.context

    def on_init(self) -> None:
        """Load the library and run the initializer.

        Raises:
            InitializerError: steps of it failed.
            ClassNotFoundError: there is no such initializer.
        """
        from .dispatcher import Dispatcher

        self.__dict__["_dispatcher"] = Dispatcher(float(self.DebugTimeout))
        if self.Initializer:
            initializer: Any = dictionary.resolve(self.Initializer)
            if not hasattr(initializer, "Initialize"):
                raise NotSupportedError(
                    f"Initializer {self.Initializer} has no Initialize: extend isc.py.init.Abstract"
                )
            initializer.Initialize(self.PythonLib)
        else:
            Callout.Initialize(self.PythonLib)
        if self.ContextScope == "session":
            from .session_contexts import SessionContexts

            self.__dict__["_contexts"] = SessionContexts(str(self.__dict__.get("_item", "")), self.ContextLimit)

    def on_request(self, request: Message) -> Message | None:
        """Run what the message asks for. Raises like `Dispatcher.dispatch`."""
        dispatcher: Dispatcher = self.__dict__["_dispatcher"]
        contexts: SessionContexts | None = self.__dict__.get("_contexts")
        if contexts is not None:
            about = self.__dict__["_sending"].about
            dispatcher.context = contexts.enter(int(about.get("session", 0)), int(about.get("saved", 0)))
        return dispatcher.dispatch(request)
