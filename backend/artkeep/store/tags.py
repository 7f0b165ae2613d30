"""Keeping tags with their votes.

The new set takes the place of the old one, its time and method with it, in the transaction that
ends the work (CR-10): until then the old set stands. The shorter list that came with the
artwork goes with it. A partial set adds to what is there and takes nothing away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.artwork import Status
from artkeep.domain.tags import TagChanges, TagMethod, TagSet, VotedTag
from artkeep.store import work
from artkeep.store.bulk import insert_new
from artkeep.store.claims import Claim, still_held
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    ArtworkTag,
    File,
    JobTag,
    Place,
    SiteTag,
    Tag,
    TagChange,
    table_of,
)
from artkeep.store.work import Ending

VOTES = "votes"  # the origin of these tags
LIST = "site"  # of those that came with the artwork
_MOST_AT_ONCE = 5_000  # drivers take a limited number of parameters in one statement
_MOST_CHANGES = 500  # of one kind, kept of one look
_THERE = ("present", "changed")


@dataclass(frozen=True, slots=True)
class Found:
    """What a site said of a claimed artwork, how and when."""

    claim: Claim
    site: str
    tags: TagSet
    method: TagMethod
    at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    """A tag of an artwork as it is kept."""

    tag_id: int
    name: str
    site_tag_id: str | None
    score: int | None
    up: int | None
    down: int | None
    automated: bool | None


def save(connection: Connection, owner: str, found: Sequence[Found]) -> set[int]:
    """Commit tag sets and end their work; the ids of the claims that were still held."""
    held = still_held(connection, owner, (one.claim for one in found))
    mine = [one for one in found if one.claim.id in held]
    for site in sorted({one.site for one in mine}):
        _save_of_site(connection, site, [one for one in mine if one.site == site])
    work.end_held(
        connection,
        [
            Ending(one.claim, Status.DONE, reason="" if one.tags.tags else "no_tags")
            for one in mine
        ],
    )
    return held


def sidecars_of(
    connection: Connection, artwork_ids: Collection[int], root_id: int
) -> dict[int, list[str]]:
    """Where files of these artworks lie in an output folder."""
    rows = connection.execute(
        select(ArtworkFile.artwork_id, Place.path)
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(list(artwork_ids)),
            or_(Place.artwork_id == ArtworkFile.artwork_id, Place.artwork_id.is_(None)),
            File.state.in_(_THERE),
            Place.root_id == root_id,
        )
        .order_by(ArtworkFile.artwork_id, Place.id)
    )
    found: dict[int, list[str]] = {}
    for artwork_id, path in rows:
        found.setdefault(artwork_id, []).append(path)
    return found


def _save_of_site(connection: Connection, site: str, found: Sequence[Found]) -> None:
    names = _name_tags(connection, site, [tag for one in found for tag in one.tags.tags])
    ids = [one.claim.artwork_id for one in found]
    voted, listed = _kept(connection, site, ids)
    rows: list[tuple[Any, ...]] = []
    counts: Counter[tuple[int, int]] = Counter()
    changes: list[dict[str, Any]] = []
    whole = [one.claim.artwork_id for one in found if not one.tags.is_partial]
    for one in found:
        artwork_id, job_id = one.claim.artwork_id, one.claim.job_id
        before = voted.get(artwork_id, {})
        now = _merged(one.tags, names, before)
        rows += [
            (
                *(artwork_id, tag.tag_id, VOTES, site, tag.site_tag_id),
                *(tag.score, tag.up, tag.down, tag.automated, one.at, one.method.value),
            )
            for tag in now.values()
        ]
        if job_id is not None:
            counts.update((job_id, tag_id) for tag_id in now)
        if before and not (told := _difference(before, now)).is_empty:
            changes.append(_change(one, told))
        if one.tags.is_partial:  # what is known twice is told once
            _drop(connection, artwork_id, listed.get(artwork_id, set()) & now.keys())
    _drop_all(connection, site, ids, VOTES)
    _drop_all(connection, site, whole, LIST)
    insert_new(connection, ArtworkTag, _COLUMNS, rows)
    if changes:
        connection.execute(insert(TagChange), changes)
    _count(connection, counts)
    connection.execute(
        _TAGGED,
        [{"which": o.claim.artwork_id, "at": o.at, "by": o.claim.job_id} for o in found],
    )


_COLUMNS = (
    *("artwork_id", "tag_id", "origin", "site", "site_tag_id"),
    *("score", "up", "down", "automated", "fetched_at", "method"),
)
_TAGGED = (
    update(table_of(Artwork))
    .where(Artwork.id == bindparam("which"))
    .values(
        tagged_at=bindparam("at", type_=Artwork.tagged_at.type),
        tagged_by=bindparam("by"),
    )
)


def _name_tags(
    connection: Connection, site: str, tags: Iterable[VotedTag]
) -> dict[str, tuple[int, str]]:
    """Row id and name of each tag by its site's id; what is new of them is kept first."""
    told = {tag.site_tag_id: tag for tag in tags}
    known = _known(connection, site, told)
    wanted: dict[str, tuple[str, str]] = {}
    for site_tag_id, tag in told.items():
        row = known.get(site_tag_id)
        if tag.name is not None:
            wanted[site_tag_id] = (tag.name, tag.category or "")
        elif row is None:  # a page told what it shows, and nobody ever told more
            wanted[site_tag_id] = (tag.display, "")
        else:
            wanted[site_tag_id] = (row.name, row.category)
    ids = {(row.name, row.category): row.tag_id for row in known.values()}
    missing = sorted(set(wanted.values()) - ids.keys())
    if missing:
        insert_new(connection, Tag, ("name", "category"), missing)
        for some in _parts([name for name, _ in missing]):
            for name, category, tag_id in connection.execute(
                select(Tag.name, Tag.category, Tag.id).where(Tag.name.in_(some))
            ):
                ids[name, category] = tag_id
    values = []
    for site_tag_id in sorted(told):
        tag, row = told[site_tag_id], known.get(site_tag_id)
        level = tag.level if tag.level is not None or row is None else row.level
        now = (ids[wanted[site_tag_id]], tag.display, level)
        if row is None or (row.tag_id, row.display, row.level) != now:
            values.append(
                {"site": site, "site_tag_id": site_tag_id}
                | dict(zip(("tag_id", "display", "level"), now, strict=True))
            )
    if values:
        statement: Any = _dialect(connection).insert(SiteTag)
        kept = {name: statement.excluded[name] for name in ("tag_id", "display", "level")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["site", "site_tag_id"], set_=kept),
            values,
        )
    return {one: (ids[wanted[one]], wanted[one][0]) for one in told}


