"""Queryable frames."""
