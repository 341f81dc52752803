"""The library inside GT.M, driven by M code. GT.M is a test tool only (Debian package fis-gtm)."""

import itertools
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from isc.py.iscpython_c.gtm import FUNCTIONS, write_gtm
from isc.py.iscpython_c.library import get_library, write_record

DISTRIBUTIONS = sorted(Path("/usr/lib").glob("*/fis-gtm/V*/mumps"))
M = Callable[[str], list[str]]
_numbers = itertools.count()

pytestmark = pytest.mark.skipif(not DISTRIBUTIONS, reason="no GT.M: apt-get install fis-gtm")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A GT.M database, and the files that `write_gtm` makes."""
    write_record()
    folder = tmp_path_factory.mktemp("gtm")
    distribution = DISTRIBUTIONS[-1].parent
    wanted = write_gtm(folder / "isc")
    variables = {
        **os.environ,
        **wanted,
        "gtm_dist": str(distribution),
        "gtmgbldir": str(folder / "g.gld"),
        "gtmroutines": f"{folder} {folder / 'isc'} {distribution}/libgtmutil.so {distribution}",
    }
    subprocess.run(
        [distribution / "mumps", "-run", "GDE"],
        input=f"change -segment DEFAULT -file={folder}/g.dat\nexit\n",
        env=variables,
        cwd=folder,
        text=True,
        capture_output=True,
        check=True,
    )
    subprocess.run([distribution / "mupip", "create"], env=variables, cwd=folder, capture_output=True, check=True)
    variables["FOLDER"] = str(folder)
    return variables


@pytest.fixture
def m(environment: dict[str, str]) -> M:
    """Runs M code in a process of its own after Initialize; the lines that it wrote."""

    def run(code: str) -> list[str]:
        folder = Path(environment["FOLDER"])
        name = f"t{next(_numbers)}"  # its own: the host compares the times of source and object by the second
        lines = [f"{name} ;", " new r,s,t,e,i,n,h", ' set s=$&iscpython.Initialize("",.r) if s write "init ",r,!']
        lines += [f" {line}" for line in code.strip("\n").split("\n")]
        (folder / f"{name}.m").write_text("\n".join([*lines, ' write "done",!', " quit", ""]))
        command = [f"{environment['gtm_dist']}/mumps", "-run", name]
        answer = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        assert (answer.returncode, answer.stderr) == (0, "")
        written = answer.stdout.splitlines()
        assert written[-1] == "done"
        return written[:-1]

    return run


def test_every_function_of_the_table_is_in_the_library(environment: dict[str, str]) -> None:
    listed = subprocess.run(["nm", "-D", str(get_library())], capture_output=True, text=True, check=True).stdout
    assert {f"iscpy_gtm_{function}" for function, _ in FUNCTIONS.values()} <= set(listed.split())


def test_every_function_of_the_table_is_driven_by_m_code_here() -> None:
    driven = set(re.findall(r"&iscpython\.(\w+)\(", Path(__file__).read_text()))
    assert set(FUNCTIONS) - driven == set()


def test_code_runs_and_results_come_back(m: M) -> None:
    assert m("""
set s=$&iscpython.SimpleString("x=[1,'é€']","x",0,.r) write s,r,!
set s=$&iscpython.SimpleString("","x",1,.r,"") write s,r,!
set s=$&iscpython.SimpleString("y=2","y",0,.r,"other") write s,r,!
set s=$&iscpython.SimpleString("","y",0,.r) write s,r,!
set s=$&iscpython.Contexts(.r) write s,$translate(r,$char(10),","),!
set s=$&iscpython.ContextFree("other",.r) write s,r,!
set s=$&iscpython.ContextFree("other",.r) write s,!
set s=$&iscpython.EscapeString("a'"_$char(10)_"é",.r) write s,r,!
set s=$&iscpython.GetLib(.r) write s,$piece(r,"/",$length(r,"/")),!
""") == [
        "0[1, 'é€']",
        "0[1, 'é€']",
        "02",
        "1name 'y' is not defined in context 'default'; it has x",
        "0default,other",
        "0",
        "4",
        '0"a\'\\n\\xe9"',
        "0libiscpython.so",
    ]


def test_errors_are_texts_and_the_process_lives_on(m: M) -> None:
    assert m("""
