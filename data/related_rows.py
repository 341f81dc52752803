"""The rows of relationships: which refer to a row, and what becomes of them when it is deleted."""

from typing import TYPE_CHECKING, cast

from isc.py.iscpython_c.globals import Subscript, Transaction
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.names import python_name
from isc.py.objectscript.values import collation_key, text

from . import indices
from .exceptions import DataError
from .layout import Layout, layout_of
from .namespace import current
from .rows import child_ids, is_of_class, read_row, row_ids, row_key

if TYPE_CHECKING:
    from .persistent import Persistent

MANY, ONE = ("many", "children"), ("one", "parent")


def inverse_of(class_name: str, definition: PropertyDefinition) -> "tuple[type[Persistent], str]":
    """The class at the other side of a relationship and the property that is it.

    Raises:
        DataError: there is none; tells what is missing.
    """
    target = dictionary.resolve(definition.type)
    name = definition.keywords.get("Inverse", "")
    place = f"relationship {definition.name} of {class_name}"
    pairs = {"many": "one", "one": "many", "children": "parent", "parent": "children"}
    found = layout_of(target).properties.get(name)
    if found is None or found.cardinality != pairs[definition.cardinality]:
        wanted = pairs[definition.cardinality]
        raise DataError(
            f"{place}: {definition.type} has no relationship {name or '(no Inverse is given)'} of Cardinality {wanted}"
        )
    return cast("type[Persistent]", target), name


def related_ids(txn: Transaction, layout: Layout, inverse: str, owner_id: object) -> list[Subscript]:
    """The ids of the rows that refer to an owner, in their order: by an index on the property when there is one."""
    index = next((item for item in layout.indices if item.properties == (inverse,)), None)
    if layout.parent == inverse:
        found = _below(txn, layout, owner_id)
    elif index is not None:
        found = [item for item in indices.find(txn, layout, index.name, (owner_id,)) if _refers(txn, layout, item)]
    else:
        found = [
            item
            for item in list(row_ids(txn, layout))
            if text((read_row(txn, layout, item) or {}).get(inverse) or "") == text(owner_id)
        ]
    return sorted(found, key=lambda item: [collation_key(part) for part in text(item).split("||")])


def _refers(txn: Transaction, layout: Layout, row_id: Subscript) -> bool:
    """Whether a row in an index is one of the class: the index of a class has the rows of those below it, and above."""
    return not layout.tag or is_of_class(txn, layout, row_id)


def _below(txn: Transaction, layout: Layout, above: object) -> list[Subscript]:
    if layout.data.below_parent:
        found = [item for item in child_ids(txn, layout, above) if txn.get(row_key(layout, item)) is not None]
    else:  # its storage definition gives it a global of its own
        start = f"{text(above)}||"
        found = [
            item
            for item in row_ids(txn, layout)
            if text(item).startswith(start) and "||" not in text(item).removeprefix(start)
        ]
    return [item for item in found if _refers(txn, layout, item)]


def let_go(layout: Layout, row_id: object) -> None:
    """Before a row is deleted: its children are deleted, too, and what else refers to it is treated as OnDelete says.

    Raises:
        DataError: rows refer to it, and OnDelete does not say what becomes of them.
        StatusError: a row refuses to be deleted.
    """
    for name in layout.relationships(MANY):
        definition = layout.properties[name]
        target, inverse = inverse_of(layout.class_name, definition)
        below = layout_of(target)
        with current().store().read() as txn:
            ids = related_ids(txn, below, inverse, row_id)
        given = below.properties[inverse].keywords.get("OnDelete", "").lower()
        action = "cascade" if definition.cardinality == "children" else given or "noaction"
        if ids and action == "noaction":
            shown = ", ".join(text(item) for item in ids[:3]) + (", …" if len(ids) > 3 else "")
            raise DataError(
                f"{layout.class_name} {text(row_id)}: {inverse} of {below.class_name} {shown} refers to it: delete "
                f"{'it' if len(ids) == 1 else 'them'} first, or say OnDelete = cascade or setnull at {inverse}"
            )
        for item in ids:
            if action == "cascade":
                status.check(target._DeleteId(item))
                continue
            from .saving import save_all

            other = target._fetch(item)
            setattr(other, python_name(inverse), "")
            save_all([other], detached=True)
