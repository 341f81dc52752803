"""Sending a message again: its body, with properties changed where that is wanted."""

import json
from collections.abc import Mapping

from isc.py.iscpython_c.exceptions import IscError

from .bank import MessageRow


class ResendError(IscError, ValueError):
    """A message that cannot be sent again as it is; says why and what would help."""


def resent_body(row: MessageRow, changes: Mapping[str, object]) -> str:
    """The JSON of a request's body with `changes` in it; whether they fit the class is seen when it is sent.

    Raises:
        ResendError: the message is a response, or its body is no JSON object.
    """
    if row.kind != "Request":
        raise ResendError(f"message {row.id} is a {row.kind.lower()}: send the request {row.corresponding} again")
    if not changes:
        return row.body or "{}"
    try:
        held = json.loads(row.body or "{}")
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise ResendError(f"the body of message {row.id} is no JSON object: no property of it can be set")
    return json.dumps(held | dict(changes))
