"""`artkeep` on a machine with other mounts: `python -m tests.e2e.mounted TABLE WORDS…`.

TABLE is a file like /proc/mounts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from artkeep.cli.app import main
from artkeep.store import drives

if __name__ == "__main__":
    drives._MOUNTS = Path(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
