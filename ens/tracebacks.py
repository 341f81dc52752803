"""What an error of user code tells the Director: its text, its status codes, and the user's frames of its traceback."""

import traceback
from pathlib import Path
from typing import Any

from isc.py.iscpython_c.exceptions import CodeError, IscError
from isc.py.objectscript import status

_OURS = str(Path(__file__).parents[1])


def failure(error: BaseException) -> dict[str, Any]:
    """An error of user code as the answer of a worker."""
    codes = [code for code, _ in status.entries(error.status)] if isinstance(error, status.StatusError) else []
    text = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
    return {"ok": False, "error": text, "traceback": users_traceback(error), "codes": codes}


def users_traceback(error: BaseException) -> str:
    """The frames of a traceback that are the user's; "" when the error's own text says where it is."""
    if isinstance(error, IscError):
        return error.traceback if isinstance(error, CodeError) else ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)]
    return f"Traceback (most recent call last):\n{''.join(traceback.format_list(frames))}" if frames else ""
