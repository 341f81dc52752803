"""Live proxies to Python objects."""
