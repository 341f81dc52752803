"""An answer that the Director cannot read is the message's end all the same, in the bank, too; the queue goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from isc.py.ens import Director, MessageFailedError
from isc.py.msg import StringRequest, StringResponse

HOST = """
from isc.py.ens import BusinessOperation
from isc.py.msg import Message, StringResponse

class Answers(BusinessOperation):
    '''Answers with a class that no other process has ever heard of when it is told to.'''

    def on_request(self, request):
        if request.StringValue != "odd":
            return StringResponse(StringValue=request.StringValue)

        class Late(Message):
            Value: int = 0

        return Late(Value=1)
"""


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answers_with.py").write_text(HOST)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("answers")
def test_an_answer_of_a_class_that_only_the_worker_knows(start: Callable[..., Director]) -> None:
    director = start(items='<Item Name="Answers" ClassName="answers_with.Answers"/>')
    sent = [director.send("Answers", StringRequest(StringValue=text)) for text in ("a", "odd", "b")]
    assert sent[0].response(60) == StringResponse(StringValue="a")
    assert sent[2].response(60) == StringResponse(StringValue="b")
    with pytest.raises(MessageFailedError, match=r"its answer cannot be taken: .*Late") as failed:
        sent[1].response(60)
    found = director.bank.message(sent[1].header_id)
    assert found is not None
    assert (found.status, found.error) == ("Error", failed.value.error)
    told = [event for event in director.bank.events(sent[1].session) if event.level == "error"]
    assert [event.text for event in told] == [found.error]
