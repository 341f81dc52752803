"""What the console does, through the control socket of the production that runs: send, resend, switch items."""

import json
from typing import Any
from urllib.parse import quote

from isc.py.ens.exceptions import MessageFailedError, MessageTimeoutError
from isc.py.ens.resend import resent_body
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg.schema import json_schema, message_classes
from starlette.requests import Request
from starlette.responses import RedirectResponse

from .app import Page, Shown
from .asked import number, path_id
from .forms import FormError, fields_of, typed_of, values_of
from .source import NotThereError, Source

_WAIT = 30.0
ACTIONS = ("enable", "disable", "restart")


def message_test(request: Request, source: Source) -> Page:
    """The empty form, or one filled from the message ``?from=ID``."""
    asked = request.query_params
    values: dict[str, Any] = {}
    target, class_name = asked.get("target", ""), asked.get("class", "")
    if (sent := number(asked, "from")) is not None:
        row = source.bank.message(sent)
        if row is None:
            raise NotThereError(f"the bank has no message {sent}")
        target, class_name = target or row.target, class_name or row.class_name
        values = _object(row.body)
    return Page("test.html", _form(source, target, class_name, values) | {"answer": None})


def send_test(request: Request, source: Source) -> Shown:
    """Send what was typed (or the JSON twin's target, class, body) and show what became of it."""
    form = request.state.form
    if form:
        target, class_name = form.get("target", ""), form.get("class", "")
        try:
            values = values_of(form, json_schema(class_name))
        except FormError as error:
            typed = typed_of(form)
            shown = _form(source, target, class_name, typed) | {"answer": {"error": str(error)}}
            return Page("test.html", shown, 400)
        wait = "async" not in form
    else:
        asked = request.state.json
        if not isinstance(asked, dict) or not isinstance(asked.get("body", {}), dict):
            raise FormError('the body is an object: {"target": "…", "class": "…", "body": {…}}')
        target, class_name = str(asked.get("target", "")), str(asked.get("class", "Ens.Request"))
        values, wait = asked.get("body", {}), not asked.get("async", False)
    answer = _sent(source, target, class_name, json.dumps(values), wait=wait)
    status = 200 if "error" not in answer else 502
    return Page(
        "test.html", _form(source, target, class_name, values) | {"answer": answer}, status if not form else 200
    )


def resend(request: Request, source: Source) -> Shown:
    """Send a message's body again, as a new session; the JSON twin may change properties (``{"set": {…}}``)."""
    sent = path_id(request)
    row = source.bank.message(sent)
    if row is None:
        raise NotThereError(f"the bank has no message {sent}")
    changes: dict[str, object] = {}
    if not request.state.form:
        asked = request.state.json
        given = asked.get("set", {}) if isinstance(asked, dict) else None
        if not isinstance(given, dict) or asked.keys() - {"set"}:
            raise FormError('the body is an object: {"set": {"Property": value}}, or {} to change nothing')
        changes = given
    answer = _sent(source, row.target, row.class_name, resent_body(row, changes), wait=False)
    if "error" in answer or not request.state.form:
        return Page("error.html", answer, 502 if "error" in answer else 200)
    return RedirectResponse(f"/sessions/{answer['session']}", 303)


def control(request: Request, source: Source) -> Shown:
    """Enable, disable or restart an item."""
    name, action = request.path_params["name"], request.path_params["action"]
    if action not in ACTIONS:
        raise NotThereError(f"an item cannot be made to {action!r}: {', '.join(ACTIONS)}")
    with source.client() as client:
        client.item(name, action)
    if request.state.form:
        return RedirectResponse(f"/items/{quote(name)}", 303)
    return Page("error.html", {"item": name, "done": action})


def _sent(source: Source, target: str, class_name: str, body: str, *, wait: bool) -> dict[str, Any]:
    try:
        with source.client() as client:
            found = client.send(target, class_name, body, is_async=not wait, timeout=_WAIT)
    except MessageFailedError as error:
        return {"error": error.error, "message": error.header_id, "session": error.session}
    except MessageTimeoutError as error:
        text = f"no answer after {error.seconds:g} s; it goes on"
        return {"error": text, "message": error.header_id, "session": error.session}
    answer: dict[str, Any] = {"message": found["header_id"], "session": found["session"]}
    if "body" in found:
        answer |= {"class": found["class"], "properties": _object(found["body"])}
    return answer


def _form(source: Source, target: str, class_name: str, values: dict[str, Any]) -> dict[str, Any]:
    status = source.status()
    targets = [item["name"] for item in status["items"] if item["kind"] != "service" and item.get("enabled", True)]
    classes = message_classes()
    shown: dict[str, Any] = {"targets": targets, "classes": classes, "running": status["running"]}
    shown |= {"target": target, "class": class_name, "schema": None, "_fields": [], "_error": ""}
    if class_name:
        try:
            schema = json_schema(class_name)
            shown |= {"schema": schema, "_fields": fields_of(schema, values)}
        except IscError as error:
            shown["_error"] = str(error)
    return shown


def _object(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}
