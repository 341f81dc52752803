"""Building the Callout library for an InterSystems IRIS server, against the headers of that server."""

import os
import shutil
from pathlib import Path

from .exceptions import IscError
from .library import get_include, get_library

#: Where a server keeps ``iris-cdzf.h``, under its folder (``GLOBALS_HOME``).
_HEADERS = ("dev/iris-callin/include", "dev/Callin/include", "include", ".")
_NAME = "libiscpython_iris.so"


def headers(home: str = "") -> Path:
    """The folder of the server's headers; `home` is its installation folder, else the variable ``GLOBALS_HOME``.

    Raises:
        IscError: neither names a folder with ``iris-cdzf.h``.
    """
    folder = home or os.environ.get("GLOBALS_HOME", "")
    if not folder:
        raise IscError("no server is named: set GLOBALS_HOME to the folder IRIS is installed in, or give it")
    for under in _HEADERS:
        if (Path(folder) / under / "iris-cdzf.h").is_file():
            return Path(folder) / under
    raise IscError(f"{folder} has no iris-cdzf.h in {', '.join(_HEADERS)}: install the server's Callin component")


def build_iris(target: Path, home: str = "") -> Path:
    """Compile the Callout library into the folder `target`; its path, for ``$ZF(-4,1)`` or ``$ZF(-6)``.

    Raises:
        IscError: no headers, no compiler, or it does not compile: the compiler's first words are in the message.
    """
    import subprocess

    include = headers(home)
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise IscError("no C compiler was found: install gcc, or name one in CC")
    target.mkdir(parents=True, exist_ok=True)
    library = target / _NAME
    folder = get_library().parent
    command = [compiler, "-std=gnu11", "-O2", "-fPIC", "-shared", f"-I{include}", f"-I{get_include()}"]
    command += [str(folder / "host_iris.c"), "-o", str(library), f"-L{folder}", f"-Wl,-rpath,{folder}", "-liscpython"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        first = "\n".join(answer.stderr.splitlines()[:5])
        raise IscError(f"host_iris.c does not compile against {include}:\n{first}")
    return library
