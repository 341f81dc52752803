"""Namespaces: globals, persistent classes, SQL, transfers to frames, saved contexts."""
