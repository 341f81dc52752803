"""The callout inside GT.M, measured by M code there: a part of the benchmark ``callout``; None without a GT.M."""

import os
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from isc.py.iscpython_c.gtm import write_gtm

_NOTHING = "int nothing(int count) { return count; }\n"

#: Writes "name<TAB>things done<TAB>microseconds", each round.
_ROUTINE = """\
bench ; calls, copies, rounds, rows in the variables of the environment
 new calls,copies,rounds,rows,round,i,s,r,t,data
 set calls=+$ztrnlnm("CALLS"),copies=+$ztrnlnm("COPIES"),rounds=+$ztrnlnm("ROUNDS"),rows=+$ztrnlnm("ROWS")
 set s=$&iscpython.Initialize("",.r) if s write r,! quit
 for i=1:1:rows set ^R(i)="name "_(i#1000)_"^"_(66000+(i#100))_"^"_(i/4)
 for round=1:1:rounds do
 . set t=$zut for i=1:1:calls set s=$&noop.Nothing()
 . do told("nothing",calls,t)
 . set t=$zut for i=1:1:calls set s=$&iscpython.SimpleString("x=1","x",0,.r)
 . do told("cached",calls,t)
 . set t=$zut for i=1:1:calls/10 set s=$&iscpython.SimpleString("x="_i,"x",0,.r)
 . do told("own",calls\\10,t)
 . set data="" for i=1:1:1024 set data=data_$justify(i,1024)
 . set t=$zut for i=1:1:copies set s=$&iscpython.SetVariable("data",data,2,.r)
 . do told("in",copies,t)
 . set t=$zut for i=1:1:copies set s=$&iscpython.GetVariable("data",2,.r)
 . do told("out",copies,t)
 . set (data,r)=""
 . set t=$zut,s=$&iscpython.GetGlobalOrder("^R","","","+d+","rows",.r,"^")
 . do told("rows",r,t)
 quit
told(name,count,since) ;
 write name,$char(9),count,$char(9),$zut-since,!
 quit
"""


def measured(calls: int, copies: int, rounds: int, rows: int) -> dict[str, list[float]] | None:
    """Things a second of each name, each round.

    Names: nothing (a callout that does nothing), cached, own (code of its own each time), in, out (1 MB of bytes),
    rows (of a global into a list of tuples).
    """
    distributions = sorted(Path("/usr/lib").glob("*/fis-gtm/V*/mumps"))
    if not distributions:
        return None
    home = distributions[-1].parent
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        environment = {
            **os.environ,
            **write_gtm(folder / "isc"),
            "GTMXC_noop": str(folder / "noop.xc"),
            "gtm_dist": str(home),
            "gtmgbldir": str(folder / "g.gld"),
            "gtmroutines": f"{folder} {folder / 'isc'} {home}/libgtmutil.so {home}",
            "CALLS": str(calls),
            "COPIES": str(copies),
            "ROUNDS": str(rounds),
            "ROWS": str(rows),
        }

        def run(*command: str, given: str = "") -> str:
            words = [str(home / command[0]), *command[1:]]
            done = subprocess.run(
                words, cwd=folder, env=environment, input=given, capture_output=True, text=True, check=True
            )
            return done.stdout

        run("mumps", "-run", "GDE", given=f"change -segment DEFAULT -file={folder}/g.dat -allocation=20000\nexit\n")
        run("mupip", "create")
        told = run("mumps", "-run", "bench")
    found: dict[str, list[float]] = defaultdict(list)
    for line in told.splitlines():
        what, count, microseconds = line.split("\t")
        found[what].append(int(count) / max(int(microseconds), 1) * 1e6)
    return found


def _write(folder: Path) -> None:
    (folder / "bench.m").write_text(_ROUTINE)
    (folder / "noop.c").write_text(_NOTHING)
    (folder / "noop.xc").write_text(f"{folder}/noop.so\nNothing: gtm_long_t nothing()\n")
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", folder / "noop.c", "-o", folder / "noop.so"], check=True)
