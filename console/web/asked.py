"""Numbers that an address holds: of its parameters, and of its path."""

from collections.abc import Mapping

from starlette.requests import Request

from .forms import FormError
from .source import NotThereError

_DIGITS = 18  # any such number fits an integer of every database


def number(asked: Mapping[str, str], name: str) -> int | None:
    """A parameter as a number; None when it is left out or empty.

    Raises:
        FormError: it is something else; names it.
    """
    text = asked.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise FormError(f"{name}: {text!r} is no number that a message or session could have")
    return int(text)


def path_id(request: Request) -> int:
    """The id of a message or session that the path names.

    Raises:
        NotThereError: no bank could hold it.
    """
    found: int = request.path_params["id"]
    if len(str(found)) > _DIGITS:
        raise NotThereError(f"the bank has no {found}")
    return found
