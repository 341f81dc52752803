"""The objects of rows that are in memory: an id that is opened twice is one object, as long as somebody keeps it.

As a process of the language has its own objects, so has each thread; nothing here keeps an object alive.
"""

import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary, ref

if TYPE_CHECKING:
    from .layout import Layout
    from .persistent import Persistent


class Objects(threading.local):
    """The objects of a thread in a namespace, by the key of their row; and those it saved in its open transaction."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[bytes, Persistent] = WeakValueDictionary()
        self._saved: list[ref[Persistent]] = []
        self.deleting: set[bytes] = set()  # the rows that are being deleted: others may refer to them in a circle

    def known(self, layout: "Layout", row_id: object) -> "Persistent | None":
        """The object of an id, None when there is none in memory."""
        return self._known.get(layout.key(row_id))

    def keep(self, layout: "Layout", item: "Persistent") -> None:
        """From now on the object is the one of its id."""
        self._known[layout.key(item._id)] = item

    def drop(self, layout: "Layout", row_id: object) -> None:
        """The row is gone: the object, when there is one, is no longer that of the id."""
        self._known.pop(layout.key(row_id), None)

    def clear(self) -> None:
        """Forget all: ids that are opened from now on give new objects."""
        self._known.clear()

    # --- transactions ---

    def saved(self, item: "Persistent") -> None:
        """The object was saved in the open transaction."""
        self._saved.append(ref(item))

    def mark(self) -> int:
        """A point to go back to."""
        return len(self._saved)

    def back(self, mark: int = 0) -> None:
        """What was saved since `mark` was undone: the objects are no longer those of their ids, and are changed."""
        for place in self._saved[mark:]:
            item = place()
            if item is not None:
                item._kept_row = None
                for key in [key for key, one in self._known.items() if one is item]:
                    del self._known[key]
        del self._saved[mark:]

    def committed(self) -> None:
        """The transaction was written."""
        self._saved.clear()


__all__ = ["Objects"]
