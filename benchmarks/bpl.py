"""BPL: an activity of the engine, the emulator, a Director with durable state; beside SpiffWorkflow and DBOS.

The process is the same everywhere: ten activities, four of them calls that a target answers at once.
"""

import io
import re
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.engine import Engine
from isc.py.bpl.program import program_of
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.ens import Director
from isc.py.msg import StringRequest, StringResponse
from isc.py.objectscript import dictionary

from .report import Report, per_second

IN_FLIGHT = 64
CALLS = ("Stock", "Price", "Pay", "Ship")

_CALL = """<call name='{name}' target='Target' async='{wait}'><request type='Ens.StringRequest'>
<assign property='callrequest.StringValue' value='"{name} "_context.Item'/></request>
<response type='Ens.StringResponse'><assign property='context.{name}' value='callresponse.StringValue'/></response>
</call>
"""
ORDER = f"""Class bench.Order Extends Ens.BusinessProcessBPL
{{
XData BPL
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Item'/><property name='Total' type='%Integer' initialexpression='0'/>
{"".join(f"<property name='{name}'/>" for name in CALLS)}
</context>
<sequence>
<assign name='Item' property='context.Item' value='$zconvert(request.StringValue,"U")'/>
{_CALL.format(name="Stock", wait=0)}
<if name='In stock?' condition='context.Stock["Stock"'><true>
<assign name='Total' property='context.Total' value='context.Total+$length(context.Item)'/>
</true></if>
{_CALL.format(name="Price", wait=0)}
<assign name='Sum' property='context.Total' value='context.Total*2'/>
{_CALL.format(name="Pay", wait=1)}
{_CALL.format(name="Ship", wait=1)}
<sync name='Both' calls='Pay,Ship' type='all' timeout='60'/>
<assign name='Answer' property='response.StringValue' value='context.Ship_": "_context.Total'/>
</sequence></process>
}}
}}
"""
#: Six activities a turn that send nothing; with the condition of the loop seven.
LOOP = """Class bench.Loop Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='At' type='%Integer' initialexpression='0'/><property name='Text'/></context>
<sequence>
<while name='Again' condition='context.At &lt; 100'>
<assign name='Count' property='context.At' value='context.At+1'/>
<assign name='Text' property='context.Text' value='request.StringValue_" "_context.At'/>
<if name='Even?' condition='context.At#2=0'><true><trace name='Even' value='"even: "_context.Text'/></true>
<false><trace name='Odd' value='"odd: "_context.Text'/></false></if>
<code name='Upper'><![CDATA[ set context.Text = $zconvert(context.Text, "U") ]]></code>
<switch name='Which'><case name='First' condition='context.At=1'><empty name='One'/></case>
<default><assign name='Answer' property='response.StringValue' value='context.Text'/></default></switch>
</while>
</sequence></process>
}
}
"""
TARGET = """Class bench.Target Extends Ens.BusinessOperation
{
Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue
    quit $$$OK
}
}
"""
PRODUCTION = """Class bench.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="bench.Production">
<Item Name="Order" ClassName="bench.Order"/><Item Name="Target" ClassName="bench.Target"/>
</Production>
}
}
"""


