"""`artkeep`, made to die at one step: `python -m tests.e2e.dying MODULE NAME WHEN WORDS…`.

Sends itself SIGKILL at the first call of the function MODULE.NAME, `before` or `after` it.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

from artkeep.cli.app import main


def make_deadly(module_name: str, name: str, when: str) -> None:
    module = importlib.import_module(module_name)
    original = getattr(module, name)

    def deadly(*args: Any, **kwargs: Any) -> None:
        if when == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, deadly)


if __name__ == "__main__":
    make_deadly(*sys.argv[1:4])
    sys.exit(main(sys.argv[4:]))
