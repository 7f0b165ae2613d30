"""Artworks that somebody ticked in a preview: fetched as they are known, nothing is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from artkeep.domain.artwork import Artwork
from artkeep.domain.target import Target
from artkeep.jobs.asking import Wanted, artworks_of, ask, given_of, mark_lost, renewed_of
from artkeep.jobs.folders import by_folder
from artkeep.jobs.lost import find_lost, poor_of
from artkeep.media.library import Library, explain
from artkeep.sites._adapter import Given
from artkeep.store import artworks, files, jobs
from artkeep.store.base import Store
from artkeep.store.files import FilePlace


@dataclass(frozen=True, slots=True)
class Picks:
    """Artworks of one target. `lost` are files of theirs that are not where they should be,
    `given` the addresses of those whose addresses die."""

    target: Target
    artworks: tuple[Artwork, ...]
    given: Given = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    lying: tuple[FilePlace, ...] = ()


def read_picks(
    store: Store,
    library: Library,
    target: Target,
    ticked: Sequence[Artwork],
    given: Given,
) -> Picks:
    """Look which of them we have and still lie there. Raises RootOffline, FileProblem."""
    with store.reading() as connection:
        lying = files.downloaded(connection, target.site, [one.site_id for one in ticked])
    lost: dict[int, str] = {}
    if lying:
        library.require()
        try:
            lost = find_lost(library, lying)
        except OSError as error:
            raise explain(error, library.path) from error
    return Picks(target, tuple(ticked), given, lost, tuple(lying))


def save_picks(
    connection: Connection, job_id: int, target_id: int, picks: Picks, wanted: Wanted
) -> None:
    """Make them members of their target and ask for them; filters do not count here."""
    saved = artworks.save_artworks(connection, picks.artworks, ())
    mark_lost(connection, picks.lost)
    ids = [one.id for one in saved]
    members = [(artwork_id, None) for artwork_id in ids]
    artworks.add_to_target(connection, target_id, job_id, members)
    jobs.pick(connection, job_id, ids)
    restored = artworks_of(connection, picks.lost)
    poor = poor_of(picks.lying, wanted.quality)
    renewed = renewed_of(saved, wanted, poor) - restored
    for folder, some in by_folder(connection, target_id, saved, wanted.layout).items():
        mine = restored.intersection(one.id for one in some)
        ask(
            connection,
            job_id,
            some,
            wanted,
            folder,
            restored=mine,
            renewed=renewed,
            given=given_of(some, picks.given),
        )
