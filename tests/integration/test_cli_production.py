import json
import subprocess
import sys
from pathlib import Path

from isc.py.ens.production_xml import read_xml

XML = """<Production Name="Demo.P" LogGeneralTraceEvents="false">
  <Description>A demo</Description>
  <ActorPoolSize>2</ActorPoolSize>
  <Item Name="Python" Category="" ClassName="isc.py.ens.Operation" PoolSize="{pool}" Enabled="true" Foreground="false"
        Comment="" LogTraceEvents="false" Schedule="">
    <Setting Target="Host" Name="Timeout">{timeout}</Setting>
  </Item>
</Production>
"""


def iscpy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isc.py.console", "production", *arguments]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False, timeout=60)


def test_a_production_is_applied_exported_and_compared(tmp_path: Path) -> None:
    (tmp_path / "one.xml").write_text(XML.format(pool=1, timeout=5))
    (tmp_path / "two.xml").write_text(XML.format(pool=2, timeout=6))
    dry = iscpy(tmp_path, "apply", "one.xml", "--dry-run")
    assert dry.stdout == "+ production: Demo.P, 1 items\n", dry.stderr
    assert iscpy(tmp_path, "export", "Demo.P").returncode == 1
    assert iscpy(tmp_path, "apply", "one.xml").returncode == 0
    exported = iscpy(tmp_path, "export", "Demo.P")
    assert read_xml("Demo.P", exported.stdout) == read_xml("Demo.P", XML.format(pool=1, timeout=5))
    assert iscpy(tmp_path, "export", "Demo.P", "--as", "python", "--out", "demo.py").returncode == 0
    assert iscpy(tmp_path, "diff", "Demo.P", "demo.py").stdout == "no difference\n"
    changed = iscpy(tmp_path, "diff", "demo.py", "two.xml", "--json")
    assert [(item["what"], item["before"], item["after"]) for item in json.loads(changed.stdout)] == [
        ("pool_size", "1", "2"),
        ("setting Timeout", "5", "6"),
    ]


def test_a_production_that_does_not_fit_is_not_applied(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text(XML.format(pool=1, timeout="soon"))
    bad = iscpy(tmp_path, "apply", "bad.xml")
    assert bad.returncode == 1
    assert "setting Timeout: 'soon' is not a number" in bad.stderr
    assert iscpy(tmp_path, "export", "Demo.P").returncode == 1
    (tmp_path / "none.py").write_text("x = 1\n")
    assert "has 0 classes that extend Production" in iscpy(tmp_path, "diff", "none.py", "bad.xml").stderr
