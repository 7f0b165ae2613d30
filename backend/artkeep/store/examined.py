"""What the decoder found out about files, and sending damaged ones back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, func, select, update

from artkeep.domain.artwork import StageName, Status
from artkeep.store import claims, files, job_events, work
from artkeep.store.claims import Claim
from artkeep.store.files import FilePlace
from artkeep.store.models import Artwork, Failure, File, table_of
from artkeep.store.work import Ending


class Found(Protocol):
    """What is kept of an examination."""

    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...
    @property
    def frames(self) -> int | None: ...
    @property
    def picture_hash(self) -> str | None: ...
    @property
    def perceptual_hash(self) -> str | None: ...
    @property
    def blurhash(self) -> str | None: ...


def save(
    connection: Connection, owner: str, found: Sequence[tuple[Claim, FilePlace, Found]]
) -> None:
    """Keep hashes and sizes, and finish the stage, for claims still held."""
    held = claims.still_held(connection, owner, (claim for claim, _, _ in found))
    mine = [entry for entry in found if entry[0].id in held]
    if not mine:
        return
    rows: list[dict[str, Any]] = [
        {
            "which": place.file_id,
            "w": seen.width,
            "h": seen.height,
            "n": seen.frames,
            "picture": seen.picture_hash,
            "perceptual": seen.perceptual_hash,
        }
        for _, place, seen in mine
    ]
    connection.execute(
        update(table_of(File))
        .where(File.id == bindparam("which"))
        .values(
            width=func.coalesce(bindparam("w"), File.width),
            height=func.coalesce(bindparam("h"), File.height),
            frames=bindparam("n"),
            picture_hash=bindparam("picture"),
            perceptual_hash=bindparam("perceptual"),
        ),
        rows,
    )
    blurred = [
        {"which": claim.artwork_id, "blur": seen.blurhash}
        for claim, _, seen in mine
        if seen.blurhash
    ]
    if blurred:
        connection.execute(
            update(table_of(Artwork))
            .where(Artwork.id == bindparam("which"))
            .values(blurhash=func.coalesce(Artwork.blurhash, bindparam("blur"))),
            blurred,
        )
    work.end(connection, owner, [Ending(claim, Status.DONE) for claim, _, _ in mine])


def send_back(
    connection: Connection, owner: str, claim: Claim, place: FilePlace, fault: str
) -> bool:
    """A file that does not decode: mark it damaged and ask for a fresh download.

    The new request remembers how often this was done, so that it ends. False: claim lost.
    """
    if not work.end(connection, owner, [Ending(claim, Status.NONE, reason="damaged")]):
        return False
    files.mark(connection, [place.file_id], "damaged")
    for_job = claim.job_id if claim.job_id is not None else claim.spec.get("for_job")
    spec = {"for_job": for_job, "fetches": int(claim.spec.get("fetches", 0)) + 1}
    work.ask(connection, [claim.artwork_id], StageName.DOWNLOAD, claim.job_id, spec)
    if for_job is not None:
        message = f"A file does not decode and is fetched again: {place.path} ({fault})"
        job_events.say(connection, for_job, "damaged", message, "warning")
    return True


def undecodable(connection: Connection, root_id: int) -> list[FilePlace]:
    """The originals below a root that did not decode, however often they were fetched."""
    ids = connection.scalars(
        select(Failure.artwork_id)
        .join(Artwork, Artwork.id == Failure.artwork_id)
        .where(
            Failure.stage == StageName.EXAMINE.value,
            Failure.reason == "damaged",
            Artwork.download_status == Status.DONE.value,
        )
        .distinct()
    ).all()
    found = files.originals(connection, ids) if ids else {}
    return [place for _, place in sorted(found.items()) if place.root_id == root_id]
