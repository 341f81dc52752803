"""``.iscpy/control.sock``: how other processes of the same user reach a running Director.

Who may open the socket may run code in the production's workers: the file is for its owner alone (0600) and never a
network port.
"""

import contextlib
import os
import socket
import socketserver
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isc.py.data.configuration import FOLDER
from isc.py.iscpython_c.exceptions import IscError

from .definition import Definition
from .exceptions import MessageFailedError, MessageTimeoutError, ProductionError
from .frames import Frames, receive_frame, send_frame

if TYPE_CHECKING:
    from .director import Director


class _Handler(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        frames = Frames(self.request)
        with contextlib.suppress(OSError):
            try:
                while (asked := frames.receive()) is not None:
                    send_frame(self.request, self.server.answer(asked))
            except OSError as error:
                # Nothing after it can be trusted to be the beginning of a frame: the connection ends.
                send_frame(self.request, {"ok": False, "error": f"this is no request of ours: {error}"})


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, director: "Director", path: str) -> None:
        self.director = director
        super().__init__(path, _Handler)

    def server_bind(self) -> None:
        os.fchmod(self.socket.fileno(), 0o600)  # what it is bound to has it from the first moment
        super().server_bind()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            if asked["do"] == "send":
                return self._send(asked)
            if asked["do"] == "status":
                return {"ok": True, "status": self.director.status()}
            if asked["do"] == "item":
                self.director.steering.act(asked["name"], asked["action"])
                return {"ok": True}
            if asked["do"] == "reload":
                done = self.director.steering.reload()
                return {"ok": True, "classes": done.classes, "items": done.items}
            if asked["do"] == "apply":
                done = self.director.steering.apply(asked["text"])
                return {"ok": True, "classes": done.classes, "items": done.items}
            if asked["do"] == "definition":
                from .production_xml import write_xml  # here: who asks for the status needs no XML

                running = self.director.steering.definition
                return {"ok": True, "name": running.name, "xml": write_xml(running)}
            if asked["do"] == "metrics":
                return {"ok": True, "text": self._metrics()}
            if asked["do"] == "stop":
                self.director.request_stop()
                return {"ok": True}
        except MessageFailedError as error:
            return _failed(error, error.header_id, error.session, error.error) | {"status": error.status}
        except MessageTimeoutError as error:
            failed = _failed(error, error.header_id, error.session, "")
            return failed | {"timeout": error.seconds, "note": error.note}
        except IscError as error:
            return {"ok": False, "error": str(error)}
        except KeyError as error:
            return {"ok": False, "error": f"the request has no {error}"}
        except (TypeError, ValueError, AttributeError) as error:  # its parts are of other types
            return {"ok": False, "error": f"the request does not fit: {error}"}
        return {"ok": False, "error": f"the Director does not know {asked['do']!r}"}

    def _metrics(self) -> str:
        from .metrics import exposition, registry_of

        return exposition(registry_of(self.director.production, self.director.observer, self.director.status))

    def _send(self, asked: dict[str, Any]) -> dict[str, Any]:
        director = self.director
        is_async = bool(asked.get("async"))
        header_id = director.send_text(asked["target"], asked["class"], asked["body"], is_async=is_async)
        if is_async:
            return {"ok": True, "header_id": header_id, "session": header_id}
        response = director.wait(header_id, asked.get("timeout"))
        from isc.py.msg import wire  # clients of a Director go without

        name, body = wire.body(response)
        return {"ok": True, "header_id": header_id, "session": header_id, "class": name, "body": body}


def _failed(error: IscError, header_id: int, session: int, text: str) -> dict[str, Any]:
    return {"ok": False, "error": str(error), "header_id": header_id, "session": session, "message_error": text}


class ControlServer:
    """Serves the socket in a thread."""

    def __init__(self, director: "Director", path: Path) -> None:
        self.path = path
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self._server = _Server(director, _short(path))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and remove the socket."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


def _short(path: Path) -> str:
    """A path that fits a socket address (107 bytes): relative to the working folder when that is shorter."""
    shown = min(str(path), os.path.relpath(path), key=len)
    if len(shown.encode()) > 107:
        raise ProductionError(
            f"{path} is too long a path for a socket: run the production in a folder with a shorter one"
        )
    return shown


class ControlClient:
    """Asks the Director that runs in a folder.

    Raises:
        ProductionError: none runs there.
    """

    def __init__(self, folder: str | os.PathLike[str] = ".") -> None:
        self.folder = Path(folder).resolve()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(_short(self.folder / FOLDER / "control.sock"))
        except OSError as error:
            self._socket.close()
            raise ProductionError(f"no production runs in {self.folder}: start one with iscpy run") from error

    def send(
        self, target: str, class_name: str, body: str, *, is_async: bool = False, timeout: float | None = None
    ) -> dict[str, Any]:
        """Send a request: header_id and session, and class and body of the response unless `is_async`.

        Raises:
            MessageFailedError: it ended in an error status.
            MessageTimeoutError: nobody answered in time.
        """
        asked = {"do": "send", "target": target, "class": class_name, "body": body}
        return self._ask(asked | {"async": is_async, "timeout": timeout})

    def status(self) -> dict[str, Any]:
        """What `Director.status` says."""
        found: dict[str, Any] = self._ask({"do": "status"})["status"]
        return found

    def metrics(self) -> str:
        """What Prometheus scrapes."""
        return str(self._ask({"do": "metrics"})["text"])

    def item(self, name: str, action: str) -> None:
        """Enable, disable or restart an item.

        Raises:
            ProductionError: there is no such item, or it did not start; says why.
        """
        self._ask({"do": "item", "name": name, "action": action})

    def reload(self) -> dict[str, Any]:
        """Take up changed classes and a changed definition: classes that had changed, items and what became of them.

        Raises:
            ProductionError: something does not fit or did not start; says what.
        """
        answer = self._ask({"do": "reload"})
        return {"classes": answer["classes"], "items": answer["items"]}

    def apply(self, text: str) -> dict[str, Any]:
        """Take over another definition of the production that runs, given as the text of its class; as `reload`.

        Raises:
            ProductionError: it does not fit or did not start, and everything is as it was; says why.
        """
        answer = self._ask({"do": "apply", "text": text})
        return {"classes": answer["classes"], "items": answer["items"]}

    def definition(self) -> Definition:
        """What runs."""
        from .production_xml import read_xml

        answer = self._ask({"do": "definition"})
        return read_xml(answer["name"], answer["xml"])

    def stop(self) -> None:
        """Ask the production to stop."""
        self._ask({"do": "stop"})

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> "ControlClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            send_frame(self._socket, asked)
            answer = receive_frame(self._socket)
        except OSError:
            answer = None
        if answer is None:
            raise ProductionError(f"the production in {self.folder} ended before it answered")
        if answer["ok"]:
            return answer
        if "timeout" in answer:
            raise MessageTimeoutError(
                answer["header_id"], answer["session"], answer["timeout"], note=answer.get("note", "")
            )
        if "header_id" in answer:
            status = answer.get("status", "Error")
            raise MessageFailedError(answer["header_id"], answer["session"], status, answer["message_error"])
        raise ProductionError(answer["error"])
