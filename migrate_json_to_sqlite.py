"""Take over a `downloaded_images.json`: set Artkeep up beside this file, then run it.

    python migrate_json_to_sqlite.py          the one in this folder, or at the program
    python migrate_json_to_sqlite.py FILE --yes --rename

Standard library only. Written so that Python 3.8 can still read this file and say no.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from launch_gui import start_program

if __name__ == "__main__":
    sys.exit(start_program("artkeep.cli.migrate"))
