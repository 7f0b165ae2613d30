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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "backend"))

from artkeep.launch import environment, page  # noqa: E402 - needs the line above
from artkeep.launch.steps import SetupFailed, StepFailed, apt_get, run_step  # noqa: E402
from tests.postgres import find_server_programs  # noqa: E402

LOCKS = ("requirements.lock", "requirements-dev.lock")
# By file: tests of one file share a browser and a running program. In the order of the folders:
# otherwise the files with the fewest tests, which are the slowest ones, would all come last.
TESTS = (
    *("pytest", "-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"),
    *("--durations", "25"),
)
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
    """Run them all, even after a failure; a line for each at the end.

    The tests wait for other programs half of the time: meanwhile the other checks are done,
    and what they said is printed when they are over.
    """
    environ = dict(os.environ)
    environ["PATH"] = os.pathsep.join(
        [str(environment.VENV_PYTHON.parent), environ.get("PATH", os.defpath)]
    )
    with ThreadPoolExecutor(1) as beside:
        quick = [beside.submit(_run, check, environ, True) for check in checks[:-1]]
        last = _run(checks[-1], environ, False)
        done = [*(check.result() for check in quick), last]
    for outcome in done[:-1]:
        print(f"\n== {outcome.name}\n{outcome.said}", end="")
    print("\n== summary")
    for outcome in done:
        verdict = "ok    " if outcome.code == 0 else "FAILED"
        print(f"{verdict}  {outcome.name}  ({outcome.seconds:.1f} s)")
    sys.stdout.flush()
    return 1 if any(outcome.code for outcome in done) else 0


@dataclass(frozen=True)
class Outcome:
    """Of one check; `said` only when nobody has seen it yet."""

    name: str
    code: int
    seconds: float
    said: str


def _run(check: Sequence[str], environ: dict[str, str], is_beside: bool) -> Outcome:
    started = time.monotonic()
    name = " ".join(check)
    if not is_beside:
        print(f"\n== {name}", flush=True)
    program: Sequence[str | Path]
    if check[0] == "npm":
        program, environ = page.npm_command(*check[1:])
        folder = page.FRONTEND
    else:
        program, folder = [environment.VENV_PYTHON.parent / check[0], *check[1:]], ROOT
    ran = subprocess.run(
        program,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE if is_beside else None,
        stderr=subprocess.STDOUT if is_beside else None,
        encoding="utf-8",
        errors="replace",
    )
    code = ran.returncode
    if check == TESTS and code == 1:
        # A browser beside other tests on two cores may be too slow for once. What is wrong is
        # wrong a second time, too; what is not stands above for whoever wants to steady it.
        print("\n== once more, alone: what failed", flush=True)
        code = subprocess.run([program[0], "--last-failed"], cwd=ROOT, env=environ).returncode
    return Outcome(name, code, time.monotonic() - started, ran.stdout or "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
