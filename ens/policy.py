"""What becomes of a message that did not end well: `ReplyCodeActions`, retries and their end.

The syntax is that of the field: ``E=R,E*refused=S,:?R=RF,:*=S,X=F``. The left side is a condition of the reply, the
right side one or more actions.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from .exceptions import ProductionError

#: Actions and what they do; the docs are made from this.
ACTIONS = {
    "C": "the message is completed",
    "W": "a warning is written; without another action the message is completed",
    "R": "the message is tried again every RetryInterval until FailureTimeout, then the other action, or F",
    "S": "the message is suspended: it is kept with this status, and the next one runs",
    "D": "the operation is disabled, the message stays in front of its queue",
    "F": "the message is an error, and the next one runs",
}
#: Conditions and what they match; the docs are made from this.
CONDITIONS = {
    "E": "an error",
    "E#code": "an error whose status has this code",
    "E*text": "an error that contains this text",
    "X": "there is no reply",
    ":code": "an acknowledgement with this code, as `:AE`",
    ":?A": "an acknowledgement code that ends with this letter: AA or CA",
    ":~": "a reply without an acknowledgement segment",
    ":_": "an acknowledgement without a code",
    ":I?": "an acknowledgement of another message's control id",
    ":T?": "a reply of another type than HL7 has for the message: an ACK to a QBP, an ORR to an ADT",
    ":*": "an acknowledgement that nothing else matches",
}
_BESIDE = (":I?", ":T?")  # what an acknowledgement shows beside its code
_PAIR = re.compile(r"\s*(\((?P<several>[^)]*)\)|(?P<one>[^=(]+))\s*=\s*(?P<actions>[A-Za-z]+)\s*(?:,|$)")
_CODE = re.compile(r"E|E#\d+|E\*.+|X|:(\*|~|_|\?[A-Z]|[IT]\?|[A-Z]{1,3})")


@dataclass(frozen=True, slots=True)
class Reply:
    """How one attempt at a message ended; `acknowledgements` are codes like ``:AE``, ``:~``, ``:I?`` or ``:T?``."""

    error: str = ""
    codes: tuple[int, ...] = ()
    acknowledgements: tuple[str, ...] = ()
    is_missing: bool = False
    wants_retry: bool = False
    wants_suspension: bool = False


@cache
def reply_code_actions(text: str) -> tuple[tuple[str, str], ...]:
    """Conditions and their actions, in order.

    Raises:
        ProductionError: it does not fit the syntax; shows the part.
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and text[at:].strip():
        pair = _PAIR.match(text, at)
        if pair is None:
            raise ProductionError(f"ReplyCodeActions: {text[at:]!r} does not read like E=R or :?R=RF")
        for code in (pair["several"] or pair["one"]).split(","):
            if not _CODE.fullmatch(code.strip()):
                raise ProductionError(f"ReplyCodeActions: {code.strip()!r} is none of {', '.join(CONDITIONS)}")
            found.append((code.strip(), pair["actions"].upper()))
        if wrong := set(pair["actions"].upper()) - set(ACTIONS):
            raise ProductionError(f"ReplyCodeActions: {min(wrong)!r} is none of {', '.join(ACTIONS)}")
        at = pair.end()
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do: one of C, R, S, D, F, and whether to warn."""

    action: str
    warns: bool = False


@dataclass(frozen=True, slots=True)
class FailurePolicy:
    """The settings that say what becomes of a message; times in seconds."""

    actions: tuple[tuple[str, str], ...] = ()
    retry_interval: float = 5.0
    failure_timeout: float = 15.0

    @property
    def repeats(self) -> bool:
        """Whether a failure may have something done again."""
        return any(set(done) & set("RD") for _, done in self.actions)

    def decide(self, reply: Reply, elapsed: float) -> Verdict:
        """What to do after an attempt that ended so, `elapsed` seconds after the first one began."""
        letters = "".join(self._letters(reply))
        if reply.wants_retry and "R" not in letters:
            letters = f"R{letters}"
        if reply.wants_suspension:
            letters = letters.replace("R", "") + "S"
        warns = "W" in letters
        if "R" in letters and (self.failure_timeout < 0 or elapsed + self.retry_interval <= self.failure_timeout):
            return Verdict("R", warns)
        for action in "DSFC":
            if action in letters:
                return Verdict(action, warns)
        if warns and not reply.wants_retry:
            return Verdict("C", True)
        return Verdict("F" if "R" in letters or reply.error else "C", warns)

    def _letters(self, reply: Reply) -> Iterable[str]:
        if reply.error:
            yield _first(self.actions, lambda code: _matches_error(code, reply)) or "F"
            return
        if reply.is_missing and (found := _first(self.actions, lambda code: code == "X")):
            yield found
        for shown in reply.acknowledgements:
            found = _first(self.actions, partial(_matches, shown=shown))
            yield found or ("" if shown in _BESIDE else _first(self.actions, lambda code: code == ":*"))


def _first(actions: Sequence[tuple[str, str]], matches: Callable[[str], bool]) -> str:
    return next((done for code, done in actions if matches(code)), "")


def _matches_error(code: str, reply: Reply) -> bool:
    if code.startswith("E#"):
        return int(code[2:]) in reply.codes
    if code.startswith("E*"):
        return code[2:].lower() in reply.error.lower()
    return code == "E"


def _matches(code: str, shown: str) -> bool:
    """Whether ``:?E`` or ``:AE`` fits ``:AE``."""
    return code == shown or (code.startswith(":?") and len(shown) == 3 and shown.endswith(code[2:]))
