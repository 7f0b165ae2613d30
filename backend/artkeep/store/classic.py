"""What the classic summaries tell: the files of a tag, and what a job left over and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, exists, func, select

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.naming import compare_key
from artkeep.domain.target import TargetKind
from artkeep.store.jobs import FETCHED, OVER, tallies
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    ArtworkTag,
    File,
    Place,
    Root,
    Target,
    TargetArtwork,
    Work,
)
from artkeep.store.places import whole_path
from artkeep.store.shown import THERE


@dataclass(frozen=True, slots=True)
class TaggedFile:
    """One artwork of a tag. `path` is below the folder of the tag, or absolute when the file
    lies elsewhere; `other_tags` are those it was downloaded under as well, in order."""

    path: str
    other_tags: tuple[str, ...]
    checkpoint: str | None
    url: str | None


def files_of_tag(
    connection: Connection, key: str, root_id: int, folder: str
) -> list[TaggedFile]:
    """Every artwork that is there and was ever wanted by a tag: `key` is that of its targets,
    whatever their filters. In the order of their paths."""
    rows = connection.execute(
        select(
            Artwork.id,
            Artwork.model,
            Artwork.media_url,
            Place.path,
            Place.root_id,
            Root.path.label("root"),
        )
        .join(ArtworkFile, ArtworkFile.artwork_id == Artwork.id)
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .join(Root, Root.id == Place.root_id)
        .where(
            Artwork.id.in_(_members(key)),
            Artwork.download_status == Status.DONE.value,
            File.state.in_(THERE),
        )
        .order_by(Artwork.id, Place.is_primary.desc(), Place.id)
    )
    others = _other_tags(connection, key)
    below = f"{compare_key(folder)}/"
    found: dict[int, TaggedFile] = {}
    is_found_below: set[int] = set()
    for row in rows:
        is_below = row.root_id == root_id and compare_key(row.path).startswith(below)
        if row.id in is_found_below or (row.id in found and not is_below):
            continue
        if is_below:
            is_found_below.add(row.id)
        path = row.path[len(folder) + 1 :] if is_below else whole_path(row.root, row.path)
        tags = tuple(sorted(others[row.id]))
        found[row.id] = TaggedFile(path, tags, row.model, row.media_url)
    return sorted(found.values(), key=lambda one: one.path)


def _members(key: str) -> Select[int]:
    """The artworks that a target of this key wants, whatever its filters."""
    return (
        select(TargetArtwork.artwork_id)
        .join(Target, Target.id == TargetArtwork.target_id)
        .where(Target.key == key, TargetArtwork.skipped.is_(None))
    )


def _other_tags(connection: Connection, key: str) -> defaultdict[int, set[str]]:
    """The other tags that the artworks of a tag were downloaded under, by artwork."""
    rows = connection.execute(
        select(TargetArtwork.artwork_id, Target.value)
        .join(Target, Target.id == TargetArtwork.target_id)
        .where(
            Target.kind == TargetKind.MODEL_TAG.value,
            Target.key != key,
            TargetArtwork.skipped.is_(None),
            TargetArtwork.artwork_id.in_(_members(key)),
        )
    )
    found: defaultdict[int, set[str]] = defaultdict(set)
    for artwork_id, value in rows:
        found[artwork_id].add(value)
    return found


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Beside the counts of a download job: `bare` is downloaded by it and has no generation
    data, `untagged` is wanted and has no tags that a filter could look at, `known_of_type` is
    left out for its type and here all the same, `gone_before` was gone already.

    `deferred` counts by reason; `of_models` and `over_limit` by the model that a tag's pictures
    were listed by, where there is a limit.
    """

    bare: int
    untagged: int
    known_of_type: int
    gone_before: int
    deferred: dict[str, int]
    of_models: dict[str, int]
    over_limit: dict[str, int]


def left_over(connection: Connection, job_id: int, target_id: int, since: datetime) -> LeftOver:
    """What there is to tell of a job of one target; it was last begun at `since`."""
    mine = (TargetArtwork.target_id == target_id, TargetArtwork.seen_by == job_id)
    is_wanted = TargetArtwork.skipped.is_(None)
    is_here = Artwork.download_status == Status.DONE.value
    has_tags = exists().where(ArtworkTag.artwork_id == Artwork.id)
    is_of_now = Artwork.downloaded_at >= since
    bare, untagged, known = connection.execute(
        select(
            func.count().filter(is_wanted, is_here, is_of_now, Artwork.generation.is_(None)),
            func.count().filter(is_wanted, ~has_tags),
            func.count().filter(is_here, TargetArtwork.skipped == "filtered_type"),
        )
        .join(Artwork, Artwork.id == TargetArtwork.artwork_id)
        .where(*mine)
    ).one()
    deferred = connection.execute(
        select(Work.reason, func.count())
        .where(
            Work.job_id == job_id,
            Work.stage == StageName.DOWNLOAD.value,
            Work.not_before.is_not(None),
        )
        .group_by(Work.reason)
    )
    by_reason = {reason or "": amount for reason, amount in deferred}
    told = {(one.outcome, one.reason): one.amount for one in tallies(connection, job_id)}
    return LeftOver(
        bare,
        untagged,
        known,
        told.get(("known", "gone"), 0),
        by_reason,
        of_models={model: amount for (what, model), amount in told.items() if what == FETCHED},
        over_limit={model: amount for (what, model), amount in told.items() if what == OVER},
    )
