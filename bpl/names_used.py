"""Which names an expression or code uses: variables, properties, methods and classes, read from what it compiles to."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from isc.py.objectscript.compiler import python_of

_PROPERTY = ("get", "put", "PropertyReference", "get_path", "put_member")
_SETTING = ("local_set", "for_values", "by_reference", "LocalReference", "for_each", "catch")


@dataclass(frozen=True, slots=True)
class Use:
    """A name in use. `kind` is variable, property, method, class or class method; `owner` whose member it is.

    The owner of a property or method is a variable's name, or ``..`` for the process itself; of a class method a class.
    """

    kind: str
    name: str
    owner: str = ""


@dataclass(frozen=True)
class Names:
    """What a text uses, which variables it sets itself, and what kind of value it gives (``string`` or ``number``)."""

    uses: tuple[Use, ...] = ()
    sets: frozenset[str] = frozenset()
    gives: str = ""
    of: Use | None = None


@dataclass
class _Found:
    uses: list[Use] = field(default_factory=list)
    sets: set[str] = field(default_factory=set)


def names_used(text: str, kind: str = "expression") -> Names:
    """The names of an ``expression``, a ``target`` or a ``block``.

    Raises:
        CompileError: the text is none.
    """
    tree = ast.parse(python_of(text, kind))
    found = _Found()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            _call(node, node.func.attr, found)
    last = tree.body[-1]
    value = last.value if isinstance(last, ast.Expr) and kind == "expression" else None
    return Names(tuple(dict.fromkeys(found.uses)), frozenset(found.sets), _gives(value), _whose(value))


def _call(node: ast.Call, name: str, found: _Found) -> None:
    arguments = [item.value if isinstance(item, ast.Constant) else item for item in node.args]
    match (name, arguments):
        case ("variable", [_, str(variable), *_]):
            found.uses.append(Use("variable", variable))
        case ("class_call", [_, str(owner), str(method), *_]):
            found.uses.append(Use("class method", method, owner))
        case ("resolve", [str(owner), *_]):
            found.uses.append(Use("class", owner))
        case (_, [_, ast.Call() as base, str(member), *_]) if name in _PROPERTY or name == "member":
            owner = _base(base)
            if owner and name != "get_path":
                found.uses.append(Use("method" if name == "member" else "property", member, owner))
        case (_, [_, str(variable), *_]) if name in _SETTING:
            found.sets.add(variable)


def _base(node: ast.expr) -> str:
    """The variable, or ``..``, whose member is used; "" for the member of a member."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    if node.func.attr == "this":
        return ".."
    if node.func.attr == "variable" and isinstance(node.args[1], ast.Constant):
        return str(node.args[1].value)
    return ""


def _gives(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return "string"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "concatenate":
            return "string"
        if node.func.attr in ("literal", "add", "subtract", "multiply", "divide", "modulo", "power", "negate"):
            return "number"
    return ""


def _whose(node: ast.expr | None) -> Use | None:
    """The property that the whole expression is."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        member = node.args[2]
        owner = _base(node.args[1])
        if owner and isinstance(member, ast.Constant):
            return Use("property", str(member.value), owner)
    return None


def variables(names: Names) -> Iterator[str]:
    """The variables that are read and not set by the text itself."""
    return (use.name for use in names.uses if use.kind == "variable" and use.name not in names.sets)
