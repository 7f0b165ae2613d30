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


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server, give its URL (database `postgres`), stop and remove it at the end."""
    programs = find_server_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="artkeep-pg-"))
    as_user: list[str] = []
    user = getpass.getuser()
    if os.name == "posix" and os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
        user = "postgres"
    place = folder / "cluster"

    def run(*words: str | Path) -> None:
        # pg_ctl leaves the server behind, which would keep captured pipes open.
        subprocess.run(
            [*as_user, *map(str, words)], check=True, cwd=folder, stdout=subprocess.DEVNULL
        )

    run(programs / "initdb", "-D", place, "-A", "trust", "-U", user, "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
    run(programs / "pg_ctl", "-D", place, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://{user}@/postgres?host={folder}"
    finally:
        run(programs / "pg_ctl", "-D", place, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
