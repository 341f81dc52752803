"""Initializers: what a worker imports and defines when it starts."""
