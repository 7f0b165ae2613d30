"""`python -m tests.bench [NAME …]`: run the named benchmarks one after the other, or all."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

NAMES = (
    "claims",
    "downloads",
    "boorus",
    "startup",
    "walks",
    "listing",
    "server",
    "page",
    "scroll",
    "instances",
    "embedding",
    "conversion",
    "moving",
    "captions",
    "kills",
    "tagging",
    "adoption",
    "captures",
    "har",
    "library",
)


def main(names: Sequence[str]) -> int:
    """0, or 2 for a name that is none."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}. There are: {', '.join(NAMES)}.")
        return 2
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
