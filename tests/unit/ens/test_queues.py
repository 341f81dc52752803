import threading
from typing import ClassVar

from isc.py.ens.messages import Envelope
from isc.py.ens.queues import HostQueue
from isc.py.msg import StringRequest
from isc.py.objectscript import dictionary


class Urgent(StringRequest):
    """Goes before others."""

    PRIORITY: ClassVar[int] = -1


def envelope(number: int, class_name: str = "Ens.StringRequest") -> Envelope:
    return Envelope(number, number, "A", "B", class_name, "{}", lambda _: None)


def taken(queue: HostQueue, count: int) -> list[int]:
    return [found.header_id for found in (queue.get() for _ in range(count)) if found is not None]


def test_first_come_first_served_and_urgent_classes_before_them() -> None:
    dictionary.register("t.Urgent", Urgent)
    queue = HostQueue()
    for number in (1, 2, 3):
        queue.put(envelope(number))
    queue.put(envelope(4, "t.Urgent"))
    queue.put(envelope(5, "no.Such"))
    queue.put(None)
    assert taken(queue, 5) == [4, 1, 2, 3, 5]
    assert queue.get() is None
    dictionary.reset()


def test_who_can_wait_waits_for_room_and_no_longer_than_the_queue_lives() -> None:
    queue = HostQueue(limit=1)
    queue.put(envelope(1))
    waiters = [threading.Thread(target=queue.wait_for_room) for _ in range(2)]
    waiters[0].start()
    assert queue.qsize() == 1
    taken(queue, 1)
    waiters[0].join(60)
    assert not waiters[0].is_alive()
    queue.put(envelope(2))
    waiters[1].start()
    queue.close()
    waiters[1].join(60)
    assert not waiters[1].is_alive()