def _known(connection: Connection, site: str, ids: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in _parts(sorted(ids)):
        for row in connection.execute(
            select(
                SiteTag.site_tag_id,
                SiteTag.tag_id,
                SiteTag.display,
                SiteTag.level,
                Tag.name,
                Tag.category,
            )
            .join(Tag, Tag.id == SiteTag.tag_id)
            .where(SiteTag.site == site, SiteTag.site_tag_id.in_(some))
        ):
            found[row.site_tag_id] = row
    return found


def _kept(
    connection: Connection, site: str, artwork_ids: Sequence[int]
) -> tuple[dict[int, dict[int, _Row]], dict[int, set[int]]]:
    """By artwork: the votes that are kept, by tag; and the tags of the list it came with."""
    voted: dict[int, dict[int, _Row]] = {}
    listed: dict[int, set[int]] = {}
    for found in connection.execute(
        select(
            ArtworkTag.artwork_id,
            ArtworkTag.origin,
            ArtworkTag.tag_id,
            Tag.name,
            ArtworkTag.site_tag_id,
            ArtworkTag.score,
            ArtworkTag.up,
            ArtworkTag.down,
            ArtworkTag.automated,
        )
        .join(Tag, Tag.id == ArtworkTag.tag_id)
        .where(
            ArtworkTag.artwork_id.in_(artwork_ids),
            ArtworkTag.site == site,
            ArtworkTag.origin.in_((VOTES, LIST)),
        )
    ):
        if found.origin == VOTES:
            voted.setdefault(found.artwork_id, {})[found.tag_id] = _Row(*found[2:])
        else:
            listed.setdefault(found.artwork_id, set()).add(found.tag_id)
    return voted, listed


def _merged(
    tags: TagSet, names: Mapping[str, tuple[int, str]], before: Mapping[int, _Row]
) -> dict[int, _Row]:
    """What is to be kept, by tag: the first of those that are alike counts."""
    now: dict[int, _Row] = dict(before) if tags.is_partial else {}
    fresh: set[int] = set()
    for tag in tags.tags:
        tag_id, name = names[tag.site_tag_id]
        if tag_id in fresh:
            continue
        fresh.add(tag_id)
        old = before.get(tag_id)
        if tags.is_partial and old is not None:  # a page shows scores and nothing else
            now[tag_id] = old if tag.score is None else replace(old, score=tag.score)
        else:
            votes = (tag.score, tag.up, tag.down, tag.automated)
            now[tag_id] = _Row(tag_id, name, tag.site_tag_id, *votes)
    return now


def _difference(before: Mapping[int, _Row], now: Mapping[int, _Row]) -> TagChanges:
    return TagChanges(
        added=[tag.name for tag_id, tag in now.items() if tag_id not in before],
        removed=[tag.name for tag_id, tag in before.items() if tag_id not in now],
        voted=[
            (tag.name, was.score, tag.score)
            for tag_id, tag in now.items()
            if (was := before.get(tag_id))
            and (was.score, was.up, was.down) != (tag.score, tag.up, tag.down)
        ],
    )


def _change(one: Found, told: TagChanges) -> dict[str, Any]:
    return {
        "artwork_id": one.claim.artwork_id,
        "job_id": one.claim.job_id,
        "at": one.at,
        "method": one.method.value,
        "added": list(told.added)[:_MOST_CHANGES],
        "removed": list(told.removed)[:_MOST_CHANGES],
        "voted": [list(vote) for vote in told.voted][:_MOST_CHANGES],
    }


def _drop_all(
    connection: Connection, site: str, artwork_ids: Sequence[int], origin: str
) -> None:
    if artwork_ids:
        connection.execute(
            delete(ArtworkTag).where(
                ArtworkTag.artwork_id.in_(artwork_ids),
                ArtworkTag.site == site,
                ArtworkTag.origin == origin,
            )
        )


def _drop(connection: Connection, artwork_id: int, tag_ids: Collection[int]) -> None:
    if tag_ids:
        connection.execute(
            delete(ArtworkTag).where(
                ArtworkTag.artwork_id == artwork_id,
                ArtworkTag.origin == LIST,
                ArtworkTag.tag_id.in_(tag_ids),
            )
        )


def _count(connection: Connection, counts: Mapping[tuple[int, int], int]) -> None:
    if not counts:
        return
    statement: Any = _dialect(connection).insert(JobTag)
    added = JobTag.amount + statement.excluded.amount
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["job_id", "tag_id"], set_={"amount": added}
        ),
        [
            {"job_id": job_id, "tag_id": tag_id, "amount": amount}
            for (job_id, tag_id), amount in sorted(counts.items())
        ],
    )


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), _MOST_AT_ONCE):
        yield values[first : first + _MOST_AT_ONCE]
