"""Message classes and their serialization."""
