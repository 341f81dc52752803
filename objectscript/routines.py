"""Routines: labels and what runs them, ``do label^routine(…)``, ``$$label^routine(…)`` and ``goto``.

A label runs into the next one unless it quits. Code of a routine shares the variables of its caller, as the language
has it, but a procedure (``label(a) public { … }``) has its own; called from a method, a routine begins with none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .arrays import Node
from .binding import bind, give_back, given, results
from .definitions import ArgumentDefinition
from .errors import ObjectScriptError
from .frame import Frame
from .interrupts import answer_interrupt, asked
from .macros import expand
from .signatures import argument, balanced, split
from .sources import find_text
from .variables import new, unwind

if TYPE_CHECKING:
    from .compiler import Block

_HEAD = re.compile(r"(%?[A-Za-z][\w]*|\d+)(?=[\s(;]|//|$)")
_PROCEDURE = re.compile(r"\s*(?:\[([^\]]*)\]\s*)?(?:(?:public|private|methods)\b)?\s*(?=\{)", re.I)
#: A label within a legacy block: the block goes on, nothing can go to the label.
_DOTTED_LABEL = re.compile(r"^%?[A-Za-z]\w*(?=[ \t]+\.)", re.M)
_COMMENT = re.compile(r'"(?:[^"\n]|"")*"|(//|;|#;)[^\n]*|/\*.*?\*/', re.S)
_HEADER = re.compile(r"ROUTINE\s+(%?[\w.]+)[^\n]*", re.I)

#: Commands that some write in column 0 of a method, where a label would stand.
COMMAND_WORDS = (
    "break|b|catch|close|continue|do|d|else|elseif|e|for|f|goto|g|halt|hang|h|if|i|job|kill|k|lock|l|merge|m|new|n|open|o|"
    "quit|q|read|r|return|ret|set|s|tcommit|throw|trollback|try|tstart|use|u|while|write|w|xecute|x|zkill|zwrite|zw"
).split("|")

#: A line of a method that may begin with a label.
_OUTER = re.compile(rf"^(?!(?:{'|'.join(COMMAND_WORDS)})\b)%?[A-Za-z]\w*(?=[\s(;]|$)", re.M | re.I)

#: What a label gives that ran to its end without quitting.
FALL = object()


@dataclass(frozen=True, slots=True)
class Goto:
    """What a label gives that went elsewhere."""

    label: str
    routine: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its code from its own line on; `line` counts from 1 in the routine."""

    name: str
    arguments: tuple[ArgumentDefinition, ...]
    text: str
    line: int
    procedure: bool = False
    public: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine's labels in order; code before the first one has the label ""."""

    name: str
    labels: tuple[Label, ...]

    def index(self, label: str, place: str = "") -> int:
        """The position of a label, "" for the beginning.

        Raises:
            ObjectScriptError: ``<NOLINE>``.
        """
        if not label and self.labels:
            return 0
        for at, found in enumerate(self.labels):
            if found.name == label:
                return at
        known = ", ".join(found.name for found in self.labels if found.name) or "none"
        raise ObjectScriptError("<NOLINE>", f"{label}^{self.name}; its labels are {known}", place)


@lru_cache(maxsize=512)
def parse_routine(name: str, text: str) -> Routine:
    """The labels of a routine's text."""
    header = _HEADER.match(text)
    if header is not None:
        text = " " * header.end() + text[header.end() :]
    return Routine(name, tuple(_labels(text)))


@dataclass(frozen=True, slots=True)
class _Head:
    name: str
    arguments: tuple[ArgumentDefinition, ...]
    start: int
    body: int
    procedure: bool
    public: tuple[str, ...]


def _labels(text: str) -> Iterator[Label]:
    text = _DOTTED_LABEL.sub(lambda found: " " * len(found.group()), text)
    plain = _COMMENT.sub(_blank, text)
    heads = list(_heads(text, plain))
    begin = heads[0].start if heads else len(text)
    if plain[:begin].strip():
        yield Label("", (), text[:begin], 1)
    for at, head in enumerate(heads):
        end = heads[at + 1].start if at + 1 < len(heads) else len(text)
        if head.procedure:
            end = _closing(plain, head.body) + 1
        line = text.count("\n", 0, head.start) + 1
        yield Label(head.name, head.arguments, text[head.body : end], line, head.procedure, head.public)


def _heads(text: str, plain: str) -> Iterator[_Head]:
    inside = -1  # where the procedure that is read ends
    for start in _line_starts(plain):
        head = _HEAD.match(plain, start) if start > inside else None
        if head is None:
            continue
        at, arguments = head.end(), ""
        if plain.startswith("(", at):
            arguments, rest = balanced(text[at:])
            at = len(text) - len(rest)
        procedure = _PROCEDURE.match(plain, at)
        public = ""
        if procedure is not None:
            public, at = procedure.group(1) or "", procedure.end()
            inside = _closing(plain, at)
        formals = tuple(argument(part) for part in split(arguments) if part.strip())
        names = tuple(part.strip() for part in public.split(",") if part.strip())
        yield _Head(head.group(1), formals, start, at, procedure is not None, names)


