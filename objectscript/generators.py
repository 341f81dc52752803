"""Generator methods: their body runs once for a class and writes the code that is then the method's."""

from types import SimpleNamespace

from .arrays import Node
from .compiler import compile_block, run_method
from .definitions import ClassDefinition, MethodDefinition, PropertyDefinition
from .frame import Frame
from .library.collections import ArrayOfDataTypes, ListOfObjects
from .macros import expand
from .output import current
from .platform import Platform
from .values import text

_ATTRIBUTE = "_generated_code"


class CodeWriter:
    """``%code``: takes the lines of the method that is generated."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def Write(self, piece: object = "") -> int:
        """Add text."""
        self.parts.append(text(piece))
        return 1

    def WriteLine(self, line: object = "") -> int:
        """Add text and a line end."""
        self.parts.append(text(line) + "\n")
        return 1

    def CopyFrom(self, source: object) -> int:
        """Add what a stream has."""
        self.parts.append(str(source))
        return 1


def generated(
    definition: ClassDefinition, method: MethodDefinition, this: object, platform: Platform | None, *, by_object: bool
) -> str:
    """The code that the generator gives for the class of `this`; it runs once for each class.

    Raises:
        ObjectScriptError: the generator failed.
    """
    cls = this if isinstance(this, type) else type(this)
    held: dict[tuple[str, str], str] | None = cls.__dict__.get(_ATTRIBUTE)
    if held is None:
        held = {}
        setattr(cls, _ATTRIBUTE, held)
    key = (definition.name, method.name)
    if key not in held:
        held[key] = _run(definition, method, cls, platform, by_object)
    return held[key]


def _run(
    definition: ClassDefinition, method: MethodDefinition, cls: type, platform: Platform | None, by_object: bool
) -> str:
    place = f"{definition.name}.{method.name} (generator)"
    own: ClassDefinition = cls.__dict__.get("_definition") or definition
    writer = CodeWriter()
    frame = Frame(this=cls, place=place, platform=platform, output=current(), owner=definition.name, method=method.name)
    about = SimpleNamespace(Name=method.name, FormalSpec=_formal(method), ReturnType=method.returns)
    frame.variables |= {
        "%class": described(own) if by_object else own.name,
        "%method": about if by_object else method.name,
        "%compiledclass": described(own, cls),
        "%compiledmethod": about,
        "%classname": own.name,
        "%methodname": method.name,
        "%mode": "method",
        "%code": writer if by_object else 0,
    }
    frame.arrays["%parameter"] = _parameter_names(cls)
    code = expand(method.body, definition.includes, place).text
    run_method(compile_block(code, place), frame)
    if by_object:
        made = "".join(writer.parts)
    else:
        made = "\n".join(_lines(frame.arrays.get("%code", Node()), frame.variables["%code"]))
    return f" quit {made.strip()}" if text(frame.variables.get("%codemode", "")).lower() == "expression" else made


def _lines(array: Node, count: object) -> list[str]:
    found = (array.find((str(at),)) for at in range(1, int(text(count) or 0) + 1))
    return [text(node.value) for node in found if node is not None and node.value is not None]


def _formal(method: MethodDefinition) -> str:
    marks = {"byref": "&", "output": "*"}
    return ",".join(
        marks.get(item.mode, "") + item.name + (f":{item.type}" if item.type else "") for item in method.arguments
    )


def _parameter_names(cls: type) -> Node:
    """``%parameter("NAME")``."""
    found = Node()
    parameters = getattr(cls, "_parameters", {})
    for name in parameters:
        found.make((name,)).value = parameters[name]
    return found


def described(definition: ClassDefinition, cls: type | None = None) -> object:
    """A class as a generator sees it (``%class.Properties.GetAt(1).Name``); of `cls`, with inherited properties."""
    from .objects import properties

    found = list(properties(cls)) if cls is not None else list(definition.properties)
    return SimpleNamespace(
        Name=definition.name,
        Super=",".join(definition.superclasses),
        Abstract=definition.keywords.get("Abstract", "0"),
        ClassType=definition.keywords.get("ClassType", ""),
        Properties=ListOfObjects(_property(item, at) for at, item in enumerate(found, start=1)),
        Methods=ListOfObjects(
            SimpleNamespace(
                Name=item.name,
                FormalSpec=_formal(item),
                ReturnType=item.returns,
                ClassMethod=int(item.is_class_method),
                Origin=definition.name,
            )
            for item in definition.methods
        ),
        Parameters=ListOfObjects(
            SimpleNamespace(Name=name, Default=value) for name, value in definition.parameters.items()
        ),
        XDatas=ListOfObjects(SimpleNamespace(Name=item.name, Data=item.text) for item in definition.xdatas),
        Indices=ListOfObjects(SimpleNamespace(Name=item.name) for item in definition.indices),
    )


def _property(item: PropertyDefinition, sequence: int = 0) -> object:
    return SimpleNamespace(
        Name=item.name,
        SequenceNumber=sequence,
        Parameters=ArrayOfDataTypes(item.parameters),
        Type=item.type,
        Collection=item.collection,
        Required=int(item.keywords.get("Required", "0")),
        Calculated=int(item.keywords.get("Calculated", "0")),
        Private=int(item.keywords.get("Private", "0")),
        Transient=int(item.keywords.get("Transient", "0")),
    )
