"""Artkeep as a process, on a folder of its own, against a gallery that keeps count."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from tests.faulty import Answer, Exchange
from tests.forked import Popen
from tests.gallery import Gallery, Picture

ROOT = Path(__file__).parents[2]


class Home:
    """One installation: data folder, library, database, and the words that start it."""

    def __init__(
        self,
        folder: Path,
        site: Gallery,
        database_url: str | None = None,
        *,
        is_cold: bool = False,
    ) -> None:
        """With `is_cold` programs start as people start them, for whoever measures that."""
        self._is_cold = is_cold
        self.folder = folder
        self.library = folder / "library"
        self.site = site
        self.database_url = database_url or (
            f"sqlite:///{folder / 'data' / 'tracking_database.sqlite'}"
        )
        self._is_own_database = database_url is None
        self._started: list[subprocess.Popen[str]] = []

    def environment(self, **settings: str) -> dict[str, str]:
        """Settings for a process: fast back-off, no examining."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        environment = {
            **kept,
            "PYTHONPATH": str(ROOT / "backend"),
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "ARTKEEP_DATA_DIR": str(self.folder / "data"),
            "ARTKEEP_LIBRARY": str(self.library),
            "ARTKEEP_SITES__CIVITAI__BASE_URL": self.site.url,
            "ARTKEEP_SITES__CIVITAI__MEDIA_URL": self.site.url,
            "ARTKEEP_NET__UNLIMITED": "1",
            "ARTKEEP_NET__TIME_SCALE": "0.05",
            "ARTKEEP_DISK__KEEP_FREE": "0",
            "ARTKEEP_WORKERS__EXAMINE": "0",
            **settings,
        }
        if not self._is_own_database:
            environment["ARTKEEP_DATABASE_URL"] = self.database_url
        return environment

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        """`artkeep words…`, running."""
        return self._start("artkeep", *words, environment=self.environment(**settings))

    def start_dying(
        self, module: str, name: str, when: str, *words: str
    ) -> subprocess.Popen[str]:
        """The same, with SIGKILL at the first call of a function; see `dying`."""
        return self._start_ours("tests.e2e.dying", module, name, when, *words)

    def start_with_mounts(self, table: Path, *words: str) -> subprocess.Popen[str]:
        """The same on a machine that mounts what a table says; see `mounted`."""
        return self._start_ours("tests.e2e.mounted", str(table), *words)

    def _start_ours(self, *module_and_words: str) -> subprocess.Popen[str]:
        environment = self.environment()
        environment["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
        return self._start(*module_and_words, environment=environment)

    def _start(
        self, *module_and_words: str, environment: dict[str, str]
    ) -> subprocess.Popen[str]:
        start = subprocess.Popen if self._is_cold else Popen
        process = start(
            [sys.executable, "-m", *module_and_words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._started.append(process)
        return process

    def close(self) -> None:
        """End what a failed test has left running."""
        for process in self._started:
            if process.poll() is None:
                kill(process)

    def run(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """`artkeep words…` to its end: exit code and what it wrote."""
        process = self.start(*words, **settings)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in out + err, out + err
        return process.returncode, out, err

    def job(self) -> dict[str, Any]:
        """The newest job, as `jobs --json` tells it."""
        code, out, err = self.run("jobs", "show", "--json")
        assert code == 0, err
        found: dict[str, Any] = json.loads(out)
        return found

    def rows(self, query: str) -> list[Any]:
        """Look into the database, beside the program."""
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(query)).all())
        finally:
            engine.dispose()

    def change(self, statement: str) -> None:
        """Change the database behind the program's back."""
        engine = create_engine(self.database_url)
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def files(self) -> dict[str, bytes]:
        """Everything under a final name, by name."""
        return {
            path.name: path.read_bytes()
            for path in sorted(self.library.rglob("*"))
            if path.is_file() and ".artkeep" not in path.parts
        }

    def parts(self) -> list[Path]:
        """What lies unfinished."""
        folder = self.library / ".artkeep" / "parts"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def require_whole(self, pictures: Iterable[Picture]) -> int:
        """Every file that is there is whole; how many pictures are."""
        meant = {f"{one.id}.png": hashlib.sha256(one.body).digest() for one in pictures}
        found = self.files()
        there = [name for name in found if not name.endswith(".json")]
        for name in there:
            assert hashlib.sha256(found[name]).digest() == meant[name], f"{name} is not whole"
        for name, body in found.items():
            if name.endswith(".json"):
                assert json.loads(body)["id"] == name.removesuffix(".json")
        return len(there)


@dataclass
class Pace:
    """How long each body takes, in seconds; may be changed meanwhile."""

    seconds: float


def slowly(body: bytes, pace: Pace) -> Answer:
    """Serve a body in two halves with a pause, so that a kill finds something half done."""

    async def answer(exchange: Exchange) -> None:
        half = len(body) // 2
        length = {"Content-Type": "image/png", "Content-Length": str(len(body))}
        await exchange.send_head(200, length)
        await exchange.send(body[:half])
        await exchange.wait(pace.seconds)
        await exchange.send(body[half:])

    return answer


def hang_up(site: Gallery, author: str, count: int, pace: float | Pace) -> list[Picture]:
    """Pictures that take a moment each."""
    if not isinstance(pace, Pace):
        pace = Pace(pace)
    pictures = site.add(author, count)
    for one in pictures:
        site.media(one, slowly(one.body, pace))
    return pictures


def times_fetched(site: Gallery) -> Counter[str]:
    """How often each address was asked for bytes."""
    return Counter(one.path for one in site.media_requests())


def kill(process: subprocess.Popen[str]) -> None:
    """`kill -9`, and nothing is left of the process."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
