"""The emulator's original face and small tools an integration engineer types."""
