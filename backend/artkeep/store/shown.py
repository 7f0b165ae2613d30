"""What is shown of an artwork: which of its files, and its badge.

The badge says how we stand with it. It is told from the status of the download, from the file
that is shown and from the targets that the artwork belongs to:

have      downloaded, and a file is there; also one that somebody has edited
deleted   the user removed it, and it is not fetched again until somebody brings it back; or
          downloaded, and no file is there any more: somebody removed it by hand, which `check`
          has noticed (`files.state` is `missing`). A walk that lists that again fetches it
waiting   asked for and not finished; also while damaged bytes are fetched again
skipped   every target that it belongs to left it out by its filters
failed    for a reason that a retry may mend
gone      the site says that it is not there any more
new       known, and never asked for
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, case, func, select
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import Status
from artkeep.store.models import Artwork, ArtworkFile, Failure, File, TargetArtwork
from artkeep.store.removal import DELETED_BY_ME

_SHOWN_ROLES = ("original", "converted", "rendered")
THERE = ("present", "changed")

shown = aliased(File, name="shown")  # to be joined by `shown.id == shown_id`

_of_artwork = aliased(ArtworkFile, name="of_artwork")
_candidate = aliased(File, name="candidate")


def shown_id_of(artwork_id: Any) -> ScalarSelect[int]:
    """The file that is shown of an artwork: the newest one that is there, else that was."""
    return (
        _candidates(artwork_id)
        .order_by(_candidate.state.in_(THERE).desc(), _candidate.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _candidates(artwork_id: Any) -> Select[int]:
    return (
        select(_candidate.id)
        .join(_of_artwork, _of_artwork.file_id == _candidate.id)
        .where(_of_artwork.artwork_id == artwork_id, _candidate.role.in_(_SHOWN_ROLES))
        .correlate_except(_candidate, _of_artwork)
    )


shown_id = shown_id_of(Artwork.id)

is_there = shown.state.in_(THERE)  # of the shown file; NULL without one

_belongs = select(TargetArtwork.artwork_id).where(TargetArtwork.artwork_id == Artwork.id)
_is_left_out = _belongs.exists() & ~_belongs.where(TargetArtwork.skipped.is_(None)).exists()
badge = case(
    ((Artwork.download_status == Status.DONE.value) & is_there, "have"),
    (Artwork.download_status == Status.DONE.value, "deleted"),
    (Artwork.download_status == Status.SKIPPED.value, "deleted"),
    (Artwork.download_status == Status.QUEUED.value, "waiting"),
    (Artwork.download_status != Status.NONE.value, Artwork.download_status),
    (_is_left_out, "skipped"),
    else_="new",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How we stand with an artwork. `detail`: why it is skipped, deleted, failed or gone."""

    artwork_id: int
    badge: str
    detail: str | None


def standings(
    connection: Connection, site: str, site_ids: Collection[str]
) -> dict[str, Standing]:
    """Those of these artworks that are known here, by site id."""
    why_left_out = (
        select(func.min(TargetArtwork.skipped))
        .where(TargetArtwork.artwork_id == Artwork.id)
        .scalar_subquery()
    )
    why_failed = (
        select(func.min(Failure.reason))
        .where(Failure.artwork_id == Artwork.id, Failure.stage == "download")
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            Artwork.site_id,
            Artwork.id,
            badge,
            case(
                (badge == "skipped", why_left_out),
                (Artwork.download_status == Status.SKIPPED.value, DELETED_BY_ME),
                else_=why_failed,
            ),
        )
        .outerjoin(shown, shown.id == shown_id)
        .where(Artwork.site == site, Artwork.site_id.in_(list(site_ids)))
    )
    return {row[0]: Standing(*row[1:]) for row in rows}
