"""The order in which the superclasses of a class from a file are searched: the leftmost one with all it inherits first.

Python's own order wants every class before its bases and refuses what cannot be put so; the language takes any list.
Classes that are written in Python keep Python's order among themselves, for their ``super()`` relies on it.
"""

from functools import cache


def search_order(cls: type, bases: tuple[type, ...]) -> list[type]:
    """`cls` and all classes above it; `bases` in the order of precedence."""
    listed = [cls, *(item for base in bases for item in base.__mro__)]
    first: dict[type, int] = {}
    last: dict[type, int] = {}
    for at, item in enumerate(listed):
        first.setdefault(item, at)
        last[item] = at
    return sorted(first, key=lambda item: first[item] if _from_file(item) else last[item])


def _from_file(cls: type) -> bool:
    return any("_from_file" in vars(item) for item in cls.__mro__ or (cls,))


def metaclass_of(bases: tuple[type, ...]) -> type[type]:
    """The metaclass for a class from a file with these bases: that of the bases, with the language's order.

    Raises:
        TypeError: two bases have metaclasses that do not go together.
    """
    kinds: list[type[type]] = []
    for base in bases:
        kind = type(base)
        if not any(issubclass(other, kind) for other in kinds):
            kinds = [other for other in kinds if not issubclass(kind, other)] + [kind]
    return _ordered(tuple(kinds))


@cache
def _ordered(kinds: tuple[type[type], ...]) -> type[type]:
    if len(kinds) == 1 and "_in_order" in vars(kinds[0]):
        return kinds[0]

    def mro(cls: type) -> list[type]:
        return search_order(cls, tuple(reversed(cls.__bases__)) if vars(cls).get("_rightmost") else cls.__bases__)

    return type("Ordered", kinds, {"mro": mro, "_in_order": True})
