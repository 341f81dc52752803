"""Live proxies to Python objects."""

from .dynamic_object import DynamicObject

__all__ = ["DynamicObject"]
