"""What is told of a message that did not end well: why, in one line that names the cause and where the mend is."""

import json

from .policy import FailurePolicy
from .workers import Answer

_SHOWN = 300  # characters of an acknowledgement
_SEGMENTS = ("MSA", "ERR")  # those of an acknowledgement that say what was wrong


def said(answer: Answer, memory_limit: int = 0) -> str:
    """Why an attempt did not end well: its error, or what the acknowledgement says.

    `memory_limit` is the MemoryLimit of the worker, in megabytes.
    """
    if not answer.ok:
        if memory_limit and answer.error.startswith("MemoryError"):
            return f"{answer.error.strip().rstrip(':')}: the worker may take {memory_limit} MB (MemoryLimit)"
        return answer.error
    if answer.missing or not answer.conditions:
        return "there is no reply"
    shown = _segments(answer.body)
    return f"the acknowledgement {_judged(answer.conditions)}{f': {shown}' if shown else ''}"


def given_up(text: str, policy: FailurePolicy, attempts: int, seconds: float) -> str:
    """The end of a message that was tried several times: its text, how often, and by which setting."""
    limit = f", FailureTimeout is {policy.failure_timeout:g} s" if policy.failure_timeout >= 0 else ""
    return f"{text} (tried {attempts} times in {seconds:.1f} s{limit})"


def again(text: str, policy: FailurePolicy, attempt: int) -> str:
    """What is told when a message is tried again."""
    end = f"for {policy.failure_timeout:g} s at most" if policy.failure_timeout >= 0 else "without end"
    return f"attempt {attempt}: {text}; it is tried again every {policy.retry_interval:g} s, {end}"


def _judged(conditions: tuple[str, ...]) -> str:
    told = []
    for condition in conditions:
        if condition == ":~":
            told.append("has no MSA segment")
        elif condition == ":_":
            told.append("has no code")
        elif condition == ":I?":
            told.append("is of another message (I?: its MSA:2 is not the control id that was sent)")
        elif condition == ":T?":
            told.append("is of another type than this message asks for (T?)")
        else:
            told.append(f"says {condition.lstrip(':')}")
    return " and ".join(told)


def _segments(body: str) -> str:
    """The segments of an HL7 message's body that say what was wrong; of others how they begin."""
    try:
        raw = json.loads(body).get("RawContent")
    except (ValueError, AttributeError):
        raw = None
    if not isinstance(raw, str):
        return body[:_SHOWN]
    lines = [line for line in raw.replace("\n", "\r").split("\r") if line]
    found = [line for line in lines if line.startswith(_SEGMENTS)] or lines
    return " ".join(found)[:_SHOWN]
