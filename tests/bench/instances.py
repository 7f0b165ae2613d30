"""Four processes on one database, one of them killed every five seconds; two on one budget.

Small pictures of one creator, without limits, on SQLite and on PostgreSQL; who was killed is
started again until the job is completed. Counted at the end: items lost or done twice, files
fetched again (only what was in hand at a kill may be), and what `check --hashes` finds.

Then the same gallery with its limits on, for one process and for two: how many requests a
second left, and the most in any span of time beyond what one process may send.

`python -m tests.bench.instances 2000` takes 2,000 pictures instead of 20,000.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.postgres import find_server_programs, running_server

ITEMS = 20_000
PROCESSES = 4
KILL_EVERY_S = 5.0
PAYLOAD = 2_000
BUDGET_S = 30.0
CREATOR = "bench_creator"
ROOT = Path(__file__).parents[2]
RATES = {"api": (1.0, 2), "media": (10.0, 10)}  # requests per second and burst, see SiteLimits


@dataclass
class Machine:
    """A data folder of its own; database, library and site are shared."""

    folder: Path
    site: str
    library: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """`artkeep words…`, running; what it says lies in its folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "out").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "artkeep", *words],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "backend"),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ARTKEEP_DATA_DIR": str(self.folder / "data"),
            "ARTKEEP_LIBRARY": str(self.library),
            "ARTKEEP_DATABASE_URL": self.database_url,
            "ARTKEEP_SITES__CIVITAI__BASE_URL": self.site,
            "ARTKEEP_SITES__CIVITAI__MEDIA_URL": self.site,
            "ARTKEEP_DISK__KEEP_FREE": "0",
            "ARTKEEP_WORKERS__EXAMINE": "0",
            **self.settings,
        }


@contextmanager
def bench_site(files: int) -> Iterator[str]:
    """A gallery that keeps count, in a process of its own."""
    words = [sys.executable, "-m", "tests.bench.site", "--files", str(files), "--keep-count"]
    words += ["--payload-bytes", str(PAYLOAD), "--side", "16"]
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'backend'}{os.pathsep}{ROOT}"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.stdin.close()
        process.wait()


def requests_of(site: str) -> list[tuple[str, float]]:
    """Every request that the gallery got: path, and when by its clock."""
    with urllib.request.urlopen(f"{site}/count") as reply:
        return [(path, at) for path, at in json.loads(reply.read())]


@contextmanager
def databases(folder: Path) -> Iterator[list[tuple[str, str]]]:
    """An address of each kind, with its name."""
    lite = ("SQLite", f"sqlite:///{folder / 'tracking_database.sqlite'}")
    if find_server_programs() is None:
        print("no PostgreSQL server programs: only SQLite is measured")
        yield [lite]
        return
    with running_server() as url:
        yield [lite, ("PostgreSQL", url)]


def kill_now_and_then(machines: Sequence[Machine]) -> tuple[float, int]:
    """Start all, kill one at a time and start it again, until all end well: seconds, kills."""
    words = ("get", "--user", CREATOR, "--json", "--concurrency", "8")
    chance = random.Random(7)
    began = time.monotonic()
    running = [machine.start(*words) for machine in machines]
    kills, due = 0, began + KILL_EVERY_S
    while any(process.poll() != 0 for process in running):
        for number, process in enumerate(running):
            if process.poll() not in (None, 0):
                running[number] = machines[number].start(*words)
        if time.monotonic() >= due:
            number = chance.randrange(len(running))
            if running[number].poll() is None:
                running[number].send_signal(signal.SIGKILL)
                running[number].wait()
                running[number] = machines[number].start(*words)
                kills += 1
            due += KILL_EVERY_S
        with suppress(subprocess.TimeoutExpired, StopIteration):
            next(process for process in running if process.poll() is None).wait(0.1)
    return time.monotonic() - began, kills


