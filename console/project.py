"""The folder a command works in: its namespace, and what ``iscpy.toml`` says."""

import sys
from pathlib import Path

from isc.py.data.configuration import Configuration, read_configuration
from isc.py.data.exceptions import ConfigurationError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, set_current

from .failures import CommandError


def read_project(folder: Path) -> Configuration:
    """The settings of a folder; the defaults when it has no ``iscpy.toml``.

    Raises:
        CommandError: the file is no TOML, or has a setting that does not exist or does not fit.
    """
    try:
        return read_configuration(folder)
    except ConfigurationError as error:
        raise CommandError(str(error)) from error


def enter(folder: Path) -> EmbeddedNamespace:
    """The namespace of a folder, made current for this process; Python modules of the folder can be named, too."""
    here = str(folder.resolve())
    if here not in sys.path:
        sys.path.append(here)  # behind all others: a file of the folder hides no module
    namespace = open_namespace(folder, read_project(folder).namespace)
    set_current(namespace)
    return namespace
