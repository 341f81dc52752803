from isc.py.ens.messages import Envelope, Outcome
from isc.py.ens.metrics import exposition, registry_of
from isc.py.ens.observing import Observer
from isc.py.ens.telemetry import NoTracing, is_asked_for
from isc.py.msg import Response


def test_what_ends_is_counted_and_its_sender_is_told() -> None:
    observer, told = Observer(NoTracing()), []
    for number, error in enumerate(["", "", "Boom: pg://me:hunter2@db\nmore"], 1):
        envelope = observer.watched(Envelope(number, number, "In", "Out", "Ens.Request", "{}", told.append))
        assert observer.shown("Out")["open"] == 1
        envelope.told(Outcome(number, number, None if error else Response(), error=error))
    assert [outcome.header_id for outcome in told] == [1, 2, 3]
    shown = observer.shown("Out")
    assert (shown["completed"], shown["failed"], shown["open"]) == (2, 1, 0)
    assert shown["last_error"] == "Boom: pg://me:********@db"
    assert shown["per_second"] == 0.05
    assert observer.shown("Other")["completed"] == 0


def test_metrics_are_what_was_counted() -> None:
    observer = Observer(NoTracing())
    observer.watched(Envelope(1, 1, "In", 'O"ut', "Ens.Request", "{}", lambda _: None)).told(Outcome(1, 1, Response()))
    silent = {"name": "Silent", "waiting": 0, "workers": []}
    items = [{"name": 'O"ut', "waiting": 3, "workers": [7], "enabled": False}, silent]
    lines = exposition(registry_of("t.P", observer, lambda: {"items": items, "bank_trouble": "full"})).splitlines()
    assert 'isc_py_messages_total{item="O\\"ut",status="Completed"} 1.0' in lines
    assert 'isc_py_message_seconds_bucket{item="O\\"ut",le="+Inf"} 1.0' in lines
    assert 'isc_py_queue_messages{item="O\\"ut"} 3.0' in lines
    assert 'isc_py_item_enabled{item="O\\"ut"} 0.0' in lines
    assert "isc_py_bank_writable 0.0" in lines
    assert 'isc_py_messages_total{item="Silent",status="Error"} 0.0' in lines  # so that the first error is a change
    assert 'isc_py_message_seconds_count{item="Silent"} 0.0' in lines


def test_traces_are_made_only_when_the_environment_asks_for_them() -> None:
    assert not is_asked_for({})
    assert is_asked_for({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert not is_asked_for({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"})
    assert not is_asked_for({"OTEL_TRACES_EXPORTER": "none"})
