"""Where the shared library of a Python is: asked of an interpreter by the C library, and written down at install.

This file runs by itself in any Python 3, also compiled into the C library (``python3 -c``): it imports nothing of
isc-py. It prints three lines: libpython (empty when there is none), the python program, its version.
"""

import sys
import sysconfig
from pathlib import Path


def find() -> str:
    """The path of this interpreter's shared library, "" when it was built without one."""
    library = Path(sysconfig.get_config_var("LIBDIR") or "")
    folders = [
        library,
        library / (sysconfig.get_config_var("MULTIARCH") or ""),
        Path(sys.base_prefix, "lib"),
        Path(sysconfig.get_config_var("LIBPL") or ""),
    ]
    for name in ("INSTSONAME", "LDLIBRARY"):
        library_name = sysconfig.get_config_var(name) or ""
        for folder in folders:
            if ".so" in library_name and (folder / library_name).is_file():
                return str(folder / library_name)
    return ""


def described() -> str:
    """The three lines."""
    return f"{find()}\n{sys.executable}\n{sys.version_info[0]}.{sys.version_info[1]}\n"


if __name__ == "__main__":
    sys.stdout.write(described())
