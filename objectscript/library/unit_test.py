"""``%UnitTest.TestCase``: what a class of tests extends, and what its assertions record.

The macros (``$$$AssertEquals`` and its kin) call the methods ``…ViaMacro``; nothing raises, so a test goes on behind an
assertion that failed, as it does where the classes come from.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from .. import operators, status
from ..objects import RegisteredObject
from ..origins import ORIGINS, PLACE
from ..values import is_object, object_text, text, truth
from .collections import ArrayOfDataTypes
from .confinement import path_of


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion: `detail` says why it failed; `place` is ``Class.Method``, `line` counts the method's lines."""

    kind: str
    passed: bool
    description: str
    detail: str = ""
    place: str = ""
    line: int = 0


@dataclass(slots=True)
class Recording:
    """What one test method did and wrote; `error` is why it ended early, `skipped` why it was not wanted."""

    assertions: list[Assertion] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    skipped: str = ""
    error: str = ""
    error_place: str = ""
    error_line: int = 0
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """``passed``, ``failed`` or ``skipped``."""
        if self.error or any(not item.passed for item in self.assertions):
            return "failed"
        return "skipped" if self.skipped else "passed"


class Manager(RegisteredObject):
    """``%UnitTest.Manager`` as a test sees it: ``..Manager``."""

    def __init__(self) -> None:
        super().__init__()
        self.UserFields = ArrayOfDataTypes()
        self.Debug = 0
        self.CurrentDir = ""
        self.recording = Recording()

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["UserFields", "Debug", "CurrentDir"]

    def LogMessage(self, message: object = "", *_: object) -> int:
        """Keep a message with the test."""
        self.recording.messages.append(text(message))
        return status.OK

    @classmethod
    def RunTest(cls, spec: object = "", qualifiers: object = "", user: object = "") -> object:
        """Run the tests of ``folder[:Class[:Method]]``, the folder below ``^UnitTestRoot`` when that is set.

        OK, or the status that says which tests failed. With ``/noload`` classes come from the namespace.
        """
        from .unit_test_runner import run_specification

        return run_specification(text(spec), text(qualifiers), user)

    @classmethod
    def DebugRunTestCase(
        cls, suite: object = "", name: object = "", qualifiers: object = "", method: object = ""
    ) -> object:
        """Run one class of tests, or one method of it, that the namespace has."""
        from .unit_test_runner import run_specification

        return run_specification(f"{text(suite)}:{text(name)}:{text(method)}", f"{text(qualifiers)}/noload", "")


