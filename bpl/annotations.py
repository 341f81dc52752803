"""Annotations of a process: raw by activity, and filled in within a running activity."""

import textwrap
from typing import Any

from isc.py.objectscript import Frame
from isc.py.objectscript.names import similar

from .exceptions import TemplateError
from .model import Annotation
from .program import program_of
from .template import compile_template


def annotations(cls: type) -> dict[str, Annotation]:
    """The annotations of a process class by activity name, at any depth."""
    return program_of(cls).process.annotations


def filled(process: Any, name: str) -> str:
    """The annotation of an activity with its expressions filled in; its common indentation is removed.

    Raises:
        TemplateError: there is no such activity, it has no annotation, or an expression failed.
    """
    cls = type(process)
    known = annotations(cls)
    if name not in known:
        hint = similar(name, list(known)) or f"; those with one are {', '.join(map(repr, known)) or 'none'}"
        raise TemplateError(f"no activity {name!r} of {process._ClassName(1)} has an annotation{hint}")
    annotation = known[name]
    frame = getattr(process, "_scope", None) or Frame({"process": process}, process)
    place = f"the annotation of {name!r} of {process._ClassName(1)}"
    source = annotation.text
    first = annotation.line
    while source[:1] == "\n" or (source.partition("\n")[0].strip() == "" and "\n" in source):
        source = source.partition("\n")[2]
        first += 1
    return compile_template(textwrap.dedent(source).rstrip(), place, first).render(frame)
