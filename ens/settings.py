"""`Setting`: a typed setting of a host or an adapter, as a class attribute with its description.

A setting is a property of the language, too: class files read and set it, a production sets it by name, and the page
`docs/settings.md` is made from what is declared here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Generic, Self, TypeVar, overload

from isc.py.objectscript.definitions import ClassDefinition, PropertyDefinition
from isc.py.objectscript.names import similar
from isc.py.objectscript.objects import RegisteredObject, properties

from .exceptions import ProductionError

T = TypeVar("T", str, int, float, bool)

_TYPES = {str: "%Library.String", int: "%Library.Integer", float: "%Library.Numeric", bool: "%Library.Boolean"}
_NAMED = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
ADAPTER = "Adapter."
_NEAR = 0.88


class Setting(Generic[T]):
    """A setting: ``Port = Setting(int, 8080, "The port to listen on.", minimum=1)``.

    Args:
        kind: `str`, `int`, `float` or `bool`; the attribute has this type.
        default: its value when the production does not set it.
        description: one sentence for the docs and the console.
        required: whether an empty value keeps the production from starting.
        minimum: the least number allowed.
        maximum: the greatest number allowed.
        choices: the only values allowed.
        secret: whether logs and consoles must not show it.
    """

    def __init__(
        self,
        kind: type[T],
        default: T | None = None,
        description: str = "",
        *,
        required: bool = False,
        minimum: float | None = None,
        maximum: float | None = None,
        choices: tuple[str, ...] = (),
        secret: bool = False,
    ) -> None:
        if kind not in _TYPES:
            raise TypeError(f"a setting is a str, int, float or bool, not {kind!r}")
        self.kind: type[Any] = kind
        self.default: T = kind() if default is None else default
        self.description = description
        self.required = required
        self.minimum = minimum
        self.maximum = maximum
        self.choices = choices
        self.secret = secret
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        """The setting itself on the class, its value on an object."""
        if instance is None:
            return self
        found: T = vars(instance).get(self.name, self.default)
        return found

    def __set__(self, instance: object, value: object) -> None:
        vars(instance)[self.name] = self.converted(value)

    def converted(self, value: object) -> T:
        """A value, as text or in its type, as what the setting holds.

        Raises:
            ProductionError: it does not fit; says what would.
        """
        made = self._typed(value)
        if self.choices and made not in self.choices:
            raise ProductionError(f"setting {self.name}: {value!r} is none of {', '.join(self.choices)}")
        if self.minimum is not None and isinstance(made, int | float) and made < self.minimum:
            raise ProductionError(f"setting {self.name}: {made} is less than {self.minimum:g}")
        if self.maximum is not None and isinstance(made, int | float) and made > self.maximum:
            raise ProductionError(f"setting {self.name}: {made} is greater than {self.maximum:g}")
        return made

    def _typed(self, value: object) -> T:
        made: Any = value
        if self.kind is str:
            return made if isinstance(value, str) else str(value)  # type: ignore[return-value]  # T is str here
        shown = str(value).strip()
        if shown == "" and self.kind is not bool:
            return self.default
        try:
            if self.kind is bool:
                made = _BOOLEANS[shown.lower()]
            elif self.kind is int:
                made = int(shown)
            else:
                made = float(shown)
        except (ValueError, KeyError):
            wanted = f"{_NAMED[self.kind]} ({_TYPES[self.kind].removeprefix('%Library.')})"
            raise ProductionError(f"setting {self.name}: {value!r} is not {wanted}") from None
        result: T = made
        return result

    def definition(self) -> PropertyDefinition:
        """The setting as a property of the language."""
        initial = _quoted(self.default) if isinstance(self.default, str) else f"{self.default:g}"
        keywords = {"InitialExpression": initial, **({"Required": "1"} if self.required else {})}
        return PropertyDefinition(self.name, _TYPES[self.kind], keywords=keywords)


class Configured(RegisteredObject):
    """What has settings: a host, an adapter."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        declared = tuple(item.definition() for item in vars(cls).values() if isinstance(item, Setting))
        if declared and "_definition" not in vars(cls):
            cls._definition = ClassDefinition(f"{cls.__module__}.{cls.__qualname__}", properties=declared)

    def _get_property(self, name: str) -> object:
        found = super()._get_property(name)
        return int(found) if isinstance(found, bool) else found


