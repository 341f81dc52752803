"""Where an error of compiled code comes from: the line of the text that the failing line of Python was made of."""

from types import TracebackType

from .errors import ObjectScriptError

#: Names in the globals of compiled code: its place, and the line of the text of each of its lines.
PLACE, ORIGINS = "__place__", "__origins__"


def locate(error: ObjectScriptError) -> ObjectScriptError:
    """The same error with place and line of the innermost compiled code that it went through."""
    if error.line:
        return error
    found = origin(error.__traceback__)
    if found is not None:
        place, line = found
        if not error.place:
            error.place = place
        if error.place == place:
            error.line = line
    return error


def origin(traceback: TracebackType | None) -> tuple[str, int] | None:
    """Place and line of the innermost compiled code in a traceback."""
    found = None
    while traceback is not None:
        names = traceback.tb_frame.f_globals
        origins = names.get(ORIGINS)
        if origins:
            at = traceback.tb_lineno - 2
            found = names[PLACE], origins[at] if 0 <= at < len(origins) else 0
        traceback = traceback.tb_next
    return found
