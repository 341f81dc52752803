"""DynamicObject over a real worker."""

import os
import pickle
import signal
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from isc.py.ens import Director, MessageFailedError
from isc.py.gw import DynamicObject, WorkerContext, WorkerObject
from isc.py.iscpython_c.context import Context
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import ExecutionRequest
from isc.py.objectscript import Frame, compile_block

Start = Callable[..., Director]
OPERATION = "isc.py.ens.Operation"


@pytest.fixture
def director(start: Start) -> Director:
    return start()


@pytest.fixture
def worker(director: Director) -> WorkerContext:
    return WorkerContext(partial(director.send_sync, OPERATION, timeout=30))


def variable(director: Director, expression: str) -> str:
    request = ExecutionRequest(Code=f"asked = {expression}", Variables="asked", Serialization="Repr")
    response = director.send_sync(OPERATION, request, timeout=30)
    return str(response.Variables["asked"])  # type: ignore[attr-defined]  # an ExecutionResponse


def test_an_object_of_the_worker_is_made_read_changed_and_called(director: Director, worker: WorkerContext) -> None:
    person = worker.new("Person", "p1", "Ed", 25, "Boston")
    assert (person.name, person.age, person.getAgePlus(5)) == ("Ed", 25, 30)
    person.age = Decimal("40.5")
    assert variable(director, "p1.age") == "Decimal('40.5')"
    person.age = {"years": [40]}
    assert person._GetJSON() == '{"name": "Ed", "age": {"years": [40]}, "city": "Boston"}'
    assert person._ToDynObj().GetAt("age").GetAt("years").GetAt(1) == 40  # type: ignore[attr-defined]  # an array
    assert "age" in person._property_names()


def test_what_is_no_primitive_is_another_object_of_the_worker(director: Director, worker: WorkerContext) -> None:
    director.send_sync(OPERATION, ExecutionRequest(Code="import os\nitems = [1, {'k': os.getpid()}]"), timeout=30)
    items = worker.get("items")
    assert (items[0], len(items)) == (1, 2)
    inner = items[1]
    assert isinstance(inner, WorkerObject)
    assert inner["k"] != os.getpid()
    items.append(inner)
    items.append([True, None])
    assert variable(director, "items[1] is items[2]") == "True"
    assert pickle.loads(items._ToPickle())[3] == [True, None]
    assert (items._Rename("renamed"), variable(director, "len(renamed)")) == (1, "4")
    assert items._Delete() == 1
    with pytest.raises(MessageFailedError, match="renamed"):
        variable(director, "renamed")


def test_what_is_let_go_is_let_go_in_the_worker(director: Director, worker: WorkerContext) -> None:
    one = worker.new("Person", "gone", "Ed", 25, "Boston")
    one._DeleteOnClose = 1
    del one
    worker.new("Person", "other", "Ed", 25, "Boston")
    with pytest.raises(MessageFailedError, match="gone"):
        variable(director, "gone")


def test_objectscript_uses_it_as_an_object_of_its_own(worker: WorkerContext) -> None:
    frame = Frame({"p": worker.new("Employee", "e", "Ada", 36, "London", "ACME")})
    compile_block("set p.age=p.age+1, age=p.getAgePlus(3), name=p.name, text=p.%GetString(1)").execute(frame)
    assert (frame.variables["age"], frame.variables["name"]) == (40, "Ada")
    assert str(frame.variables["text"]).startswith("<")


def test_what_goes_wrong_is_named_and_the_worker_lives_on(director: Director, worker: WorkerContext) -> None:
    person = worker.new("Person", "p", "Ed", 25, "Boston")
    with pytest.raises(MessageFailedError, match="did you mean name"):
        assert person.nam
    with pytest.raises(MessageFailedError, match="TypeError"):
        person.getAgePlus("x")
    with pytest.raises(MessageFailedError, match="Nobody"):
        worker.new("Nobody")
    with pytest.raises(IscError, match="belongs to this process"):
        Context().execute("local = [1]")
        person.age = DynamicObject("", "local")
    with pytest.raises(IscError, match="cannot be given"):
        person.age = object()
    assert person.name == "Ed"


def test_an_object_of_a_worker_that_died_says_so(director: Director, worker: WorkerContext) -> None:
    person = worker.new("Person", "p", "Ed", 25, "Boston")
    director.send_sync(OPERATION, ExecutionRequest(Code="import os\npid = os.getpid()"), timeout=30)
    os.kill(int(variable(director, "pid")), signal.SIGKILL)
    with pytest.raises(MessageFailedError, match="not held by this worker"):
        for _ in range(2):  # the first may be the one that notices the death
            try:
                assert person.name
            except MessageFailedError as error:
                if "not held" in str(error):
                    raise
