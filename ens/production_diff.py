"""What changes from one definition of a production to another, a line each; secrets are not shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from .definition import Definition, Item
from .redaction import HIDDEN, is_secret

_NOT_COMPARED = {"settings", "extra", "line", "items", "name"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `item` is "" for the production itself, `before` or `after` None for what is not there."""

    item: str
    what: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        place = f"item {self.item!r}" if self.item else "production"
        if self.before is None:
            return f"+ {place}: {self.what} {self.after!r}"
        if self.after is None:
            return f"- {place}: {self.what} {self.before!r}"
        return f"~ {place}: {self.what} {self.before!r} -> {self.after!r}"


def differences(before: Definition, after: Definition) -> Iterator[Difference]:
    """What differs, the production first, then its items in their order."""
    yield from _attributes("", before, after)
    old = {item.name: item for item in before.items}
    new = {item.name: item for item in after.items}
    for name, item in old.items():
        if name not in new:
            yield Difference(name, "class", item.class_name, None)
    for name, item in new.items():
        if name not in old:
            yield Difference(name, "class", None, item.class_name)
            yield from _mapped(name, "setting ", {}, item.settings)
        else:
            yield from _attributes(name, old[name], item)
    kept = [name for name in old if name in new]
    moved = [name for name in new if name in old]
    if kept != moved:
        yield Difference("", "order of items", ", ".join(kept), ", ".join(moved))


def _attributes(item: str, before: Definition | Item, after: Definition | Item) -> Iterator[Difference]:
    for field in fields(before):
        if field.name not in _NOT_COMPARED:
            old, new = getattr(before, field.name), getattr(after, field.name)
            if old != new:
                yield Difference(item, field.name, str(old), str(new))
    yield from _mapped(item, "setting ", before.settings, after.settings)
    yield from _mapped(item, "attribute ", before.extra, after.extra)


def _mapped(item: str, what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            old, new = before.get(name), after.get(name)
            if is_secret(name):
                old, new = old and HIDDEN, new and HIDDEN
            yield Difference(item, what + name, old, new)
