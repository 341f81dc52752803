"""What is said when a database cannot be reached: why, in the driver's words, and what to do; never a password."""

import re
from urllib.parse import unquote

from isc.py.iscpython_c.exceptions import IscError

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, DataError

__all__ = ["NO_PASSWORD", "hidden", "no_connection", "told"]

#: What is said when the server asks for a password and the url gives none.
NO_PASSWORD = "the server asks for a password, and the url gives none"

_MENDS = (
    (r"password|authentication|access denied|login failed|role .* does not exist|28P01|28000", "password"),
    (
        r"could not translate host|name or service not known|unknownhost|getaddrinfo|resolution|nodename",
        "host",
    ),
    (r'database "[^"]*" does not exist|unknown database|3D000', "database"),
    (r"no suitable driver|classnotfound|(?<!file )not found.*driver", "jdbc"),
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
    text, mend = told(error)
    said = "; ".join(part for part in (more, mend) if part)
    return DataError(
        f"namespace {settings.name!r}: no connection to {settings.shown_url()}: {hidden(settings, text)}"
        f"{': ' if said else ''}{said}"
    )


def told(error: BaseException) -> tuple[str, str]:
    """Why a database could not be reached, in the driver's words, and what to do, "" when that is not known."""
    text = _first(error).rstrip(" .:;")
    kind = next((kind for words, kind in _MENDS if re.search(words, text, re.I)), "")
    return text, _WORDS.get(kind, "")


def hidden(settings: NamespaceSettings, text: str) -> str:
    """A driver's text without what is secret in the namespace's url."""
    for secret in settings.secrets():
        for form in {secret, unquote(secret)}:
            text = text.replace(form, "***")
    return text


def _first(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    first = original.args[0] if original.args else ""
    if isinstance(first, dict):  # pg8000
        return f"{first.get('M', first)} ({first.get('C', '')})"
    if isinstance(original, AttributeError) and "NoneType" in str(original):  # pg8000 without a password
        return NO_PASSWORD
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    shown = lines[0] if lines else type(original).__name__
    cause = _cause(original)
    return f"{shown.rstrip(' .')}: {cause}" if cause and cause not in shown else shown


def _cause(error: BaseException) -> str:
    """What the system said, when the driver does not repeat it."""
    of_java = getattr(error, "getCause", None)
    if callable(of_java):
        found = of_java()
        return "" if found is None else str(found.toString())
    below = error.__cause__ or error.__context__
    return below.strerror or str(below) if isinstance(below, OSError) else ""
