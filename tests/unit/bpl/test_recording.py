import json
from pathlib import Path
from typing import Any

import pytest
from isc.py.bpl.emulator import Answer, BPEmulator
from isc.py.bpl.exceptions import EmulatorError
from isc.py.bpl.recording import of_session, read_recording, record, replay
from isc.py.msg import StringRequest, StringResponse

CONTEXT = "<property name='A' type='%String'/>"
BODY = """<call name='First' target='One'>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='request.StringValue'/></request>
<response type='Ens.StringResponse'><assign property='context.A' value='callresponse.StringValue'/></response>
</call>
<call name='Second' target='Two'>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='{second}'/></request>
<response type='Ens.StringResponse'>
<assign property='response.StringValue' value='callresponse.StringValue'/></response>
</call>"""
TARGETS = {"One": StringResponse(StringValue="1"), "Two": Answer(StringResponse(StringValue="2"), after=60)}


def recorded(process_class: Any, path: Path, targets: Any = TARGETS) -> Path:
    process_class(BODY.format(second="context.A"), CONTEXT)
    request = StringRequest(StringValue="in")
    path.write_text(record(BPEmulator.Run("t.Process", request, targets), request).to_json())
    return path


def test_what_was_recorded_runs_the_same_again(process_class: Any, tmp_path: Path) -> None:
    path = recorded(process_class, tmp_path / "run.json")
    run = replay(path).assert_same().run
    run.assert_response(StringValue="2").assert_sent("Two", StringValue="1")
    assert run.elapsed == 60


def test_a_process_that_sends_something_else_is_told_by_call_and_property(process_class: Any, tmp_path: Path) -> None:
    path = recorded(process_class, tmp_path / "run.json")
    process_class(BODY.format(second='"x"_context.A'), CONTEXT)
    with pytest.raises(AssertionError, match=r'Second → Two \(1\): StringValue: recorded "1", now "x1"'):
        replay(path).assert_same()


def test_a_call_that_is_not_made_or_made_once_more_is_told(process_class: Any, tmp_path: Path) -> None:
    path = recorded(process_class, tmp_path / "run.json")
    first = BODY.partition("</call>")[0] + "</call>"
    process_class(first, CONTEXT)
    found = replay(path)
    assert found.differences[0].startswith("Second → Two was not made")
    process_class(first + first.replace("'First'", "'Again'"), CONTEXT)
    assert "is called once more" in "\n".join(replay(path).differences)


def test_an_error_of_a_target_is_recorded_and_replayed(process_class: Any, tmp_path: Path) -> None:
    path = recorded(process_class, tmp_path / "run.json", {"One": Answer(error="no disk")})
    run = replay(path).assert_same().run
    run.assert_failed("no disk")


def session(**changes: Any) -> dict[str, Any]:
    def message(number: int, kind: str, source: str, target: str, text: str, **more: Any) -> dict[str, Any]:
        name = "Ens.StringRequest" if kind == "Request" else "Ens.StringResponse"
        held = {"id": number, "kind": kind, "source": source, "target": target, "class_name": name, "error": ""}
        return {**held, "corresponding": None, "status": "Completed", "body": {"StringValue": text}, **more}

    return {
        "session": 1,
        "messages": [
            message(1, "Request", "External", "t.Process", "in"),
            message(2, "Request", "t.Process", "One", "in"),
            message(3, "Response", "One", "t.Process", "1", corresponding=2),
            message(4, "Request", "t.Process", "Two", "1", **changes),
            message(5, "Response", "Two", "t.Process", "2", corresponding=4),
            message(6, "Response", "t.Process", "External", "2", corresponding=1),
        ],
    }


def test_a_session_of_a_production_is_a_recording_too(process_class: Any, tmp_path: Path) -> None:
    process_class(BODY.format(second="context.A"), CONTEXT)
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(session()))
    replay(path).assert_same().run.assert_response(StringValue="2")
    path.write_text(json.dumps(session(body={"StringValue": "other"})))
    assert replay(path).differences == ['request → Two (1): StringValue: recorded "other", now "1"']


def test_a_session_without_the_process_is_refused() -> None:
    with pytest.raises(EmulatorError, match=r"session 1 has no process t\.Other"):
        of_session(session(), "t.Other")


@pytest.mark.parametrize("text", ["[]", "{", '{"process": "t.P"}'])
def test_a_file_that_is_no_recording_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "no.json"
    path.write_text(text)
    with pytest.raises(EmulatorError, match=r"no\.json holds no recording"):
        read_recording(path)
