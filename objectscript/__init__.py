"""The language: class dictionary, class file loading, the compiler and its run time."""

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
