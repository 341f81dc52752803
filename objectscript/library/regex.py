"""``%Regex.Matcher``: a regular expression walked over a text. Patterns are Python's, with ICU's named groups."""

import re
from typing import Self

from .. import status
from ..errors import ObjectScriptError
from ..objects import ObjectMethods
from ..values import number, text

_NAMED = re.compile(r"\(\?<(?=[A-Za-z])")
_REFERENCE = re.compile(r"\\(.)|\$(\d)|\$\{(\w+)\}", re.S)


def compiled(pattern: object) -> re.Pattern[str]:
    """The pattern of a text.

    Raises:
        ObjectScriptError: ``<REGULAR EXPRESSION>``: tells where it is wrong.
    """
    try:
        return re.compile(_NAMED.sub("(?P<", text(pattern)))
    except re.error as error:
        raise ObjectScriptError("<REGULAR EXPRESSION>", f"{text(pattern)!r}: {error}") from error


class Matcher(ObjectMethods):
    """``%Regex.Matcher``."""

    def __init__(self, pattern: object = "", subject: object = "") -> None:
        self._pattern = compiled(pattern)
        self._source = text(pattern)
        self._text = text(subject)
        self._found: re.Match[str] | None = None
        self._at = 0
        self.Status: object = status.OK

    @classmethod
    def _New(cls, pattern: object = "", subject: object = "", *_: object) -> Self:
        return cls(pattern, subject)

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Pattern", "Text", "Group", "GroupCount", "Start", "End", "Status"]

    def _get_property(self, name: str) -> object:
        if name in ("Group", "Start", "End"):
            return getattr(self, name)(0)
        return getattr(self, name)

    def _set_property(self, name: str, value: object) -> None:
        if name == "Text":
            self._text = text(value)
        elif name == "Pattern":
            self._source, self._pattern = text(value), compiled(value)
        else:
            raise AttributeError(name)
        self.ResetPosition()

    @property
    def Pattern(self) -> str:
        """The expression."""
        return self._source

    @property
    def Text(self) -> str:
        """What it is matched against."""
        return self._text

    @property
    def GroupCount(self) -> int:
        """How many groups the expression has."""
        return self._pattern.groups

    def Match(self, subject: object = None) -> int:
        """Whether the whole text matches."""
        if subject is not None:
            self._set_property("Text", subject)
        self._found = self._pattern.fullmatch(self._text)
        return int(self._found is not None)

    def Locate(self, position: object = "") -> int:
        """Find the next match, behind the last one or from a position on."""
        start = int(number(position)) - 1 if text(position) else self._at
        self._found = self._pattern.search(self._text, start) if start <= len(self._text) else None
        if self._found is None:
            return 0
        self._at = self._found.end() + (self._found.end() == self._found.start())
        return 1

    def ResetPosition(self, position: object = 1) -> int:
        """Search from a position on."""
        self._at, self._found = max(int(number(position)) - 1, 0), None
        return 1

    def HitEnd(self) -> int:
        """Whether the last match reached the end of the text."""
        return int(self._found is None or self._found.end() == len(self._text))

    def _match(self) -> re.Match[str]:
        if self._found is None:
            raise ObjectScriptError("<REGULAR EXPRESSION>", "there is no match: call Match or Locate, which gave 0")
        return self._found

    def Group(self, number_of: object = 0) -> str:
        """What a group matched, 0 is the whole; "" for one that took no part."""
        return self._match().group(self._group(number_of)) or ""

    GroupGet = Group

    def Start(self, number_of: object = 0) -> int:
        """Where a group begins, from 1; 0 for one that took no part."""
        return self._match().start(self._group(number_of)) + 1

    StartGet = Start

    def End(self, number_of: object = 0) -> int:
        """The position behind a group."""
        return self._match().end(self._group(number_of)) + 1

    EndGet = End

    def _group(self, number_of: object) -> int | str:
        shown = text(number_of) or "0"
        if shown in self._pattern.groupindex:
            return shown
        at = int(number(shown))
        if not 0 <= at <= self._pattern.groups:
            raise ObjectScriptError("<REGULAR EXPRESSION>", f"there is no group {shown}: there are {self.GroupCount}")
        return at

    def _filled(self, found: re.Match[str], template: str) -> str:
        def one(part: re.Match[str]) -> str:
            if part.group(1) is not None:
                return part.group(1)
            wanted = part.group(2) or part.group(3)
            return found.group(int(wanted) if wanted.isdigit() else wanted) or ""

        try:
            return _REFERENCE.sub(one, template)
        except (IndexError, re.error) as error:
            raise ObjectScriptError("<REGULAR EXPRESSION>", f"{template!r}: {error}") from error

    def ReplaceAll(self, template: object) -> str:
        """The text with every match replaced; ``$1`` is a group."""
        return self._pattern.sub(lambda found: self._filled(found, text(template)), self._text)

    def ReplaceFirst(self, template: object) -> str:
        """The text with the first match replaced."""
        return self._pattern.sub(lambda found: self._filled(found, text(template)), self._text, count=1)

    def SubstituteIn(self, template: object) -> str:
        """A text with the groups of the last match filled in."""
        return self._filled(self._match(), text(template))
