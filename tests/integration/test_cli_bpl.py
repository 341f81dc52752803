"""``iscpy lint``, ``bpl draw`` and the options of ``emulate`` as a shell sees them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from isc.py.bpl.findings import RULES
from lxml import etree

ISCPY = Path(sys.executable).with_name("iscpy")
DOCS = Path(__file__).parents[2] / "docs"
PROCESS = """Class Demo.Slow Extends Ens.BusinessProcessBPL
{

Property Greeting As %String [ InitialExpression = "Hello" ];

XData BPL [ XMLNamespace = "http://www.intersystems.com/bpl" ]
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Name' type='%String'/></context>
<sequence>
<assign name='Name &lt;x&gt;' property='context.Name' value='request.StringValue'/>
<delay name='Sleep' duration='"PT8H"'/>
<call name='Ask' target='Oracle'>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='context.Name'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse'/></response>
</call>
</sequence>
</process>
}

}
"""
ECHO = """Class Demo.Echo Extends Ens.BusinessOperation
{

Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue_"!"
    quit $$$OK
}

}
"""


def iscpy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NO_COLOR": "1"}
    return subprocess.run(
        [ISCPY, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "src").mkdir()
    (folder / "src" / "Slow.cls").write_text(PROCESS)
    (folder / "src" / "Echo.cls").write_text(ECHO)
    (folder / "yes.json").write_text('{"class": "Ens.StringResponse", "properties": {"StringValue": "yes"}}')
    done = iscpy(folder, "load", "src")
    assert done.returncode == 0, done.stderr
    return folder


def emulate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return iscpy(folder, "emulate", "Demo.Slow", "Ens.StringRequest", "--set", "StringValue=Ada", *options)


def test_a_run_stops_before_an_activity_and_shows_the_context(loaded: Path) -> None:
    done = emulate(loaded, "--until", "Ask")
    assert done.returncode == 0, done.stderr
    assert "after 28800 s of virtual time" in done.stdout
    assert "stopped before Ask; the context:\n  Name  Ada" in done.stdout
    nowhere = emulate(loaded, "--until", "Nowhere")
    assert nowhere.returncode == 1
    assert "no activity 'Nowhere'" in nowhere.stderr


def test_a_target_may_be_the_real_operation(loaded: Path) -> None:
    done = emulate(loaded, "--stub", "Oracle=@Demo.Echo", "--json")
    assert json.loads(done.stdout)["response"]["properties"] == {"StringValue": "Ada!"}


@pytest.mark.parametrize(("suffix", "mention"), [("html", "<svg"), ("json", '"Demo.Slow"'), ("txt", "3 of 3")])
def test_coverage_is_written_as_the_name_of_the_file_says(loaded: Path, suffix: str, mention: str) -> None:
    done = emulate(loaded, "--stub", "Oracle=yes.json", "--coverage", f"cov.{suffix}")
    assert done.returncode == 0, done.stderr
    assert mention in (loaded / f"cov.{suffix}").read_text()


def test_a_run_is_recorded_and_replayed_and_a_change_is_told(loaded: Path) -> None:
    assert emulate(loaded, "--stub", "Oracle=yes.json", "--record", "run.json").returncode == 0
    again = iscpy(loaded, "emulate", "Demo.Slow", "--replay", "run.json")
    assert again.returncode == 0, again.stderr
    text = (loaded / "run.json").read_text().replace("Ada", "Eve", 1)
    (loaded / "other.json").write_text(text)
    other = iscpy(loaded, "emulate", "Demo.Slow", "--replay", "other.json")
    assert other.returncode == 1
    assert 'differs: Ask → Oracle (1): StringValue: recorded "Ada", now "Eve"' in other.stdout
    assert other.stderr.strip().endswith("the replay of other.json differs in 1 place")


@pytest.mark.parametrize(
    ("options", "mention"),
    [
        (["--clock", "noon"], "--clock 'noon' is no date and time"),
        (["--stub", "Oracle"], "--stub 'Oracle' is not of the form"),
        (["--stub", "Oracle=no.json"], "no.json holds no recorded response"),
        (["--stub", "Oracle=yes.json", "--step-limit", "2"], "2 activities have run"),
        (["--replay", "yes.json"], "yes.json holds no recording"),
        (["--stub", "Oracle=yes.json", "--record", "no/where.json"], "--record no/where.json"),
    ],
)
def test_an_option_that_does_not_fit_is_the_last_line(loaded: Path, options: list[str], mention: str) -> None:
    done = emulate(loaded, *options)
    assert done.returncode == 1
    assert mention in done.stderr.strip().splitlines()[-1]


def test_a_process_is_drawn_to_a_file_or_to_standard_output(loaded: Path) -> None:
    shown = iscpy(loaded, "bpl", "draw", "Demo.Slow").stdout
    assert "Name &lt;x&gt;" in shown
    assert etree.fromstring(shown.encode()).tag == "{http://www.w3.org/2000/svg}svg"
    assert iscpy(loaded, "bpl", "draw", "Demo.Slow", "--out", "slow.svg").stdout == "wrote slow.svg\n"
    assert (loaded / "slow.svg").read_text() == shown
    none = iscpy(loaded, "bpl", "draw", "Demo.Echo")
    assert none.returncode == 1
    assert "Demo.Echo has no XData block BPL" in none.stderr


def test_lint_is_silent_about_what_is_in_order(loaded: Path) -> None:
    done = iscpy(loaded, "lint", "src")
    assert (done.returncode, done.stdout) == (0, "0 errors and 0 warnings in 2 classes\n")
    assert json.loads(iscpy(loaded, "lint", "src", "--json").stdout) == []


def test_lint_reads_files_that_are_not_loaded_and_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "Slow.cls").write_text(PROCESS.replace("'context.Name' value", "'context.Nam' value"))
    (tmp_path / "Broken.cls").write_text("Class t.Broken\n{\nPropertie X;\n}\n")
    (tmp_path / "Orphan.cls").write_text("Class t.Orphan Extends no.Such\n{\n}\n")
    (tmp_path / "Production.cls").write_text(
        "Class t.Production Extends Ens.Production\n{\nXData ProductionDefinition\n{\n<Production Name='t.P'>\n"
        "<Item Name='S' ClassName='Demo.Slow'/>\n</Production>\n}\n}\n"
    )
    done = iscpy(tmp_path, "lint", ".", "--json")
    assert done.returncode == 1
    found = {(item["file"], item["line"], item["rule"], item["severity"]) for item in json.loads(done.stdout)}
    assert found == {
        ("Broken.cls", 3, "syntax", "error"),
        ("Orphan.cls", 1, "missing-class", "error"),
        ("Slow.cls", 11, "unknown-name", "error"),
        ("Slow.cls", 13, "unknown-target", "error"),
    }
    assert done.stderr.strip() == "error: 4 errors and 0 warnings in 3 classes"
    assert not list(tmp_path.rglob("classes/*"))


@pytest.mark.parametrize(
    ("arguments", "mention"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["empty"], "has no class file"),
        (["src", "--production", "no.Such"], "--production no.Such: there is no production"),
    ],
)
def test_lint_says_what_it_cannot_check(loaded: Path, arguments: list[str], mention: str) -> None:
    (loaded / "empty").mkdir(exist_ok=True)
    done = iscpy(loaded, "lint", *arguments)
    assert done.returncode == 1
    assert mention in done.stderr


def test_every_rule_of_the_linter_is_in_the_docs_as_it_is() -> None:
    text = (DOCS / "lint.md").read_text().replace("\\|", "|")
    missing = [rule for rule, (severity, words) in RULES.items() if f"| `{rule}` | {severity} | {words} |" not in text]
    assert missing == []
