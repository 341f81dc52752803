"""Names of files made from templates."""

import itertools
from datetime import datetime

from isc.py.ens.adapters.names import file_name, file_names

NOON = datetime(2026, 1, 2, 12, 0, 0, 5000)


def test_a_template_that_counts_gives_ever_other_names() -> None:
    def first(template: str, count: int) -> list[str]:
        return list(itertools.islice(file_names(template, "in.txt", NOON), count))

    assert first("%f%!+(_a)", 4) == ["in.txt", "in.txt_a", "in.txt_b", "in.txt_c"]
    assert first("%f%+(_8)", 3) == ["in.txt_8", "in.txt_9", "in.txt_10"]
    assert first("%+(09).x", 2) == ["09.x", "10.x"]
    assert first("%f%!+(-)", 3) == ["in.txt", "in.txt-", "in.txt-1"]
    assert first("%f%!+()", 3) == ["in.txt"]  # nothing to count with
    many = first("%f%!+(_Y)", 30)
    assert many[1:5] == ["in.txt_Y", "in.txt_Z", "in.txt_AA", "in.txt_AB"]
    assert len(set(many)) == 30
    assert first("%f_%Q", 5) == ["in.txt_2026-01-02_12.00.00.005"]


def test_a_name_never_leaves_its_folder() -> None:
    assert file_name("%f", "../../etc/passwd") == "_.._etc_passwd"
    assert "/" not in file_name("%f%!+(/a)", "x", NOON, 3)