class TestCase(RegisteredObject):
    """``%UnitTest.TestCase``."""

    __test__ = False  # pytest: a class of the language, no test of ours

    def __init__(self) -> None:
        super().__init__()
        self.Manager: object = Manager()
        self.Debug: object = 0
        self.SkipTest: object = 0

    def _OnNew(self, manager: object = "") -> object:
        if isinstance(manager, Manager):
            self.Manager = manager
        return status.OK

    @classmethod
    def _property_names(cls) -> list[str]:
        return [*super()._property_names(), "Manager", "Debug", "SkipTest"]

    # --- what a class of tests may override ---

    def OnBeforeAllTests(self) -> object:
        """Runs before the first test."""
        return status.OK

    def OnAfterAllTests(self) -> object:
        """Runs behind the last test."""
        return status.OK

    def OnBeforeOneTest(self, name: object = "") -> object:
        """Runs before each test."""
        return status.OK

    def OnAfterOneTest(self, name: object = "") -> object:
        """Runs behind each test."""
        return status.OK

    # --- assertions ---

    def _record(self, kind: str, passed: bool, description: object, detail: str) -> int:
        place, line = _caller()
        made = Assertion(kind, passed, text(description), "" if passed else detail, place, line)
        if isinstance(self.Manager, Manager):
            self.Manager.recording.assertions.append(made)
        return int(passed)

    def AssertEqualsViaMacro(self, _source: object, one: object = "", two: object = "", told: object = "") -> int:
        """Both are the same value."""
        detail = f"{_shown(one)} is not {_shown(two)}"
        return self._record("AssertEquals", bool(operators.equal(one, two)), told, detail)

    def AssertNotEqualsViaMacro(self, _source: object, one: object = "", two: object = "", told: object = "") -> int:
        """They are not the same value."""
        detail = f"both are {_shown(one)}"
        return self._record("AssertNotEquals", not operators.equal(one, two), told, detail)

    def AssertTrueViaMacro(self, _source: object, value: object = "", told: object = "") -> int:
        """It is true."""
        return self._record("AssertTrue", truth(value), told, f"{_shown(value)} is not true")

    def AssertNotTrueViaMacro(self, _source: object, value: object = "", told: object = "") -> int:
        """It is not true."""
        return self._record("AssertNotTrue", not truth(value), told, f"{_shown(value)} is true")

    def AssertStatusOKViaMacro(self, _source: object, value: object = "", told: object = "") -> int:
        """It is an OK status."""
        return self._record("AssertStatusOK", status.is_ok(value), told, status.text(value) or "it is no status")

    def AssertStatusNotOKViaMacro(self, _source: object, value: object = "", told: object = "") -> int:
        """It is an error status."""
        return self._record("AssertStatusNotOK", status.is_error(value), told, "the status is OK")

    def AssertStatusEqualsViaMacro(
        self, _source: object, one: object = "", two: object = "", told: object = ""
    ) -> int:  # fmt: skip
        """Both statuses have the same error codes."""
        codes = [[code for code, _ in status.entries(value)] for value in (one, two)]
        detail = f"{status.text(one) or 'OK'} is not {status.text(two) or 'OK'}"
        return self._record("AssertStatusEquals", codes[0] == codes[1], told, detail)

    def AssertFilesSameViaMacro(self, _source: object, one: object = "", two: object = "", told: object = "") -> int:
        """Both files have the same content."""
        return self._files("AssertFilesSame", one, two, told, ordered=True)

    def AssertFilesSQLUnorderedSameViaMacro(
        self, _source: object, one: object = "", two: object = "", told: object = ""
    ) -> int:  # fmt: skip
        """Both files have the same lines, in any order."""
        return self._files("AssertFilesSQLUnorderedSame", one, two, told, ordered=False)

    def _files(self, kind: str, one: object, two: object, told: object, *, ordered: bool) -> int:
        lines = []
        for name in (one, two):
            try:
                lines.append(Path(path_of(name)).read_bytes().splitlines())
            except OSError as error:
                return self._record(kind, False, told, f"{text(name)}: {error.strerror}")
        first, second = lines if ordered else map(sorted, lines)
        if first == second:
            return self._record(kind, True, told, "")
        at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(map(len, lines)))
        return self._record(kind, False, told, f"{text(one)} and {text(two)} differ from line {at + 1} on")

    def AssertSuccessViaMacro(self, _source: object, told: object = "") -> int:
        """Always holds."""
        return self._record("AssertSuccess", True, told, "")

    def AssertFailureViaMacro(self, _source: object, told: object = "") -> int:
        """Never holds."""
        return self._record("AssertFailure", False, told, "this was not to be reached")

    def AssertSkippedViaMacro(self, _source: object, told: object = "") -> int:
        """The test is skipped, for a reason."""
        if isinstance(self.Manager, Manager):
            self.Manager.recording.skipped = text(told) or "skipped"
        return 1

    def LogMessage(self, message: object = "", *_: object) -> int:
        """Keep a message with the test."""
        return self.Manager.LogMessage(message) if isinstance(self.Manager, Manager) else status.OK


def _shown(value: object) -> str:
    if is_object(value):
        return object_text(value)
    return text(value) if isinstance(value, int | float) else '"' + text(value).replace('"', '""') + '"'


def _caller() -> tuple[str, int]:
    """Place and line of the code of the language that is running."""
    frame = sys._getframe(1)
    while frame is not None:
        origins = frame.f_globals.get(ORIGINS)
        if origins:
            at = frame.f_lineno - 2
            return str(frame.f_globals[PLACE]), origins[at] if 0 <= at < len(origins) else 0
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return "", 0
