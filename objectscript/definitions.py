"""What a class file says, as data: the parts of a class definition, with their lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """``Property Name As list Of Type(PARAM = value) [ Keyword = … ];``."""

    name: str
    type: str = "%Library.String"
    collection: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


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
        """``objectscript`` or ``python``."""
        return self.keywords.get("Language", "objectscript").lower()


@dataclass(frozen=True, slots=True)
class XDataDefinition:
    """``XData Name { text }``; `line` is the line of the file on which `text` begins."""

    name: str
    text: str
    keywords: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class StorageDefinition:
    """``Storage Default``: where rows live and which value position holds which property."""

    name: str = "Default"
    data_location: str = ""
    id_location: str = ""
    index_location: str = ""
    positions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """``Index Name On (A, B) [ Unique ];``."""

    name: str
    properties: tuple[str, ...]
    keywords: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassDefinition:
    """A class as its file writes it; `source` and lines are for errors."""

    name: str
    superclasses: tuple[str, ...] = ()
    keywords: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    properties: tuple[PropertyDefinition, ...] = ()
    methods: tuple[MethodDefinition, ...] = ()
    xdatas: tuple[XDataDefinition, ...] = ()
    storage: StorageDefinition | None = None
    indices: tuple[IndexDefinition, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""


def find_xdata(cls: type, name: str) -> tuple[type, XDataDefinition] | None:
    """The XData block of that name of a class or its superclasses, with the class that has it."""
    for owner in cls.__mro__:
        definition = owner.__dict__.get("_definition")
        for xdata in definition.xdatas if definition is not None else ():
            if xdata.name == name:
                return owner, xdata
    return None
