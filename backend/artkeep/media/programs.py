"""Programs that only some features need: which are here, and how to get the others.

Nothing is installed by itself: `artkeep doctor` shows this list, and a feature that is asked
for either calls `install` or says the command.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VERSION = re.compile(r"\d+(?:\.\d+)+|\d+")


@dataclass(frozen=True, slots=True)
class _Known:
    """A program in the words of the package managers; `commands` are tried in order."""

    name: str
    commands: tuple[str, ...]
    ask_version: str
    feature: str
    apt: str
    dnf: str
    pacman: str
    brew: str
    winget: str


@dataclass(frozen=True, slots=True)
class Program:
    """What was found out about one program; no `path` and `version` when it is missing."""

    name: str
    path: str | None
    version: str | None
    feature: str  # what is off without it
    install_command: str  # for this system, to be pasted into a terminal


_KNOWN = (
    _Known(
        "chromium",
        ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge"),
        "--version",
        "reading tags from pages that need a browser",
        apt="chromium",
        dnf="chromium",
        pacman="chromium",
        brew="--cask chromium",
        winget="Google.Chrome",
    ),
    _Known(
        "exiftool",
        ("exiftool",),
        "-ver",
        "reading and writing metadata inside videos and rare picture formats",
        apt="libimage-exiftool-perl",
        dnf="perl-Image-ExifTool",
        pacman="perl-image-exiftool",
        brew="exiftool",
        winget="OliverBetz.ExifTool",
    ),
    _Known(
        "ffmpeg",
        ("ffmpeg",),
        "-version",
        "decoding videos to prove and preview them",
        apt="ffmpeg",
        dnf="ffmpeg-free",
        pacman="ffmpeg",
        brew="ffmpeg",
        winget="Gyan.FFmpeg",
    ),
    _Known(
        "node",
        ("node", "nodejs"),
        "--version",
        "building the page from its source",
        apt="nodejs",
        dnf="nodejs",
        pacman="nodejs",
        brew="node",
        winget="OpenJS.NodeJS.LTS",
    ),
)


def find_programs() -> tuple[Program, ...]:
    """Look for every optional program; each that is there is started once for its version."""
    return tuple(_look_for(known) for known in _KNOWN)


def find_chromium() -> str | None:
    """Where a Chromium lies that starts, or None: on the PATH, else where vendors and
    Playwright put theirs."""
    known = next(one for one in _KNOWN if one.name == "chromium")
    if (found := _look_for(known).path) is not None:
        return found
    for path in _usual_places():
        # On Windows asking for the version opens a window.
        if path.is_file() and (sys.platform == "win32" or _version_of(str(path), "--version")):
            return str(path)
    return None


def _usual_places() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        inside = "chrome-win*/chrome.exe"
        cache = Path(os.environ.get("LOCALAPPDATA", home)) / "ms-playwright"
        for name in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
            if folder := os.environ.get(name):
                yield Path(folder) / "Google/Chrome/Application/chrome.exe"
                yield Path(folder) / "Microsoft/Edge/Application/msedge.exe"
    elif sys.platform == "darwin":
        inside = "chrome-mac*/*.app/Contents/MacOS/*"
        cache = home / "Library/Caches/ms-playwright"
        for name in ("Google Chrome", "Chromium", "Microsoft Edge"):
            yield Path(f"/Applications/{name}.app/Contents/MacOS/{name}")
    else:
        inside = "chrome-linux*/chrome"
        cache = home / ".cache/ms-playwright"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or cache)
    yield from sorted(cache.glob(f"chromium-*/{inside}"), reverse=True)


def how_to_install(name: str) -> str:
    """The command for this system. Raises KeyError for a name that is not in the list."""
    return _install_command({known.name: known for known in _KNOWN}[name])


def install(name: str) -> bool:
    """Install a program by apt-get where we may (as root on Debian and its children).

    False when we may not or it did not work: show `install_command` then. Raises KeyError for a
    name that is not in the list.
    """
    known = {known.name: known for known in _KNOWN}[name]
    apt = shutil.which("apt-get")
    if apt is None or not _is_root():
        return False
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", known.apt]):
        ran = subprocess.run(
            [apt, *words], env=environ, stdin=subprocess.DEVNULL, capture_output=True
        )
    return ran.returncode == 0 and _look_for(known).path is not None


def _look_for(known: _Known) -> Program:
    found = next(filter(None, map(shutil.which, known.commands)), None)
    version = _version_of(found, known.ask_version) if found else None
    if version is None:
        found = None  # a link to nothing, or a stub that tells where to buy it
    return Program(known.name, found, version, known.feature, _install_command(known))


def _version_of(path: str, option: str) -> str | None:
    """What a program says of itself; None when it does not start: a path proves nothing."""
    try:
        ran = subprocess.run(
            [path, option], stdin=subprocess.DEVNULL, capture_output=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(ran.stdout.decode("utf-8", "replace"))
    return found[0] if ran.returncode == 0 and found else None


def _install_command(known: _Known) -> str:
    if sys.platform == "win32":
        return f"winget install {known.winget}"
    if sys.platform == "darwin":
        return f"brew install {known.brew}"
    sudo = "" if _is_root() else "sudo "
    for manager, words in (
        ("apt-get", f"apt-get install {known.apt}"),
        ("dnf", f"dnf install {known.dnf}"),
        ("pacman", f"pacman -S {known.pacman}"),
    ):
        if shutil.which(manager):
            return sudo + words
    return f"install {known.name} with the package manager of your system"


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