def run(*, short: bool) -> Report:
    """Measure; rounds of 2,000 instances, or one of 500."""
    count, rounds = (500, 1) if short else (2000, 5)
    report = Report("bpl")
    with _namespace() as namespace:
        report.summary["us_per_activity"] = round(_activity(report, rounds), 2)
        emulated = _emulator(report, count, rounds)
        report.summary["instances_per_second"] = round(emulated, 1)
        durable = _director(report, namespace.folder, count, rounds)
        report.summary["durable_instances_per_second"] = round(durable, 1)
    report.ratio("ratio_spiffworkflow", emulated, _spiff(report, count // 10, rounds))
    report.ratio("ratio_dbos", durable, _dbos(report, count // 40, rounds))
    return report


@contextmanager
def _namespace() -> Iterator[EmbeddedNamespace]:
    with tempfile.TemporaryDirectory() as folder, use(open_namespace(folder)) as namespace:
        sources = {"Order": ORDER, "Loop": LOOP, "Target": TARGET, "Production": PRODUCTION}
        for name, text in sources.items():
            path = Path(folder) / f"{name}.cls"
            path.write_text(text)
            (loaded,) = namespace.load_path(path)
            if loaded.error:
                raise RuntimeError(loaded.error)
        yield namespace
        namespace.close()


def _activity(report: Report, rounds: int) -> float:
    """Microseconds an activity that calls nothing, by the engine alone."""
    cls: Any = dictionary.resolve("bench.Loop")
    ran = 0

    def count(*_: object) -> None:
        nonlocal ran
        ran += 1

    Engine(program_of(cls), on_activity=count).advance(Engine(program_of(cls)).begin(cls._New(), StringRequest()))
    engine = Engine(program_of(cls))

    def once() -> None:
        for _ in range(20):
            engine.advance(engine.begin(cls._New(), StringRequest(StringValue="bolts")))

    once()
    values = [1e6 / speed for speed in per_second(ran * 20, once, max(rounds, 3))]
    return report.add("engine, an activity without a call", values, "us")


def _emulator(report: Report, count: int, rounds: int) -> float:
    targets = {"Target": lambda request: StringResponse(StringValue=request.StringValue)}

    def once() -> None:
        for _ in range(count):
            BPEmulator.Run("bench.Order", StringRequest(StringValue="bolts"), targets)

    found = BPEmulator.Run("bench.Order", StringRequest(StringValue="bolts"), targets)
    found.assert_response(StringValue="Ship BOLTS: 10")
    return report.add("emulator, 10 activities with 4 calls", per_second(count, once, rounds), "instances/s")


def _director(report: Report, folder: Path, count: int, rounds: int) -> float:
    """Instances a second with many in flight, every state committed."""
    with Director("bench.Production", folder, control=False) as director, ThreadPoolExecutor(IN_FLIGHT) as pool:

        def ask(_: int) -> object:
            return director.send_sync("Order", StringRequest(StringValue="bolts"), 60)

        assert ask(0) == StringResponse(StringValue="Ship BOLTS: 10")
        speeds = per_second(count, lambda: list(pool.map(ask, range(count))), min(rounds, 3))
    return report.add(f"Director, SQLite FULL, {IN_FLIGHT} in flight", speeds, "instances/s")


# --- peers ---


def _task(name: str, text: str) -> str:
    return f'<scriptTask id="{name}" name="{name}"><script>{text}</script></scriptTask>'


def _bpmn() -> str:
    """The process as BPMN: a gateway for the condition, calls as scripts that call a function."""
    tasks = [
        '<startEvent id="Begin"></startEvent>',
        _task("Item", "item = request.upper()"),
        _task("Stock", "stock = target('Stock ' + item)"),
        '<exclusiveGateway id="In" name="In stock?" default="no"></exclusiveGateway>',
        _task("Total", "total = total + len(item)"),
        _task("Price", "price = target('Price ' + item)"),
        _task("Sum", "total = total * 2"),
        '<parallelGateway id="Fork"></parallelGateway>',
        _task("Pay", "pay = target('Pay ' + item)"),
        _task("Ship", "ship = target('Ship ' + item)"),
        '<parallelGateway id="Both"></parallelGateway>',
        _task("Answer", "answer = ship + ': ' + str(total)"),
        '<endEvent id="Finish"></endEvent>',
    ]
    ways = ["Begin Item", "Item Stock", "Stock In", "In Total", "In Price", "Total Price", "Price Sum", "Sum Fork"]
    ways += ["Fork Pay", "Fork Ship", "Pay Both", "Ship Both", "Both Answer", "Answer Finish"]
    flows = []
    for number, way in enumerate(ways):
        source, target = way.split()
        name = "no" if way == "In Price" else f"f{number}"
        when = "<conditionExpression>'Stock' in stock</conditionExpression>" if way == "In Total" else ""
        flows.append(f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{when}</sequenceFlow>')
        tasks = [_joined(task, source, f"<outgoing>{name}</outgoing>") for task in tasks]
        tasks = [_joined(task, target, f"<incoming>{name}</incoming>") for task in tasks]
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench">'
        f'<process id="Order" isExecutable="true">{"".join(tasks)}{"".join(flows)}</process></definitions>'
    )


def _joined(task: str, name: str, way: str) -> str:
    """A task with a flow that begins or ends at it, when it has that name."""
    return re.sub(rf'(id="{name}"[^>]*>)', rf"\1{way}", task)


def _spiff(report: Report, count: int, rounds: int) -> float | None:
    try:
        from SpiffWorkflow.bpmn import BpmnWorkflow
        from SpiffWorkflow.bpmn.parser import BpmnParser
        from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
    except ImportError:
        report.peers_missing.append("SpiffWorkflow")
        return None
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(_bpmn().encode()))
    spec = parser.get_spec("Order")
    engine = PythonScriptEngine(environment=TaskDataEnvironment({"target": lambda text: text}))

    def one() -> Any:
        workflow = BpmnWorkflow(spec, script_engine=engine)
        workflow.task_tree.data.update(request="bolts", total=0)
        workflow.run_all()
        return workflow

    done = one()
    if not done.completed or done.data["answer"] != "Ship BOLTS: 10":
        raise RuntimeError(f"SpiffWorkflow gave {done.data}")

    def several() -> None:
        for _ in range(count):
            one()

    return report.add("peer: SpiffWorkflow, the same as BPMN", per_second(count, several, rounds), "instances/s")


def _dbos(report: Report, count: int, rounds: int) -> float | None:
    """A workflow of ten steps, each of them kept in SQLite, by as many threads as run instances of ours."""
    try:
        from dbos import DBOS, SetWorkflowID
    except ImportError:
        report.peers_missing.append("DBOS")
        return None
    assert SetWorkflowID
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        DBOS(
            config={
                "name": "bench",
                "system_database_url": f"sqlite:///{folder}/dbos.sqlite",
                "log_level": "ERROR",
                "run_admin_server": False,
            }
        )
        step = DBOS.step()(lambda text: text)

        def order(item: str) -> str:
            for number in range(10):
                step(f"{number} {item}")
            return item

        workflow: Callable[[str], str] = DBOS.workflow()(order)
        DBOS.launch()
        try:
            workflow("bolts")
            with ThreadPoolExecutor(4) as pool:
                speeds = per_second(count, lambda: list(pool.map(workflow, ["bolts"] * count)), 1 if rounds == 1 else 3)
        finally:
            DBOS.destroy()
    return report.add("peer: DBOS workflow of 10 steps, SQLite", speeds, "instances/s")
