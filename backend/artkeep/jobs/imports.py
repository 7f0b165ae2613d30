"""Importing captures: what was recognised becomes artworks, and a job that fetches them.

What is signed dies, so what dies first is asked for first; its addresses go along with the work
and are gone when that is done (SE-24). Everything after that is what every download has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.layout import Layout
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import UsageError
from artkeep.jobs.asking import BACK, artworks_of, mark_lost
from artkeep.jobs.import_pieces import richer, richer_group
from artkeep.jobs.lost import find_lost
from artkeep.jobs.start import Started, parse_chain
from artkeep.media.library import Library, explain
from artkeep.sites._adapter import Given
from artkeep.sites.captures._capture import Creation
from artkeep.sites.captures._pieces import Piece, piece_of
from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._services import BY_NAME
from artkeep.stages._given import GIVEN
from artkeep.stages._read_back import FROM_FILES
from artkeep.store import artworks, files, given, jobs, ledger, skipped, work
from artkeep.store.artworks import SavedArtwork
from artkeep.store.base import Store
from artkeep.store.stored import StoredArtwork

TARGET = "captures"  # the value of the target that a service's imports belong to
_AT_ONCE = 200  # creations in one transaction
# What a capture does not tell (Dezgo's tell no prompt) may stand in the file itself.
_STAGES: dict[str, Any] = {StageName.EMBED: {FROM_FILES: True}}
_NEVER = datetime.max.replace(tzinfo=UTC)


class NothingFound(UsageError):
    """There is no capture, or nothing in it that could be fetched."""

    code = "nothing_to_import"
    exit_code = 4


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import may be told."""

    layout: Layout = field(default_factory=lambda: Layout("dated"))
    then: tuple[str, ...] = (StageName.EMBED,)
    concurrency: int | None = None
    origins: tuple[str, ...] = ()  # of the pages where an extension picked it up


@dataclass(frozen=True, slots=True)
class Standing:
    """How artworks of creations stand with us."""

    new: int = 0
    here: int = 0
    deleted: int = 0  # by the user: not fetched again


def standing_of(store: Store, creations: Sequence[Creation]) -> dict[tuple[str, str], Standing]:
    """How each creation stands, by its key; artworks that are here and not are counted."""
    by_site: dict[str, list[str]] = {}
    ids = {one.key: [artwork.site_id for artwork in rows_of(one)[1]] for one in creations}
    for (site, _), site_ids in ids.items():
        by_site.setdefault(site, []).extend(site_ids)
    with store.reading() as connection:
        statuses = {
            site: artworks.statuses(connection, site, site_ids)
            for site, site_ids in by_site.items()
        }
    found = {}
    for (site, creation_id), site_ids in ids.items():
        told = [statuses[site].get(site_id) for site_id in site_ids]
        here, deleted = told.count(Status.DONE), told.count(Status.SKIPPED)
        found[site, creation_id] = Standing(len(told) - here - deleted, here, deleted)
    return found


def start_import(
    store: Store, library: Library, creations: Sequence[Creation], options: ImportOptions
) -> Started:
    """A job that fetches these, or the unfinished one of the same import, with what is newer.

    Raises NothingFound when nothing of it is a picture or video; RootOffline, FileProblem.
    """
    then = parse_chain(options.then)
    pieces = [
        piece
        for creation in sorted(creations, key=_order)
        if (piece := piece_of(creation)).artworks
    ]
    if not pieces:
        raise NothingFound("There is no picture or video in it that can be fetched.")
    spec: dict[str, Any] = {"quality": "hd", **options.layout.to_spec("")}
    if then:
        spec |= {"then": then, "stages": _STAGES}
    started, target_ids = store.transact(
        partial(_begin, pieces=pieces, options=options, then=then)
    )
    for first in range(0, len(pieces), _AT_ONCE):
        some = pieces[first : first + _AT_ONCE]
        lost = _find_lost(store, library, some)
        store.transact(
            partial(_save, started.job_id, target_ids, pieces=some, spec=spec, lost=lost)
        )
    return started


def _order(creation: Creation) -> tuple[datetime, datetime]:
    return creation.soonest_expiry or _NEVER, creation.created_at or _NEVER