set s=$&iscpython.SimpleString("1/0","",0,.r) write s,r,!
set s=$&iscpython.GetError(.t,.r,.e) write s," ",t," ",r," ",$length(e,$char(10)),!
set s=$&iscpython.SimpleString("import sys; sys.exit(2)","",0,.r) write s,r,!
set s=$&iscpython.SimpleString("def f(): f()"_$char(10)_"f()","",0,.r) write s,$extract(r,1,17),!
set s=$&iscpython.SimpleString("x = (","",0,.r) write s,r,!
set s=$&iscpython.SimpleString("raise ValueError('v'*100000000)","",0,.r) write s,$zlength(r),!
set s=$&iscpython.SimpleString("x='fine'","x",0,.r) write s,r,!
set s=$&iscpython.StreamWrite("x",.r) write s,r,!
""") == [
        "1division by zero",
        "1 ZeroDivisionError division by zero 6",
        "12",
        "1maximum recursion",
        "1'(' was never closed (<isc.py 4>, line 1)",
        "11048576",
        "0fine",
        "5iscpy_stream_write without a stream: call iscpy_stream_init() first",
    ]


def test_long_strings_go_in_and_out_in_pieces(m: M) -> None:
    assert m("""
set t="" for i=1:1:1000 set t=t_"0123456789"
set s=$&iscpython.StreamInit(100,.r) write s,!
for i=1:1:300 set s=$&iscpython.StreamWrite(t,.r) if s write r,!
set s=$&iscpython.StreamBind("big",0,.r) write s,!
set s=$&iscpython.SimpleString("n=len(big)","n",0,.r) write s,r,!
set s=$&iscpython.GetVariable("big",0,.r),n=0 write s,!
for  quit:r=""  write $zlength(r),! set n=n+$zlength(r),s=$&iscpython.More(.r)
write n,!
set s=$&iscpython.StreamInit(0,.r),s=$&iscpython.StreamWrite("u='é",.r),s=$&iscpython.StreamWrite("€'",.r)
set s=$&iscpython.StreamExecute(.r) write s,!
set s=$&iscpython.GetVariable("u",0,.r) write r,!
""") == ["0", "0", "03000000", "0", "1048576", "1048576", "902848", "3000000", "0", "é€"]


def test_strings_as_long_as_the_host_has_them(m: M) -> None:
    assert m("""
set t="é€" for i=1:1:17 set t=t_t
set t=t_$zextract(t,1,393215)_"a" write $zlength(t),!
set s=$&iscpython.SetVariable("big",t,0,.r) write s,r,!
set s=$&iscpython.GetVariable("big",0,.r) write s,r=t,!
set t="" for i=1:1:1024 set t=t_$justify(i,1024)
set s=$&iscpython.SimpleString("x='"_$zextract(t,1,1048572)_"'","x",0,.r) write s,$zlength(r),r=$zextract(t,1,1048572),!
set s=$&iscpython.EscapeString(t,.r),n=0 write s,!
for  quit:r=""  set n=n+$zlength(r),s=$&iscpython.More(.r)
write n,!
set s=$&iscpython.StreamInit(0,.r),s=$&iscpython.StreamWrite(t,.r),s=$&iscpython.StreamWrite(t,.r)
set s=$&iscpython.StreamBind("twice",0,.r) write s,!
set s=$&iscpython.SimpleString("n=len(twice)","n",0,.r) write r,!
""") == ["1048576", "0", "01", "010485721", "0", "1048578", "0", "2097152"]


def test_frames_and_pickles_pass_as_data(m: M) -> None:
    assert m("""
