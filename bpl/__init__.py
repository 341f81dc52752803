"""BPL: reader, model, annotation templates, engine and emulator."""
