"""Adapters: how hosts reach what is outside.

One module a medium: files, HTTP, SQL, TCP with HL7's framing, and the clock.
"""
