"""`python -m analysis`: analyse a tagger; list, show, verify, export and delete runs."""

import sys

from analysis.command_line.cli import main

if __name__ == "__main__":
    sys.exit(main())
