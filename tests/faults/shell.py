"""The command line as people and scripts use it: a process, its words and its exit code."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

from tests.faults.scene import Scene
from tests.forked import Popen

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """What a command left on the terminal."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The objects of `--json`; every line has to be one."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def words(self) -> str:
        return self.out + self.err


def artkeep(scene: Scene, *words: str, stdin: str = "", **settings: str) -> Ended:
    """Run `artkeep words…` on this installation, in English. Never shows a traceback."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT")}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT / "backend"),
        "LANG": "C.UTF-8",
        "HOME": str(scene.settings.data_dir),
        "ARTKEEP_DATA_DIR": str(scene.settings.data_dir),
        "ARTKEEP_LIBRARY": str(scene.library),
        "ARTKEEP_SITES__CIVITAI__BASE_URL": scene.site.url,
        "ARTKEEP_SITES__CIVITAI__MEDIA_URL": scene.site.url,
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_NET__TIME_SCALE": "0.01",
        "ARTKEEP_DISK__KEEP_FREE": "0",
        "ARTKEEP_WORKERS__EXAMINE": "0",
        **settings,
    }
    ended = Popen(
        [sys.executable, "-m", "artkeep", *words],
        env=environment,
        cwd=scene.settings.data_dir,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        encoding="utf-8",
    )
    out, err = ended.communicate(stdin, timeout=120)
    found = Ended(ended.returncode, out, err)
    assert "Traceback" not in found.words, found.words
    return found