def _begin(
    connection: Connection, pieces: Sequence[Piece], options: ImportOptions, then: list[str]
) -> tuple[Started, dict[str, int]]:
    """The job, and the target of each service."""
    services = dict.fromkeys(piece.group.site for piece in pieces)
    target_ids = {
        name: ledger.save_target(connection, Target(name, TargetKind.PASTE, TARGET))
        for name in services
    }
    keys = sorted((piece.group.site, piece.group.site_id) for piece in pieces)
    identity = json.dumps(["import", keys, then, options.layout.to_json()])
    signature = hashlib.sha256(identity.encode()).hexdigest()[:32]
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False), target_ids
    amount = sum(len(piece.artworks) for piece in pieces)
    words = ", ".join(BY_NAME[name].title for name in services)
    job_id = jobs.create(
        connection,
        kind="download",
        title=f"Import {amount} of {words}",
        params={
            "concurrency": options.concurrency,
            "quality": "hd",
            "layout": options.layout.to_json(),
            "stages": _STAGES,
            "import": True,
            **({"origins": list(options.origins)} if options.origins else {}),
        },
        then=then,
        signature=signature,
        target_ids=list(target_ids.values()),
        picked_from=list(target_ids.values()),
    )
    return Started(job_id, is_new=True), target_ids


def _find_lost(store: Store, library: Library, pieces: Sequence[Piece]) -> dict[int, str]:
    """What we have of them and does not lie there any more."""
    lying = []
    with store.reading() as connection:
        for site, some in _by_site(pieces):
            ids = [one.site_id for piece in some for one in piece.artworks]
            lying += files.downloaded(connection, site, ids)
    if not lying:
        return {}
    library.require()
    try:
        return find_lost(library, lying)
    except OSError as error:
        raise explain(error, library.path) from error


def _by_site(pieces: Sequence[Piece]) -> Iterator[tuple[str, list[Piece]]]:
    for site in dict.fromkeys(piece.group.site for piece in pieces):
        yield site, [piece for piece in pieces if piece.group.site == site]


def _save(
    job_id: int,
    target_ids: Mapping[str, int],
    connection: Connection,
    *,
    pieces: Sequence[Piece],
    spec: Mapping[str, Any],
    lost: dict[int, str],
) -> None:
    """Some creations, whole: artworks, membership, work and counts."""
    mark_lost(connection, lost)
    restored = artworks_of(connection, lost)
    for site, some in _by_site(pieces):
        listed = {one.site_id: one for piece in some for one in piece.artworks}
        before = given.known(connection, site, listed.keys())
        told = [richer(before.get(one.site_id), one) for one in listed.values()]
        groups = [richer_group(piece, before) for piece in some]
        saved = artworks.save_artworks(connection, told, groups)
        reasons = skipped.decided(
            connection, target_ids[site], saved, {one.id: None for one in saved}
        )
        artworks.add_to_target(connection, target_ids[site], job_id, reasons.items())
        jobs.pick(connection, job_id, [one.id for one in saved if not reasons[one.id]])
        addresses = {key: rows for piece in some for key, rows in piece.given.items()}
        _ask(connection, job_id, saved, reasons, spec, addresses, restored)
        _embed_again(connection, job_id, saved, before, spec, restored)


def _ask(
    connection: Connection,
    job_id: int,
    saved: Sequence[SavedArtwork],
    reasons: Mapping[int, str | None],
    spec: Mapping[str, Any],
    addresses: Given,
    restored: Collection[int],
) -> None:
    """Ask for what is not here, in the order in which it dies; also for what was gone: there is
    a new address now."""
    count = partial(jobs.count, connection, job_id, StageName.DOWNLOAD)
    specs: dict[int, dict[str, Any]] = {}
    here = 0
    for one in saved:
        if reason := reasons[one.id]:
            count("skipped", reason, amount=1)
        elif one.download_status == Status.DONE and one.id not in restored:
            here += 1
        else:
            back = BACK if one.id in restored else {}
            specs[one.id] = {**spec, GIVEN: addresses[one.artwork.site_id], **back}
    count("known", "present", amount=here)
    if specs:
        asked = given.ask(connection, specs, job_id)
        count("elsewhere", amount=asked.elsewhere)


def _embed_again(
    connection: Connection,
    job_id: int,
    saved: Sequence[SavedArtwork],
    before: Mapping[str, StoredArtwork],
    spec: Mapping[str, Any],
    restored: Collection[int],
) -> None:
    """What is here already and of which more is known now is written into once more."""
    if StageName.EMBED not in spec.get("then", ()):
        return
    changed = [
        one.id
        for one in saved
        if one.download_status == Status.DONE
        and one.id not in restored
        and before[one.artwork.site_id].artwork.generation != one.artwork.generation
    ]
    if changed:
        work.ask(connection, changed, StageName.EMBED, job_id, None)
