"""Files and their places: reserving names, settling downloads, finding files again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.naming import compare_key
from artkeep.store import claims, work
from artkeep.store.claims import Claim
from artkeep.store.models import Artwork, ArtworkFile, File, Place, Root, Work, table_of
from artkeep.store.work import Ending

_MOST_SUFFIXES = 10_000


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be put under a final name (D7): part of the work's scratch."""

    place_id: int
    path: str  # relative to the root, forward slashes
    sha256: str
    size: int
    format: str
    quality: str

    def to_json(self) -> dict[str, Any]:
        """For the scratch column."""
        return {
            "place_id": self.place_id,
            "path": self.path,
            "sha256": self.sha256,
            "size": self.size,
            "format": self.format,
            "quality": self.quality,
        }

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Intent:
        """The reverse of `to_json`. Raises KeyError for scratch without an intent."""
        return cls(**{name: saved[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Wish:
    """A verified part that wants a name. `path(n)` is the n-th name to try, 0 the best."""

    claim: Claim
    path: Callable[[int], str]
    sha256: str
    size: int
    format: str
    quality: str
    first_suffix: int = 0


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file of an artwork and where it should be."""

    artwork_id: int
    file_id: int
    place_id: int
    root_id: int
    path: str
    size: int
    sha256: str
    format: str
    quality: str
    state: str


_FILE_PLACE = (
    ArtworkFile.artwork_id,
    File.id,
    Place.id,
    Place.root_id,
    Place.path,
    File.size,
    File.sha256,
    File.format,
    File.quality,
    File.state,
)


def save_root(connection: Connection, marker: str, path: str) -> int:
    """The id of the output folder with this marker; remembers where it lies now."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    root_id: int = connection.execute(
        dialect.insert(Root)
        .values(marker=marker, path=path, added_at=datetime.now(UTC))
        .on_conflict_do_update(index_elements=["marker"], set_={"path": path})
        .returning(Root.id)
    ).scalar_one()
    return root_id


def markers_at(connection: Connection, path: str) -> Sequence[str]:
    """The markers of output folders that were last seen at this path."""
    return connection.scalars(select(Root.marker).where(Root.path == path)).all()


def reserve(
    connection: Connection, owner: str, root_id: int, wishes: Sequence[Wish]
) -> dict[int, Intent]:
    """D2 and D7: give each verified part a free name and note the intent, if still held.

    A name that the artwork has already is used again. Returns intents by work id.
    """
    held = claims.still_held(connection, owner, (wish.claim for wish in wishes))
    pending = [(wish, wish.first_suffix) for wish in wishes if wish.claim.id in held]
    intents: dict[int, Intent] = {}
    while pending:
        next_round: list[tuple[Wish, int]] = []
        rows: dict[str, tuple[Wish, int, str]] = {}
        for wish, suffix in pending:
            path = wish.path(suffix)
            key = compare_key(path)
            if key in rows:
                next_round.append((wish, suffix + 1))
            else:
                rows[key] = (wish, suffix, path)
        made = _insert_places(connection, root_id, rows)
        taken = _places_at(connection, root_id, [key for key in rows if key not in made])
        for key, (wish, suffix, path) in rows.items():
            there = taken.get(key)
            if key in made:
                intents[wish.claim.id] = _intent(wish, made[key], path)
            elif there is None:  # another instance let go of it just now
                next_round.append((wish, suffix))
            elif there.artwork_id == wish.claim.artwork_id:
                intents[wish.claim.id] = _intent(wish, there.id, there.path)
            elif suffix < _MOST_SUFFIXES:
                next_round.append((wish, suffix + 1))
        pending = next_round
    notes = [
        (wish.claim, intents[wish.claim.id].to_json())
        for wish in wishes
        if wish.claim.id in intents
    ]
    claims.write_scratch(connection, notes, state="verified")
    return intents


def _intent(wish: Wish, place_id: int, path: str) -> Intent:
    return Intent(place_id, path, wish.sha256, wish.size, wish.format, wish.quality)


def _places_at(connection: Connection, root_id: int, keys: Sequence[str]) -> dict[str, Any]:
    if not keys:
        return {}
    rows = connection.execute(
        select(Place.id, Place.path, Place.compare_key, Place.artwork_id).where(
            Place.root_id == root_id, Place.compare_key.in_(keys)
        )
    )
    return {row.compare_key: row for row in rows.all()}


def _insert_places(
    connection: Connection, root_id: int, rows: dict[str, tuple[Wish, int, str]]
) -> dict[str, int]:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Place).on_conflict_do_nothing().returning(Place.compare_key, Place.id)
    )
    made = connection.execute(
        statement,
        [
            {
                "root_id": root_id,
                "path": path,
                "compare_key": key,
                "artwork_id": wish.claim.artwork_id,
                "is_primary": True,
            }
            for key, (wish, _, path) in sorted(rows.items())
        ],
    )
    return {key: place_id for key, place_id in made.all()}


