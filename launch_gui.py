"""Start Artkeep: set it up beside this file where needed, then hand over to it.

    python launch_gui.py            set up on the first run, then start
    python launch_gui.py --help     every option; needs nothing installed

Standard library only. Written so that Python 3.8 can still read this file and say no.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent / "backend"))


def main(argv: Sequence[str] | None = None) -> int:
    """Set up, then become Artkeep. Returns only when there is nothing to hand over to."""
    args = list(sys.argv[1:] if argv is None else argv)
    if not _is_new_enough():
        return 1
    options = build_parser().parse_args(args)
    has_page = _set_up(with_page=not options.once)
    from artkeep.launch import environment

    if options.setup:
        print(f"Ready: {environment.VENV}")
        return 0 if has_page else 1
    # -P: a file named like one of our packages in the current folder must not take its place.
    return hand_over([str(environment.VENV_PYTHON), "-P", "-m", "artkeep", "gui", *args])


def start_program(module: str) -> int:
    """Set up, then become another program of ours with the arguments that were given."""
    if not _is_new_enough():
        return 1
    _set_up(with_page=False)
    from artkeep.launch import environment

    return hand_over([str(environment.VENV_PYTHON), "-P", "-m", module, *sys.argv[1:]])


def _is_new_enough() -> bool:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an old console may not know every character
            stream.reconfigure(errors="backslashreplace")
    if sys.version_info < (3, 11):  # noqa: UP036 - this file must say so to older ones
        print(_too_old(), file=sys.stderr)
        return False
    return True


def _set_up(*, with_page: bool) -> bool:
    """Whether the page is there or is not asked for. Raises SystemExit when it did not work."""
    from artkeep.launch import environment, page
    from artkeep.launch.steps import SetupFailed

    try:
        environment.set_up(["requirements.lock"])
        return not with_page or page.build()
    except SetupFailed as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("\nStopped. Start again to go on with the set-up.", file=sys.stderr)
        sys.exit(130)


def build_parser() -> argparse.ArgumentParser:
    """The options of `artkeep gui`; all but --setup are passed on as they are."""
    parser = argparse.ArgumentParser(
        prog="launch_gui.py",
        description="Set up Artkeep on the first run, then start it.",
        epilog="Exit codes: 0 done, 1 set-up failed, 2 usage, 3 finished but incomplete, "
        "4 not found, 5 login or key needed, 6 disk, 7 database, 130 interrupted.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--port", type=_port, metavar="N", help="port of the page (5000)")
    add("--host", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    add("--no-browser", action="store_true", help="do not open the browser")
    add("--demo", action="store_true", help="use the sample site: no network, no account")
    add("--once", action="store_true", help="with --demo: do the main job, print it, exit")
    add("--setup", action="store_true", help="prepare everything, then exit")
    add("--resume", action="store_true", help="go on with the jobs that were interrupted")
    add("--data-dir", metavar="DIR", help="folder for database, settings and logs")
    add("--library", metavar="DIR", help="folder for pictures and videos")
    add("--database-url", metavar="URL", help="PostgreSQL instead of SQLite")
    return parser


def hand_over(command: list[str]) -> int:
    """Replace this process by the command; on Windows run it and answer with its exit code."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import signal
    import subprocess

    # The console sends Ctrl-C to both processes: the child ends itself, we wait for it.
    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    return subprocess.Popen(command).wait()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _too_old() -> str:
    import shutil
    import subprocess

    text = (
        f"Artkeep needs Python 3.11 or newer. This is Python {sys.version.split()[0]} "
        f"({sys.executable})."
    )
    for minor in range(20, 10, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            start = f"python3.{minor} {Path(sys.argv[0]).name}"
            return f"{text}\nA newer one is here. Start with:  {start}"
    return f"{text}\nGet one from python.org or your system's packages, then start again."


if __name__ == "__main__":
    sys.exit(main())