def measure_kills(name: str, url: str, folder: Path, items: int) -> bool:
    """One line of the table; whether nothing went wrong."""
    library = folder / "library"
    quick = {"ARTKEEP_NET__UNLIMITED": "1"}
    with bench_site(items) as site:
        machines = [
            Machine(folder / f"m{number}", site, library, url, quick)
            for number in range(PROCESSES)
        ]
        seconds, kills = kill_now_and_then(machines)
        fetched = Counter(path for path, _ in requests_of(site) if path.startswith("/x"))
        check = machines[0].start("check", "--hashes")
        is_clean = check.wait() == 0
    done, files, owned = counts(url)
    on_disk = sum(1 for path in library.rglob("*.jpeg") if ".artkeep" not in path.parts)
    on_disk += sum(1 for path in library.rglob("*.jpg") if ".artkeep" not in path.parts)
    again = sum(fetched.values()) - len(fetched)
    lost, twice = items - done, max(files, on_disk) - done
    is_good = is_clean and not (lost or twice or owned)
    print(
        f"{name:12}{seconds:>8.0f}{items / seconds:>9.0f}{kills:>7}{lost:>6}{twice:>7}"
        f"{again:>10}{'clean' if is_clean else 'NOT CLEAN':>12}{'' if is_good else '  WRONG'}",
        flush=True,
    )
    return is_good


def counts(url: str) -> tuple[int, int, int]:
    """Downloaded artworks, files, and work that somebody still holds."""
    engine = create_engine(url)
    questions = (
        "SELECT count(*) FROM artworks WHERE download_status = 'done'",
        "SELECT count(*) FROM files",
        "SELECT count(*) FROM work WHERE owner IS NOT NULL OR stage = 'download'",
    )
    with engine.connect() as connection:
        done, files, owned = (connection.scalar(text(one)) or 0 for one in questions)
    engine.dispose()
    return done, files, owned


def measure_budget(name: str, url: str, site: str, folder: Path, processes: int) -> float:
    """Requests with the limits on, for half a minute: print them; the worst excess."""
    machines = [
        Machine(folder / f"b{number}", site, folder / "library", url)
        for number in range(processes)
    ]
    before = len(requests_of(site))
    words = ("get", "--user", CREATOR, "--json", "--concurrency", "10")
    running = [machine.start(*words) for machine in machines]
    time.sleep(BUDGET_S)
    left = requests_of(site)[before:]
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        process.wait()
    worst, shown = 0.0, ""
    for lane, (rate, burst) in RATES.items():
        moments = [at for path, at in left if path.startswith("/x") == (lane == "media")]
        worst = max(worst, excess(moments, rate, burst))
        shown += f"{len(moments) / (moments[-1] - moments[0]):>9.2f}"
    print(f"{name + ', ' + str(processes):16}{shown}{worst:>9.1f}", flush=True)
    return worst


def excess(moments: Sequence[float], rate: float, burst: int) -> float:
    """The most requests in any span of time beyond the burst and what the rate gives."""
    worst = 0.0
    lowest = float("inf")  # of rate x time - number, over all beginnings
    for number, moment in enumerate(moments):
        lowest = min(lowest, number - rate * moment)
        worst = max(worst, number + 1 - rate * moment - lowest - burst)
    return worst


def main(items: int = ITEMS) -> None:
    """Print both tables."""
    folder = Path(tempfile.mkdtemp(prefix="artkeep-bench-"))
    try:
        print(f"{items} items, {PROCESSES} processes, one killed every {KILL_EVERY_S:.0f} s")
        print(
            f"{'':12}{'s':>8}{'items/s':>9}{'kills':>7}{'lost':>6}{'twice':>7}{'re-fetched':>10}"
        )
        with databases(folder) as found:
            for name, url in found:
                measure_kills(name, url, folder / name, items)
        print(
            f"\nwith limits, {BUDGET_S:.0f} s: requests a second to api and media, and excess"
        )
        (folder / "budget").mkdir()
        with databases(folder / "budget") as found:
            for name, url in found:
                with bench_site(ITEMS) as site:
                    for processes in (1, 2):
                        measure_budget(name, url, site, folder / f"budget-{name}", processes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
