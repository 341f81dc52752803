"""The command: ``python -m benchmarks bpl callout codec load posts rows roundtrip startup statements steps store
templates [--short] [--json FILE|-]``."""

import argparse
from importlib import import_module

NAMES = (
    "bpl", "callout", "codec", "load", "posts", "rows", "roundtrip", "scale", "startup", "statements", "steps",
    "store", "templates",
)  # fmt: skip


def main() -> None:
    """Run the benchmarks that are named, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--short", action="store_true", help="a small run, for CI")
    parser.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON (- for standard output, then no table)"
    )
    chosen = parser.parse_args()
    for name in chosen.names:
        report = import_module(f"benchmarks.{name}").run(short=chosen.short)
        if chosen.json != "-":
            report.show()
        if chosen.json:
            report.write(chosen.json)


if __name__ == "__main__":
    main()
