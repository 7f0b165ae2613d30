"""`kill -9` again and again: 20 times in a download of 500 files, 10 in a conversion of 300."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.program import Home
from tests.e2e.test_convert_kill import kill_again_and_again as kill_converting
from tests.e2e.test_kill import kill_again_and_again as kill_downloading
from tests.gallery import gallery


def main() -> None:
    """Print how long each took; whatever is lost or done twice ends it."""
    _run("download", kill_downloading, files=500, kills=20)
    _run("conversion in place", kill_converting, files=300, kills=10)


def _run(what: str, kill: Callable[..., object], *, files: int, kills: int) -> None:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, gallery() as site:
        home = Home(Path(folder), site)
        try:
            kill(home, site, files=files, kills=kills)
        finally:
            home.close()
    took = time.perf_counter() - began
    print(f"{what}: {files} files, {kills} kills, {took:.0f} s: nothing lost, nothing twice ok")


if __name__ == "__main__":
    main()
