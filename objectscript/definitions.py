"""What a class file says, as data: the parts of a class definition, with their lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """``Property Name As list Of Type(PARAM = value) [ Keyword = … ];``; a relationship is one with a `cardinality`."""

    name: str
    type: str = "%Library.String"
    collection: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def cardinality(self) -> str:
        """``one``, ``many``, ``parent`` or ``children`` of a relationship, else ""."""
        return self.keywords.get("Cardinality", "").lower()

    @property
    def is_many(self) -> bool:
        """Whether it is the side of a relationship that has many: it is no value of the object's own."""
        return self.cardinality in ("many", "children")


@dataclass(frozen=True, slots=True)
class ArgumentDefinition:
    """One argument of a method; `default` is an expression, "" for none, `mode` is "", byref, output or variadic."""

    name: str
    type: str = ""
    default: str | None = None
    mode: str = ""


@dataclass(frozen=True, slots=True)
class MethodDefinition:
    """``Method`` or ``ClassMethod`` with the text of its body."""

    name: str
    body: str
    arguments: tuple[ArgumentDefinition, ...] = ()
    returns: str = ""
    is_class_method: bool = False
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def language(self) -> str:
        """``objectscript`` (which ``cache`` is, too), ``python`` or what else the file says."""
        named = self.keywords.get("Language", "objectscript").lower()
        return "objectscript" if named == "cache" else named

    @property
    def code_mode(self) -> str:
        """``code``, ``expression``, ``call``, ``generator`` or ``objectgenerator``."""
        return self.keywords.get("CodeMode", "code").lower()


@dataclass(frozen=True, slots=True)
class QueryDefinition:
    """``Query Name(…) As %SQLQuery(ROWSPEC = …) { SELECT … }``."""

    name: str
    body: str
    arguments: tuple[ArgumentDefinition, ...] = ()
    type: str = "%Library.Query"
    parameters: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class XDataDefinition:
    """``XData Name { text }``; `line` is the line of the file on which `text` begins."""

    name: str
    text: str
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class StorageDefinition:
    """``Storage Default``: where rows live and which value position holds which property.

    `positions` are those of a row's own node, `nodes` those of nodes below it by their subscript (a subclass has one),
    `subnodes` the subscript under which the items of an array property stand.
    """

    name: str = "Default"
    data_location: str = ""
    id_location: str = ""
    index_location: str = ""
    positions: Mapping[str, int] = field(default_factory=dict)
    nodes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    subnodes: Mapping[str, str] = field(default_factory=dict)
    stream_location: str = ""


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """``Index Name On (A, B As Exact) [ Unique ];``; `collations` has those that are written, by property."""

    name: str
    properties: tuple[str, ...]
    keywords: Mapping[str, str] = field(default_factory=dict)
    collations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForeignKeyDefinition:
    """``ForeignKey Name(A, B) References Class(Index) [ OnDelete = cascade ];``; no `index` is the id of the other."""

    name: str
    properties: tuple[str, ...]
    references: str
    index: str = ""
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0

    def action(self, event: str) -> str:
        """What becomes of the row when the other is deleted (``OnDelete``) or gets another key (``OnUpdate``):
        ``noaction``, ``cascade``, ``setnull`` or ``setdefault``.
        """
        return self.keywords.get(event, "noaction").lower()


@dataclass(frozen=True, slots=True)
class ClassDefinition:
    """A class as its file writes it; `source` and lines are for errors.

    `parameters` has the values as written; those in `computed` are expressions, evaluated once for a class, those in
    `evaluated` whenever code asks for them (``As COSEXPRESSION``). `includes` are the include files whose macros it
    uses, `imports` the packages that short class names may be of.
    """

    name: str
    superclasses: tuple[str, ...] = ()
    keywords: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    evaluated: frozenset[str] = frozenset()
    properties: tuple[PropertyDefinition, ...] = ()
    methods: tuple[MethodDefinition, ...] = ()
    xdatas: tuple[XDataDefinition, ...] = ()
    storage: StorageDefinition | None = None
    indices: tuple[IndexDefinition, ...] = ()
    queries: tuple[QueryDefinition, ...] = ()
    foreign_keys: tuple[ForeignKeyDefinition, ...] = ()
    includes: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    line: int = 1

    @property
    def package(self) -> str:
        """What stands before the last dot of the name."""
        return self.name.rpartition(".")[0]


def includes_of(cls: type) -> tuple[str, ...]:
    """The include files of a class and of its superclasses."""
    definitions = (above.__dict__.get("_definition") for above in cls.__mro__)
    return tuple(dict.fromkeys(name for item in definitions if item is not None for name in item.includes))


def find_xdata(cls: type, name: str) -> tuple[type, XDataDefinition] | None:
    """The XData block of that name of a class or its superclasses, with the class that has it."""
    for owner in cls.__mro__:
        definition = owner.__dict__.get("_definition")
        for xdata in definition.xdatas if definition is not None else ():
            if xdata.name == name:
                return owner, xdata
    return None
