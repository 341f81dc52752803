"""``%Net.HttpRequest`` against a real server on this machine."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from isc.py.objectscript import Frame, compile_block


class _Echo(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        told = (
            f"{self.command} {self.path} {self.headers.get('content-type', '')} {self.headers.get('x-a', '')} ".encode()
        )
        self.send_response(404 if self.path.startswith("/none") else 200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(told + body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def written(code: str, port: int) -> str:
    frame = Frame({"port": port})
    compile_block(
        f' set r=##class(%Net.HttpRequest).%New(),r.Server="127.0.0.1",r.Port=port,r.Timeout=60\n{code}'
    ).execute(frame)
    return "".join(map(str, frame.output))


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (' do r.SetParam("q","a b") set sc=r.Get("/x")', "1 200 GET /x?q=a+b   "),
        (' set r.ContentType="text/x" do r.EntityBody.Write("{}") set sc=r.Post("/p")', "1 200 POST /p text/x  {}"),
        (
            ' do r.InsertFormData("a","1&2") set sc=r.Put("f")',
            "1 200 PUT /f application/x-www-form-urlencoded  a=1%262",
        ),
        (' do r.SetHeader("X-A","h") set sc=r.Send("DELETE","/none")', "1 404 DELETE /none  h "),
    ],
)
def test_a_request_is_sent_and_answered(code: str, answer: str, port: int) -> None:
    told = ' write sc," ",r.HttpResponse.StatusCode," ",r.HttpResponse.Data.Read()'
    assert written(f"{code}\n{told}", port) == answer


def test_a_server_that_is_not_there_is_an_error_status() -> None:
    code = ' set r.OpenTimeout=2,sc=r.Get("/") write $$$ISERR(sc),$isobject(r.HttpResponse),$$$StatusText(sc)'
    assert written(code, 1).startswith("10ERROR #6059: GET http://127.0.0.1:1")
