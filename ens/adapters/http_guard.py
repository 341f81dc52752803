"""Which HTTP requests a service takes at all: by token, by Host name, and what a browser says of the page that asks.

A service without a Token trusts whoever reaches its port. A web page in a browser of the same machine reaches it, too:
by posting to it, by naming it as an image, or under a name of its own that resolves to 127.0.0.1. The first two say so
themselves, the last is known by the name.
"""

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_OWN = ("none", "same-origin")


def is_token(authorization: str, token: str) -> bool:
    """Whether an ``Authorization`` header brings the token; takes the same time for every wrong one."""
    return hmac.compare_digest(authorization.removeprefix("Bearer ").encode(), token.encode())


def is_of_another_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page of another site asks."""
    origin = headers.get("origin", "")
    if headers.get("sec-fetch-site", "none") not in _OWN:
        return True
    return bool(origin) and urlsplit(origin).netloc != headers.get("host", "")


def is_named(host: str, names: str, *, is_loopback: bool) -> bool:
    """Whether a service may be called by the name of a Host header.

    Addresses are nobody's name; of names, those in `names` (with commas) and, of a service on loopback, ``localhost``.
    One that neither lists names nor is on loopback cannot know its own: any will do.
    """
    name = urlsplit(f"//{host}").hostname or ""
    listed = [one.strip().lower() for one in names.split(",") if one.strip()]
    if name == "localhost" or name in listed or not (listed or is_loopback):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return not host  # HTTP/1.0 needs none
    return True
