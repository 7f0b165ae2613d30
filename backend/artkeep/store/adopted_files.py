"""Giving artworks files that lie there already, many at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from artkeep.domain.artwork import Kind, StageName, Status
from artkeep.domain.naming import compare_key
from artkeep.store.bulk import insert_new
from artkeep.store.json_text import WANTED_NAMES, wanted_names
from artkeep.store.models import Artwork, ArtworkFile, Failure, File, Place, Work, table_of


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Whole bytes of an artwork and where they lie: (root id, path below it), best first."""

    role: str
    quality: str
    format: str
    kind: Kind
    size: int
    sha256: str
    downloaded_sha256: str
    width: int | None
    height: int | None
    places: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """An artwork's row and its files; of several the last one is shown."""

    artwork_id: int
    files: tuple[FoundFile, ...]
    downloaded_at: datetime | None


def fill(connection: Connection, free: Sequence[Filling]) -> tuple[int, tuple[str, ...]]:
    """Give artworks their files, in the places that nobody else has; how many got one, and the
    paths that are others'. Nobody may be downloading them."""
    places = _reserve(connection, free)
    refused: list[str] = []
    filled: list[tuple[int, FoundFile, list[int]]] = []
    for one in free:
        for file in one.files:
            mine: list[int] = []
            for root_id, path in file.places:
                place_id, owner, holds = places[root_id, compare_key(path)]
                if owner == one.artwork_id and holds is None and place_id not in mine:
                    mine.append(place_id)
                elif owner != one.artwork_id:
                    refused.append(path)
            if mine:
                filled.append((one.artwork_id, file, mine))
    done = {artwork_id for artwork_id, _, _ in filled}
    if done:
        _insert_files(connection, filled)
        _finish(connection, [one for one in free if one.artwork_id in done])
    return len(done), tuple(refused)


def _reserve(
    connection: Connection, free: Sequence[Filling]
) -> dict[tuple[int, str], tuple[int, int | None, int | None]]:
    """Places by root and key: their id, whose they are, and the file in them if any."""
    rows: dict[tuple[int, str], tuple[Any, ...]] = {}
    for one in free:
        for file in one.files:
            for at, (root_id, path) in enumerate(file.places):
                key = compare_key(path)
                rows.setdefault((root_id, key), (root_id, path, key, one.artwork_id, at == 0))
    names = ("root_id", "path", "compare_key", "artwork_id", "is_primary")
    insert_new(connection, Place, names, list(rows.values()))
    found: dict[tuple[int, str], tuple[int, int | None, int | None]] = {}
    for root in sorted({root_id for root_id, _ in rows}):
        keys = sorted(key for root_id, key in rows if root_id == root)
        statement = _PLACES[connection.dialect.name]
        for row in connection.execute(statement, {"root": root, **wanted_names(keys)}):
            found[root, row.compare_key] = (row.id, row.artwork_id, row.file_id)
    return found


_PLACES = {
    dialect: select(Place.compare_key, Place.id, Place.artwork_id, Place.file_id).where(
        Place.root_id == bindparam("root"), Place.compare_key.in_(select(names.c.name))
    )
    for dialect, names in WANTED_NAMES.items()
}


def _insert_files(
    connection: Connection, filled: Sequence[tuple[int, FoundFile, list[int]]]
) -> None:
    """One artwork's files in rounds, so that the best of them is the newest."""
    rounds: dict[int, list[tuple[int, FoundFile, list[int]]]] = {}
    seen: Counter[int] = Counter()
    for one in filled:
        rounds.setdefault(seen[one[0]], []).append(one)
        seen[one[0]] += 1
    for _, some in sorted(rounds.items()):
        file_ids = _new_files(connection, [file for _, file, _ in some])
        shows = [(one[0], id_) for one, id_ in zip(some, file_ids, strict=True)]
        insert_new(connection, ArtworkFile, ("artwork_id", "file_id"), shows)
        lies = [
            {"place": place_id, "file": file_id, "first": at == 0}
            for (_, _, place_ids), file_id in zip(some, file_ids, strict=True)
            for at, place_id in enumerate(place_ids)
        ]
        connection.execute(_LIES, lies)


def _new_files(connection: Connection, files: Sequence[FoundFile]) -> list[int]:
    """Their ids: rows that nothing shows yet are those of this transaction; such of the same
    bytes are alike."""
    now = datetime.now(UTC)
    last = connection.scalar(select(func.max(File.id))) or 0
    rows = [(*(getattr(file, name) for name in _OF_FILE), "present", now) for file in files]
    insert_new(connection, File, (*_OF_FILE, "state", "created_at"), rows)
    hashes = sorted({file.sha256 for file in files})
    made: dict[tuple[Any, ...], list[int]] = {}
    statement = _MADE[connection.dialect.name]
    for file_id, *told in connection.execute(statement, {"last": last, **wanted_names(hashes)}):
        made.setdefault(tuple(told), []).append(file_id)
    return [made[tuple(getattr(file, name) for name in _TELLING)].pop() for file in files]


_TELLING = ("sha256", "downloaded_sha256", "role", "quality")
_MADE = {
    dialect: select(File.id, *(getattr(File, name) for name in _TELLING)).where(
        File.id > bindparam("last"),
        File.sha256.in_(select(names.c.name)),
        ~select(ArtworkFile.file_id).where(ArtworkFile.file_id == File.id).exists(),
    )
    for dialect, names in WANTED_NAMES.items()
}
_OF_FILE = (
    *("role", "quality", "format", "size", "width", "height"),
    *("sha256", "downloaded_sha256"),
)
_LIES = (
    update(table_of(Place))
    .where(Place.id == bindparam("place"))
    .values(file_id=bindparam("file"), is_primary=bindparam("first"))
)
_HAVE = (
    update(table_of(Artwork))
    .where(Artwork.id == bindparam("which"))
    .values(
        download_status=Status.DONE.value,
        examine_status=Status.QUEUED.value,
        convert_status=bindparam("converted"),
        kind=bindparam("what"),
        width=func.coalesce(Artwork.width, bindparam("wide")),
        height=func.coalesce(Artwork.height, bindparam("high")),
        downloaded_at=bindparam("at", type_=Artwork.downloaded_at.type),
    )
)


def _finish(connection: Connection, done: Sequence[Filling]) -> None:
    """They count as downloaded: nobody asks for them again, and they are examined."""
    now = datetime.now(UTC)
    ids = [one.artwork_id for one in done]
    connection.execute(
        _HAVE,
        [
            {
                "which": one.artwork_id,
                "what": one.files[-1].kind.value,
                "wide": one.files[-1].width,
                "high": one.files[-1].height,
                "at": one.downloaded_at or now,
                "converted": _converted(one.files),
            }
            for one in done
        ],
    )
    of_download = StageName.DOWNLOAD.value
    connection.execute(
        delete(Work).where(
            Work.artwork_id.in_(ids), Work.stage == of_download, Work.owner.is_(None)
        )
    )
    connection.execute(
        delete(Failure).where(Failure.artwork_id.in_(ids), Failure.stage == of_download)
    )
    examine = StageName.EXAMINE.value  # the house's own, and tens of thousands of them
    rows = [(id_, examine, "queued", 0, 0, 0, 0, now) for id_ in ids]
    insert_new(connection, Work, _WORK, rows)


_WORK = ("artwork_id", "stage", "state", "epoch", "attempts", "visits", "crashes", "asked_at")


def _converted(files: Sequence[FoundFile]) -> str:
    is_converted = any(file.role == "converted" for file in files)
    return Status.DONE.value if is_converted else Status.NONE.value
