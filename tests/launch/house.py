"""A copy of the program in a folder of its own, set up by stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from artkeep.launch import environment

ROOT = Path(environment.ROOT)
STAND_IN = "import sys; print('started', *sys.argv[1:]); sys.exit(3)\n"
# Makes an empty environment at once and installs nothing; says what it was asked for.
FAKE_UV = """#!/bin/sh
echo "$1 $2" >> "{calls}"
case "$1" in
venv) for last; do :; done; exec "{python}" -m venv --without-pip "$last" ;;
pip) test ! -e "{broken}" || {{ echo "no route to host"; exit 2; }} ;;
esac
"""


class House:
    """A copy of the program in a folder of its own, with a fake uv before everything else."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "Art keep ü 画"
        self.venv = self.root / ".venv"
        self.calls_file = folder / "calls"
        self.broken = folder / "broken"
        self.programs = folder / "programs"
        self.programs.mkdir()
        python = Path(sys.prefix, "bin", "python").resolve()
        self.program(
            "uv", FAKE_UV.format(calls=self.calls_file, python=python, broken=self.broken)
        )
        self.environ = {**os.environ, "PATH": f"{self.programs}:/usr/bin:/bin"}
        package = self.root / "backend" / "artkeep"
        package.mkdir(parents=True)
        shutil.copytree(ROOT / "backend" / "artkeep" / "launch", package / "launch")
        shutil.copy(ROOT / "launch_gui.py", self.root)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(STAND_IN)
        self.lock.write_text("# nothing is needed\n")

    @property
    def lock(self) -> Path:
        return self.root / "requirements.lock"

    @property
    def stamp(self) -> Path:
        return self.venv / "artkeep-setup.json"

    def program(self, name: str, script: str) -> Path:
        """A program that is found before those of the system."""
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)
        return path

    def command(self, *args: str) -> list[str]:
        return [sys.executable, str(self.root / "launch_gui.py"), *args]

    def start(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*args), env=self.environ, capture_output=True, text=True, cwd="/"
        )

    def calls(self) -> list[str]:
        """What uv was asked to do, and forget it."""
        if not self.calls_file.exists():
            return []
        asked = self.calls_file.read_text().splitlines()
        self.calls_file.unlink()
        return [
            " ".join(call.split()[:2]) for call in asked if not call.startswith("--version")
        ]
