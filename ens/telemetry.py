"""OpenTelemetry traces (extra ``otel``): a span for each message, and one for each activity of a process.

They are made when the environment asks for them as OpenTelemetry says (``OTEL_EXPORTER_OTLP_ENDPOINT`` or
``OTEL_TRACES_EXPORTER``), and never without. A session is one trace. Spans of calls are children of the process that
sent them, those inside a worker are children of the call, and the context is current while user code runs, so that its
own spans are part of the trace. Spans carry names and ids, never what a message says.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from .messages import Envelope, Outcome
from .redaction import redacted

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_ASKED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")
_KEPT = 10_000  # open spans, at most


class Tracing(Protocol):
    """Traces, or nothing."""

    def begin(self, envelope: Envelope) -> Callable[[Outcome], None]:
        """The message goes to its queue; what is given is called at its end."""

    def trace_of(self, header_id: int) -> str:
        """The W3C ``traceparent`` of a message that has begun, "" when there is none."""

    def activity(self, header_id: int, name: str, element: str, at: int | None = None) -> None:
        """A process comes to an activity, or came to it `at` that time, in nanoseconds since 1970."""

    def in_worker(self, item: str, request: Mapping[str, Any]) -> contextlib.AbstractContextManager[None]:
        """A message runs in this worker."""

    def flush(self) -> None:
        """Send what waits."""


class NoTracing:
    """Nothing is traced."""

    def begin(self, envelope: Envelope) -> Callable[[Outcome], None]:
        """Nothing."""
        return _nothing

    def trace_of(self, header_id: int) -> str:
        """Nothing."""
        return ""

    def activity(self, header_id: int, name: str, element: str, at: int | None = None) -> None:
        """Nothing."""

    def in_worker(self, item: str, request: Mapping[str, Any]) -> contextlib.AbstractContextManager[None]:
        """Nothing."""
        return contextlib.nullcontext()

    def flush(self) -> None:
        """Nothing."""


def _nothing(_: Outcome) -> None:
    """Nothing was begun."""


class OpenTelemetry:
    """Spans of a tracer; `flushing` sends those that wait."""

    def __init__(self, tracer: "Tracer", flushing: Callable[[], object]) -> None:
        self._tracer = tracer
        self._flushing = flushing
        self._lock = threading.Lock()
        self._spans: dict[int, Span] = {}
        self._activities: dict[int, Span] = {}

    def begin(self, envelope: Envelope) -> Callable[[Outcome], None]:
        """The span of a message, from its queue to its end."""
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        with self._lock:
            above = self._activities.get(envelope.sender) or self._spans.get(envelope.sender)
        kind = SpanKind.CLIENT if envelope.sender else SpanKind.SERVER
        attributes: dict[str, str | bool] = {
            "messaging.system": "isc-py",
            "messaging.destination.name": envelope.target,
            "messaging.message.id": str(envelope.header_id),
            "messaging.message.conversation_id": str(envelope.session),
            "isc_py.source": envelope.source,
            "isc_py.message.class": envelope.class_name,
            "isc_py.async": envelope.is_async,
        }
        context = set_span_in_context(above) if above is not None else None
        span = self._tracer.start_span(f"{envelope.source} → {envelope.target}", context, kind, attributes)
        with self._lock:
            if len(self._spans) < _KEPT:
                self._spans[envelope.header_id] = span

        def ended(outcome: Outcome) -> None:
            with self._lock:
                self._spans.pop(envelope.header_id, None)
                last = self._activities.pop(envelope.header_id, None)
            if last is not None:
                last.end()
            if outcome.response is None:
                span.set_status(Status(StatusCode.ERROR, redacted(outcome.error.partition("\n")[0])[:500]))
            span.end()

        return ended

    def trace_of(self, header_id: int) -> str:
        """The ``traceparent`` of a message that has begun."""
        with self._lock:
            span = self._spans.get(header_id)
        if span is None:
            return ""
        held = span.get_span_context()
        return f"00-{held.trace_id:032x}-{held.span_id:016x}-{held.trace_flags:02x}"

    def activity(self, header_id: int, name: str, element: str, at: int | None = None) -> None:
        """The span of an activity, which ends where the next one begins or the process ends."""
        from opentelemetry.trace import set_span_in_context

        with self._lock:
            above = self._spans.get(header_id)
            before = self._activities.pop(header_id, None)
        if before is not None:
            before.end(at)
        if above is None:
            return
        attributes = {"isc_py.element": element}
        span = self._tracer.start_span(
            name or element, set_span_in_context(above), attributes=attributes, start_time=at
        )
        with self._lock:
            self._activities[header_id] = span

    @contextlib.contextmanager
    def in_worker(self, item: str, request: Mapping[str, Any]) -> Iterator[None]:
        """The span of a message's run; current for the code that it runs."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract({"traceparent": request.get("trace", "")})
        attributes: dict[str, str | int] = {
            "isc_py.message.class": str(request.get("class", "")),
            "process.pid": os.getpid(),
        }
        with self._tracer.start_as_current_span(f"run {item}", parent, attributes=attributes):
            yield

    def flush(self) -> None:
        """Send what waits."""
        self._flushing()


def is_asked_for(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for traces."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(environment.get(name) for name in _ASKED)


@cache
def _of_process(pid: int) -> Tracing:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
    from opentelemetry.trace import set_tracer_provider

    name = os.environ.get("OTEL_SERVICE_NAME", "isc-py")
    provider = TracerProvider(resource=Resource.create({"service.name": name, "process.pid": pid}))
    to_console = os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "console"
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter() if to_console else OTLPSpanExporter()))
    set_tracer_provider(provider)
    return OpenTelemetry(provider.get_tracer("isc.py"), provider.force_flush)


def tracing() -> Tracing:
    """The traces of this process, a worker its own; nothing when the environment asks for none.

    Raises:
        ModuleNotFoundError: it asks for them and the extra ``otel`` is not installed.
    """
    return _of_process(os.getpid()) if is_asked_for() else NoTracing()
