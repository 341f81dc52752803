"""Traces of OpenTelemetry, received as a collector would: a session is one trace, into the workers."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from isc.py.ens import Director
from isc.py.ens.exceptions import MessageFailedError
from isc.py.msg import ExecutionRequest, Request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

OPERATION = "isc.py.ens.Operation"
Start = Callable[..., Director]
PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.Request' response='Ens.Response'>
<context><property name='X' type='%Integer'/></context>
<sequence>
<assign name='First' property='context.X' value='1'/>
<call name='Ask' target='isc.py.ens.Operation' async='0'>
<request type='isc.py.msg.ExecutionRequest'><assign property='callrequest.Code'
 value='"from opentelemetry.trace import get_tracer as of"_$char(10)_"of(""me"").start_span(""my own"").end()"'/>
</request></call>
</sequence>
</process>
}
}
"""


@pytest.fixture(scope="module")
def collected_spans() -> Iterator[dict[str, Any]]:
    """What a collector on a port of its own receives, by name; a process sends to the same one as long as it lives."""
    received: dict[str, Any] = {}

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    received.update({span.name: span for span in scope.spans})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        yield received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def spans(collected_spans: dict[str, Any]) -> dict[str, Any]:
    """What it receives in one test."""
    collected_spans.clear()
    return collected_spans


@pytest.mark.parametrize("isolation", ["director", "worker"])
def test_a_session_is_one_trace_with_spans_of_messages_activities_and_workers(
    start: Start, spans: dict[str, Any], isolation: str
) -> None:
    setting = f'<Setting Target="Host" Name="Isolation">{isolation}</Setting>'
    director = start(PROCESS, items=f'<Item Name="t.Process" ClassName="t.Process">{setting}</Item>')
    director.send_sync("t.Process", Request(), timeout=30)
    with pytest.raises(MessageFailedError):
        director.send_sync(OPERATION, ExecutionRequest(Code="raise OSError('amqp://me:hunter2@host')"), 30)
    director.stop()

    def above(name: str) -> bytes:
        return bytes(spans[name].parent_span_id)

    root, call = "External → t.Process", f"t.Process → {OPERATION}"
    assert {root, call, "First", "Ask", "my own", f"run {OPERATION}", f"External → {OPERATION}"} <= set(spans)
    assert len({spans[name].trace_id for name in (root, call, "First", "Ask", "my own")}) == 1
    assert above(root) == b""
    assert above("First") == above("Ask") == spans[root].span_id
    assert above(call) == spans["Ask"].span_id
    assert ("run t.Process" in spans) == (isolation == "worker")
    first, ask = spans["First"], spans["Ask"]
    assert spans[root].start_time_unix_nano <= first.start_time_unix_nano <= ask.start_time_unix_nano
    assert first.end_time_unix_nano == ask.start_time_unix_nano or isolation == "director"
    worker = spans["my own"].parent_span_id
    assert worker not in (spans[call].span_id, b"")
    failed = spans[f"External → {OPERATION}"]
    assert failed.status.code == 2
    assert failed.status.message == "OSError: amqp://me:********@host"
    assert not [name for name, span in spans.items() if b"hunter2" in span.SerializeToString()]
    kept = {item.key: item.value.string_value for item in spans[call].attributes}
    assert kept["isc_py.message.class"] == "isc.py.msg.ExecutionRequest"
