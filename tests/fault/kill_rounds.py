"""Writers and readers of one namespace, killed at random: ``python kill_rounds.py FOLDER ROUNDS [SEED]``.

Four processes insert, update and delete objects, alone and in transactions of two rows; four read rows, by SQL and as
objects. A writer says what it is about to do, and again when it is committed; so the driver knows what must be there.
After every round the rows of the killed writers are compared, and indices with what a rebuild would give. The last line
printed is JSON.
"""

import hashlib
import json
import os
import random
import selectors
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isc.py.data import sql  # noqa: F401  # imported once, before the forks
from isc.py.data.checking import check
from isc.py.data.layout import layout_of
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, set_current
from isc.py.data.rebuild import differences
from isc.py.data.table_rows import read_fields
from isc.py.objectscript import dictionary

WRITERS, READERS, NAMES = 4, 4, 12
CLASS = """Class k.Row Extends %Persistent
{
Property Name As %String [ Required ];
Property Amount As %Integer;
Property Sum As %String(MAXLEN = 64);
Property Filler As %String(MAXLEN = "");
Index NameKey On Name [ Unique ];
Index ByAmount On Amount;
}
"""

State = dict[str, int | None]


def digest(name: str, amount: int, filler: str) -> str:
    return hashlib.sha256(f"{name}|{amount}|{filler}".encode()).hexdigest()


def row_class() -> Any:
    return dictionary.resolve("k.Row")


def put(name: str, amount: int | None) -> None:
    cls = row_class()
    found = cls.NameKeyOpen(name)
    if amount is None:
        if found != "":
            assert cls._DeleteId(found._id) == 1
        return
    made = found if found != "" else cls(Name=name)
    made.Amount, made.Filler = amount, "f" * random.choice([0, 10, 3000])
    made.Sum = digest(name, amount, made.Filler)
    made.save()


def write(namespace: EmbeddedNamespace, slot: int, out: int) -> None:
    """For ever: say what is next, do it, say that it is done."""
    while True:
        if random.random() < 0.4:  # two rows that always have the same amount
            amount = random.randrange(10**6)
            change: State = {f"pair{slot}a": amount, f"pair{slot}b": amount}
        else:
            amount = None if random.random() < 0.2 else random.randrange(10**6)
            change = {f"w{slot}-{random.randrange(NAMES)}": amount}
        os.write(out, (json.dumps(["begin", change]) + "\n").encode())
        if len(change) == 1:
            put(*next(iter(change.items())))
        else:
            with namespace.transaction():
                for name, wanted in change.items():
                    put(name, wanted)
        os.write(out, b'["done", {}]\n')


def read(namespace: EmbeddedNamespace, _slot: int, out: int) -> None:
    """For ever: every row seen is whole, and pairs are."""
    cls = row_class()
    while True:
        if random.random() < 0.5:
            rows = namespace.query("select Name, Amount, Sum, Filler from k.Row").to_pylist()
        else:
            with namespace.store().read() as txn:
                layout = layout_of(cls)
                rows = read_fields(txn, layout, layout.fields()).to_pylist()
        amounts = {}
        for row in rows:
            if row["Sum"] != digest(row["Name"], row["Amount"], row["Filler"] or ""):
                raise AssertionError(f"a torn row: {row['Name']}")
            amounts[row["Name"]] = row["Amount"]
        for slot in range(WRITERS):
            if amounts.get(f"pair{slot}a") != amounts.get(f"pair{slot}b"):
                raise AssertionError(f"half a transaction: {amounts}")
        if rows:
            name = random.choice(rows)["Name"]
            found = cls.NameKeyOpen(name)
            if found != "" and (found.Name != name or found.Sum != digest(name, found.Amount, found.Filler)):
                raise AssertionError(f"a torn object: {name}")
        os.write(out, b'["read", {}]\n')


