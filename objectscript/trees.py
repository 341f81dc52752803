"""Walking and copying the trees that places are: ``merge``, ``zkill``, ``$query``."""

from . import values
from .errors import ObjectScriptError
from .frame import Frame
from .variables import LocalReference, Reference, Tree, texts


def kill_value(reference: Reference) -> None:
    """``zkill``: deletes the value of a node and keeps what is below."""
    kept = children(reference)
    if not isinstance(reference, Tree) or not kept:
        reference.kill()
        return
    if isinstance(reference, LocalReference) and not reference.subscripts:
        reference.frame.variables.pop(reference.name, None)
        return
    saved = LocalReference(Frame(), "x", ())
    for key, node in kept:
        merge(LocalReference(saved.frame, "x", (key,)), node)
    reference.kill()
    merge(reference, saved)


def children(reference: Reference) -> list[tuple[str, Reference]]:
    """The nodes straight below a place, in order."""
    if not isinstance(reference, Tree):
        return []
    last = ""
    found: list[tuple[str, Reference]] = []
    while True:
        last = values.text(reference.at((*reference.subscripts, last)).order(1))
        if last == "":
            return found
        found.append((last, reference.at((*reference.subscripts, last))))


def merge(target: Reference, source: Reference) -> None:
    """``merge``: copies a node and all below it."""
    value = source.value()
    if value is not None:
        target.set(value)
    if isinstance(target, Tree):
        for key, node in children(source):
            merge(target.at((*target.subscripts, key)), node)


def next_node(reference: Reference, direction: int = 1) -> str:
    """``$query``: the next node with a value, written; "" at the end."""
    if not isinstance(reference, Tree):
        raise ObjectScriptError("<SYNTAX>", "$query needs a variable")
    at = texts(reference.subscripts)
    if direction < 0:
        nodes = _valued(reference.at(()))
        before = [node for node in nodes if at == () or collation(node) < collation(at)]
        return reference.at(before[-1]).written() if before else ""
    found = _first_below(reference.at(at))
    while found is None and at:
        last = values.text(reference.at(at).order(1))
        if last == "":
            at = at[:-1]
            continue
        at = (*at[:-1], last)
        here = reference.at(at)
        found = here if here.value() is not None else _first_below(here)
    return "" if found is None else found.written()


def _first_below(reference: Reference) -> Reference | None:
    for _key, node in children(reference):
        found = node if node.value() is not None else _first_below(node)
        if found is not None:
            return found
    return None


def _valued(reference: Tree) -> list[tuple[str, ...]]:
    found = [texts(reference.subscripts)] if reference.value() is not None else []
    for _key, node in children(reference):
        assert isinstance(node, Tree)
        found += _valued(node)
    return found


def collation(subscripts: tuple[str, ...]) -> tuple[tuple[int, values.Number, str], ...]:
    """Sorts nodes as they are walked."""
    return tuple(values.collation_key(part) for part in subscripts)
