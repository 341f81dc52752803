"""``iscpy ns check``: whether a namespace is what it should be: nodes, classes, storage definitions, rows, indices."""

from collections.abc import Iterator
from dataclasses import dataclass

from isc.py.iscpython_c.exceptions import IscError, StoreError
from isc.py.iscpython_c.globals import Transaction, decode_key, encode_key
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.values import text

from . import foreign_keys
from .exceptions import DataError
from .layout import CLASSNAME, Layout, layout_of
from .namespace import EmbeddedNamespace, use
from .property_types import class_of, item_form
from .rebuild import differences
from .rows import actual, read_row, row_ids, row_key
from .tables import tables_of
from .validation import validated_value
from .zwrite import reference

_LINES_OF_A_KIND = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong; `kind` is node, class, storage, row, value, reference, id, index or foreign key."""

    kind: str
    place: str
    text: str


def check(namespace: EmbeddedNamespace) -> Iterator[Problem]:
    """Every problem of a namespace, in one consistent view; of a kind and class no more than the first 100."""
    with use(namespace), namespace.store().read() as txn:
        yield from _nodes(txn)
        layouts = []
        for name in sorted(set(tables_of(namespace).values()) | set(namespace.classes.names())):
            try:
                cls = dictionary.resolve(name)
                if hasattr(cls, "_OpenId"):
                    layouts.append(layout_of(cls))
            except IscError as error:
                yield Problem("class", name, str(error))
        yield from _storage(layouts)
        for layout in layouts:
            yield from _limited(_rows(txn, layout))
            yield from _limited(_foreign_keys(txn, layout))
            if not layout.tag:
                yield from _limited(Problem("index", layout.class_name, line) for line in differences(txn, layout))


def _limited(problems: Iterator[Problem]) -> Iterator[Problem]:
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.kind] = counts.get(problem.kind, 0) + 1
        if counts[problem.kind] <= _LINES_OF_A_KIND:
            yield problem
    for kind, count in counts.items():
        if count > _LINES_OF_A_KIND:
            yield Problem(kind, "", f"and {count - _LINES_OF_A_KIND} more")


def _nodes(txn: Transaction) -> Iterator[Problem]:
    """Keys and values that cannot be read: damage, or a newer version's."""
    at = b"\x01"
    while True:
        try:
            for key, _value in txn.scan(b"\x01", at, b"\xff" * 8):
                at = key + b"\0"
                decode_key(key)
            return
        except StoreError as error:
            yield Problem("node", repr(at.rstrip(b"\0")), str(error))
            return  # what stands behind a node that cannot be read is not known to be whole


def _foreign_keys(txn: Transaction, layout: Layout) -> Iterator[Problem]:
    """Rows that refer to what is not there; keys that are none."""
    if not layout.foreign_keys:
        return
    try:
        for error in foreign_keys.check_all(txn, layout):
            yield Problem("foreign key", place_of_row(layout, error.row_id), str(error))
    except DataError as error:
        yield Problem("foreign key", layout.class_name, str(error))


def place_of_row(layout: Layout, row_id: object) -> str:
    """A row as it is written: ``^Hr.PersonD(1)``."""
    return reference(layout.data_global, layout.subscripts(row_id))


def _storage(layouts: list[Layout]) -> Iterator[Problem]:
    owners: dict[str, Layout] = {}  # by the place of their rows
    for layout in layouts:
        for node, positions in layout.all_nodes().items():
            taken: dict[int, str] = {}
            for name, position in positions.items():
                if position in taken:
                    where = f" of node {node}" if node else ""
                    line = f"{taken[position]} and {name} both stand at position {position}{where}"
                    yield Problem("storage", layout.class_name, line)
                taken[position] = name
        place = str(layout.data) if not layout.data.below_parent else f"{layout.parent_layout.data}{layout.data}"
        other = owners.setdefault(place, layout)
        if other is not layout and not (layout.tag or other.tag):
            line = f"its rows and those of {other.class_name} are both in {place}"
            yield Problem("storage", layout.class_name, line)


def _rows(txn: Transaction, layout: Layout) -> Iterator[Problem]:
    last: int = 0
    for row_id in row_ids(txn, layout):
        place = place_of_row(layout, row_id)
        last = max(last, row_id) if isinstance(row_id, int) else last
        try:
            values = read_row(txn, layout, row_id)
        except DataError as error:
            yield Problem("row", place, str(error))
            continue
        if values is None:
            continue
        found = actual(layout, str(values.get(CLASSNAME) or ""))
        if found.class_name == layout.class_name:  # the class of the row looks at its values
            yield from _of_row(txn, layout, values, place)
    if layout.tag or layout.id_key or layout.parent:
        return
    counter = txn.get(layout.counter())
    if last > int(text(counter or 0) or 0):
        line = f"{layout.ids} says {text(counter or 0)}, but there is a row with id {last}"
        yield Problem("id", layout.class_name, line)


def _of_row(txn: Transaction, layout: Layout, values: dict[str, object], place: str) -> Iterator[Problem]:
    for name in layout.stored_names():
        definition, value = layout.properties[name], values.get(name)
        form = item_form(definition)
        if definition.collection:
            continue
        if form == "data":
            wrong = validated_value(definition, value)
            if status.is_error(wrong):
                yield Problem("value", place, f"{layout.class_name}: {status.text(wrong)}")
        elif form == "reference" and value not in (None, ""):
            yield from _reference(txn, layout, name, value, place)
        elif form == "stream" and text(value or "").isdigit() and not _has_stream(txn, layout, value):
            line = f"{layout.class_name}: {name} is stream {text(value)}, which ^{layout.stream_global} has not"
            yield Problem("reference", place, line)


def _has_stream(txn: Transaction, layout: Layout, value: object) -> bool:
    return txn.data(encode_key(layout.stream_global, (text(value),))) > 0


def _reference(txn: Transaction, layout: Layout, name: str, value: object, place: str) -> Iterator[Problem]:
    target = class_of(layout.properties[name].type)
    if target is None:
        return
    there = layout_of(target)
    if txn.get(row_key(there, value)) is None:
        line = f"{layout.class_name}: {name} refers to {there.class_name} {text(value)}, which is not there"
        yield Problem("reference", place, line)
