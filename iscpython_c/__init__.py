"""The C core: embedding, execution, the $LIST codec and the LMDB binding, and their Python faces."""
