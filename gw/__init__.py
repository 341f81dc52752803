"""Live proxies to Python objects."""

from .dynamic_object import DynamicObject
from .exceptions import ObjectGoneError
from .worker_object import WorkerContext, WorkerObject

__all__ = ["DynamicObject", "ObjectGoneError", "WorkerContext", "WorkerObject"]