set s=$&iscpython.SimpleString("import pandas; p={1:(2,)}","",0,.r) write s,r,!
set s=$&iscpython.SimpleString("f=pandas.DataFrame({'a':[1,2],'b':['x','é']})","",0,.r) write s,r,!
set s=$&iscpython.GetVariable("f",5,.r) write s,!
set s=$&iscpython.SetVariable("t",r,5,.e,"other") write s,e,!
set s=$&iscpython.SimpleString("ok=t.to_pydict()","ok",0,.r,"other") write s,r,!
set s=$&iscpython.GetVariable("p",4,.r) write s,!
set s=$&iscpython.SetVariable("q",r,4,.e) write s,e,!
set s=$&iscpython.SimpleString("ok=q==p","ok",0,.r) write s,r,!
set s=$&iscpython.SimpleString("g=(i for i in [])","",0,.r) write s,!
set s=$&iscpython.GetVariable("g",4,.r) write s," ",r["generator",!
set s=$&iscpython.GetVariable("g",3,.r) write s," ",r["not JSON serializable",!
""") == ["0", "0", "0", "0", "0{'a': [1, 2], 'b': ['x', 'é']}", "0", "0", "0True", "0", "1 1", "1 1"]


def test_finalize_is_idempotent_and_names_are_taken_whole(m: M) -> None:
    assert m("""
set n="v" for i=1:1:11 set n=n_n
set s=$&iscpython.SetVariable(n,"1",0,.r,n_"a") write s,!
set s=$&iscpython.SetVariable(n,"2",0,.r,n_"b") write s,!
set s=$&iscpython.GetVariable(n,0,.r,n_"a") write s,r,!
set s=$&iscpython.Finalize(.r) write s,! set s=$&iscpython.Finalize(.r) write s,!
set s=$&iscpython.GetVariable(n,0,.r) write s,r,!
set s=$&iscpython.Initialize("",.r) write s,r,!
""") == ["0", "0", "01", "0", "0", "3Python is not initialized: call iscpy_initialize() first", "0"]


def test_bytes_and_json_pass_as_data(m: M) -> None:
    assert m("""
set t="" for i=0:1:255 set t=t_$zchar(i)
set s=$&iscpython.SetVariable("b",t,2,.r) write s,r,!
set s=$&iscpython.SimpleString("ok=b==bytes(range(256))","ok",0,.r) write r,!
set s=$&iscpython.GetVariable("b",2,.r) write s,r=t,!
set s=$&iscpython.SetVariable("j","{""a"":[1,null]}",3,.r) write s,r,!
set s=$&iscpython.GetVariable("j",1,.r) write r,!
set s=$&iscpython.GetVariable("j",3,.r) write r,!
set s=$&iscpython.SetVariable("j","{",3,.r) write s,!
""") == ["0", "True", "01", "0", "{'a': [1, None]}", '{"a": [1, null]}', "1"]


def test_numpy_pandas_and_finalize_between(m: M) -> None:
    assert (
        m("""
for i=1:1:2 do
. set s=$&iscpython.SimpleString("import numpy,pandas;x=int(pandas.Series(numpy.arange(4)).sum())","x",0,.r) write s,r,!
. set s=$&iscpython.Unload(.r) write s,!
. set s=$&iscpython.SimpleString("x=1","x",0,.r) write s,!
. set s=$&iscpython.Setup("",.r) write s,!
""")
        == ["06", "0", "3", "0"] * 2
    )


def test_a_context_is_saved_and_restored_in_another_process(m: M, tmp_path: Path) -> None:
    code = f"from isc.py.data import Context, open_namespace, set_current; set_current(open_namespace('{tmp_path}'));"
    saved = m(f"""
set s=$&iscpython.SimpleString("def cube(v): return v ** 3","",0,.r)
set s=$&iscpython.SimpleString("a = [1, 2]","",0,.r)
set s=$&iscpython.SimpleString("{code} i = Context.SaveContext().context_id","i",0,.r,"tools") write s,r,!
""")
    assert saved[0][0] == "0", saved
    restored = m(f"""
set s=$&iscpython.SimpleString("{code} Context.RestoreContext('{saved[0][1:]}')","",0,.r,"tools") write s,r,!
set s=$&iscpython.SimpleString("v = (a, cube(3))","v",0,.r) write s,r,!
""")
    assert restored == ["0", "0([1, 2], 27)"]


def test_200_000_rows_of_a_global_become_a_frame(m: M) -> None:
    frame = "import pandas; f=pandas.DataFrame(rows,columns=['id','n','d','p']); f.p=f.p.astype(float);"
    told = "t=(len(f),int(f.id.sum()),float(f.p.sum()),str(f.d.min()))"
    assert m(f"""
for i=1:1:200000 set ^S(i)="name"_i_"^"_(66000+(i#100))_"^"_(i/4)
set s=$&iscpython.GetGlobalOrder("^S","","","+d+","rows",.r,"^") write s,r,!
set s=$&iscpython.SimpleString("{frame} {told}","t",0,.r) write s,r,!
kill ^S
""") == ["0200000", "0(200000, 20000100000, 5000025000.0, '2021-09-13')"]


def test_rows_from_start_to_end_with_subscripts_of_every_kind(m: M) -> None:
    assert m("""
set ^T="no row",^T(-1.5)="a",^T(2)="b",^T(10)="c",^T("x y")="d",^T(10,"below")="no row",^T(3,1)="no row"
set s=$&iscpython.GetGlobalOrder("^T","","","","rows",.r) write s,r,!
set s=$&iscpython.SimpleString("","rows",0,.r) write r,!
set s=$&iscpython.GetGlobalOrder("^T",2,10,"","rows",.r) set s=$&iscpython.SimpleString("","rows",0,.r) write r,!
set s=$&iscpython.GetGlobalOrder("^T",3,"","","rows",.r) set s=$&iscpython.SimpleString("","rows",0,.r) write r,!
set s=$&iscpython.GetGlobalOrder("^None","","","","rows",.r) write s,r,!
set s=$&iscpython.GetGlobalOrder("^T(","","","","rows",.r) write s," ",r["GTM-E",!
set s=$&iscpython.GetGlobalOrder("^T","","","q","rows",.r) write s," ",r,!
""") == [
        "04",
        "[(-1.5, 'a'), (2, 'b'), (10, 'c'), ('x y', 'd')]",
        "[(2, 'b'), (10, 'c')]",
        "[(10, 'c'), ('x y', 'd')]",
        "00",
        "7 1",
        "5 mask q: the letters are + - b d t m",
    ]


def test_a_key_that_is_no_key_of_a_global_ends_the_walk(m: M) -> None:
    assert m("""
set n="k" for i=1:1:12 set n=n_n
set L(1)="a",L(n)="b",L(n_"z")="c"
set s=$&iscpython.GetGlobalOrder("L","","","","rows",.r) write s,r,!
""") == ["7the host could not read its global: a key of 4097 bytes is too long: at most 2048"]


def test_a_value_that_with_its_key_is_longer_than_a_string_ends_the_walk(m: M) -> None:
    assert m("""
set $zpiece(t,"x",1048577)="" set L(1)="a",L("b")=t,L("c")="z"
set s=$&iscpython.GetGlobalOrder("L","","","","rows",.r) write s,r["MAXSTRLEN",!
set L("b")=$zextract(t,1,1048000)
set s=$&iscpython.GetGlobalOrder("L","","","","rows",.r) write s,r,!
""") == ["71", "03"]


def test_rows_below_a_subscript(m: M) -> None:
    assert m("""
set ^U(1,"a b",1)="x",^U(1,"a b",2)="y",^U(1,"a b",2,3)="no row",^U(2)="no row"
set s=$&iscpython.GetGlobalOrder("^U(1,""a b"")","","","","rows",.r) write s,r,!
set s=$&iscpython.SimpleString("","rows",0,.r) write r,!
kill ^U
""") == ["02", "[(1, 'x'), (2, 'y')]"]


def test_timers_and_locks_of_the_host_go_on(m: M) -> None:
    written = m("""
set s=$&iscpython.SimpleString("import threading,time","",0,.r)
set s=$&iscpython.SimpleString("threading.Thread(target=time.sleep,args=(2,)).start()","",0,.r) write s,!
set h=$zut hang 0.3 write ($zut-h)>290000,!
lock ^L:60 write $test,!
set s=$&iscpython.SimpleString("time.sleep(0.2)","",0,.r) write s,!
set s=$&iscpython.SimpleString("import subprocess;z=subprocess.check_output(['echo','hi'],text=True)","z",0,.r) write r
""")
    assert written == ["0", "1", "1", "0", "hi"]


def test_a_lock_that_is_taken_times_out_after_a_call(m: M, environment: dict[str, str]) -> None:
    holder = Path(environment["FOLDER"]) / "holder.m"
    holder.write_text('holder ;\n lock ^HELD\n write "held",!\n read x\n quit\n')
    command = [f"{environment['gtm_dist']}/mumps", "-run", "holder"]
    wait = "set h=$zut lock ^HELD:0.5 write $test,($zut-h)>490000,!"
    with subprocess.Popen(
        command, env=environment, cwd=environment["FOLDER"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert m(f'set s=$&iscpython.SimpleString("x=1","x",0,.r)\n{wait}') == ["01"]
        other.communicate("\n")


def test_rows_as_long_as_a_string_of_the_host_may_be(m: M) -> None:
    assert m("""
set t="" for i=1:1:1000 set t=t_"0123456789"
set h="" for i=1:1:100 set h=h_t
for i=1:1:3 set L(i)=h
set s=$&iscpython.GetGlobalOrder("L","","","","rows",.r) write s,r,!
set s=$&iscpython.SimpleString("n=[len(v) for _,v in rows]","n",0,.r) write r,!
""") == ["03", "[1000000, 1000000, 1000000]"]
