"""The C core: embedding, execution, the $LIST codec and the LMDB binding, and their Python faces."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .library import get_include as get_include
    from .library import get_library as get_library

__all__ = ["get_include", "get_library"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name!r}")
    from . import library

    return getattr(library, name)