def move_reservation(
    connection: Connection, owner: str, claim: Claim, root_id: int, wish: Wish
) -> Intent | None:
    """CR-7: a stranger's file lies under our name: let go of it and take the next free one."""
    if not claims.still_held(connection, owner, [claim]):
        return None
    old = claim_intent_place(connection, claim)
    if old is not None:
        connection.execute(delete(Place).where(Place.id == old, Place.file_id.is_(None)))
    return reserve(connection, owner, root_id, [wish]).get(claim.id)


def claim_intent_place(connection: Connection, claim: Claim) -> int | None:
    """The place that this work's scratch has reserved."""
    scratch = connection.scalar(select(Work.scratch).where(Work.id == claim.id))
    place_id = (scratch or {}).get("place_id")
    return int(place_id) if place_id is not None else None


@dataclass(frozen=True, slots=True)
class Settled:
    """A download whose bytes lie under their final name: D9 makes it known."""

    claim: Claim
    intent: Intent
    width: int | None
    height: int | None
    bytes_fetched: int
    kind: str
    reason: str = ""  # how it came, when not simply fetched: adopted, recovered


def settle(connection: Connection, owner: str, downloads: Sequence[Settled]) -> set[int]:
    """D9: file, place, artwork and work in one transaction, for claims still held."""
    held = claims.still_held(connection, owner, (download.claim for download in downloads))
    mine = [download for download in downloads if download.claim.id in held]
    if not mine:
        return held
    now = datetime.now(UTC)
    file_ids = _insert_files(connection, mine, now)
    artwork_ids = [download.claim.artwork_id for download in mine]
    _retire_lost_files(connection, artwork_ids)
    connection.execute(
        insert(ArtworkFile),
        [
            {"artwork_id": download.claim.artwork_id, "file_id": file_id}
            for download, file_id in zip(mine, file_ids, strict=True)
        ],
    )
    connection.execute(
        update(table_of(Place))
        .where(Place.id == bindparam("place"))
        .values(file_id=bindparam("file"), artwork_id=bindparam("artwork")),
        [
            {
                "place": download.intent.place_id,
                "file": file_id,
                "artwork": download.claim.artwork_id,
            }
            for download, file_id in zip(mine, file_ids, strict=True)
        ],
    )
    for kind in {download.kind for download in mine}:
        ids = [download.claim.artwork_id for download in mine if download.kind == kind]
        values = {"downloaded_at": now, "kind": kind}
        connection.execute(update(Artwork).where(Artwork.id.in_(ids)).values(values))
    work.end_held(
        connection,
        [Ending(d.claim, Status.DONE, reason=d.reason, bytes=d.bytes_fetched) for d in mine],
    )
    _ask_to_examine(connection, mine)
    return held


def _insert_files(
    connection: Connection, downloads: Sequence[Settled], now: datetime
) -> list[int]:
    # Unordered, so that many rows go in one statement; rows of the same bytes are alike.
    statement = insert(File).returning(File.downloaded_sha256, File.id)
    rows = [
        {
            "role": "original",
            "quality": download.intent.quality,
            "format": download.intent.format,
            "size": download.intent.size,
            "width": download.width,
            "height": download.height,
            "downloaded_sha256": download.intent.sha256,
            "sha256": download.intent.sha256,
            "created_at": now,
        }
        for download in downloads
    ]
    made: dict[str, list[int]] = {}
    for sha256, file_id in connection.execute(statement, rows).all():
        made.setdefault(sha256 or "", []).append(file_id)
    return [made[download.intent.sha256].pop() for download in downloads]


def _retire_lost_files(connection: Connection, artwork_ids: Collection[int]) -> None:
    """An original that was lost or damaged is superseded by the one just fetched."""
    lost = (
        select(File.id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(artwork_ids),
            File.role == "original",
            File.state.in_(("missing", "damaged")),
        )
    )
    ids = connection.scalars(lost).all()
    if ids:
        connection.execute(update(Place).where(Place.file_id.in_(ids)).values(file_id=None))
        connection.execute(delete(File).where(File.id.in_(ids)))


