"""`python -m analysis`: analyse a tagger, and look at, check, export and delete the runs of a store."""

import sys

from analysis.command_line.cli import main

if __name__ == "__main__":
    sys.exit(main())
