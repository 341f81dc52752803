"""``%PopulateUtils``: random values for test data."""

import random
import re
import string
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from typing import Any

from .. import dictionary, output, status
from ..builder import current_platform
from ..compiler import compile_expression
from ..definitions import PropertyDefinition
from ..errors import ObjectScriptError
from ..frame import ByRef, Frame
from ..objects import properties
from ..platform import SQLPlatform
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
    def Populate(
        cls,
        count: object = 10,
        verbose: object = 0,
        defer_indices: object = 1,
        objects: object = None,
        tune: object = 1,
        deterministic: object = 0,
        *_: object,
    ) -> int:
        """Make and save objects whose properties are random; how many were saved.

        A property is filled by its POPSPEC, else by the method of `PopulateUtils` of its name, else by its type; a
        reference with the id of a row that exists, an object inside the row when its class extends ``%Populate``, a
        collection when it has a POPSPEC ``value:most:key``. A POPSPEC ``:table:column`` takes values of a table. Those
        with a POPORDER come in its order, after the others; a negative one is left out.

        `verbose` 1 writes what is done and why an object could not be saved; `deterministic` 1 gives the same values in
        every run; `objects` gets how many were saved, by reference. Indices are always kept with the rows, and there
        are no statistics to tune: `defer_indices` and `tune` change nothing. A thousand rows are a transaction.
        """
        saved, wanted, say = 0, int(number(count)), bool(number(verbose))
        maker: Any = cls
        name = dictionary.full_name(dictionary.name_of(cls))
        known: _Known = {}
        state = random.getstate() if number(deterministic) else None
        if state is not None:
            random.seed(0)
        while wanted > 0:
            with _transaction():
                for _number in range(min(wanted, _ROWS_OF_A_TRANSACTION)):
                    made = maker._New()
                    _fill(made, known)
                    answer = made._Save()
                    saved += int(status.is_ok(answer))
                    if say and status.is_error(answer):
                        output.current().append(f"{name}: not saved: {status.text(answer)}\n")
            wanted -= _ROWS_OF_A_TRANSACTION
        if state is not None:
            random.setstate(state)
        if say:
            output.current().append(f"{name}: {saved} of {int(number(count))} objects saved\n")
        if isinstance(objects, ByRef):
            objects.set(saved)
        return saved


#: What was read once for all objects: the ids of a class, the values of a column of a table.
_Known = dict[str, list[object]]


def _transaction() -> AbstractContextManager[None]:
    opened: Callable[[], AbstractContextManager[None]] = getattr(current_platform(), "transaction", nullcontext)
    return opened()


def _fill(made: Any, known: _Known) -> None:
    """Give an object random properties."""
    for definition in _in_order(type(made)):
        if definition.collection:
            _fill_collection(definition, made, known)
            continue
        value = _made_value(definition, made, known)
        if value is not None and _is_reference(definition):
            getattr(made, f"{definition.name}SetObjectId")(value)
        elif value is not None:
            made._set_property(definition.name, value)
    hook = getattr(made, "OnPopulate", None)
    if hook is not None:
        hook()


def _in_order(cls: type) -> list[PropertyDefinition]:
    """The properties that are filled: those with a POPORDER behind the others, in its order."""
    found = []
    for definition in properties(cls):
        words = definition.keywords
        left_out = definition.parameters.get("POPSPEC", "").upper() == "NULL" or _order(definition) < 0
        if words.get("Calculated") != "1" and words.get("SqlComputed") != "1" and not definition.is_many | left_out:
            found.append(definition)
    return sorted(found, key=_order)


def _order(definition: PropertyDefinition) -> int:
    return int(number(definition.parameters.get("POPORDER", "") or 0))


def _is_reference(definition: PropertyDefinition) -> bool:
    kind = definition.type
    return not kind.startswith("%") and dictionary.exists(kind) and hasattr(dictionary.resolve(kind), "_extent_ids")


def _made_value(definition: PropertyDefinition, owner: Any, known: _Known) -> object | None:
    """A value for a property that is none or one item of a collection; None when there is none to give.

    Of a reference it is an id.
    """
    spec, table, column = _parts(definition)
    if not definition.collection and not spec and table and column:
        return _of_table(table, column, known)
    if spec:
        return _evaluated(spec, definition, owner)
    if definition.type.startswith("%"):
        return _by_type(definition)
    if not dictionary.exists(definition.type):
        return None
    target: Any = dictionary.resolve(definition.type)
    if _is_reference(definition):
        if definition.type not in known:
            known[definition.type] = target._extent_ids()
        return random.choice(known[definition.type]) if known[definition.type] else None
    if hasattr(target, "_serial_row") and issubclass(target, Populate):
        inside = target() if definition.collection else owner._get_property(definition.name)
        _fill(inside, known)
        return inside if definition.collection else None
    return _by_type(definition) if hasattr(target, "_kind") else None


def _parts(definition: PropertyDefinition) -> tuple[str, str, str]:
    """The parts of a POPSPEC between its colons: ``method:most:key``, or ``:table:column``."""
    found = [part.removeprefix(":") for part in _PARTS.findall(definition.parameters.get("POPSPEC", ""))]
    if definition.parameters.get("POPSPEC", "").startswith(":") and found and found[0]:
        found.insert(0, "")  # nothing stands before the first colon
    spec, second, third = [*found, "", "", ""][:3]
    return spec.strip(), second.strip(), third.strip()


def _of_table(table: str, column: str, known: _Known) -> object | None:
    """One of the values that a column of a table has."""
    key = f"{table}:{column}"
    if key not in known:
        platform = current_platform()
        if not isinstance(platform, SQLPlatform):
            raise ObjectScriptError("<NAMESPACE>", f"POPSPEC :{key} needs a namespace with tables")
        rows = platform.sql(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL", []).rows
        known[key] = [row[0] for row in rows]
    return random.choice(known[key]) if known[key] else None


def _fill_collection(definition: PropertyDefinition, made: Any, known: _Known) -> None:
    """Of a POPSPEC ``value:most:key``, each of which may be left out, or ``:table:column``."""
    if not definition.parameters.get("POPSPEC", ""):
        return
    spec, most, key = _parts(definition)
    of_table = (most, key) if not spec and most and not most.isdigit() else None
    if of_table is not None:
        most, key = "", ""
    held = made._get_property(definition.name)
    for _number in range(random.randint(1, int(number(most or _MOST_ITEMS)))):
        value = _of_table(*of_table, known) if of_table is not None else _made_value(definition, made, known)
        if value is None:
            return
        if _is_reference(definition):
            value = dictionary.resolve(definition.type)._OpenId(value)  # type: ignore[attr-defined]  # it is persistent
        if definition.collection == "list":
            held.Insert(value)
        else:
            held.SetAt(value, _evaluated(key or "String(8)", definition, made))


def _evaluated(spec: str, definition: PropertyDefinition, owner: object) -> object:
    """What the method of a POPSPEC gives: of `PopulateUtils`, of the object (``.Method()``) or another class."""
    where = f"the POPSPEC of {definition.name}"
    prefix = "." if spec.startswith(".") else "" if spec.startswith("##") else "##class(%PopulateUtils)."
    call = prefix + spec + ("" if "(" in spec else "()")
    return compile_expression(call, where).evaluate(Frame(this=owner, place=where))


def _by_type(definition: PropertyDefinition) -> object:
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
