"""``%PopulateUtils``: random values for test data."""

import random
import re
import string
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from typing import Any

from .. import dictionary, status
from ..builder import current_platform
from ..compiler import compile_expression
from ..definitions import PropertyDefinition
from ..frame import Frame
from ..objects import properties
from ..values import number, text
from .datatypes import short

_FIRST = (
    "Ada Amir Bea Carl Dora Emil Fay Gus Hana Ivo Jana Kai Lea Max Nora Otto Pia Rolf Sara Tom Uma Vera Will Zoe"
).split()
_LAST = (
    "Abel Brandt Conte Diaz Ender Fox Gallo Hart Ito Jansen Klein Lopez Meyer Novak Ortiz Park Quinn Rossi Smith Turk"
).split()
_CITIES = (
    "Aachen Basel Cork Delft Essen Faro Genoa Hull Ipoh Jena Kiel Lyon Malmo Nice Oslo Porto Riga Split Turin Ulm"
).split()
_STATES = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN NM NY OH OR TX UT VA WA".split()
_TITLES = ("Accountant", "Analyst", "Engineer", "Head of Sales", "Clerk", "Director", "Developer", "Nurse", "Physician")
_GOALS = ("better pumps", "fewer errors", "quiet engines", "fast deliveries", "clean water", "safe records")
_GOODS = ("Pump", "Valve", "Filter", "Sensor", "Cable", "Switch", "Lamp", "Motor")
_CODES = "USD EUR GBP CHF JPY SEK NOK PLN".split()
_HOROLOG_1900 = 21550
_ROWS_OF_A_TRANSACTION, _MOST_ITEMS = 1000, 10
#: The parts of a POPSPEC: colons in parentheses and quotes divide nothing, all but the first begin with theirs.
_PARTS = re.compile(r"""(?:^|:)(?:[^:("]|\((?:[^()"]|"[^"]*"|\([^()]*\))*\)|"[^"]*")*""")


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

    @staticmethod
    def Numeric(minimum: object = 1, maximum: object = 1_000_000_000, scale: object = 2) -> object:
        """A number of `scale` decimals."""
        return PopulateUtils.Float(minimum, maximum, scale)

    @staticmethod
    def StringMin(minimum: object = 1, maximum: object = 10) -> str:
        """Letters, so many at least and at most."""
        return PopulateUtils.String(random.randint(int(number(minimum)), int(number(maximum))))

    @staticmethod
    def TimeStamp(*_: object) -> str:
        """A moment of this and the last 30 years."""
        seconds = random.randint(0, 30 * 365 * 86400)
        return (datetime.now() - timedelta(seconds=seconds)).isoformat(" ", "seconds")

    @staticmethod
    def USState() -> str:
        """A state's two letters."""
        return random.choice(_STATES)

    @staticmethod
    def USZip() -> str:
        """Five digits."""
        return f"{random.randint(10000, 99999)}"

    @staticmethod
    def Title() -> str:
        """A job's title."""
        return random.choice(_TITLES)

    @staticmethod
    def Mission() -> str:
        """What a company is for."""
        return f"Building {random.choice(_GOALS)} for {random.choice(_CITIES)}."

    @staticmethod
    def Product() -> str:
        """Something to sell."""
        return f"{random.choice(_GOODS)} {random.randint(100, 999)}"

    @staticmethod
    def Currency(minimum: object = 0, maximum: object = 10_000) -> object:
        """An amount of money."""
        return PopulateUtils.Float(minimum, maximum, 2)

    @staticmethod
    def CurrencyCode() -> str:
        """A currency's three letters."""
        return random.choice(_CODES)

    @staticmethod
    def Email() -> str:
        """An address at a host that does not exist."""
        return f"{random.choice(_FIRST)}.{random.choice(_LAST)}@example.org".lower()

    @staticmethod
    def BinaryData(minimum: object = 1, maximum: object = 20) -> str:
        """Bytes, as characters."""
        return random.randbytes(random.randint(int(number(minimum)), int(number(maximum)))).decode("latin-1")


class Populate:
    """``%Populate``: gives a class the class method ``Populate(count)``."""

    @classmethod
    def Populate(cls, count: object = 10, *_: object) -> int:
        """Make and save objects whose properties are random; how many were saved.

        A property is filled by its POPSPEC, else by the method of `PopulateUtils` of its name, else by its type; a
        reference with the id of a row that exists, an object inside the row when its class extends ``%Populate``, a
        collection when it has a POPSPEC ``value:most:key``. Rows are saved a thousand in a transaction.
        """
        saved, wanted = 0, int(number(count))
        maker: Any = cls
        ids: dict[str, list[object]] = {}
        while wanted > 0:
            with _transaction():
                for _number in range(min(wanted, _ROWS_OF_A_TRANSACTION)):
                    made = maker._New()
                    _fill(made, ids)
                    saved += int(status.is_ok(made._Save()))
            wanted -= _ROWS_OF_A_TRANSACTION
        return saved


