"""The ``%`` classes that need no store."""
