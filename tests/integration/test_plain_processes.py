"""Processes written as methods, in Python and in class files, in a running production."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError, MessageTimeoutError
from isc.py.msg import Request, StringRequest, StringResponse
from isc.py.objectscript import dictionary

Start = Callable[..., Director]

MODULE = '''
import os
import time
from pathlib import Path

from isc.py.ens import BusinessOperation, BusinessProcess, Item, Production, Setting
from isc.py.msg import StringRequest, StringResponse


class Upper(BusinessOperation):
    """Writes in capitals."""

    suffix = Setting(str, "!", "Put behind each text.")

    def on_request(self, request):
        if request.StringValue == "bad":
            raise ValueError("a bad word")
        if request.StringValue == "slow":
            while Path("wait").exists():
                time.sleep(0.02)
        return StringResponse(StringValue=request.StringValue.upper() + self.suffix)


class Words(BusinessProcess):
    """Sends each word, and gathers what comes back."""

    target = Setting(str, "", "Who gets the words.", required=True)

    def on_request(self, request):
        self.found = {}
        for word in request.StringValue.split():
            self.send_async(self.target, StringRequest(StringValue=word), key=word)

    def on_response(self, request, response, key):
        self.found[key] = response.StringValue

    def on_complete(self, request, response):
        words = [self.found[word] for word in request.StringValue.split()]
        return StringResponse(StringValue=" ".join(words))


class Twice(BusinessProcess):
    """Two synchronous calls, one after the other."""

    def on_request(self, request):
        with open("runs", "a") as file:
            file.write("run\\n")
        first = self.send_sync("Upper", StringRequest(StringValue=request.StringValue + "1"))
        second = self.send_sync("Upper", StringRequest(StringValue="slow"))
        return StringResponse(StringValue=first.StringValue + second.StringValue)


class Careful(BusinessProcess):
    """Lives on after errors, and waits."""

    def on_request(self, request):
        try:
            self.send_sync("Upper", StringRequest(StringValue="bad"))
        except Exception as error:
            self.seen = type(error).__name__ + ("bad word" in str(error)) * "+"
        try:
            self.send_sync("Nobody", request)
        except Exception as error:
            self.seen += " nobody" * ("no enabled item 'Nobody'" in str(error))
        try:
            self.send_sync("Lazy", request, timeout=0.05)
        except TimeoutError:
            self.seen += " late"
        self.set_timer(0.05, "tick")

    def on_response(self, request, response, key):
        return StringResponse(StringValue=f"{self.seen} {key}")


class Bad(BusinessProcess):
    """Ends with the error of what it calls."""

    def on_request(self, request):
        seconds = 0.05 if request.StringValue else None
        return self.send_sync(request.StringValue or "Upper", StringRequest(StringValue="bad"), timeout=seconds)


class Lazy(BusinessProcess):
    def on_request(self, request):
        self.set_timer(0.5)


class Ring(BusinessOperation):
    """Calls itself, in the end."""

    def on_request(self, request):
        return self.send_sync("Round", request)


class Round(BusinessProcess):
    def on_request(self, request):
        return self.send_sync("Ring", request)


class Endless(BusinessProcess):
    def on_request(self, request):
        return self.send_sync("Endless", request)


class Later(BusinessOperation):
    """Answers through another operation."""

    def on_request(self, request):
        self.send_async("Answers", StringRequest(StringValue=self.defer_response()))


class Answers(BusinessOperation):
    def on_request(self, request):
        self.send_deferred_response(request.StringValue, StringResponse(StringValue="at last"))


class Told(BusinessOperation):
    def on_request(self, request):
        print(request.SourceConfigName, request.AlertText)


class P(Production):
    items = [
        Item("Upper", Upper, settings={"suffix": "?"}),
        Item("Words", Words, settings={"target": "Upper"}),
        Item("Twice", Twice, settings={"AlertOnError": True}),
        Item("Ens.Alert", Told),
        Item("Careful", Careful),
        Item("Lazy", Lazy),
        Item("Bad", Bad),
        Item("Ring", Ring),
        Item("Round", Round),
        Item("Endless", Endless),
        Item("Later", Later),
        Item("Answers", Answers),
    ]
'''


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Director]:
    dictionary.reset()
    (tmp_path / "plainly.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    director = Director("plainly.P", tmp_path)
    director.start()
    yield director
    director.stop()
    open_namespace(tmp_path).close()
    sys.modules.pop("plainly", None)
    dictionary.reset()


def said(director: Director, target: str, text: str = "") -> str:
    response = director.send_sync(target, StringRequest(StringValue=text), timeout=30)
    assert isinstance(response, StringResponse)
    return response.StringValue


def test_processes_and_operations_in_python(python: Director) -> None:
    assert said(python, "Words", "a few words") == "A? FEW? WORDS?"
    assert said(python, "Words", "") == ""
    with pytest.raises(MessageFailedError, match="a bad word"):
        said(python, "Words", "one bad word")
    (failed,) = [row for row in python.bank.messages(status="Error") if row.target == "Upper"]
    first, head, place, line = failed.error.splitlines()
    assert (first, head) == ("ValueError: a bad word", "Traceback (most recent call last):")
    assert re.fullmatch(r'  File ".*plainly\.py", line \d+, in on_request', place)
    assert line.strip() == 'raise ValueError("a bad word")'
    assert failed.error in [event.text for event in python.bank.events() if event.host == "Upper"]
    with pytest.raises(MessageFailedError, match="to 'Upper' ended with status Error: ValueError: a bad word") as bad:
        said(python, "Bad")
    (sent,) = [row for row in python.bank.messages() if row.session == bad.value.session and row.target == "Upper"]
    assert f"message {sent.id} of session {sent.session} to 'Upper' ended" in bad.value.error
    with pytest.raises(MessageFailedError, match=r"call of 'Nobody' could not be sent: .* no enabled item 'Nobody'"):
        said(python, "Bad", "Nobody")
    with pytest.raises(MessageFailedError, match=r"the call of 'Lazy' of session \d+ has no answer after 0\.05 s"):
        said(python, "Bad", "Lazy")
    assert said(python, "Twice", "x") == "X1?SLOW?"
    assert said(python, "Careful") == "MessageFailedError+ nobody late tick"
    assert said(python, "Later") == "at last"


def test_the_error_of_a_process_is_an_alert(python: Director) -> None:
    with pytest.raises(MessageFailedError, match="StringValue"):
        python.send_sync("Twice", Request(), timeout=60)
    python.stop()
    python.start()
    (told,) = [event.text for event in python.bank.events() if event.host == "Ens.Alert" and event.level == "stdout"]
    assert told.startswith("Twice AttributeError")


def test_a_cycle_of_synchronous_calls_is_named(python: Director) -> None:
    with pytest.raises(MessageFailedError, match="a cycle of synchronous calls: Ring → Round → Ring"):
        said(python, "Ring", "x")
    with pytest.raises(MessageFailedError, match="a cycle of synchronous calls: Endless → Endless"):
        said(python, "Endless", "x")
    assert said(python, "Upper", "still here") == "STILL HERE?"


KILLED = """
import sys, time
from isc.py.ens import Director
from isc.py.msg import StringRequest
director = Director("plainly.P", ".")
director.start()
header = director.send_async("Twice", StringRequest(StringValue="x"))
while not [row for row in director.bank.messages() if row.target == "Upper" and "slow" in row.body]:
    time.sleep(0.01)