def _ask_to_examine(connection: Connection, downloads: Sequence[Settled]) -> None:
    """The house examines every download by itself, unless the job has it in its own chain."""
    wanted: dict[tuple[int | None, int], list[int]] = {}
    for download in downloads:
        spec = download.claim.spec
        if StageName.EXAMINE in spec.get("then", ()):
            continue
        key = (download.claim.job_id or spec.get("for_job"), spec.get("fetches", 0))
        wanted.setdefault(key, []).append(download.claim.artwork_id)
    for (for_job, fetches), artwork_ids in wanted.items():
        spec = {"for_job": for_job, "fetches": fetches}
        work.ask(connection, artwork_ids, StageName.EXAMINE, None, spec)


def originals(
    connection: Connection, artwork_ids: Collection[int], states: Collection[str] = ("present",)
) -> dict[int, FilePlace]:
    """The primary place of each artwork's original, by artwork."""
    rows = connection.execute(
        select(*_FILE_PLACE)
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(list(artwork_ids)),
            File.role == "original",
            File.state.in_(list(states)),
            Place.is_primary,
        )
    )
    return {row[0]: FilePlace(*tuple(row)) for row in rows}


def artworks_showing(connection: Connection, file_ids: Collection[int]) -> set[int]:
    """The artworks that these files show."""
    if not file_ids:
        return set()
    found = select(ArtworkFile.artwork_id).where(ArtworkFile.file_id.in_(list(file_ids)))
    return set(connection.scalars(found))


def downloaded(connection: Connection, site: str, site_ids: Collection[str]) -> list[FilePlace]:
    """Where the originals of those of these artworks lie that count as downloaded."""
    if not site_ids:
        return []
    ids = connection.scalars(
        select(Artwork.id).where(
            Artwork.site == site,
            Artwork.site_id.in_(list(site_ids)),
            Artwork.download_status == Status.DONE.value,
        )
    ).all()
    return list(originals(connection, ids, ("present", "missing")).values()) if ids else []


def places_after(
    connection: Connection, root_id: int, after: int, limit: int
) -> list[FilePlace]:
    """Filled places of a root by id, `limit` of them after the place with id `after`."""
    rows = connection.execute(
        select(*_FILE_PLACE)
        .select_from(Place)
        .join(File, File.id == Place.file_id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .where(Place.root_id == root_id, Place.id > after, File.state != "trashed")
        .order_by(Place.id)
        .limit(limit)
    )
    return [FilePlace(*tuple(row)) for row in rows]


def ask_for_adoption(connection: Connection, identities: Sequence[tuple[str, str]]) -> int:
    """Files of known artworks that the database lost: their download finds and adopts them."""
    ids = [
        artwork_id
        for site, site_id in identities
        if (
            artwork_id := connection.scalar(
                select(Artwork.id).where(
                    Artwork.site == site,
                    Artwork.site_id == site_id,
                    Artwork.download_status != Status.DONE.value,
                )
            )
        )
        is not None
    ]
    work.ask(connection, ids, StageName.DOWNLOAD, None, {"quality": "hd"})
    return len(ids)


def mark(connection: Connection, file_ids: Collection[int], state: str) -> None:
    """Note that files are missing, damaged, changed or present again."""
    if file_ids:
        connection.execute(update(File).where(File.id.in_(list(file_ids))).values(state=state))


def orphan_reservations(connection: Connection) -> Sequence[int]:
    """Reserved names whose download is neither unfinished nor done."""
    unfinished = select(Work.artwork_id).where(Work.stage == StageName.DOWNLOAD.value)
    return connection.scalars(
        select(Place.id).where(
            Place.file_id.is_(None),
            or_(Place.artwork_id.is_(None), Place.artwork_id.not_in(unfinished)),
        )
    ).all()


def drop_orphan_reservations(connection: Connection) -> int:
    """Free the names nobody will fill; how many they were."""
    ids = orphan_reservations(connection)
    if ids:
        connection.execute(delete(Place).where(Place.id.in_(ids)))
    return len(ids)


def with_suffix(wish: Wish, suffix: int) -> Wish:
    """The same wish, trying names from the `suffix`-th on."""
    return replace(wish, first_suffix=suffix)
