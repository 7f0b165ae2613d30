"""A program that serves its page, with what it printed until it was there."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import urllib.request
from typing import Any

from tests.e2e.program import Home

PAGE = re.compile(r"Artkeep [\d.]+: (http://127\.0\.0\.1:(\d+)/)")


class Running:
    """A started page; `said` is what it printed until it was there."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""
        assert process.stdout is not None
        while not self.said.endswith("Press Ctrl-C to stop it.\n"):
            line = process.stdout.readline()
            assert line, self.said + (process.communicate()[1] or "")
            self.said += line
        found = PAGE.search(self.said)
        assert found is not None, self.said
        self.url, self.port = found[1], int(found[2])

    def ask(self, path: str) -> Any:
        """GET, as `curl` does."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=20) as reply:
            return json.loads(reply.read())

    def end(self, number: int = signal.SIGINT) -> str:
        """One signal, and what it says to that."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, err
        assert "Traceback" not in out + err
        return err


def start(home: Home, *words: str, **settings: str) -> Running:
    """`artkeep gui words…` until it serves its page."""
    return Running(home.start("gui", "--no-browser", *words, **settings))
