"""`python -m artkeep` is the same as `artkeep`."""

import sys

from artkeep.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
