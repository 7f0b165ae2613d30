"""Files and their places: reserving names, settling downloads, finding files again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from artkeep.domain.artwork import StageName, Status
from artkeep.store import claims, shared_files, source_images, superseded, work
from artkeep.store.bulk import insert_new
from artkeep.store.claims import Claim
from artkeep.store.json_text import WANTED_NAMES, wanted_names
from artkeep.store.models import Artwork, ArtworkFile, File, Place, Root, table_of
from artkeep.store.places import Intent
from artkeep.store.source_images import SourceFile
from artkeep.store.work import Ending


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
    is_primary: bool = True


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
    Place.is_primary,
)


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
    supersedes: bool = False  # in place of what was fetched for the artwork before
    frames: list[dict[str, Any]] | None = None  # of an ugoira: how its pictures are shown
    shares: int | None = None  # the file of another artwork: these are its bytes
    source: SourceFile | None = None


def settle(connection: Connection, owner: str, downloads: Sequence[Settled]) -> set[int]:
    """D9: file, place, artwork and work in one transaction, for claims still held."""
    held = claims.still_held(connection, owner, (download.claim for download in downloads))
    mine = [download for download in downloads if download.claim.id in held]
    if not mine:
        return held
    now = datetime.now(UTC)
    file_ids, own = _files_for(connection, mine, now)
    artwork_ids = [download.claim.artwork_id for download in mine]
    freed = superseded.retire_lost(
        connection,
        {
            download.claim.artwork_id: (file_id, download.intent.sha256)
            for download, file_id in zip(mine, file_ids, strict=True)
        },
    )
    shown = list(zip(artwork_ids, file_ids, strict=True))
    insert_new(connection, ArtworkFile, ("artwork_id", "file_id"), shown)
    connection.execute(
        update(table_of(Place))
        .where(Place.id == bindparam("place"))
        .values(
            file_id=bindparam("file"),
            artwork_id=bindparam("artwork"),
            is_primary=bindparam("first"),
        ),
        [
            {
                "place": download.intent.place_id,
                "file": file_id,
                "artwork": download.claim.artwork_id,
                "first": file_id in own,
            }
            for download, file_id in zip(mine, file_ids, strict=True)
        ],
    )
    if freed:  # it lies under another name now
        unused = Place.id.in_(freed) & Place.file_id.is_(None) & Place.is_primary
        connection.execute(delete(Place).where(unused))
    together = zip(mine, file_ids, strict=True)
    superseded.supersede(
        connection, {one.claim.artwork_id: id_ for one, id_ in together if one.supersedes}
    )
    for kind in {download.kind for download in mine}:
        ids = [download.claim.artwork_id for download in mine if download.kind == kind]
        values = {"downloaded_at": now, "kind": kind}
        connection.execute(update(Artwork).where(Artwork.id.in_(ids)).values(values))
    work.end_held(
        connection,
        [Ending(d.claim, Status.DONE, reason=d.reason, bytes=d.bytes_fetched) for d in mine],
    )
    for download in mine:
        if download.source is not None:
            source_images.keep(connection, download.claim.artwork_id, download.source)
    _ask_to_examine(connection, mine)
    _ask_to_render(connection, mine)
    return held


def _files_for(
    connection: Connection, downloads: Sequence[Settled], now: datetime
) -> tuple[list[int], set[int]]:
    """A file for each: that of other artworks whose bytes it shares, as long as it is what it
    was then; one that came back for others, and for this one with them; or one of its own. Also
    those that are its own."""
    shared = {download.shares for download in downloads if download.shares is not None}
    still = shared_files.still_there(connection, shared)
    back = shared_files.shown_already(
        connection,
        {
            download.claim.artwork_id: download.intent.sha256
            for download in downloads
            if download.claim.job_id is None and not download.supersedes
        },
    )
    taken: dict[int, int] = {}
    for download in downloads:
        artwork_id, shares = download.claim.artwork_id, download.shares
        if shares is not None and (shares, download.intent.sha256) in still:
            taken[artwork_id] = shares
        elif artwork_id in back:
            taken[artwork_id] = back[artwork_id]
    own = [download for download in downloads if download.claim.artwork_id not in taken]
    made = _insert_files(connection, own, now) if own else []
    following = iter(made)
    ids = [taken.get(download.claim.artwork_id) or next(following) for download in downloads]
    return ids, set(made)


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
            "spec": {"frames": download.frames} if download.frames else None,
            "created_at": now,
        }
        for download in downloads
    ]
    made: dict[str, list[int]] = {}
    for sha256, file_id in connection.execute(statement, rows).all():
        made.setdefault(sha256 or "", []).append(file_id)
    return [made[download.intent.sha256].pop() for download in downloads]


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


def _ask_to_render(connection: Connection, downloads: Sequence[Settled]) -> None:
    """An archive of pictures can be looked at as an animation only: the house makes it."""
    for download in downloads:
        spec = download.claim.spec
        if download.intent.format == "ugoira" and StageName.CONVERT not in spec.get("then", ()):
            for_job = download.claim.job_id or spec.get("for_job")
            asked = {"for_job": for_job}
            work.ask(connection, [download.claim.artwork_id], StageName.CONVERT, None, asked)


def originals(
    connection: Connection,
    artwork_ids: Collection[int],
    states: Collection[str] = ("present",),
    *,
    role: str = "original",
) -> dict[int, FilePlace]:
    """The primary place of each artwork's original (or newest file of another role), by
    artwork."""
    rows = connection.execute(
        select(*_FILE_PLACE)
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(list(artwork_ids)),
            File.role == role,
            File.state.in_(list(states)),
            Place.is_primary,
        )
        .order_by(File.id)
    )
    return {row[0]: FilePlace(*tuple(row)) for row in rows}


def artworks_showing(connection: Connection, file_ids: Collection[int]) -> set[int]:
    """The artworks that these files show."""
    if not file_ids:
        return set()
    found = select(ArtworkFile.artwork_id).where(ArtworkFile.file_id.in_(list(file_ids)))
    return set(connection.scalars(found))


_DOWNLOADED = {
    dialect: select(Artwork.id).where(
        Artwork.site == bindparam("site"),
        Artwork.site_id.in_(select(names.c.name)),
        Artwork.download_status == Status.DONE.value,
    )
    for dialect, names in WANTED_NAMES.items()
}


def downloaded(connection: Connection, site: str, site_ids: Collection[str]) -> list[FilePlace]:
    """Where the originals of those of these artworks lie that count as downloaded."""
    if not site_ids:
        return []
    statement, asked = _DOWNLOADED[connection.dialect.name], wanted_names(list(site_ids))
    return should_lie(connection, connection.scalars(statement, {"site": site, **asked}).all())


def should_lie(connection: Connection, artwork_ids: Collection[int]) -> list[FilePlace]:
    """Where the files of downloaded artworks should be: the original, or what replaced it."""
    if not artwork_ids:
        return []
    found = originals(connection, artwork_ids, ("present", "missing"))
    others = set(artwork_ids) - found.keys()
    if others:
        found |= originals(connection, others, ("present", "missing"), role="converted")
    return list(found.values())


def places_after(
    connection: Connection, root_id: int, after: int, limit: int
) -> list[FilePlace]:
    """Filled places of a root by id, `limit` of them after the place with id `after`."""
    rows = connection.execute(
        select(*_FILE_PLACE)
        .select_from(Place)
        .join(File, File.id == Place.file_id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .join(Artwork, Artwork.id == ArtworkFile.artwork_id)
        .where(
            Place.root_id == root_id,
            Place.id > after,
            File.state != "trashed",
            Artwork.download_status != Status.SKIPPED.value,  # deleted, and another one is not
        )
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
                    # What was deleted on purpose stays deleted.
                    Artwork.download_status.not_in((Status.DONE.value, Status.SKIPPED.value)),
                )
            )
        )
        is not None
    ]
    work.ask(connection, ids, StageName.DOWNLOAD, None, {"quality": "hd"})
    return len(ids)


@dataclass(frozen=True, slots=True)
class Lying:
    """Where a file should lie, and what it is."""

    root: str
    path: str  # below the root, forward slashes
    format: str
    sha256: str


def lying(connection: Connection, file_id: int) -> Lying | None:
    """None when there is no such file, or it has no place any more."""
    row = connection.execute(
        select(Root.path, Place.path, File.format, File.sha256)
        .join_from(File, Place, Place.file_id == File.id)
        .join(Root, Root.id == Place.root_id)
        .where(File.id == file_id)
        .order_by(Place.is_primary.desc(), Place.id)
        .limit(1)
    ).one_or_none()
    return Lying(*row) if row else None


def mark(connection: Connection, file_ids: Collection[int], state: str) -> None:
    """Note that files are missing, damaged, changed or present again."""
    if file_ids:
        connection.execute(update(File).where(File.id.in_(list(file_ids))).values(state=state))
