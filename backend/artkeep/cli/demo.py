"""`artkeep demo-site` and the demonstration: the whole program on a site of its own."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from artkeep.cli.output import clean
from artkeep.cli.words import say
from artkeep.errors import AppError

CREATOR = "aurora_atelier"


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`demo-site` with its options."""
    parser = verbs.add_parser(
        "demo-site",
        help="run the sample site alone",
        epilog="artkeep demo-site --port 8600",
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--items", type=int, default=480, metavar="N", help="how many artworks")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C."""
    if not 0 <= args.port <= 65535 or args.items < 1:
        raise AppError("--port must be a port and --items at least 1.")
    with suppress(KeyboardInterrupt), sample_site(args.items, port=args.port) as url:
        print(say("Sample site at {url}", url=url), flush=True)
        print(say("Press Ctrl-C to stop it."), file=sys.stderr, flush=True)
        _wait_for_ever()
    return 0


def _wait_for_ever() -> None:
    import threading

    threading.Event().wait()


def cache_dir() -> Path:
    """Where rendered sample pictures are kept; may be deleted at any time."""
    return Path(platformdirs.user_cache_dir("artkeep", appauthor=False)) / "sample-site"


@contextmanager
def sample_site(items: int = 480, port: int = 0) -> Iterator[str]:
    """The sample site in a process of its own, which ends with this one; gives its address."""
    words = [sys.executable, "-m", "artkeep.demo", "--port", str(port), "--items", str(items)]
    words += ["--cache", str(cache_dir()), "--exit-with-stdin"]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = process.stdout.readline()
        if not line.startswith("ready "):
            raise AppError(f"The sample site did not start. {clean(line)}", code="demo_site")
        yield line.split()[1]
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def free_or_any(port: int) -> int:
    """This port if nobody listens there, else 0: any."""
    with socket.socket() as trying:
        if sys.platform != "win32":
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def demo_environment(url: str) -> dict[str, str]:
    """What points the program at the sample site, without limits (it is on loopback)."""
    return {
        **os.environ,
        "ARTKEEP_SITES__CIVITAI__BASE_URL": url,
        "ARTKEEP_SITES__CIVITAI__MEDIA_URL": url,
        "ARTKEEP_SITES__CAPTURES__MEDIA_URL": url,
        "ARTKEEP_NET__UNLIMITED": "1",
    }
