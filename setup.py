"""What pyproject.toml cannot express: the root folders as the package ``isc.py``."""

from setuptools import find_packages, setup

ROOTS = (
    "bpl",
    "console",
    "data",
    "ens",
    "gw",
    "init",
    "iscpython_c",
    "msg",
    "objectscript",
    "query",
    "util",
)

setup(
    package_dir={"isc.py": "main", **{f"isc.py.{root}": root for root in ROOTS}},
    packages=[
        "isc.py",
        *(f"isc.py.{name}" for root in ROOTS for name in (root, *(f"{root}.{sub}" for sub in find_packages(root)))),
    ],
    cmake_source_dir=".",
    options={"editable_wheel": {"mode": "strict"}},  # the only editable mode that type checkers can follow
)
