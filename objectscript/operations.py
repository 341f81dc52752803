"""The operations of the language that Python code of other rooms calls itself: members, calls, values."""

from .members import call_method, class_call, class_name, from_python, get, members, put
from .operators import equal, truth
from .variables import ABSENT

__all__ = [
    "ABSENT",
    "call_method",
    "class_call",
    "class_name",
    "equal",
    "from_python",
    "get",
    "members",
    "put",
    "truth",
]