print(header, flush=True)
time.sleep(60)
"""


def test_a_process_that_waits_goes_on_after_the_death_of_the_director(python: Director) -> None:
    python.stop()
    Path("wait").touch()
    Path("runs").unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, cwd=".") as process:
        assert process.stdout is not None
        header = int(process.stdout.readline())
        process.kill()
    Path("wait").unlink()
    python.start()
    assert python.wait(header, 30) == StringResponse(StringValue="X1?SLOW?")
    sent = [row.body for row in python.bank.messages() if row.target == "Upper" and row.kind == "Request"]
    assert sent == ['{"StringValue":"x1"}', '{"StringValue":"slow"}']
    assert Path("runs").read_text() == "run\n" * 2  # the method ran again; its calls did not


CLASSES = (
    """Class t.Gather Extends Ens.BusinessProcess
{
Property Total As %Integer [ InitialExpression = 0 ];
Property Names As list Of %String;
Method OnRequest(pRequest As Ens.StringRequest, Output pResponse As Ens.StringResponse) As %Status
{
    set status = ..SendRequestSync("Length", pRequest, .answer, 20)
    quit:$$$ISERR(status) status
    set ..Total = answer.StringValue
    for i=1:1:$length(pRequest.StringValue," ") {
        set part = ##class(Ens.StringRequest).%New()
        set part.StringValue = $piece(pRequest.StringValue," ",i)
        quit:$$$ISERR(..SendRequestAsync("Length", part, 1, "part"_i))
    }
    set pResponse = ##class(Ens.StringResponse).%New()
    set pResponse.StringValue = "empty"
    quit $$$OK
}
Method OnResponse(pRequest, ByRef pResponse, pCallRequest, pCallResponse, pKey As %String) As %Status
{
    do ..Names.Insert(pKey_"="_pCallRequest.StringValue_":"_pCallResponse.StringValue)
    set pResponse = ##class(Ens.StringResponse).%New()
    set pResponse.StringValue = ..Total
    for i=1:1:..Names.Count() set pResponse.StringValue = pResponse.StringValue_","_..Names.GetAt(i)
    quit $$$OK
}
}
""",
    """Class t.Length Extends Ens.BusinessOperation
{
Method OnMessage(pRequest, Output pResponse) As %Status
{
    set pResponse = ##class(Ens.StringResponse).%New()
    set pResponse.StringValue = $length(pRequest.StringValue)
    quit $$$OK
}
}
""",
)


def test_processes_in_class_files(start: Start) -> None:
    director = start(
        *CLASSES, items='<Item Name="Gather" ClassName="t.Gather"/><Item Name="Length" ClassName="t.Length"/>'
    )
    assert said(director, "Gather", "ab cde") == "6,part1=ab:2,part2=cde:3"
    with pytest.raises(MessageFailedError, match="StringValue"):
        director.send_sync("Gather", Request(), timeout=60)


def test_what_a_process_sent_can_be_waited_for(python: Director, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    header_id = python.send_async("Words", StringRequest(StringValue="slow"))
    while not (sent := python.bank.messages(target="Upper")):
        time.sleep(0.01)
    with pytest.raises(MessageTimeoutError):
        python.wait(sent[0].id, 0.05)
    (tmp_path / "wait").unlink()
    assert python.wait(sent[0].id, 30) == StringResponse(StringValue="SLOW?")
    assert python.wait(sent[0].id, 30) == StringResponse(StringValue="SLOW?")
    assert python.wait(header_id, 30) == StringResponse(StringValue="SLOW?")
    assert python.observer._awaited == {}
