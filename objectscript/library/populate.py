"""``%PopulateUtils``: random values for test data."""

import random
import string
from datetime import date

from ..values import number, text

_FIRST = [
    "Ada",
    "Amir",
    "Bea",
    "Carl",
    "Dora",
    "Emil",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jana",
    "Kai",
    "Lea",
    "Max",
    "Nora",
    "Otto",
    "Pia",
    "Rolf",
    "Sara",
    "Tom",
    "Uma",
    "Vera",
    "Will",
    "Zoe",
]
_LAST = [
    "Abel",
    "Brandt",
    "Conte",
    "Diaz",
    "Ender",
    "Fox",
    "Gallo",
    "Hart",
    "Ito",
    "Jansen",
    "Klein",
    "Lopez",
    "Meyer",
    "Novak",
    "Ortiz",
    "Park",
    "Quinn",
    "Rossi",
    "Smith",
    "Turk",
]
_CITIES = [
    "Aachen",
    "Basel",
    "Cork",
    "Delft",
    "Essen",
    "Faro",
    "Genoa",
    "Hull",
    "Ipoh",
    "Jena",
    "Kiel",
    "Lyon",
    "Malmo",
    "Nice",
    "Oslo",
    "Porto",
    "Riga",
    "Split",
    "Turin",
    "Ulm",
]
_HOROLOG_1900 = 21550


class PopulateUtils:
    """Class methods that return random values."""

    @staticmethod
    def Integer(minimum: object = 1, maximum: object = 1_000_000_000) -> int:
        """An integer, both bounds included."""
        return random.randint(int(number(minimum)), int(number(maximum)))

    @staticmethod
    def Float(minimum: object = 0, maximum: object = 1_000_000_000, scale: object = 0) -> object:
        """A number of `scale` decimals."""
        from decimal import Decimal

        digits = int(number(scale))
        return Decimal(str(round(random.uniform(float(number(minimum)), float(number(maximum))), digits)))

    @staticmethod
    def String(length: object = 10) -> str:
        """Letters."""
        return "".join(random.choices(string.ascii_letters, k=int(number(length))))

    @staticmethod
    def Name(sex: object = "") -> str:
        """Last, first and middle initial."""
        return f"{random.choice(_LAST)},{random.choice(_FIRST)} {random.choice(string.ascii_uppercase)}."

    @staticmethod
    def FirstName(sex: object = "") -> str:
        """A first name."""
        return random.choice(_FIRST)

    @staticmethod
    def LastName() -> str:
        """A last name."""
        return random.choice(_LAST)

    @staticmethod
    def City() -> str:
        """A city."""
        return random.choice(_CITIES)

    @staticmethod
    def Street() -> str:
        """A street address."""
        return f"{random.randint(1, 9999)} {random.choice(_LAST)} Street"

    @staticmethod
    def Company() -> str:
        """A company."""
        return f"{random.choice(_LAST)} & {random.choice(_LAST)}"

    @staticmethod
    def SSN() -> str:
        """A number of the form of a US social security number."""
        return f"{random.randint(900, 999)}-{random.randint(10, 99)}-{random.randint(1000, 9999)}"

    @staticmethod
    def USPhone() -> str:
        """A phone number."""
        return f"555-{random.randint(200, 999)}-{random.randint(1000, 9999)}"

    @staticmethod
    def Date(minimum: object = "", maximum: object = "") -> int:
        """A day number; 1900 to today by default."""
        last = int(number(maximum)) if maximum != "" else (date.today() - date(1840, 12, 31)).days
        return random.randint(int(number(minimum)) if minimum != "" else _HOROLOG_1900, last)

    @staticmethod
    def Time(minimum: object = 0, maximum: object = 86399) -> int:
        """A second of the day."""
        return random.randint(int(number(minimum)), int(number(maximum)))

    @staticmethod
    def Boolean() -> int:
        """0 or 1."""
        return random.randint(0, 1)

    @staticmethod
    def ValueList(values: object) -> str:
        """One of a list whose first character is the separator: ``,A,B``."""
        shown = text(values)
        return random.choice(shown[1:].split(shown[0]))
