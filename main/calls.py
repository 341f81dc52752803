"""Calling Python functions by name: arguments bound by the function's own signature, and what is known of it."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .exceptions import ArgumentsError

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """What `Main.GetFunctionInfo` tells of a function; `arguments` are the names of its parameters."""

    defined: bool
    type: str = ""
    docs: str = ""
    signature: str = ""
    arguments: tuple[str, ...] = ()


def function_info(function: object) -> FunctionInfo:
    """What is known of an object as a function."""
    kind = f"{type(function).__module__}.{type(function).__qualname__}"
    if not callable(function):
        return FunctionInfo(True, kind)
    docs = inspect.getdoc(function) or ""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built-in functions without one
        return FunctionInfo(True, kind, docs)
    return FunctionInfo(True, kind, docs, str(signature), tuple(signature.parameters))


def positional(arguments: object) -> list[object]:
    """Positional arguments: a sequence, or a JSON array.

    Raises:
        ArgumentsError: something else.
    """
    found = _from_json(arguments) if isinstance(arguments, str) else arguments
    if found is None or (isinstance(found, str) and not found):
        return []
    if not isinstance(found, Sequence) or isinstance(found, str | bytes):
        raise ArgumentsError(f"positional arguments are a list or a JSON array, not {arguments!r}")
    return list(found)


def keywords(arguments: object) -> dict[str, object]:
    """Keyword arguments: a mapping, or a JSON object.

    Raises:
        ArgumentsError: something else.
    """
    found = _from_json(arguments) if isinstance(arguments, str) else arguments
    if found is None or (isinstance(found, str) and not found):
        return {}
    if not isinstance(found, Mapping):
        raise ArgumentsError(f"keyword arguments are a dict or a JSON object, not {arguments!r}")
    return {str(name): value for name, value in found.items()}


def _from_json(text: str) -> object:
    if not text.strip():
        return ""
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise ArgumentsError(f"arguments {text!r} are no JSON: {error}") from error
    return found


def bound(
    function: Callable[..., object], name: str, given: Sequence[object]
) -> tuple[list[object], dict[str, object]]:
    """Arguments in a row, bound by the function's signature: (positional, keyword) arguments.

    They fill the parameters in their order, keyword-only ones last; ``*[json]`` gives several positional ones and
    ``**{json}`` keywords.

    Raises:
        ArgumentsError: they do not fit; tells the signature.
    """
    row: list[object] = []
    named: dict[str, object] = {}
    for item in given:
        if isinstance(item, str) and item.startswith("**"):
            named.update(keywords(item[2:]))
        elif isinstance(item, str) and item.startswith("*["):
            row += positional(item[1:])
        else:
            row.append(item)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built-in functions without one
        return row, named
    parameters = list(signature.parameters.values())
    if not any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        in_order = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
        only_named = [parameter for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
        for parameter, value in zip(only_named, row[len(in_order) :], strict=False):
            named.setdefault(parameter.name, value)
        row = row[: len(in_order)] if len(row) <= len(in_order) + len(only_named) else row
    try:
        signature.bind(*row, **named)
    except TypeError as error:
        raise ArgumentsError(f"{name}{signature} does not take these arguments: {error}") from error
    return row, named
