"""Where the bank of a folder is: a SQLite file in ``.iscpy``, unless ``iscpy.toml`` says ``bank = "URL"``."""

from pathlib import Path

from isc.py.data.configuration import FOLDER, filled, read_configuration

FILE = "bank.sqlite"


def bank_place(folder: Path) -> Path | str:
    """A file or a URL, for `open_bank`; the URL may hold a password.

    Raises:
        ConfigurationError: ``iscpy.toml`` does not fit, or a variable of the URL is not set.
    """
    url = read_configuration(folder).bank
    return filled(url, "the message bank") if url else folder / FOLDER / FILE
