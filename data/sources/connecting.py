"""What is said when a database cannot be reached: why, in the driver's words, and what to do; never a password."""

import re
from urllib.parse import unquote

from isc.py.iscpython_c.exceptions import IscError

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, DataError

__all__ = ["hidden", "no_connection"]

_MENDS = (
    (r"password|authentication|access denied|login failed|role .* does not exist|28P01|28000", "password"),
    (r"could not translate host|name or service not known|unknownhost|getaddrinfo|resolution|nodename", "host"),
    (r'database "[^"]*" does not exist|unknown database|3D000', "database"),
    (r"no suitable driver|classnotfound|not found.*driver", "jdbc"),
    (
        r"refused|could not connect|failed to connect|can't create a connection|not running|unreachable|timed? ?out|"
        r"broken pipe|communication link",
        "server",
    ),
)
_WORDS = {
    "server": "is the server running there, and is the port right?",
    "password": "are user and password right? The url takes the password from the environment as ${NAME}",
    "host": "there is no computer of that name: is it written right?",
    "database": "is the database's name right?",
    "jdbc": "set jar to the file of the JDBC driver, and driver_class to its class",
}


def no_connection(settings: NamespaceSettings, error: BaseException, more: str = "") -> IscError:
    """The error of a namespace whose database could not be reached; `more` is said behind it."""
    if isinstance(error, ConfigurationError):
        return error
    text = hidden(settings, _first(error)).rstrip(" .:;")
    kind = next((kind for words, kind in _MENDS if re.search(words, text, re.I)), "")
    said = "; ".join(part for part in (more, _WORDS.get(kind, "")) if part)
    return DataError(
        f"namespace {settings.name!r}: no connection to {settings.shown_url()}: {text}{': ' if said else ''}{said}"
    )


def hidden(settings: NamespaceSettings, text: str) -> str:
    """A driver's text without what is secret in the namespace's url."""
    for secret in settings.secrets():
        for form in {secret, unquote(secret)}:
            text = text.replace(form, "***")
    return text


def _first(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    told = original.args[0] if original.args else ""
    if isinstance(told, dict):  # pg8000
        return f"{told.get('M', told)} ({told.get('C', '')})"
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return lines[0] if lines else type(original).__name__
