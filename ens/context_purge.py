"""Saved contexts of sessions that the bank does not know any more: they go from the namespace."""

import re
from collections import defaultdict

from isc.py.data.context import delete
from isc.py.data.namespace import current
from sqlalchemy import select

from .bank import Bank
from .bank.contexts import SAVED
from .bank.schema import contexts

_NAME = re.compile(r"(.*) session (\d+)", re.DOTALL)  # what `SessionContexts` saves them under


def purge_session_contexts(bank: Bank, *, pretend: bool = False) -> int:
    """Remove from the current namespace what nobody can go on with: how many.

    That are the contexts of sessions that were purged, and those that were saved again later. A Director may run
    meanwhile: what its workers hold is in the bank before they save it. With `pretend` it only counts.
    """
    query = "select ID, Name from isc_py_data.SavedContext where Context %STARTSWITH 'session '"
    saved: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in current().query(query).to_pylist():
        if found := _NAME.fullmatch(str(row["Name"])):
            saved[found[1], int(found[2])].append(int(row["ID"]))
    if not saved:
        return 0
    columns = (contexts.c.host, contexts.c.session, contexts.c.state, contexts.c.saved)
    known = {(host, session): (state, number) for host, session, state, number in bank.rows(select(*columns))}
    gone = 0
    for key, ids in saved.items():
        state, number = known.get(key, ("", 0))
        if state and state != SAVED:
            continue  # a worker holds it, or lost it and says so
        for one in ids:
            if state == SAVED and one >= number:
                continue
            gone += 1
            if not pretend:
                delete(one)
    return gone
