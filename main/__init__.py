"""The terminal API: ``from isc.py import Main, Callout``.

Names are imported when first used, so importing one room never loads another.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .iscpython_c.callout import Callout as Callout
    from .iscpython_c.exceptions import IscError as IscError
    from .terminal import Main as Main

__all__ = ["Callout", "IscError", "Main"]

_WHERE = {
    "Callout": "isc.py.iscpython_c.callout",
    "IscError": "isc.py.iscpython_c.exceptions",
    "Main": "isc.py.terminal",
}


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'isc.py' has no attribute {name!r}; it offers {', '.join(__all__)}")
