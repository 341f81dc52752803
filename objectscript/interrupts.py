"""How a thread is asked to end the compiled code that it runs: its loops look at each turn whether that was asked.

Python can raise an error in another thread, too, but does so wherever that is at work: in a finalizer or a callback of
the garbage collector the error is lost, and what these were about is not done. A loop ends between two turns.
"""

import threading

#: By thread: the error that is raised in it. Empty but for moments, which is what loops look at.
asked: dict[int, type[BaseException]] = {}


def ask(thread: int, error: type[BaseException]) -> None:
    """Have an error raised at the next turn of a loop of a thread, and at each one after it."""
    asked[thread] = error


def withdraw(thread: int) -> None:
    """Ask no more; idempotent."""
    asked.pop(thread, None)


def answer_interrupt() -> None:
    """End what this thread runs, if it is the one that was asked. Raises what it was asked to."""
    error = asked.get(threading.get_ident())
    if error is not None:
        raise error
