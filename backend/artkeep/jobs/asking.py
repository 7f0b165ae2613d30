"""What a job asks of every artwork, and asking for what is not there."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.layout import Layout
from artkeep.sites._adapter import Given
from artkeep.stages._given import GIVEN, soonest
from artkeep.store import files, job_events, jobs, work
from artkeep.store import given as given_work
from artkeep.store.artworks import SavedArtwork

Addresses = Sequence[Mapping[str, Any]]  # of one artwork, as in `Given`
NONE_GIVEN: Mapping[int, Addresses] = {}

# Of the download's spec: it goes to where it lay; what lies there makes room for it.
BACK: dict[str, object] = {"back": True}
REPLACE: dict[str, object] = {"replace": True}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the job asks of every artwork, and how much it lists."""

    quality: str
    then: tuple[str, ...]
    most: int | None = None  # --max-items
    most_per_model: int | None = None
    limits_this_run: bool = False  # both count what this job fetches; a tag's by listed model
    tries: int | None = None
    is_simulated: bool = False  # listed and recorded; no work is asked for
    is_deep: bool = False
    is_redownload: bool = False  # what is there is fetched again, too
    layout: Layout = field(default_factory=Layout)
    stages: Mapping[str, Any] = field(default_factory=dict)  # how each of `then` is to be done

    @property
    def may_stop_at_known(self) -> bool:
        """Whether a walk from the newest on may end where everything is known."""
        return not self.is_deep

    @property
    def is_limited(self) -> bool:
        """Whether it may end before everything is fetched."""
        return self.most is not None or self.most_per_model is not None

    @property
    def spec(self) -> dict[str, object]:
        """For the work rows."""
        spec: dict[str, object] = {"quality": self.quality}
        if self.then:
            spec |= {"then": list(self.then), "stages": dict(self.stages)}
        if self.tries is not None:
            spec["tries"] = self.tries
        return spec

    def spec_in(self, folder: str) -> dict[str, object]:
        """The same, for artworks of the target with this folder."""
        return self.spec | self.layout.to_spec(folder)


class Askable(Protocol):
    """An artwork that may have to be fetched."""

    @property
    def id(self) -> int: ...

    @property
    def download_status(self) -> str: ...


def mark_lost(connection: Connection, lost: dict[int, str]) -> None:
    """Write down what became of files: missing, damaged or changed."""
    for state in ("missing", "damaged", "changed"):
        files.mark(connection, [key for key, to in lost.items() if to == state], state)


def artworks_of(connection: Connection, lost: dict[int, str]) -> set[int]:
    """The artworks whose lost files are to be fetched again."""
    fetch_again = [key for key, state in lost.items() if state != "changed"]
    return files.artworks_showing(connection, fetch_again)


def renewed_of(mine: Iterable[Askable], wanted: Wanted, poor: Collection[int] = ()) -> set[int]:
    """Those that are here, and of which a fresh or a better copy is wanted all the same."""
    here = {one.id for one in mine if one.download_status == Status.DONE}
    return here if wanted.is_redownload else here.intersection(poor)


def ask(
    connection: Connection,
    job_id: int,
    mine: Sequence[Askable],
    wanted: Wanted,
    folder: str = "",
    *,
    restored: Collection[int],
    renewed: Collection[int] = (),
    given: Mapping[int, Addresses] = NONE_GIVEN,
) -> None:
    """Ask for what is not there; count what is, and what the site does not have any more.

    `folder` is the target's own. `restored` are lost; for `renewed` see `renewed_of`. `given`
    are addresses that die, by artwork.
    """
    count = functools.partial(jobs.count, connection, job_id, StageName.DOWNLOAD)
    if wanted.is_simulated:
        have = sum(one.download_status == Status.DONE and one.id not in renewed for one in mine)
        count("known", "present", amount=have)
        count("would", amount=len(mine) - have)
        return
    ask_for: list[int] = []
    known = gone = 0
    for one in mine:
        if one.download_status == Status.DONE and not (one.id in restored or one.id in renewed):
            known += 1
        elif one.download_status == Status.GONE and one.id not in given:
            gone += 1
        else:
            ask_for.append(one.id)
    spec = wanted.spec_in(folder)
    lost, old = set(restored), set(renewed) - set(restored)
    elsewhere = 0
    for ids, changes in (
        ([key for key in ask_for if key not in lost and key not in old], {}),
        ([key for key in ask_for if key in lost], BACK),
        ([key for key in ask_for if key in old], BACK | REPLACE),
    ):
        if ids:
            elsewhere += _ask_for(connection, job_id, ids, spec | changes, given).elsewhere
    count("known", "present", amount=known)
    count("known", "gone", amount=gone)
    count("elsewhere", amount=elsewhere)
    if restored:
        words = f"{len(restored)} files were lost from the disk and are fetched again."
        job_events.say(connection, job_id, "restored", words, "warning")


def _ask_for(
    connection: Connection,
    job_id: int,
    ids: Sequence[int],
    spec: dict[str, Any],
    given: Mapping[int, Addresses],
) -> work.Asked:
    """What dies first is asked for first; work that waits already gets the newer addresses."""
    if not given:
        return work.ask(connection, ids, StageName.DOWNLOAD, job_id, spec)
    specs = {
        key: spec | ({GIVEN: [dict(one) for one in given[key]]} if key in given else {})
        for key in sorted(ids, key=lambda key: (soonest(given.get(key, ())), key))
    }
    return given_work.ask(connection, specs, job_id)


def given_of(saved: Iterable[SavedArtwork], given: Given) -> dict[int, Addresses]:
    """The addresses that came with a page, by artwork."""
    if not given:
        return {}
    return {one.id: to for one in saved if (to := given.get(one.artwork.site_id))}
