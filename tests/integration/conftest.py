from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, Item, Production
from isc.py.iscpython_c.context import free
from isc.py.objectscript import dictionary

PRODUCTION = """Class t.Production Extends Ens.Production
{{
XData ProductionDefinition
{{
<Production Name="t.Production">
  <Item Name="isc.py.ens.Operation" ClassName="isc.py.ens.Operation" PoolSize="{pool}" Enabled="true">
    <Setting Target="Host" Name="Initializer">{initializer}</Setting>
    <Setting Target="Host" Name="Timeout">{timeout}</Setting>
  </Item>
{items}
</Production>
}}
}}
"""

Start = Callable[..., Director]
#: Starts a production of these items, with more attributes of its class.
OfItems = Callable[..., Director]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a production with an operation and more items, from class files given as texts."""
    dictionary.reset()
    free()
    running: list[Director] = []

    def run(
        *classes: str, items: str = "", timeout: str = "", initializer: str = "isc.py.init.Test", pool: int = 1
    ) -> Director:
        production = PRODUCTION.format(items=items, timeout=timeout, initializer=initializer, pool=pool)
        for number, text in enumerate([production, *classes]):
            (tmp_path / f"c{number}.cls").write_text(text)
        reports = open_namespace(tmp_path).load_path(tmp_path)
        assert [report.error for report in reports if report.error] == []
        director = Director("t.Production", tmp_path)
        running.append(director)
        director.start()
        return director

    yield run
    for director in running:
        director.stop()
    open_namespace(tmp_path).close()
    dictionary.reset()


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Callable[[str, str], OfItems]]":
    """Makes a Python module with hosts, given its name and text, and gives what starts productions of such hosts.

    They run in a folder of their own, which is the working folder, too, and are stopped after the test.
    """
    dictionary.reset()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    started: list[Director] = []

    def start(items: "Sequence[Item]", **attributes: object) -> Director:
        dictionary.register("made.P", type("P", (Production,), {"items": items, **attributes}))
        director = Director("made.P", tmp_path)
        started.append(director)
        director.start()
        return director

    def made(module: str, text: str) -> OfItems:
        (tmp_path / f"{module}.py").write_text(text)
        return start

    yield made
    for director in started:
        director.stop()
    open_namespace(tmp_path).close()
    dictionary.reset()
