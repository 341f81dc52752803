"""How names of the language are spelt in Python: ``%Save`` is ``_Save``, as embedded Python writes it."""

from difflib import get_close_matches


def python_name(name: str) -> str:
    """The Python attribute for a member of the language."""
    return f"_{name[1:]}" if name.startswith("%") else name


def language_name(name: str) -> str:
    """The member of the language for a Python attribute."""
    return f"%{name[1:]}" if name.startswith("_") and not name.startswith("__") else name


def similar(name: str, known: list[str]) -> str:
    """A hint " (did you mean X?)", or nothing."""
    lower = {item.lower(): item for item in known}
    found = get_close_matches(name.lower(), list(lower), n=3, cutoff=0.7)
    return f" (did you mean {' or '.join(lower[item] for item in found)}?)" if found else ""


def among(name: str, known: list[str], most: int = 12) -> str:
    """What to say of a name that is none of `known`: the similar ones, else which there are, `most` of them by name."""
    if hint := similar(name, known):
        return hint
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return f"; there are {', '.join(known[:most]) or 'none'}{more}"
