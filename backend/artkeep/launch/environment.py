"""`.venv` beside `launch_gui.py`: made by uv if found, else by venv and pip.

It holds exactly what the lock files name, by hash. `artkeep-setup.json` inside remembers what
was done, so that the next start repeats only what changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artkeep.launch.steps import SetupFailed, StepFailed, apt_get, run_step

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
LOG = VENV / "setup.log"
STAMP = VENV / "artkeep-setup.json"
LOCK = ROOT / ".venv.lock"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SCHEMA = 1  # of the stamp and of what set-up does; another number makes `.venv` anew
OLDEST = (3, 11)


def set_up(locks: Sequence[str]) -> None:
    """Make `.venv` hold the packages of these lock files, which lie beside this file.

    Takes a few milliseconds when nothing changed. Raises SetupFailed. Whatever interrupts it
    leaves a state that the next call mends.
    """
    wanted = {name: _hash(ROOT / name) for name in locks}
    if _is_ready(wanted):
        return
    with one_at_a_time():
        if _is_ready(wanted):  # another start did it while we waited
            return
        started = time.monotonic()
        print(f"Setting up Artkeep in {VENV}")
        if not _can_continue():
            _make_venv()
        done = dict(_read_stamp().get("locks", {}))
        for name, digest in wanted.items():
            if done.get(name) != digest:
                _write_stamp("installing", done)
                try:
                    _install(name)
                except StepFailed:  # ended in good order: what was there before still works
                    _write_stamp("ready", done)
                    raise
                done[name] = digest
        _write_path_file()
        _write_command()
        _write_stamp("ready", done)
        print(f"Set up in {time.monotonic() - started:.1f} s")


def _step(title: str, command: Sequence[object]) -> None:
    run_step(title, command, LOG, ROOT)


def _make_venv() -> None:
    if VENV.exists() or VENV.is_symlink():
        print("  Removing the .venv that an interrupted or older set-up left behind")
        try:
            VENV.unlink() if VENV.is_symlink() else shutil.rmtree(VENV)
        except OSError as error:
            raise SetupFailed(
                f"{VENV} cannot be removed: {error}\nClose what runs from it and start again."
            ) from None
    python = getattr(sys, "_base_executable", None) or sys.executable  # never .venv's own
    uv = _find_uv()
    if uv:
        with contextlib.suppress(StepFailed):
            # The log lies in the folder already, and uv asks before it uses such a one.
            make = [uv, "venv", "--allow-existing", "--python", python, VENV]
            _step("Making .venv with uv", make)
            return
    _need_ensurepip()
    _step("Making .venv", [python, "-m", "venv", VENV])


def _install(lock: str) -> None:
    title = f"Installing the packages of {lock}"
    locked = ["--no-deps", "--require-hashes", "-r", ROOT / lock]  # a lock names them all
    uv = _find_uv()
    if uv:
        try:
            _step(title, [uv, "pip", "install", "--python", VENV_PYTHON, *locked])
            return
        except StepFailed:  # a proxy or mirror may stand in pip's settings only
            print("  uv could not do it; trying pip")
    if not _runs("import pip"):
        _need_ensurepip()
        _step("Adding pip", [VENV_PYTHON, "-m", "ensurepip"])
    quiet = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
    _step(title, [VENV_PYTHON, "-m", "pip", "install", *quiet, *locked])


def _find_uv() -> str | None:
    """The path of a uv that runs: a version manager may have a stub for it and no uv."""
    uv = shutil.which("uv")
    try:
        found = uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0
    except OSError:
        return None
    return uv if found else None


def _need_ensurepip() -> None:
    """Debian packs `ensurepip` apart: install it where we may, else name the command."""
    if importlib.util.find_spec("ensurepip"):
        return
    apt = apt_get()
    if apt:
        print("  This Python has no venv module; python3-venv is installed by apt-get")
        with contextlib.suppress(StepFailed):  # old package lists may do
            _step("apt-get update", [apt, "update"])
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive", apt]
        _step("apt-get install python3-venv", [*quiet, "install", "-y", "python3-venv"])
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip"):
            return
    raise SetupFailed(
        "This Python comes without its venv module (ensurepip is not available).\n"
        "Install it, then start again:\n    sudo apt-get install python3-venv\n"
        "or, for a Python that is not the system's own, "
        f"python{sys.version_info[0]}.{sys.version_info[1]}-venv."
    )


def _is_ready(wanted: Mapping[str, str]) -> bool:
    """Whether the last set-up ended well, with these lock files, and its Python is the same."""
    stamp = _read_stamp()
    return (
        bool(stamp)
        and stamp["state"] == "ready"
        and all(stamp["locks"].get(name) == digest for name, digest in wanted.items())
        and stamp["program"] == os.path.realpath(VENV_PYTHON)
        and stamp["python"] == _venv_version()
        and VENV_PYTHON.exists()
        and _path_file().is_file()
    )


def _can_continue() -> bool:
    """Whether the packages may go into the `.venv` that is there, be it ours or the user's."""
    stamp = _read_stamp()
    version = _venv_version()
    if stamp and (stamp["state"] != "ready" or stamp["python"] != version):
        return False  # cut short while installing: a package may be half there
    if not version:
        return False
    number = tuple(map(int, version.split(".")))
    return number >= OLDEST and _runs(f"import sys; sys.exit(sys.version_info[:2] != {number})")


