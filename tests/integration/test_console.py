"""The web console as a program sees it: pages and their JSON twins, who is let in, and what is refused."""

import http.client
import json
import sqlite3
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from consoles import OPERATION, PROCESS, PRODUCTION
from isc.py.console.web.app import Console
from isc.py.console.web.serving import bound, server_of
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.bank import bank_place, open_bank
from isc.py.ens.exceptions import MessageFailedError
from isc.py.iscpython_c.context import free
from isc.py.msg import ExecutionRequest, Request
from isc.py.objectscript import dictionary

TOKEN = "the-token-of-this-test"


SECRET = {"Code": "db_password = 'hunter2'"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.text)
        return found


@dataclass
class Site:
    port: int
    director: Director

    def ask(self, method: str, path: str, body: bytes | None = None, token: str = TOKEN, **headers: str) -> Answer:
        given = {"Host": f"127.0.0.1:{self.port}"} | {key.replace("_", "-"): value for key, value in headers.items()}
        if token:
            given["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, values: object) -> Answer:
        return self.ask("POST", path, json.dumps(values).encode(), Content_Type="application/json")

    def form(self, path: str, cookie: str, **fields: str) -> Answer:
        body = urllib.parse.urlencode(fields).encode()
        return self.ask("POST", path, body, "", Cookie=cookie, Content_Type="application/x-www-form-urlencoded")

    def signed_in(self) -> str:
        """The cookie of a browser session."""
        answer = self.ask("GET", f"/login?token={TOKEN}", token="")
        assert answer.status == 303
        return answer.headers["set-cookie"].partition(";")[0]

    def form_key(self, cookie: str) -> str:
        page = self.ask("GET", "/", token="", Cookie=cookie).text
        return page.partition('name="form_key" value="')[2].partition('"')[0]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("console")
    dictionary.reset()
    free()
    (folder / "p.cls").write_text(PRODUCTION)
    (folder / "q.cls").write_text(PROCESS)
    assert [r.error for r in open_namespace(folder).load_path(folder) if r.error] == []
    with Director("t.Production", folder) as director:
        director.send_sync("t.Process", Request(), 30)
        with pytest.raises(MessageFailedError):
            director.send_sync(OPERATION, ExecutionRequest(Code="raise ValueError('pg://me:hunter2@host')"), 30)
        director.send_sync(OPERATION, ExecutionRequest(Code="note = '<img src=x onerror=alert(1)>'\nprint(note)"), 30)
        taken = bound(0)
        port = taken.getsockname()[1]
        console = Console(folder, TOKEN, port, limit=10_000)
        server = server_of(console)
        thread = threading.Thread(target=server.run, args=([taken],))
        thread.start()
        yield Site(port, director)
        server.should_exit = True
        thread.join()
        console.source.close()
        taken.close()
    open_namespace(folder).close()
    dictionary.reset()


PAGES = ["/", "/messages", "/messages/1", "/sessions", "/sessions/1", "/events", "/test", "/items/t.Process"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_json_twin(site: Site, path: str) -> None:
    page = site.get(path)
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    twin = page.text.partition('<a href="')[2] and page.text.rpartition("this page as JSON")[0].rpartition('href="')[2]
    found = site.get(twin.partition('"')[0])
    assert found.status == 200
    assert isinstance(found.json(), dict)


def test_the_production_is_a_picture_with_its_items_and_who_sends_to_whom(site: Site) -> None:
    found = site.get("/index.json").json()
    assert (found["production"], found["running"]) == ("t.Production", True)
    edges = [(edge["source"], edge["target"]) for edge in found["edges"]]  # type: ignore[attr-defined]  # a list
    assert ("t.Process", OPERATION) in edges
    picture = site.get("/").text
    assert '<a href="/items/t.Process">' in picture
    assert "marker-end" in picture


def test_a_session_is_a_sequence_diagram_with_links_to_its_messages(site: Site) -> None:
    page = site.get("/sessions/1").text
    assert '<a href="/messages/2">' in page
    assert "over to Python" in page
    drawing = site.get("/sessions/1/drawing")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert drawing.text.startswith("<svg")


def test_messages_are_found_by_property_status_class_and_text(site: Site) -> None:
    def ids(**query: str) -> list[int]:
        found = site.get(f"/messages.json?{urllib.parse.urlencode(query)}").json()
        return [row["id"] for row in found["messages"]]  # type: ignore[attr-defined]  # a list

    assert ids(value="Code=x = 1") == [2]
    (failed,) = ids(status="Error")
    assert ids(text="hunter2") == [failed]
    assert set(ids(**{"class": "*.ExecutionResponse"})) < set(ids(kind="Response"))
    assert ids(session="1", kind="Request") == [2, 1]
    assert site.get("/messages.json?since=nonsense").status == 400


def test_what_messages_say_is_escaped_and_secrets_are_hidden(site: Site) -> None:
    for path in ("/messages/7", "/events", "/sessions/7", "/messages?text=onerror"):
        text = site.get(path).text
        assert "<img src=x" not in text
    assert "&lt;img src=x" in site.get("/events").text
    assert "hunter2" not in site.get("/events").text
    assert "hunter2" not in site.get("/events.json").text
    assert "********" in site.get("/events.json").text


def test_a_message_shows_the_context_it_left_when_that_is_kept(site: Site) -> None:
    values = {row["Name"]: row["Repr"] for row in site.get("/messages/2.json").json()["context"]}  # type: ignore[attr-defined]
    assert values["x"] == "1"
    sent = site.post("/test.json", {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest", "body": SECRET})
    context = site.get(f"/messages/{sent.json()['answer']['message']}.json").json()["context"]  # type: ignore[index]
    assert {"********"} == {row["Repr"] for row in context if row["Name"] == "db_password"}  # type: ignore[attr-defined]
    assert "iscpy session open 1 2" in site.get("/messages/2").text
    assert "<img src=x" not in site.get("/messages/7").text
    assert site.get("/messages/1.json").json()["context"] is None


def test_a_message_is_sent_and_sent_again_with_a_change(site: Site) -> None:
    body = {"Code": "y = 6 * 7", "Variables": "y"}
    sent = site.post("/test.json", {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest", "body": body})
    assert sent.status == 200
    answer = sent.json()["answer"]
    assert answer["properties"] == {"Variables": {"y": "42"}}  # type: ignore[index]  # an object
    again = site.post(f"/messages/{answer['message']}/resend.json", {"set": {"Code": "y = 1"}})  # type: ignore[index]
    assert again.status == 200
    site.director.wait(int(str(again.json()["message"])), 60)
    row = site.director.bank.message(int(str(again.json()["message"])))
    assert row is not None
    assert json.loads(row.body) == {"Code": "y = 1", "Variables": "y", "SeparateLines": 1, "Serialization": "Str"}


def test_a_form_that_was_sent_shows_the_answer_and_keeps_what_was_typed(site: Site) -> None:
    cookie = site.signed_in()
    fields = {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest", "p.Code": "z = 5", "p.Variables": "z"}
    for more, shown in (({}, "Answer:"), ({"async": "1"}, "is queued"), ({"p.Code": "1/0"}, "ZeroDivisionError")):
        answer = site.form("/test", cookie, form_key=site.form_key(cookie), **{**fields, **more})
        assert answer.status == 200
        assert shown in answer.text
        assert 'value="z"' in answer.text


def test_a_message_that_fails_says_why_and_where_its_trace_is(site: Site) -> None:
    failed = site.post("/test.json", {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest", "body": {"Cod": 1}})
    assert "no property 'Cod'" in str(failed.json()["answer"])
    assert "no message class" in site.get("/test?class=Ens.Production").text
    assert site.get("/test.json?class=no.Such").status == 200
    assert site.post("/messages/3/resend.json", {}).status == 400  # a response


def test_what_is_not_there_is_404_in_both_faces(site: Site) -> None:
    for path in ("/messages/99999", "/sessions/99999", "/items/Nobody", "/nothing"):
        assert site.get(path).status == 404
        assert "error" in site.get(f"{path}.json").json()


@pytest.mark.parametrize("path", ["/messages/{}", "/messages/{}/body", "/sessions/{}", "/sessions/{}/drawing"])
def test_a_number_that_no_bank_has_is_not_there(site: Site, path: str) -> None:
    assert site.get(path.format("9" * 30)).status == 404
    assert site.get(path.format("9" * 30) + ".json").status == 404


@pytest.mark.parametrize(
    "query",
    ["messages.json?session=", "messages.json?before=", "events.json?session=", "sessions.json?before=", "test?from="],
)
@pytest.mark.parametrize("text", ["9" * 30, "abc", "-1", "%C2%B2"])
def test_what_is_no_number_is_named_and_not_left_out_of_the_search(site: Site, query: str, text: str) -> None:
    answer = site.get(f"/{query}{text}")
    assert answer.status == 400
    assert "is no number" in answer.text


def test_a_change_counts_whatever_a_program_calls_its_body(site: Site) -> None:
    form = "application/x-www-form-urlencoded"  # what curl says when it is not told
    again = site.ask("POST", "/messages/2/resend.json", b'{"set": {"Code": "x = 77"}}', Content_Type=form)
    assert again.status == 200
    row = site.director.bank.message(int(str(again.json()["message"])))
    assert row is not None
    assert json.loads(row.body)["Code"] == "x = 77"
    site.director.wait(row.id, 60)
    before = len(site.director.bank.messages())
    for body in ("5", '{"set": []}', '{"Code": "x = 78"}'):
        assert site.ask("POST", "/messages/2/resend.json", body.encode()).status == 400
    assert len(site.director.bank.messages()) == before


def test_a_form_that_does_not_fit_keeps_what_was_typed(site: Site) -> None:
    cookie = site.signed_in()
    typed = {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest", "p.Code": "a = 1", "p.SeparateLines": "many"}
    answer = site.form("/test", cookie, form_key=site.form_key(cookie), **typed)
    assert answer.status == 400
    assert "SeparateLines: " in answer.text
    assert "a = 1</textarea>" in answer.text
    assert 'value="many"' in answer.text


def test_a_body_with_a_number_that_json_has_not_is_shown(site: Site) -> None:
    sent = site.ask(
        "POST",
        "/test.json",
        json.dumps({"target": OPERATION, "class": "isc.py.msg.ExecutionRequest"}).encode()[:-1]
        + b', "body": {"SeparateLines": 1e999}}',
    )
    shown = site.get(f"/messages/{sent.json()['answer']['message']}.json")  # type: ignore[index]  # an object
    assert shown.status == 200
    assert shown.json()["body"] == {"SeparateLines": "Infinity"}


def test_a_long_session_is_shown_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = site.get("/sessions/1.json").json()
    ids = [row["id"] for row in whole["messages"]]  # type: ignore[attr-defined]  # a list
    monkeypatch.setattr("isc.py.console.web.pages._DRAWN", 2)
    first = site.get("/sessions/1.json").json()
    assert [row["id"] for row in first["messages"]] == ids[:2]  # type: ignore[attr-defined]
    assert (first["total"], first["later"]) == (len(ids), ids[2])
    assert f'href="/sessions/1?from={ids[2]}"' in site.get("/sessions/1").text
    rest = site.get(f"/sessions/1.json?from={ids[2]}").json()
    assert [row["id"] for row in rest["messages"]] == ids[2:4]  # type: ignore[attr-defined]


def test_the_number_of_a_message_is_told_from_that_of_its_session(site: Site) -> None:
    assert "message 2 is of session 1" in str(site.get("/sessions/2.json").json()["error"])


def test_what_failed_last_stands_on_top_of_the_first_page(site: Site) -> None:
    ask = {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest", "body": {"Code": "1 / 0"}}
    site.post("/test.json", ask)
    (trouble,) = [row for row in site.get("/index.json").json()["troubles"] if row["item"] == OPERATION]  # type: ignore[attr-defined]
    assert "ZeroDivisionError" in trouble["text"]
    assert 'class="item bad"' in site.get("/").text
    site.post("/test.json", ask | {"body": {"Code": "x = 1"}})
    assert [row for row in site.get("/index.json").json()["troubles"] if row["item"] == OPERATION] == []  # type: ignore[attr-defined]


def test_metrics_are_for_prometheus(site: Site) -> None:
    answer = site.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "isc_py_up 1" in answer.text
    assert 'isc_py_messages_total{item="t.Process",status="Completed"} 1.0' in answer.text
    assert 'isc_py_message_seconds_count{item="t.Process"} 1.0' in answer.text


# --- who is let in ---


@pytest.mark.parametrize("path", [*PAGES, "/metrics", "/messages.json", "/messages/1/body"])
@pytest.mark.parametrize(
    "token", ["", "wrong", TOKEN + "x", "\N{LATIN SMALL LETTER E WITH ACUTE}".encode().decode("latin-1")]
)
def test_without_the_token_nothing_is_shown(site: Site, path: str, token: str) -> None:
    answer = site.ask("GET", path, token=token)
    assert answer.status == 401
    assert "t.Process" not in answer.text


def test_a_browser_without_a_session_is_led_to_the_sign_in_page(site: Site) -> None:
    answer = site.ask("GET", "/messages", token="", Accept="text/html")
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert site.ask("GET", "/login?token=wrong", token="").status == 403


def test_a_session_cookie_is_for_this_site_alone_and_ends_with_sign_out(site: Site) -> None:
    answer = site.ask("GET", f"/login?token={TOKEN}", token="")
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert TOKEN not in answer.headers["set-cookie"]
    cookie = site.signed_in()
    assert site.ask("GET", "/", token="", Cookie=cookie).status == 200
    assert site.form("/logout", cookie, form_key=site.form_key(cookie)).status == 303
    assert site.ask("GET", "/", token="", Cookie=cookie).status == 401
    name = cookie.partition("=")[0]
    assert site.ask("GET", "/", token="", Cookie=f"{name}=forged").status == 401


def test_the_cookie_of_a_console_behind_a_proxy_is_for_https_alone(site: Site, tmp_path: Path) -> None:
    assert "secure" not in site.ask("GET", f"/login?token={TOKEN}", token="").headers["set-cookie"].lower()
    taken = bound(0)
    console = Console(tmp_path, TOKEN, taken.getsockname()[1], ["console.example.org"])
    server = server_of(console)
    thread = threading.Thread(target=server.run, args=([taken],))
    thread.start()
    try:
        named = Site(taken.getsockname()[1], site.director)
        answer = named.ask("GET", f"/login?token={TOKEN}", token="", Host="console.example.org")
        assert "; secure" in answer.headers["set-cookie"].lower()
    finally:
        server.should_exit = True
        thread.join()
        console.source.close()
        taken.close()


@pytest.mark.parametrize("key", ["", "forged"])
def test_a_forged_form_is_refused(site: Site, key: str) -> None:
    cookie = site.signed_in()
    before = len(site.director.bank.messages())
    for path in ("/test", "/messages/2/resend", "/items/t.Process/disable", "/logout"):
        assert site.form(path, cookie, form_key=key).status == 403
    assert len(site.director.bank.messages()) == before


@pytest.mark.parametrize(
    "said", [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}]
)
def test_a_form_that_another_site_sends_is_refused_even_with_its_key(site: Site, said: dict[str, str]) -> None:
    cookie = site.signed_in()
    body = urllib.parse.urlencode({"form_key": site.form_key(cookie)}).encode()
    kind = "application/x-www-form-urlencoded"
    refused = site.ask("POST", "/items/t.Process/disable", body, "", Cookie=cookie, Content_Type=kind, **said)
    assert refused.status == 403
    own = {"Origin": f"http://127.0.0.1:{site.port}", "Sec_Fetch_Site": "same-origin"}
    taken = site.ask("POST", "/items/t.Process/enable", body, "", Cookie=cookie, Content_Type=kind, **own)
    assert taken.status == 303


def test_a_form_of_another_session_is_refused(site: Site) -> None:
    mine, other = site.signed_in(), site.signed_in()
    assert site.form("/messages/2/resend", mine, form_key=site.form_key(other)).status == 403
    assert site.form("/messages/2/resend", mine, form_key=site.form_key(mine)).status == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:{port}", ""])
def test_another_host_name_is_refused_even_with_the_token(site: Site, host: str) -> None:
    assert site.get("/messages.json", Host=host.format(port=site.port)).status == 421


def test_a_body_that_is_too_large_is_refused_with_and_without_its_length(site: Site) -> None:
    assert site.ask("POST", "/test.json", b"x" * 10_001).status == 413
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = {"Authorization": f"Bearer {TOKEN}", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/test.json", iter([b"x" * 6000, b"x" * 6000]), headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()
    assert site.post("/test.json", {"target": OPERATION, "class": "isc.py.msg.ExecutionRequest"}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%00",
        "/..%2f",
    ],
)
def test_no_path_leads_out_of_the_static_files(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status == 404
    assert "import" not in answer.text
    assert site.get("/static/console.css").status == 200


def test_every_answer_has_the_security_headers(site: Site) -> None:
    for answer in (
        site.get("/"),
        site.ask("GET", "/", token=""),
        site.get("/nothing"),
        site.get("/static/console.css"),
    ):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert site.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"body": 3}', b"\xff\xfe", b"[" * 9000])
def test_a_body_that_is_no_json_object_is_a_clear_error(site: Site, body: bytes) -> None:
    answer = site.ask("POST", "/test.json", body)
    assert answer.status == 400
    assert "error" in answer.json()


def test_a_stopped_production_is_shown_from_its_bank_and_takes_nothing(tmp_path: Path, site: Site) -> None:
    dictionary.reset()
    (tmp_path / "p.cls").write_text(PRODUCTION)
    (tmp_path / "q.cls").write_text(PROCESS)
    open_namespace(tmp_path).load_path(tmp_path)
    with Director("t.Production", tmp_path) as director:
        director.send_sync("t.Process", Request(), 30)
    taken = bound(0)
    port = taken.getsockname()[1]
    console = Console(tmp_path, TOKEN, port)
    server = server_of(console)
    thread = threading.Thread(target=server.run, args=([taken],))
    thread.start()
    stopped = Site(port, director)
    try:
        found = stopped.get("/index.json").json()
        assert (found["production"], found["running"]) == ("t.Production", False)
        assert [item["name"] for item in found["items"]] == [OPERATION, "t.Process", "Off"]  # type: ignore[attr-defined]
        for path in PAGES:
            assert stopped.get(path).status == 200
        refused = stopped.post("/test.json", {"target": OPERATION, "class": "Ens.Request"})
        assert refused.status == 409
        assert "iscpy run" in str(refused.json()["error"])
        assert "isc_py_up 0" in stopped.get("/metrics").text
    finally:
        server.should_exit = True
        thread.join()
        console.source.close()
        taken.close()
        open_namespace(tmp_path).close()


def test_a_bank_that_is_away_is_told_and_is_no_mistake_of_the_console(
    tmp_path: Path, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def asked(folder: Path, *paths: str) -> list[Answer]:
        taken = bound(0)
        console = Console(folder, TOKEN, taken.getsockname()[1])
        server = server_of(console)
        thread = threading.Thread(target=server.run, args=([taken],))
        thread.start()
        try:
            return [Site(taken.getsockname()[1], site.director).get(path) for path in paths]
        finally:
            server.should_exit = True
            thread.join()
            console.source.close()
            taken.close()

    (fresh,) = asked(tmp_path, "/messages")
    assert fresh.status == 404
    assert "Nothing here yet" in fresh.text
    (tmp_path / "iscpy.toml").write_text('bank = "postgresql://me:hunter2@127.0.0.1:1/none"')
    for answer in asked(tmp_path, "/messages", "/", "/messages.json"):
        assert answer.status == 503
        assert "does not answer" in answer.text
        assert "hunter2" not in answer.text
    (tmp_path / "iscpy.toml").unlink()
    bank = open_bank(bank_place(tmp_path))
    bank.close()
    with closing(sqlite3.connect(bank_place(tmp_path))) as connection:
        connection.execute("DROP TABLE headers")  # as somebody's mistake, under the console
    (broken,) = asked(tmp_path, "/messages.json")
    assert (broken.status, "no such table" in broken.text) == (503, True)
    assert [record for record in caplog.records if record.name == "isc.py.console"] == []
