"""Messages: what production items send each other. Classes are imported when first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Message, MessageError
    from .ens import AlertRequest, Request, Response, StreamContainer, StringRequest, StringResponse
    from .requests import (
        ClassRequest,
        CreateCQRequest,
        DebugRequest,
        ExecutionRequest,
        GlobalRequest,
        QueryRequest,
        RestoreRequest,
        SaveRequest,
        SQLRequest,
        StreamExecutionRequest,
        TableRequest,
    )
    from .responses import ExecutionResponse, StreamExecutionResponse

__all__ = [
    "AlertRequest",
    "ClassRequest",
    "CreateCQRequest",
    "DebugRequest",
    "ExecutionRequest",
    "ExecutionResponse",
    "GlobalRequest",
    "Message",
    "MessageError",
    "QueryRequest",
    "Request",
    "Response",
    "RestoreRequest",
    "SQLRequest",
    "SaveRequest",
    "StreamContainer",
    "StreamExecutionRequest",
    "StreamExecutionResponse",
    "StringRequest",
    "StringResponse",
    "TableRequest",
]

_ENS = {"AlertRequest", "Request", "Response", "StreamContainer", "StringRequest", "StringResponse"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.msg' has no attribute {name!r}; it offers {', '.join(__all__)}")
    if name in _ENS:
        module = "ens"
    elif name in ("Message", "MessageError"):
        module = "base"
    else:
        module = "responses" if name.endswith("Response") else "requests"
    return getattr(import_module(f"isc.py.msg.{module}"), name)
