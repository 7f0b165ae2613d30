"""A PostgreSQL server of the tests' own, in a temporary folder, on a socket only."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_server_programs() -> Path | None:
    """The folder with `initdb` and `postgres`, newest version first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    for folder in (*debian, *([Path(found).parent] if found else [])):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    return None


class Server:
    """One server; it may be stopped and started again meanwhile."""

    def __init__(self) -> None:
        programs = find_server_programs()
        assert programs is not None
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="artkeep-pg-"))
        self._as_user: list[str] = []
        self.user = getpass.getuser()
        if os.name == "posix" and os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, "postgres")
            self._as_user = ["runuser", "-u", "postgres", "--"]
            self.user = "postgres"
        self.url = f"postgresql+psycopg://{self.user}@/postgres?host={self.folder}"
        where = f"-k {self.folder} -c listen_addresses="
        self._options = f"{where} -c fsync=off -c max_connections=60"
        words = ("-A", "trust", "-U", self.user, "-E", "UTF8", "--no-sync")
        self._run("initdb", *words)

    def start(self) -> None:
        """Until it answers."""
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", self._options, "start")

    def stop(self, mode: str) -> None:
        """`fast` finishes what runs, `immediate` is a crash."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        """Stop it if it runs, and leave nothing behind."""
        if (self.folder / "cluster" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        # pg_ctl leaves the server behind, which would keep captured pipes open.
        place = str(self.folder / "cluster")
        subprocess.run(
            [*self._as_user, str(self._programs / program), "-D", place, *words],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def server() -> Iterator[Server]:
    """A started server; removed at the end."""
    one = Server()
    try:
        one.start()
        yield one
    finally:
        one.remove()


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server, give its URL (database `postgres`), stop and remove it at the end."""
    with server() as one:
        yield one.url
