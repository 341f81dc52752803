"""A Director under load, to be killed: `serve` sends until its process is killed, or its input ends.

It tells a line for each message once that is acknowledged: the queue, the message's number there, its id. Numbers go
on from the one that the environment gives, so each queue's runs can be compared with the order of the sends.
"""

import itertools
import os
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from isc.py.ens import Director
from isc.py.ens.exceptions import BankError
from isc.py.msg import ExecutionRequest, StringRequest

PRODUCTION = """Class t.Storm Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Storm">
  <Item Name="Run" ClassName="isc.py.ens.Operation"/>
  <Item Name="Called" ClassName="isc.py.ens.Operation"/>
  <Item Name="Odd" ClassName="isc.py.ens.Operation">
    <Setting Target="Host" Name="Timeout">1</Setting>
    <Setting Target="Host" Name="MemoryLimit">4000</Setting>
    <Setting Target="Host" Name="FailureTimeout">1</Setting>
  </Item>
  <Item Name="Process" ClassName="t.Process"/>
</Production>
}
}
"""
PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Got' type='%String'/></context>
<sequence>
<call name='Call' target='Called' async='0'><request type='isc.py.msg.ExecutionRequest'>
<assign property='callrequest.Code' value='request.StringValue'/></request></call>
<delay name='Delay' duration='"PT0.01S"'/>
<assign property='response.StringValue' value='"done"'/>
</sequence></process>
}
}
"""
#: What a worker may do to itself, by name.
ODD = {
    "loop": "while True: pass",
    "memory": "x = bytearray(8 << 30)",
    "frame": "import os, stat\nfor fd in range(3, 64):\n    try:\n"
    "        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b'\\xff' * 16)\n    except OSError: pass",
}
AHEAD = 60  # messages that may wait


def serve(folder: Path, bank: str, first: int, odd: str, until: Connection, told: Connection) -> None:
    """`main` in a process that was forked for it; it writes to `told`, and ends when `until` does."""
    os.dup2(told.fileno(), 1)
    with (folder / "stderr").open("a") as errors:
        os.dup2(errors.fileno(), 2)
    told.close()
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1)
    try:
        main(folder, bank, first, odd, until)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()


def main(folder: Path, bank: str, first: int, odd: str, until: Connection) -> None:
    """Start, tell the worker's process ids, send until the input ends, wait until all is done, stop."""
    ended = threading.Event()
    threading.Thread(target=lambda: (until.poll(None), ended.set()), daemon=True).start()
    with Director("t.Storm", folder, bank=bank, control=False) as director:
        pids = [pid for item in director.status()["items"] for pid in item["workers"]]
        print("workers", *pids, flush=True)
        for number in itertools.count(first):
            if ended.is_set():
                break
            for queue, target in (("direct", "Run"), ("process", "Process")):
                code = f"print({number}, file=open({str(folder / queue)!r}, 'a'))"
                request = ExecutionRequest(Code=code) if target == "Run" else StringRequest(StringValue=code)
                while True:
                    try:
                        header_id = director.send_async(target, request)
                        break
                    except BankError:
                        print("full", director.status()["bank_trouble"].replace(" ", "_"), flush=True)
                        time.sleep(0.05)
                print(queue, number, header_id, flush=True)
            latest = time.monotonic() + 1
            while sum(item["waiting"] for item in director.status()["items"]) > AHEAD and time.monotonic() < latest:
                ended.wait(0.005)
        for name in odd.split():
            print(name, 0, director.send_async("Odd", ExecutionRequest(Code=ODD[name])), flush=True)
        while any(item["waiting"] or item.get("open") for item in director.status()["items"]):
            time.sleep(0.02)