@dataclass
class Child:
    """A process with the end of the pipe that it writes to."""

    slot: int
    work: Callable[[EmbeddedNamespace, int, int], None]
    pid: int
    pipe: int
    buffer: bytes = b""
    at_end: bool = False
    pending: State | None = None
    committed: State = field(default_factory=dict)

    def lines(self) -> Iterator[tuple[str, State]]:
        """What it has said since; nothing is left when it is gone."""
        read = os.read(self.pipe, 65536)
        self.at_end = not read
        self.buffer += read
        *whole, self.buffer = self.buffer.split(b"\n")
        for line in whole:
            word, change = json.loads(line)
            if word == "error":
                raise AssertionError(f"process {self.pid}: {change['text']}")
            yield word, change

    def listen(self) -> int:
        """Take in what it has said; how many things were committed."""
        count = 0
        for word, change in self.lines():
            if word == "begin":
                self.pending = change
            elif word == "done" and self.pending is not None:
                self.committed.update(self.pending)
                self.pending = None
                count += 1
        return count


def start(namespace: EmbeddedNamespace, slot: int, work: Callable[[EmbeddedNamespace, int, int], None]) -> Child:
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        random.seed(os.getpid())
        try:
            work(namespace, slot, theirs)
        except BaseException:  # noqa: BLE001  # whatever it is, the driver must hear of it
            os.write(theirs, (json.dumps(["error", {"text": traceback.format_exc()}]) + "\n").encode())
        os._exit(1)
    os.close(theirs)
    return Child(slot, work, pid, ours)


def end(child: Child) -> None:
    """Kill it and take in the last that it said."""
    os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)
    while not child.at_end:
        child.listen()
    os.close(child.pipe)


def amounts_of(namespace: EmbeddedNamespace) -> State:
    """What is stored, after comparing the indices with it."""
    with namespace.store().read() as txn:
        layout = layout_of(row_class())
        rows = read_fields(txn, layout, layout.fields()).to_pylist()
        wrong = list(differences(txn, layout))
    assert not wrong, wrong
    for row in rows:
        assert row["Sum"] == digest(row["Name"], row["Amount"], row["Filler"] or ""), f"torn: {row}"
    found = {row["Name"]: row["Amount"] for row in rows}
    assert len(found) == len(rows), "a name is there twice"
    return found


def compare(child: Child, stored: State) -> None:
    """What a writer has committed is there; what it was about when it was killed is there whole or not at all."""
    pending = child.pending or {}
    for name, wanted in child.committed.items():
        if name not in pending:
            assert stored.get(name) == wanted, f"lost: {name} is {stored.get(name)}, committed was {wanted}"
    if pending:
        now = {name: stored.get(name) for name in pending}
        before = {name: child.committed.get(name) for name in pending}
        assert now in (pending, before), f"half: {now}, neither {pending} nor {before}"
        child.committed.update(now)
        child.pending = None


def main(folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    namespace = open_namespace(folder)
    set_current(namespace)
    (folder / "Row.cls").write_text(CLASS)
    report = namespace.load_path(folder / "Row.cls")[0]
    assert not report.error, report.error
    row_class()
    namespace.close()
    works = [write] * WRITERS + [read] * READERS
    children = [start(namespace, slot % WRITERS, work) for slot, work in enumerate(works)]
    commits = kills = 0
    for _round in range(rounds):
        wanted = chance.randint(5, 40)
        seen = 0
        with selectors.DefaultSelector() as selector:
            for child in children:
                selector.register(child.pipe, selectors.EVENT_READ, child)
            while seen < wanted:  # wait for writers to get on, then strike
                ready = selector.select(60)
                assert ready, "nothing moves any more"
                seen += sum(key.data.listen() for key, _ in ready)
                assert not any(child.at_end for child in children), "a process ended by itself"
        commits += seen
        victims = chance.sample(range(len(children)), chance.randint(1, 4))
        for at in victims:
            end(children[at])
            kills += 1
        stored = amounts_of(namespace)
        namespace.close()
        for at in victims:
            old = children[at]
            if old.work is write:
                compare(old, stored)
            children[at] = start(namespace, old.slot, old.work)
            children[at].committed = old.committed
    for child in children:
        end(child)
    stored = amounts_of(namespace)
    for child in children:
        if child.work is write:
            compare(child, stored)
    problems = [str(problem) for problem in check(namespace)]
    assert not problems, problems
    namespace.close()
    told = {"rounds": rounds, "kills": kills, "commits": commits, "rows": len(stored), "seed": seed}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6))