def _transaction() -> AbstractContextManager[None]:
    opened: Callable[[], AbstractContextManager[None]] = getattr(current_platform(), "transaction", nullcontext)
    return opened()


def _fill(made: Any, ids: dict[str, list[object]]) -> None:
    """Give an object random properties; `ids` keeps the ids of classes that are referred to."""
    for definition in properties(type(made)):
        left_out = definition.parameters.get("POPSPEC", "").upper() == "NULL"
        if (
            definition.keywords.get("Calculated") == "1"
            or definition.keywords.get("SqlComputed") == "1"
            or definition.is_many
            or left_out
        ):
            continue
        if definition.collection:
            _fill_collection(definition, made)
        elif definition.type.startswith("%") or definition.parameters.get("POPSPEC"):
            made._set_property(definition.name, _value_of(definition, made))
        elif dictionary.exists(definition.type):
            _fill_object(definition, made, ids)
    hook = getattr(made, "OnPopulate", None)
    if hook is not None:
        hook()


def _fill_object(definition: PropertyDefinition, made: Any, ids: dict[str, list[object]]) -> None:
    target: Any = dictionary.resolve(definition.type)
    if hasattr(target, "_extent_ids"):
        if definition.type not in ids:
            ids[definition.type] = target._extent_ids()
        if ids[definition.type]:
            getattr(made, f"{definition.name}SetObjectId")(random.choice(ids[definition.type]))
    elif hasattr(target, "_serial_row") and issubclass(target, Populate):
        _fill(made._get_property(definition.name), ids)


def _fill_collection(definition: PropertyDefinition, made: Any) -> None:
    """Of a POPSPEC ``value:most:key``, each of which but the first may be left out."""
    spec, most, key = [*_PARTS.findall(definition.parameters.get("POPSPEC", "")), "", "", ""][:3]
    if not spec:
        return
    held = made._get_property(definition.name)
    for _number in range(random.randint(1, int(number(most.removeprefix(":") or _MOST_ITEMS)))):
        value = _evaluated(spec, definition, made)
        if definition.collection == "list":
            held.Insert(value)
        else:
            held.SetAt(value, _evaluated(key.removeprefix(":") or "String(8)", definition, made))


def _evaluated(spec: str, definition: PropertyDefinition, owner: object) -> object:
    """What the method of a POPSPEC gives: of `PopulateUtils`, of the object (``.Method()``) or another class."""
    where = f"the POPSPEC of {definition.name}"
    prefix = "." if spec.startswith(".") else "" if spec.startswith("##") else "##class(%PopulateUtils)."
    call = prefix + spec + ("" if "(" in spec else "()")
    return compile_expression(call, where).evaluate(Frame(this=owner, place=where))


def _value_of(definition: PropertyDefinition, owner: object) -> object:
    spec = definition.parameters.get("POPSPEC", "")
    if spec:
        return _evaluated(spec, definition, owner)
    values = definition.parameters.get("VALUELIST", "")
    if values:
        return PopulateUtils.ValueList(values)
    kind = short(definition.type)
    if kind == "String":
        named = next((name for name in _NAMED if definition.name.lower().endswith(name.lower())), "")
        limit = definition.parameters.get("MAXLEN", "50")
        made = getattr(PopulateUtils, named)() if named else PopulateUtils.String()
        return made[: int(limit)] if limit else made
    least, most = definition.parameters.get("MINVAL", ""), definition.parameters.get("MAXVAL", "")
    bounds = [least or 0, most or 10_000] if least or most else []
    if kind == "Date":
        return PopulateUtils.Date(least, most)
    if kind in ("Numeric", "Decimal", "Float", "Double"):
        return PopulateUtils.Numeric(least or 0, most or 10_000, definition.parameters.get("SCALE", "") or 2)
    maker = {"SmallInt": "Integer", "TinyInt": "Boolean", "BigInt": "Integer"}.get(kind, kind)
    return getattr(PopulateUtils, maker, PopulateUtils.String)(*(bounds if maker == "Integer" else []))


_NAMED = (
    "FirstName", "LastName", "Name", "City", "Street", "Company", "Title", "SSN", "USState", "USZip", "Mission",
    "Product", "Email", "USPhone",
)  # fmt: skip
