import threading

from isc.py.ens.back_off import BackOff


def test_the_pause_doubles_up_to_half_a_minute_however_often_a_worker_dies() -> None:
    back_off = BackOff(threading.Event())
    assert back_off.seconds == 0.0
    seen = []
    for _ in range(2000):
        back_off.after(died=True)
        seen.append(back_off.seconds)
    assert seen[:3] == [0.1, 0.2, 0.4]
    assert seen[-1] == 30.0
    assert sorted(seen) == seen
    back_off.after(died=False)
    assert back_off.seconds == 0.0


def test_a_stop_ends_the_pause() -> None:
    stopping = threading.Event()
    stopping.set()
    back_off = BackOff(stopping)
    for _ in range(20):
        back_off.after(died=True)
    back_off.wait()