def _runs(code: str) -> bool:
    try:
        ran = subprocess.run([str(VENV_PYTHON), "-c", code], capture_output=True)
    except OSError:
        return False
    return ran.returncode == 0


def _venv_version() -> str:
    """`3.11` as `.venv` says of itself; empty when it is not one."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() in {"version", "version_info"}:  # venv's word, uv's word
            version = ".".join(value.strip().split(".")[:2])
            return version if version.replace(".", "").isdigit() else ""
    return ""


def site_packages() -> Path:
    """Where `.venv` keeps its packages."""
    lib = VENV / "Lib" if os.name == "nt" else VENV / "lib" / f"python{_venv_version()}"
    return lib / "site-packages"


def _path_file() -> Path:
    return site_packages() / "artkeep.pth"


def _write_path_file() -> None:
    """Let `.venv` find `backend/`: no build step.

    The path is relative, so that the whole folder may be moved, and so plain ASCII: Python
    reads the file in the system's own encoding.
    """
    path = _path_file()
    path.write_text(os.path.relpath(ROOT / "backend", path.parent) + "\n", encoding="ascii")


def _write_command() -> None:
    """The command `artkeep` among the programs of `.venv`, as an installer would put it."""
    if os.name == "nt":
        command = VENV_PYTHON.with_name("artkeep.cmd")
        command.write_text('@"%~dp0python.exe" -P -m artkeep %*\r\n', encoding="ascii")
        return
    command = VENV_PYTHON.with_name("artkeep")
    command.write_text(
        "#!/bin/sh\n"
        'here=$(dirname "$(readlink -f "$0" || echo "$0")")\n'
        'exec "$here/python" -P -m artkeep "$@"\n',
        encoding="ascii",
    )
    command.chmod(0o755)


def _read_stamp() -> dict[str, Any]:
    """What the last set-up wrote; nothing if there was none; `broken` if it makes no sense."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"state": "broken", "locks": {}}
    is_ours = isinstance(stamp, dict) and isinstance(stamp.get("locks"), dict)
    return (
        stamp if is_ours and stamp.get("schema") == SCHEMA else {"state": "broken", "locks": {}}
    )


def _write_stamp(state: str, locks: Mapping[str, str]) -> None:
    stamp = {
        "schema": SCHEMA,
        "state": state,
        "locks": locks,
        "python": _venv_version(),
        "program": os.path.realpath(VENV_PYTHON),
    }
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    fresh.replace(STAMP)


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SetupFailed(
            f"{path} cannot be read: {error}\nIs the download complete?"
        ) from None


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold LOCK, after waiting for another start; the system frees it when its holders end."""
    try:
        lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SetupFailed(
            f"Artkeep cannot set itself up in {ROOT}: {error.strerror}.\n"
            "Move the folder to a place where you may write, then start again.",
            exit_code=6,
        ) from None
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the child too
    try:
        told = False
        while not _take(lock):
            if not told:
                print("Another start is setting Artkeep up; waiting for it.", flush=True)
            told = True
            time.sleep(0.2)
        os.set_inheritable(lock, True)
        yield
    finally:
        os.close(lock)
        signal.signal(signal.SIGTERM, before)


def _take(lock: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
