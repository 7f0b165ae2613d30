"""The classic downloader's command line: set Artkeep up beside this file, then run it.

    python civit_image_downloader.py                    asks for everything, on a terminal
    python civit_image_downloader.py --mode 1 --username lena_paints --quality 2

Standard library only. Written so that Python 3.8 can still read this file and say no.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from launch_gui import start_program

if __name__ == "__main__":
    sys.exit(start_program("artkeep.cli.classic"))
