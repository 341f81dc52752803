"""``START TRANSACTION``, ``COMMIT`` and ``ROLLBACK``: the transactions of the language, as SQL says them."""

import re

from isc.py.objectscript import NotSupportedError

from .exceptions import SQLError
from .logical import Rows
from .namespace import EmbeddedNamespace

__all__ = ["transact"]

_START = re.compile(r"start\s+transaction\b", re.I)
_COMMIT = re.compile(r"commit(\s+work)?", re.I)
_ROLLBACK = re.compile(r"rollback(\s+work)?", re.I)
_SET = re.compile(r"set\s+transaction\b", re.I)


def transact(namespace: EmbeddedNamespace, sql: str) -> Rows:
    """Run a statement of transactions: ``START`` within one goes on with it, ``COMMIT`` ends every level.

    A ``COMMIT`` or ``ROLLBACK`` without a transaction does nothing, as on the servers; ``SET TRANSACTION`` neither:
    what others have not committed is never seen.

    Raises:
        SQLError: it cannot be read (-1).
        NotSupportedError: save points.
    """
    text = sql.strip().rstrip(";").strip()
    if _START.match(text):
        if not namespace.tlevel():
            namespace.tstart()
    elif _COMMIT.fullmatch(text):
        while namespace.tlevel():
            namespace.tcommit()
    elif _ROLLBACK.fullmatch(text):
        if namespace.tlevel():
            namespace.trollback()
    elif re.search(r"\bsavepoint\b", text, re.I):
        raise NotSupportedError("SQL SAVEPOINT: nest tstart and tcommit of the language, or split the work")
    elif not _SET.match(text):
        raise SQLError(-1, f"START TRANSACTION, COMMIT, ROLLBACK or SET TRANSACTION was expected in: {text[:200]}")
    return Rows([], [], 0)
