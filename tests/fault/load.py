"""A production under a steady load, watched: ``python load.py FOLDER MESSAGES`` prints its figures as JSON.

Each input goes through a service, a process (BPL, two transactions) and an operation that counts it in Python. After
each of `SLICES` equal parts it notes the time, the processor time and the resident memory of Director and workers.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.msg import ExecutionRequest, StringRequest

SLICES = 20
AHEAD = 200  # inputs that wait, at most
PRODUCTION = """Class t.Load Extends Ens.Production
{{
XData ProductionDefinition
{{
<Production Name="t.Load">
  <Item Name="In" ClassName="t.In"/>
  <Item Name="Process" ClassName="t.Process"><Setting Target="Host" Name="QueueLimit">{ahead}</Setting></Item>
  <Item Name="Run" ClassName="isc.py.ens.Operation"/>
</Production>
}}
}}
"""
SERVICE = """Class t.In Extends Ens.BusinessService
{
Method OnProcessInput(input, Output output) As %Status { quit ..SendRequestAsync("Process", input) }
}
"""
PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'><sequence>
<call name='Call' target='Run' async='0'><request type='isc.py.msg.ExecutionRequest'>
<assign property='callrequest.Code' value='"count += "_request.StringValue'/></request></call>
<assign property='response.StringValue' value='"done"'/>
</sequence></process>
}
}
"""


def measure(folder: Path, messages: int) -> dict[str, Any]:
    """Run the load.

    Returns:
        `slices`: rows of inputs, seconds, processor seconds, MB of the Director, MB of the workers; then how many
        requests and responses the bank has by status, and how often the operation ran.
    """
    for name, text in (("p", PRODUCTION.format(ahead=AHEAD)), ("s", SERVICE), ("b", PROCESS)):
        (folder / f"{name}.cls").write_text(text)
    namespace = open_namespace(folder)
    assert [report.error for report in namespace.load_path(folder) if report.error] == []
    slices = []
    with Director("t.Load", folder, control=False) as director:
        director.send_sync("Run", ExecutionRequest(Code="count = 0"))
        service = director.service("In")
        workers = [pid for item in director.status()["items"] for pid in item["workers"]]
        size = messages // SLICES
        for _ in range(SLICES):
            begun, used = time.perf_counter(), _cpu_seconds(["self", *workers])
            for _ in range(size):
                service.process_input(StringRequest(StringValue="1"))
            seconds, cpu = time.perf_counter() - begun, _cpu_seconds(["self", *workers]) - used
            slices.append((size, seconds, cpu, _resident(["self"]), _resident(workers)))
        while any(item["waiting"] or item.get("open") for item in director.status()["items"]):
            time.sleep(0.02)
        answer = director.send_sync("Run", ExecutionRequest(Code="", Variables="count"))
        count = dict(answer.Variables)["count"]  # type: ignore[attr-defined]  # an ExecutionResponse
        bank = director.bank
        with bank.transaction() as connection:
            found = connection.exec_driver_sql(
                "SELECT kind, target, status, count(*), count(DISTINCT corresponding) FROM headers GROUP BY 1, 2, 3"
            ).all()
            stuck = connection.exec_driver_sql("SELECT count(*) FROM processes WHERE status <> 'Completed'").scalar()
    return {"slices": slices, "headers": [list(row) for row in found], "runs": int(count), "stuck": stuck}


def _cpu_seconds(pids: list[Any]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def _resident(pids: list[Any]) -> float:
    """Megabytes, what workers share with the process they were forked from counted in part."""
    found = 0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found / 1024


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
