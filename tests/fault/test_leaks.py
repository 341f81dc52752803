"""Resident memory stays flat over many calls. Here a hundredth of the rounds of ``make soak`` (ISCPY_SOAK=1)."""

import os
import subprocess
import sys

import pytest

SCALE = 1 if os.environ.get("ISCPY_SOAK") else 100
ALLOWED_MB = 16

PROGRAM = """
import gc, os, resource
def megabytes():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
{setup}
for n in range({warm}):
    {work}
before = megabytes()
for n in range({rounds}):
    {work}
print(megabytes() - before)
"""

CASES = {
    "calls with cached code": (
        "from isc.py import Callout",
        "Callout.SimpleString('x = 1', 'x')",
        10_000_000,
    ),
    "calls with code of their own": (
        "from isc.py import Callout",
        "Callout.SimpleString(f'x = {n}', 'x')",
        1_000_000,
    ),
    "errors": (
        "from isc.py import Callout, IscError\n"
        "def fail():\n    try: Callout.SimpleString('1/0')\n    except IscError: pass",
        "fail()",
        1_000_000,
    ),
    "lists": (
        "from decimal import Decimal\nfrom isc.py.iscpython_c.dollar_list import decode, encode\n"
        "row = ['a', 'é€', 1, -5, Decimal('1.25'), 2.5, None, b'x']",
        "decode(encode(row))",
        10_000_000,
    ),
    "rows as columns": (
        "from isc.py.iscpython_c.dollar_list import Column, columns, encode\n"
        "rows = [encode(['a', i, i / 7]) for i in range(10_000)]\n"
        "layout = [Column('s', 's', 1), Column('i', 'i', 2), Column('f', 'f', 3)]",
        "columns(rows, layout)",
        10_000,
    ),
    "Initialize and Finalize": (
        "from isc.py import Callout",
        "Callout.Initialize(); Callout.SimpleString('x = [0] * 1000'); Callout.Finalize()",
        100_000,
    ),
}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("case", CASES)
def test_memory_stays_flat(case: str) -> None:
    setup, work, rounds = CASES[case]
    rounds //= SCALE
    program = PROGRAM.format(setup=setup, work=work, warm=max(rounds // 10, 2000), rounds=rounds)
    if case == "rows as columns":
        program = PROGRAM.format(setup=setup, work=work, warm=20, rounds=rounds)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(f"{case}: {float(done.stdout):.2f} MB more after {rounds:,} rounds")  # what make soak shows
    assert float(done.stdout) < ALLOWED_MB
