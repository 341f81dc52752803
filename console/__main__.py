"""``python -m isc.py.console`` is ``iscpy``."""

from isc.py.console.cli import main

if __name__ == "__main__":
    main()
