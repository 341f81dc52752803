from isc.py.ens.adapters.refusals import Refusals


def test_the_same_is_told_once_a_minute_with_how_many_there_were() -> None:
    told: list[str] = []
    now = 0.0
    kept = Refusals(lambda _, text: told.append(text), lambda: now)
    for _ in range(3):
        kept.tell("10.0.0.1", "no TLS")
    kept.tell("10.0.0.2", "no TLS")
    kept.tell("10.0.0.1", "no certificate")
    assert told == [f"connection from 10.0.0.{peer}" for peer in ("1: no TLS", "2: no TLS", "1: no certificate")]
    now = 61.0
    kept.tell("10.0.0.2", "no TLS")
    kept.tell("10.0.0.1", "no TLS")
    assert told[3:] == [
        "connection from 10.0.0.2: no TLS",
        "connection from 10.0.0.1: no TLS (and 2 times more since it was told)",
    ]


def test_many_addresses_cannot_flood_the_log() -> None:
    told: list[str] = []
    kept = Refusals(lambda _, text: told.append(text))
    for number in range(10_000):
        kept.tell(f"10.0.{number // 256}.{number % 256}", "no TLS")
    assert len(told) == 101
    assert told[-1].startswith("connection from many addresses: ")
