"""The plugin as a user has it: pytest in a process of its own, the plugin found by its entry point."""

import json

import pytest

pytest_plugins = ["pytester"]

PROCESS = """Class Demo.Router Extends Ens.BusinessProcessBPL
{

XData BPL [ XMLNamespace = "http://www.intersystems.com/bpl" ]
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Big' type='%Boolean'/></context>
<sequence>
<if name='Long?' condition='$length(request.StringValue)>3'>
<true><assign name='Big' property='context.Big' value='1'/></true>
<false><assign name='Small' property='context.Big' value='0'/></false>
</if>
<call name='Store' target='Store'>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='request.StringValue'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse'/></response>
</call>
</sequence>
</process>
}

}
"""
OPERATION = """Class Demo.Store Extends Ens.BusinessOperation
{

Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue_"!"
    quit $$$OK
}

}
"""
PRODUCTION = """Class Demo.Production Extends Ens.Production
{

XData ProductionDefinition
{
<Production Name="Demo.Production">
  <Item Name="Store" ClassName="Demo.Store"/>
  <Item Name="Demo.Router" ClassName="Demo.Router"/>
</Production>
}

}
"""
TESTS = """
from isc.py.msg import StringRequest, StringResponse

def test_short(bp_emulator):
    run = bp_emulator.run("Demo.Router", StringRequest(StringValue="ab"), {"Store": StringResponse(StringValue="ok")})
    run.assert_response(StringValue="ok").assert_context(Big=0).assert_sent("Store", StringValue="ab")
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    folder = pytester.mkdir("src")
    for name, text in (("Router", PROCESS), ("Store", OPERATION), ("Production", PRODUCTION)):
        (folder / f"{name}.cls").write_text(text)
    pytester.makeini("[pytest]\nbpl_classes = src\n")
    return pytester


def test_the_fixture_runs_processes_of_the_project(project: pytest.Pytester) -> None:
    project.makepyfile(TESTS)
    project.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_a_failing_expectation_names_activity_file_and_line(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from isc.py.bpl.emulator import Answer
        from isc.py.msg import StringRequest

        def test_fails(bp_emulator):
            request = StringRequest(StringValue="ab")
            bp_emulator.run("Demo.Router", request, {"Store": Answer(error="no disk")}).assert_completed()
        """
    )
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Demo.Router.cls:13: call 'Store': Store answered*no disk*"])


def test_messages_data_and_more_classes_are_at_hand_and_every_test_starts_afresh(project: pytest.Pytester) -> None:
    (project.mkdir("more") / "Extra.cls").write_text(OPERATION.replace("Demo.Store", "Demo.Extra"))
    project.makepyfile(
        """
        import pytest
        from isc.py.objectscript import dictionary

        @pytest.mark.parametrize("n", [1, 2])
        def test_fresh(bp_emulator, n):
            assert not dictionary.exists("Demo.Extra")
            assert bp_emulator.namespace.global_get("Seen", ()) is None
            bp_emulator.namespace.global_set("Seen", (), 1)
            assert bp_emulator.load("more") == ["Demo.Extra"]
            request = bp_emulator.message("Ens.StringRequest", StringValue="abcd")
            run = bp_emulator.run("Demo.Router", request, {"Store": "Demo.Extra"})
            run.assert_response(StringValue="abcd!").assert_context(Big=True)
            stopped = bp_emulator.start("Demo.Router", request, {"*": "Demo.Store"})
            assert stopped.until("Store")
        """
    )
    project.runpytest_subprocess("-q").assert_outcomes(passed=2)


def test_a_production_runs_in_a_folder_of_the_test_and_is_stopped(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from isc.py.msg import StringRequest, StringResponse

        def test_sends(production, tmp_path):
            director = production("Demo.Production")
            answer = director.send_sync("Demo.Router", StringRequest(StringValue="abcd"), timeout=20)
            assert answer == StringResponse(StringValue="abcd!")
            assert (tmp_path / ".iscpy" / "bank.sqlite").exists()
        """
    )
    result = project.runpytest_subprocess("-q", "--bpl-cov")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["Demo.Router*3 of 4*1 of 2*66.7 %"])


def test_coverage_is_shown_written_and_held_to_a_threshold(project: pytest.Pytester) -> None:
    project.makepyfile(TESTS)
    result = project.runpytest_subprocess(
        "-q", "--bpl-cov", "--bpl-cov-html=out/bpl.html", "--bpl-cov-json=bpl.json", "--bpl-cov-fail-under=90"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*BPL coverage*",
            "process      activities  branches  covered",
            "Demo.Router      3 of 4    1 of 2   66.7 %",
            "*line 9: if 'Long[?]' → true",
            "*line 10: assign 'Big'",
            "FAILED: 66.7 % of the processes ran, --bpl-cov-fail-under wants 90 %",
        ]
    )
    assert "<svg" in (project.path / "out" / "bpl.html").read_text()
    assert "Demo.Router" in json.loads((project.path / "bpl.json").read_text())
    assert project.runpytest_subprocess("-q", "--bpl-cov-fail-under=60").ret == pytest.ExitCode.OK


def test_a_class_that_cannot_be_loaded_is_named_with_its_reason(project: pytest.Pytester) -> None:
    (project.path / "src" / "Broken.cls").write_text("Class {")
    project.makepyfile(TESTS)
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*1 of 4 class files were not loaded:*", "*Broken.cls: *"])


def test_a_process_that_no_test_runs_counts_as_nothing(project: pytest.Pytester) -> None:
    project.makepyfile("def test_idle(bp_emulator):\n    pass\n")
    result = project.runpytest_subprocess("-q", "--bpl-cov")
    result.stdout.fnmatch_lines(["Demo.Router*0 of 4*0 of 2*0.0 %"])


def test_who_does_not_use_the_plugin_does_not_import_what_is_behind_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            loaded = [name for name in sys.modules if name.startswith("isc.py.")]
            assert sorted(loaded) == ["isc.py.console", "isc.py.console.pytest_plugin"]
            assert "pandas" not in sys.modules and "lxml" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)
