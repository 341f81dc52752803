"""Writes the rows of ``isc.py.test.CannibalizationData``: three years of weekly sales by category, made up from a seed.

A new product eats into the sales of an older one, and the weather moves others together or apart; these relations are
what the sample's correlation matrix shows. Run it to write the class file again; the same seed gives the same bytes.
"""

import random
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

SEED = 20200428
WEEKS = 156
FIRST_WEEK = date(2021, 1, 4)
CLASS_FILE = Path(__file__).parent / "cls" / "isc" / "py" / "test" / "CannibalizationData.cls"

# How much one standard deviation of each cause moves a category's sales, in its own standard deviations.
CAUSES = ("heat", "novelty", "budget")
CATEGORIES: dict[str, tuple[int, int, tuple[float, float, float]]] = {
    "Cola": (900, 120, (0.3, -0.9, 0.1)),
    "ColaZero": (400, 110, (0.2, 0.95, 0.0)),
    "Lemonade": (350, 80, (0.8, 0.0, 0.2)),
    "IceTea": (300, 70, (0.75, -0.3, 0.2)),
    "Water": (1200, 150, (0.9, 0.0, -0.2)),
    "HotChocolate": (250, 60, (-0.85, 0.0, 0.2)),
}


def rows(seed: int = SEED, weeks: int = WEEKS) -> list[dict[str, str]]:
    """The rows as the XML has them: property name to text."""
    source = random.Random(seed)
    normal = NormalDist()

    def deviation() -> float:
        return normal.inv_cdf(source.uniform(0.001, 0.999))

    made = []
    for week in range(weeks):
        causes = [deviation() for _ in CAUSES]
        row = {"WeekStart": (FIRST_WEEK + timedelta(weeks=week)).isoformat(), "Promotion": str(int(causes[1] > 0.8))}
        for name, (mean, spread, weights) in CATEGORIES.items():
            explained = sum(weight * cause for weight, cause in zip(weights, causes, strict=True))
            rest = max(0.0, 1 - sum(weight**2 for weight in weights)) ** 0.5
            row[name] = str(max(0, round(mean + spread * (explained + rest * deviation()))))
        made.append(row)
    return made


def class_text(text: str) -> str:
    """The text of the class file with its XData block ``Rows`` made anew."""
    head, begin, rest = text.partition("XData Rows\n{\n")
    _, end, tail = rest.partition("\n}\n")
    lines = ["  <Row " + " ".join(f'{name}="{value}"' for name, value in row.items()) + "/>" for row in rows()]
    return head + begin + "\n".join(["<Rows>", *lines, "</Rows>"]) + end + tail


if __name__ == "__main__":
    CLASS_FILE.write_text(class_text(CLASS_FILE.read_text(encoding="utf-8")), encoding="utf-8")
