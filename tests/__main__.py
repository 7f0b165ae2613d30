"""`python3 -m tests`: prepare everything and run every check, with nothing installed before.

    python3 -m tests                       format, lint, types, layers, the page, then all tests
    python3 -m tests tests/net -k robots   only pytest, with these arguments

Any Python from 3.11 will do: the packages go into the same `.venv` that `launch_gui.py` makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "backend"))

from artkeep.launch import environment, page  # noqa: E402 - needs the line above
from artkeep.launch.steps import SetupFailed, StepFailed, apt_get, run_step  # noqa: E402
from tests.postgres import find_server_programs  # noqa: E402

LOCKS = ("requirements.lock", "requirements-dev.lock")
# By file: tests of one file share a browser and a running program.
TESTS = ("pytest", "-n", "4", "--dist", "loadfile")
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
    ("npm", "run", "check"),
    ("npm", "run", "lint"),
    ("npm", "test"),
    TESTS,
)


def main(args: Sequence[str]) -> int:
    """0 when everything passed, 1 when a check failed or set-up did, 130 when interrupted."""
    if sys.version_info < environment.OLDEST:
        print(f"The tests need Python 3.11 or newer, not {sys.version.split()[0]}.")
        return 1
    try:
        environment.set_up(LOCKS)
        prepare_programs()
        if not page.build():
            return 1
        return run_checks([("pytest", *args)] if args else CHECKS)
    except SetupFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def prepare_programs() -> None:
    """PostgreSQL's server, the browser that the page is tested in, and exiftool."""
    missing = [package for package, is_here in _needed().items() if not is_here]
    apt = apt_get() if missing else None
    if apt:
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive", apt]
        try:
            run_step("apt-get update", [*quiet, "update"], environment.LOG, ROOT)
            words = [*quiet, "install", "-y", *missing]
            run_step(f"apt-get install {' '.join(missing)}", words, environment.LOG, ROOT)
        except StepFailed as error:
            print(error)
    for package, is_here in _needed().items():
        if not is_here:
            print(
                f"{package} is not here: the tests that need it will be skipped.\n"
                f"  To run them too:  sudo apt-get install {package}   "
                f"(macOS: brew install {package})"
            )


def _needed() -> dict[str, bool]:
    """Debian's packages, and whether what they bring is here."""
    return {
        "postgresql": find_server_programs() is not None,
        "chromium": any(map(shutil.which, ("chromium", "chromium-browser"))),
        "libimage-exiftool-perl": shutil.which("exiftool") is not None,
    }


def run_checks(checks: Sequence[Sequence[str]]) -> int:
    """Run them all, even after a failure; a line for each at the end."""
    environ = dict(os.environ)
    environ["PATH"] = os.pathsep.join(
        [str(environment.VENV_PYTHON.parent), environ.get("PATH", os.defpath)]
    )
    summary = []
    for check in checks:
        name = " ".join(check)
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        code = _run(check, environ)
        summary.append((name, code, time.monotonic() - started))
    print("\n== summary")
    for name, code, seconds in summary:
        print(f"{'ok    ' if code == 0 else 'FAILED'}  {name}  ({seconds:.1f} s)")
    sys.stdout.flush()
    return 1 if any(code for _, code, _ in summary) else 0


def _run(check: Sequence[str], environ: dict[str, str]) -> int:
    if check[0] == "npm":
        command, environ = page.npm_command(*check[1:])
        return subprocess.run(command, cwd=page.FRONTEND, env=environ).returncode  # type: ignore[arg-type]
    program = environment.VENV_PYTHON.parent / check[0]
    code = subprocess.run([program, *check[1:]], cwd=ROOT, env=environ).returncode
    if check == TESTS and code == 1:
        # A browser beside other tests on two cores may be too slow for once. What is wrong is
        # wrong a second time, too; what is not stands above for whoever wants to steady it.
        print("\n== once more, alone: what failed", flush=True)
        code = subprocess.run([program, "--last-failed"], cwd=ROOT, env=environ).returncode
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
