"""A classic tracking database that is there before ours is.

It has the same file name. Where it lies in our data folder it makes way under another name;
elsewhere it stays where it is. Its bytes are never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from artkeep.jobs.adopt_sources import DATABASE
from artkeep.logs import get_logger
from artkeep.media.library import rename_into_place
from artkeep.store.legacy import is_classic_database

log = get_logger(__name__)

_MADE_WAY = "tracking_database.classic.sqlite"


def make_way(data_dir: Path) -> Path | None:
    """Give a classic database in our data folder another name, before ours is made there."""
    there = data_dir / DATABASE
    if not is_classic_database(there):
        return None
    to = data_dir / _MADE_WAY
    for number in range(2, 100):
        try:
            rename_into_place(there, to)
        except FileExistsError:
            to = data_dir / f"tracking_database.classic-{number}.sqlite"
            continue
        for ending in ("-journal", "-wal"):
            beside = there.with_name(there.name + ending)
            if beside.exists():
                beside.rename(to.with_name(to.name + ending))
        log.info("a classic database made way", to=str(to))
        return to
    return None


def find_old_databases(data_dir: Path, folders: Iterable[Path]) -> list[Path]:
    """Classic databases in the data folder and in these: the program's, the current one."""
    made_way = sorted(data_dir.glob("tracking_database.classic*.sqlite"))
    candidates = [*made_way, *(folder / DATABASE for folder in folders)]
    found = {one.resolve(): one for one in candidates if is_classic_database(one)}
    return list(found.values())
