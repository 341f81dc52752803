"""`Waiter`: a result that is set once."""

import threading

import pytest
from isc.py.ens.waiter import Waiter


def test_those_who_wait_get_the_result_each() -> None:
    waiter = Waiter[int]()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(waiter.result(30))) for _ in range(5)]
    for thread in threads:
        thread.start()
    waiter.set_result(7)
    for thread in threads:
        thread.join()
    assert [*found, waiter.result(), waiter.result(0)] == [7] * 7


def test_it_fails_with_the_error_that_was_set() -> None:
    waiter = Waiter[int]()
    waiter.set_exception(LookupError("gone"))
    for _ in range(2):
        with pytest.raises(LookupError, match="gone"):
            waiter.result()


@pytest.mark.parametrize("timeout", [0, 0.01, -1])
def test_the_wait_ends_and_the_result_may_still_come(timeout: float) -> None:
    waiter = Waiter[int]()
    with pytest.raises(TimeoutError):
        waiter.result(timeout)
    waiter.set_result(1)
    assert waiter.result(timeout) == 1


def test_what_follows_is_told_first_and_its_error_is_everybodys() -> None:
    told: list[BaseException | None] = []
    waiter = Waiter[None](told.append)
    waiter.set_result(None)
    assert told == [None]

    def refuse(_: BaseException | None) -> None:
        raise LookupError("no such item")

    refused = Waiter[None](refuse)
    refused.set_result(None)
    with pytest.raises(LookupError, match="no such item"):
        refused.result()