def _blank(found: re.Match[str]) -> str:
    """Comments as blanks, strings as they are but for their letters: no label begins in either."""
    keep = found.group()
    return re.sub(r"[^\n]", " ", keep) if not keep.startswith('"') else '"' + " " * (len(keep) - 2) + '"'


def _line_starts(text: str) -> Iterator[int]:
    at = 0
    while at < len(text):
        yield at
        end = text.find("\n", at)
        if end < 0:
            return
        at = end + 1


def _closing(plain: str, at: int) -> int:
    """The position of the brace that closes the one at `at`; the end when there is none."""
    depth = 0
    for position in range(at, len(plain)):
        depth += (plain[position] == "{") - (plain[position] == "}")
        if depth == 0:
            return position
    return len(plain)


def find_routine(name: str, place: str = "") -> Routine:
    """The routine of that name.

    Raises:
        ObjectScriptError: ``<NOROUTINE>``.
    """
    text = find_text("routine", name)
    if text is None:
        detail = f"^{name}: load the file that holds it (iscpy load PATH)"
        raise ObjectScriptError("<NOROUTINE>", detail, place)
    return parse_routine(name, expand(text, place=f"^{name}").text)


def do_label(frame: Frame, label: str, routine: str, arguments: tuple[object, ...]) -> object:
    """``do label^routine(…)``."""
    found = _routine(frame, routine)
    return _called(frame, found, found.index(label, frame.place), arguments)


def extrinsic(frame: Frame, label: str, routine: str, arguments: tuple[object, ...]) -> object:
    """``$$label^routine(…)``; ``$test`` is as it was."""
    test = frame.test
    try:
        return do_label(frame, label, routine, arguments)
    finally:
        frame.test = test


def run_routine(routine: Routine, frame: Frame) -> object:
    """Run a routine from its beginning in a frame of its own."""
    frame.routine = routine
    return _run(frame, routine, 0)


def _routine(frame: Frame, name: str) -> Routine:
    if name:
        return find_routine(name, frame.place)
    if frame.routine is None:
        raise ObjectScriptError("<NOLINE>", "this code has no labels: call a method, or label^routine", frame.place)
    return frame.routine


def _called(frame: Frame, routine: Routine, index: int, arguments: tuple[object, ...]) -> object:
    label = routine.labels[index]
    if len(arguments) > len(label.arguments) and not any(item.mode == "variadic" for item in label.arguments):
        detail = f"{label.name}^{routine.name} takes {len(label.arguments)} argument(s), {len(arguments)} were given"
        raise ObjectScriptError("<PARAMETER>", detail, frame.place)
    if label.procedure or frame.routine is None:
        return _in_own_frame(frame, routine, index, arguments)
    held = given(arguments)
    before, mark = (frame.place, frame.routine), len(frame.saved)
    new(frame, tuple(item.name for item in label.arguments))
    frame.place, frame.routine = f"{label.name}^{routine.name}", routine
    references = bind(frame, label.arguments, held)
    try:
        return _run(frame, routine, index)
    finally:
        found = results(frame, references)
        unwind(frame, mark)
        frame.place, frame.routine = before
        give_back(found)


def _in_own_frame(frame: Frame, routine: Routine, index: int, arguments: tuple[object, ...]) -> object:
    """A procedure, or what a method calls: sees nothing of the caller but what the procedure names as public."""
    label = routine.labels[index]
    place = f"{label.name}^{routine.name}"
    inner = Frame(this=frame.this, platform=frame.platform, place=place, output=frame.output, routine=routine)
    for name in label.public:
        if name in frame.variables:
            inner.variables[name] = frame.variables[name]
        inner.arrays[name] = frame.arrays.setdefault(name, Node())
    references = bind(inner, label.arguments, given(arguments))
    try:
        return _run(inner, routine, index)
    finally:
        give_back(results(inner, references))
        for name in label.public:
            if name in inner.variables:
                frame.variables[name] = inner.variables[name]
            else:
                frame.variables.pop(name, None)


def _run(frame: Frame, routine: Routine, index: int) -> object:
    while True:
        label = routine.labels[index]
        frame.place = f"{label.name}^{routine.name}" if routine.name else frame.place
        result = code_of(frame.place, label).execute(frame)
        if asked:
            answer_interrupt()
        if isinstance(result, Goto):
            if result.routine:
                routine = find_routine(result.routine, frame.place)
                frame.routine = routine
            index = routine.index(result.label, frame.place)
        elif result is FALL:
            index += 1
            if index == len(routine.labels) or routine.labels[index].procedure:
                return ""
        else:
            return result


def code_of(place: str, label: Label) -> "Block":
    """The compiled code of a label. Raises like `compile_block`."""
    from .compiler import compile_block, compile_procedure

    return compile_procedure(label.text, place) if label.procedure else compile_block(label.text, place, True)


def method_labels(place: str, body: str) -> Routine | None:
    """The labels of a method's body, None when it has none: its code has one more, "", for the beginning."""
    if _OUTER.search(body) is None:
        return None
    found = parse_routine(place, body)
    return found if any(label.name for label in found.labels) else None
