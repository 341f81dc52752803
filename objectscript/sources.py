"""Texts that code refers to by name and that are no classes: routines and include files, from whoever keeps them."""

from typing import Literal, Protocol

Kind = Literal["routine", "include"]


class TextSource(Protocol):
    """Keeps routines and include files."""

    def find_text(self, kind: Kind, name: str) -> str | None:
        """The text of that name, None when there is none."""


_sources: list[TextSource] = []
_given: dict[tuple[Kind, str], str] = {}


def add_text_source(source: TextSource) -> None:
    """Ask `source`, too; the last one added is asked first."""
    if source not in _sources:
        _sources.insert(0, source)


def remove_text_source(source: TextSource) -> None:
    """Ask `source` no more."""
    if source in _sources:
        _sources.remove(source)


def give_text(kind: Kind, name: str, text: str) -> None:
    """Keep a text for this process, before any source is asked."""
    _given[kind, name] = text


def find_text(kind: Kind, name: str) -> str | None:
    """The text of that name, None when nobody has it."""
    if (kind, name) in _given:
        return _given[kind, name]
    return next((text for source in _sources if (text := source.find_text(kind, name)) is not None), None)


def reset_texts() -> None:
    """Forget every source and text."""
    _sources.clear()
    _given.clear()
