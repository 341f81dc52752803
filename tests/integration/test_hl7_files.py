"""HL7 from files and to files."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isc.py.ens import Director
from isc.py.msg import StringRequest
from isc.py.msg.hl7 import HL7Message

Start = Callable[..., Director]

ADT = "MSH|^~\\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A04^ADT_A01|{control}|P|2.5\rPID|1||100^^^MR||{name}\r"
KEEPS = """Class t.Keeps Extends Ens.BusinessOperation
{
Method OnMessage(request As Ens.StringRequest, Output response) As %Status { quit $$$OK }
}
"""


def item(name: str, class_name: str, **settings: object) -> str:
    made = []
    for key, value in settings.items():
        target, _, plain = key.rpartition("__")
        made.append(f'<Setting Target="{target or "Host"}" Name="{plain}">{value}</Setting>')
    return f'<Item Name="{name}" ClassName="{class_name}">{"".join(made)}</Item>'


def service(source: Path, **settings: object) -> str:
    return item(
        "In",
        "EnsLib.HL7.Service.FileService",
        TargetConfigNames="Out",
        Adapter__FilePath=source,
        Adapter__CallInterval="0.05",
        Adapter__FileAccessTimeout="0",
        **settings,
    )


def operation(out: Path, template: str = "%f%!+(_a)") -> str:
    return item("Out", "EnsLib.HL7.Operation.FileOperation", Adapter__FilePath=out, Filename=template)


def folders(tmp_path: Path, *names: str) -> list[Path]:
    made = [tmp_path / "io" / name for name in names]
    for folder in made:
        folder.mkdir(parents=True)
    return made


def wait_for(met: Callable[[], object]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := met()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found
    return found


def ended(director: Director, target: str, count: int) -> list[Any]:
    def met() -> list[Any]:
        rows = [row for row in director.bank.messages(target=target) if row.kind == "Request"]
        done = len(rows) == count and all(row.status not in ("Queued", "Delivered") for row in rows)
        return rows if done else []

    found: list[Any] = wait_for(met)
    return found


def put(folder: Path, name: str, content: bytes) -> None:
    """A file that is there at once, whole."""
    hidden = folder.parent / name
    hidden.write_bytes(content)
    hidden.replace(folder / name)


def test_each_message_of_a_file_goes_to_a_file_in_its_order(start: Start, tmp_path: Path) -> None:
    source, out = folders(tmp_path, "in", "out")
    director = start(items=service(source) + operation(out))
    first, second = (ADT.format(control=n, name=name) for n, name in ((1, "Müller"), (2, "Żółć")))
    put(source, "batch.hl7", (first + "\r\n" + second.replace("\r", "\r\n")).encode())
    rows = ended(director, "Out", 2)
    assert [row.status for row in rows] == ["Completed"] * 2
    bodies = [HL7Message(RawContent=text) for text in (first, second)]
    written = sorted(out.iterdir(), key=lambda path: path.read_text().split("|")[9])
    assert len(written) == 2
    texts = [path.read_bytes().decode().replace("\r\n", "\r").replace("\n", "\r") for path in written]
    assert [text.strip("\r") for text in texts] == [body.RawContent.strip("\r") for body in bodies]
    assert sorted(path.name for path in written) == ["batch.hl7", "batch.hl7_a"]
    assert len({row.session for row in rows}) == 1  # one file is one input
    assert wait_for(lambda: not list(source.iterdir()))


def test_a_bad_message_of_a_file_goes_to_its_handler_and_the_good_ones_go_on(start: Start, tmp_path: Path) -> None:
    source, out = folders(tmp_path, "in", "out")
    director = start(KEEPS, items=service(source, BadMessageHandler="Bad") + operation(out) + item("Bad", "t.Keeps"))
    put(source, "mixed.hl7", (ADT.format(control="1", name="A") + "MSH|||\r").encode())
    assert [row.status for row in ended(director, "Out", 1)] == ["Completed"]
    (bad,) = ended(director, "Bad", 1)
    assert "MSH|||" in bad.body
    assert len(list(out.iterdir())) == 1


def test_a_bad_file_without_a_handler_sends_nothing_and_goes_to_the_error_folder(start: Start, tmp_path: Path) -> None:
    source, out, wrong = folders(tmp_path, "in", "out", "wrong")
    director = start(items=service(source, Adapter__ErrorPath=wrong) + operation(out))
    put(source, "a.hl7", (ADT.format(control="1", name="A") + "MSH|||\r").encode())
    put(source, "b.hl7", b"no HL7 at all")
    wait_for(lambda: len(list(wrong.iterdir())) == 2)
    assert director.bank.messages(target="Out") == []

    def told() -> bool:
        errors = [event.text for event in director.bank.events() if event.level == "error"]
        return any("the file has no message: none of its lines begins with MSH" in text for text in errors)

    assert wait_for(told)
    put(source, "c.hl7", ADT.format(control="3", name="C").encode())
    assert [row.status for row in ended(director, "Out", 1)] == ["Completed"]


def test_the_operation_refuses_what_is_no_hl7_and_overwrites_nothing(start: Start, tmp_path: Path) -> None:
    (out,) = folders(tmp_path, "out")
    director = start(items=operation(out, "same%!+(_a)"))
    director.send_async("Out", StringRequest(StringValue="x"))
    for control in ("1", "2"):
        director.send_async("Out", HL7Message(RawContent=ADT.format(control=control, name="A")))
    rows = ended(director, "Out", 3)
    assert [row.status for row in rows] == ["Error", "Completed", "Completed"]
    assert "takes EnsLib.HL7.Message, not Ens.StringRequest" in rows[0].error
    found = "".join(path.read_bytes().decode() for path in out.iterdir())
    assert "|1|P|" in found
    assert "|2|P|" in found
