"""``iscpy unittest``: runs the classes that extend ``%UnitTest.TestCase``, a line a test."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from isc.py.objectscript.library.unit_test_runner import Folder, Result, classes_with_tests, run_class
from lxml import etree

from . import screen
from .failures import CommandError
from .project import enter

_MARKS = {"passed": "✓", "failed": "✗", "skipped": "-"}


def unittest(path: Path, only: str, junit: Path | None, folder: Path, *, as_json: bool) -> None:
    """Run the tests below a path; `only` is ``Class`` or ``Class:Method``.

    Raises:
        CommandError: there is nothing to run, a class file is none, or a test failed.
    """
    enter(folder)
    if not path.exists():
        raise CommandError(f"{path} does not exist: name a class file or a folder of them")
    tests = Folder(path)
    with tests.in_use():
        results = []
        for result in _results(tests, only):
            results.append(result)
            if not as_json:
                _show(result, tests)
        if junit is not None:
            _write(junit, results, tests)
        if as_json:
            screen.show_json([_plain(result, tests) for result in results])
        _end(results, tests, path, only)


def _results(tests: Folder, only: str) -> Iterator[Result]:
    name, _, method = only.partition(":")
    for item in classes_with_tests(tests.names()):
        if name in ("", item):
            yield from run_class(item, method, folder=str(next(iter(tests.paths.values())).parent))


def _end(results: list[Result], tests: Folder, path: Path, only: str) -> None:
    failed = [result for result in results if result.outcome == "failed"]
    if not results:
        wanted = f"test {only}" if only else "class that extends %UnitTest.TestCase and has a method Test…"
        broken = "".join(f"; {file}: {reason}" for file, reason in tests.broken.items())
        raise CommandError(f"{path} has no {wanted}{broken}")
    if tests.broken:
        file, reason = next(iter(tests.broken.items()))
        raise CommandError(f"{file}: {reason}")
    if failed:
        raise CommandError(f"{len(failed)} of {len(results)} tests failed")


def _failures(result: Result, tests: Folder) -> list[tuple[str, str]]:
    """Where and why, of each thing that failed."""
    recording = result.recording
    found = [
        (tests.where(item.place, item.line), f"{item.kind} {item.description}: {item.detail}".replace(" : ", ": "))
        for item in recording.assertions
        if not item.passed
    ]
    if recording.error:
        place = recording.error_place or f"{result.class_name}.{result.method}"
        found.append((tests.where(place, recording.error_line), recording.error))
    return found


def _show(result: Result, tests: Folder) -> None:
    if result.recording.output:
        screen.say("".join(result.recording.output).removesuffix("\n"))
    count = len(result.recording.assertions)
    told = result.recording.skipped or f"{count} assertion{'' if count == 1 else 's'}"
    screen.say(f"{_MARKS[result.outcome]} {result.class_name}.{result.method}  ({told})")
    for where, why in _failures(result, tests):
        screen.say(f"    {where}: {why}")
    if result.outcome == "failed":
        for message in result.recording.messages:
            screen.say(f"    log: {message}")


def _plain(result: Result, tests: Folder) -> dict[str, object]:
    return {
        "class": result.class_name,
        "method": result.method,
        "outcome": result.outcome,
        "seconds": round(result.recording.seconds, 6),
        "skipped": result.recording.skipped,
        "messages": result.recording.messages,
        "output": "".join(result.recording.output),
        "assertions": [asdict(item) for item in result.recording.assertions],
        "failures": [{"where": where, "why": why} for where, why in _failures(result, tests)],
    }


def _write(path: Path, results: list[Result], tests: Folder) -> None:
    """The results as JUnit XML, which CI servers read."""
    root = etree.Element("testsuites")
    for name in dict.fromkeys(result.class_name for result in results):
        own = [result for result in results if result.class_name == name]
        suite = etree.SubElement(root, "testsuite", name=name)
        for key, count in (
            ("tests", len(own)),
            ("failures", sum(item.outcome == "failed" and not item.recording.error for item in own)),
            ("errors", sum(bool(item.recording.error) for item in own)),
            ("skipped", sum(item.outcome == "skipped" for item in own)),
        ):
            suite.set(key, str(count))
        suite.set("time", f"{sum(item.recording.seconds for item in own):.6f}")
        for item in own:
            _case(suite, item, tests)
    etree.ElementTree(root).write(str(path), encoding="utf-8", xml_declaration=True, pretty_print=True)


def _case(suite: etree._Element, result: Result, tests: Folder) -> None:
    case = etree.SubElement(suite, "testcase", classname=result.class_name, name=result.method)
    case.set("time", f"{result.recording.seconds:.6f}")
    if result.class_name in tests.paths:
        case.set("file", str(tests.paths[result.class_name]))
    for where, why in _failures(result, tests):
        kind = "error" if why == result.recording.error else "failure"
        etree.SubElement(case, kind, message=_printable(why)).text = _printable(f"{where}: {why}")
    if result.outcome == "skipped":
        etree.SubElement(case, "skipped", message=_printable(result.recording.skipped))
    told = ["".join(result.recording.output).removesuffix("\n")] if result.recording.output else []
    if told := [*told, *result.recording.messages]:
        etree.SubElement(case, "system-out").text = _printable("\n".join(told))


def _printable(text: str) -> str:
    """XML has no form for control characters: they become their escapes."""
    return "".join(char if char >= " " or char in "\t\n" else f"\\x{ord(char):02x}" for char in text)
