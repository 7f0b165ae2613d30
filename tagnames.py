"""Append the site's tag names that `tag_names.txt` in this folder lacks: `artkeep site-tags`.

Standard library only. Written so that Python 3.8 can still read this file and say no.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from launch_gui import start_program

if __name__ == "__main__":
    sys.argv.insert(1, "site-tags")
    sys.exit(start_program("artkeep"))
