"""`python -m artkeep.demo`: the sample site as a process of its own."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from pathlib import Path

from artkeep.demo.server import run


def main() -> None:
    options = _parse()
    if options.exit_with_stdin:
        threading.Thread(target=_exit_when_stdin_closes, daemon=True).start()
    try:
        run(
            options.port,
            options.items,
            options.cache,
            lambda url: print(f"ready {url}", flush=True),
            payload_bytes=options.payload_bytes,
            latency_s=options.latency_ms / 1000,
        )
    except OSError as error:
        sys.exit(f"The sample site cannot listen on port {options.port}: {error.strerror}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m artkeep.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--items", type=int, default=480, help="how many images and videos")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "artkeep-sample-site",
        help="folder for painted pictures",
    )
    parser.add_argument(
        "--payload-bytes", type=int, help="serve noise of this size instead of art"
    )
    parser.add_argument("--latency-ms", type=float, default=0.0, help="delay of every answer")
    parser.add_argument(
        "--exit-with-stdin", action="store_true", help="end when standard input closes"
    )
    return parser.parse_args()


def _exit_when_stdin_closes() -> None:
    """A parent that dies closes our input; nothing here needs saving, so leave at once."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