@dataclass(frozen=True, slots=True)
class Unknown:
    """A setting that a class does not have, kept and without effect."""

    name: str
    of: str

    def __str__(self) -> str:
        return f"{self.of} has no setting {self.name!r}: it is kept and has no effect"


def settings_of(cls: type) -> Iterator[Setting[Any]]:
    """The settings of a class, those of its superclasses first, each once."""
    return iter(_settings(cls))


@lru_cache(maxsize=512)
def _settings(cls: type) -> tuple[Setting[Any], ...]:
    found: dict[str, Setting[Any]] = {}
    for owner in reversed(cls.__mro__):
        found |= {name: item for name, item in vars(owner).items() if isinstance(item, Setting)}
    return tuple(found.values())


def take(target: Configured, label: str, values: Mapping[str, str], *, lenient: bool) -> list[Unknown]:
    """Set the settings of a host or an adapter; gives those it does not have.

    A name that is nearly one it has is refused, as a slip; any other one, too, unless `lenient`.

    Raises:
        ProductionError: a setting it does not have, a value that does not fit, or a required one that is missing.
    """
    shown = target._ClassName(1)
    known = {definition.name: definition for definition in properties(type(target))}
    unknown = []
    for name, value in values.items():
        if name in known:
            try:
                target._set_property(name, _value(known[name], value))
            except ProductionError as error:
                raise ProductionError(f"{label}: {error}") from None
            continue
        hint = similar(name, list(known))
        if not lenient or (name not in _ELSEWHERE and _is_slip(name, known)):
            told = hint or f"; it has {', '.join(sorted(known))}"
            raise ProductionError(f"{label}: {shown} has no setting {name!r}{told}")
        unknown.append(Unknown(name, shown))
    for setting in settings_of(type(target)):
        if setting.required and getattr(target, setting.name) == "":
            near = next((item.name for item in unknown if similar(item.name, [setting.name])), "")
            told = f": {near!r} is none of its settings, did you mean {setting.name}?" if near else ""
            raise ProductionError(f"{label}: {shown} needs a value for its setting {setting.name}{told}")
    return unknown


def _is_slip(name: str, known: Iterable[str]) -> bool:
    """Whether a name is so near to one that is known that nobody can have meant another."""
    lower = name.lower()
    for other in map(str.lower, known):
        if SequenceMatcher(None, lower, other).ratio() >= _NEAR or sorted(lower) == sorted(other):
            return True  # nearly the same letters, or the same ones in another order
    return False


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _value(definition: PropertyDefinition, value: str) -> object:
    if definition.type.endswith("Boolean"):
        return {"true": 1, "false": 0}.get(value.strip().lower(), value)
    return value


#: Settings of the field that hosts and adapters of other products have and ours do not; never taken for a slip.
_ELSEWHERE = frozenset(
    "AlertGroups AlertRetryGracePeriod ArchiveIO BusinessPartner SendSuperSession ThrottleDelay IOLogEntry "
    "PartialBatch FileAccessTimeout ConfirmComplete SSLConfig SSLCheckServerIdentity Credentials JobPerConnection "
    "LocalInterface AllowedIPAddresses QSize ReadTimeout ConnectTimeout WriteTimeout ResponseTimeout GetReply "
    "SearchTableClass BatchHandling Framing Separators ServerURL DSN JGService JDBCDriver JDBCClasspath "
    "IncludeSuperSession EnableStandardRequests OneWay GenerateSuperSessionID KeepStandardPartition Charset".split()
)
