"""Every benchmark, and one table: `python -m benchmarks [--quick]`."""

from __future__ import annotations

import argparse
import platform
import sys

from benchmarks import dashboard, duplicates, forward, losses, nmf, probing, projection, reading
from benchmarks.table import markdown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small inputs: shows that everything runs, no more")
    quick = parser.parse_args().quick
    sentences = forward.QUICK_SENTENCES if quick else forward.SENTENCES
    rows = [
        *reading.rows(quick),
        *forward.measure(sentences),
        *projection.rows(quick),
        *duplicates.rows(quick),
        *losses.rows(quick),
        *nmf.rows(quick),
        *dashboard.rows(quick),
        *probing.rows(quick),
    ]
    print(f"\n{platform.platform()}, Python {platform.python_version()}\n\n{markdown(rows)}")
    sys.exit(0 if quick or all(row.met for row in rows) else 1)


if __name__ == "__main__":
    main()
