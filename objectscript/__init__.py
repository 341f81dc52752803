"""Class dictionary, class file loading, the ObjectScript compiler and its run time."""
