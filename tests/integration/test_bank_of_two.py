"""A bank that two productions name is one's; the other one changes nothing in it, and its place may have any name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, Item, Production, ProductionError
from isc.py.ens.bank.bank import open_bank
from isc.py.msg import Response, StringRequest
from isc.py.objectscript import dictionary

MODULE = """
from isc.py.ens import BusinessOperation


class Takes(BusinessOperation):
    def on_request(self, request):
        return None
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    dictionary.reset()
    (tmp_path / "taking.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    dictionary.register("made.P", type("P", (Production,), {"items": [Item("T", "taking.Takes")]}))
    made = [tmp_path / name for name in ("what? 100% #1", "other")]
    for folder in made:
        folder.mkdir()
    yield made
    for folder in made:
        open_namespace(folder).close()
    dictionary.reset()


def test_a_production_that_does_not_get_a_bank_leaves_nothing_in_it(folders: list[Path]) -> None:
    ours, other = folders
    place = ours / "bank.sqlite"
    with Director("made.P", ours, bank=place) as director:
        with pytest.raises(ProductionError, match="in use by process"):
            Director("made.P", other, bank=place).start()
        assert isinstance(director.send_sync("T", StringRequest(), 60), Response)
        assert [event.text for event in director.bank.events()] == ["production started"]
    assert sorted(path.name for path in ours.parent.iterdir() if path.name.startswith("what")) == [ours.name]
    bank = open_bank(place)
    assert [event.text for event in bank.events()] == ["production started", "production stopped"]
    bank.close()
