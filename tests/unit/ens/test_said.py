"""What is told of a message that did not end well: the cause first, then where to mend it."""

import json

import pytest
from isc.py.ens.policy import FailurePolicy
from isc.py.ens.said import again, given_up, said
from isc.py.ens.workers import Answer

ACK = json.dumps({"RawContent": "MSH|^~\\&|FAR\rMSA|AE|17|no such patient\rERR|PID^1\r"})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(False, error="ValueError: paper"), "ValueError: paper"),
        (Answer(False, error="MemoryError: "), "MemoryError: the worker may take 64 MB (MemoryLimit)"),
        (Answer(True, missing=True), "there is no reply"),
        (
            Answer(True, body=ACK, conditions=(":AE",)),
            "the acknowledgement says AE: MSA|AE|17|no such patient ERR|PID^1",
        ),
        (
            Answer(True, body=ACK, conditions=(":AA", ":I?")),
            "the acknowledgement says AA and is of another message (I?: its MSA:2 is not the control id that was "
            "sent): MSA|AE|17|no such patient ERR|PID^1",
        ),
        (
            Answer(True, body='{"RawContent":"MSH|^~"}', conditions=(":~",)),
            "the acknowledgement has no MSA segment: MSH|^~",
        ),
        (
            Answer(True, body="[1]", conditions=(":_", ":T?")),
            "the acknowledgement has no code and is of another type than this message asks for (T?): [1]",
        ),
    ],
)
def test_the_cause_is_told(answer: Answer, told: str) -> None:
    assert said(answer, 64) == told


def test_retries_are_told_with_their_settings() -> None:
    policy = FailurePolicy(retry_interval=2, failure_timeout=10)
    assert again("busy", policy, 1) == "attempt 1: busy; it is tried again every 2 s, for 10 s at most"
    assert given_up("busy", policy, 5, 8.04) == "busy (tried 5 times in 8.0 s, FailureTimeout is 10 s)"
    for_ever = FailurePolicy(failure_timeout=-1)
    assert again("busy", for_ever, 100) == "attempt 100: busy; it is tried again every 5 s, without end"
    assert given_up("busy", for_ever, 2, 1) == "busy (tried 2 times in 1.0 s)"
