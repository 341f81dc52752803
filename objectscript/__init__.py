"""The language: class dictionary, class file loading, the compiler and its run time.

Names are imported when first used: who looks a class up needs no compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .compiler import (
        Block,
        Condition,
        Expression,
        Target,
        compile_block,
        compile_condition,
        compile_expression,
        compile_target,
    )
    from .errors import ClassNotFoundError, CompileError, NotSupportedError, ObjectScriptError
    from .frame import ByRef, Frame
    from .status import StatusError

__all__ = [
    "Block",
    "ByRef",
    "ClassNotFoundError",
    "CompileError",
    "Condition",
    "Expression",
    "Frame",
    "NotSupportedError",
    "ObjectScriptError",
    "StatusError",
    "Target",
    "compile_block",
    "compile_condition",
    "compile_expression",
    "compile_target",
]

_MODULES = {
    "ByRef": "frame",
    "ClassNotFoundError": "errors",
    "CompileError": "errors",
    "Frame": "frame",
    "NotSupportedError": "errors",
    "ObjectScriptError": "errors",
    "StatusError": "status",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.objectscript' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"isc.py.objectscript.{_MODULES.get(name, 'compiler')}"), name)
