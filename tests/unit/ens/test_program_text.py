"""What process instances are begun with, as it is kept."""

import compileall
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, set_current
from isc.py.ens import Item
from isc.py.ens.production import checked_host
from isc.py.ens.program_text import ProgramText, program_text
from isc.py.objectscript import dictionary

MODULE = """from isc.py.ens import BusinessProcess, Setting

class P(BusinessProcess):
    code = Setting(str, secret=True)
"""
BPL = """Include One

Class t.P Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.Request' response='Ens.Response' contextsuperclass='t.Gone'>
<sequence/></process>
}
}
"""


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    made = open_namespace(tmp_path)
    set_current(made)
    yield made
    made.close()
    dictionary.reset()


def of(item: Item) -> ProgramText:
    return program_text(checked_host("t.Production", item), item)


def test_secrets_are_kept_nowhere(
    namespace: EmbeddedNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept_in_text.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    settings = {"code": "x", "BusinessPartner": "amqp://me:hunter2@host", "AlertGroups": "a"}
    text = of(Item("P", "kept_in_text.P", settings=settings))
    assert (text.settings, text.classes) == ({"AlertGroups": "a"}, {})
    assert text.modules == {"kept_in_text": (str(tmp_path / "kept_in_text.py"), MODULE)}
    assert ProgramText.of(text.to_json()).settings == text.settings
    monkeypatch.delitem(sys.modules, "kept_in_text")


def test_a_module_without_source_has_a_digest_only(
    namespace: EmbeddedNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept_without.py").write_text(MODULE)
    assert compileall.compile_file(str(tmp_path / "kept_without.py"), legacy=True, quiet=1)
    (tmp_path / "kept_without.py").unlink()
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    text = of(Item("P", "kept_without.P"))
    assert (bool(text.digest), text.modules) == (True, {})
    monkeypatch.delitem(sys.modules, "kept_without")


def test_the_include_files_that_are_named_are_kept_and_a_context_class_that_is_gone_stops_nothing(
    namespace: EmbeddedNamespace, tmp_path: Path
) -> None:
    (tmp_path / "p.cls").write_text(BPL)
    for name, text in {"One": "#include Two\n#define A 1\n", "Two": "#define B 2\n", "Three": "#define C 3\n"}.items():
        (tmp_path / f"{name}.inc").write_text(text)
    assert [report.error for report in namespace.load_path(tmp_path) if report.error] == []
    text = of(Item("P", "t.P"))
    assert (list(text.classes), sorted(text.includes)) == (["t.P"], ["One", "Two"])
