"""What one page, and the end of a walk, change in the database: a transaction each.

Every one of them names the lead of the job: who has lost it changes nothing.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName, Status
from artkeep.errors import AppError
from artkeep.logs import get_logger
from artkeep.sites._adapter import Listing, Page, Plan
from artkeep.store import (
    artworks,
    backlog,
    files,
    groups,
    job_events,
    jobs,
    ledger,
    skipped,
    walking,
    walks,
    work,
)
from artkeep.store.artworks import SavedArtwork
from artkeep.store.ledger import Member, TargetRow
from artkeep.store.records import Packed
from artkeep.store.walks import ListingRow, NewWalk, Tail

log = get_logger(__name__)

# Late publication and new ratings put old items into a list; where one is taken out at the same
# time, its length does not tell. So now and then it is walked whole.
_WHOLE_AGAIN = timedelta(days=7)
_PAGES_WORTH_SKIPPING = 3


@dataclass(frozen=True, slots=True)
class Lead:
    """Our right to list for a job, quoted in every write."""

    job_id: int
    owner: str
    epoch: int


class LeadLost(AppError):
    """Another instance leads the job now; what we do for it changes nothing any more."""

    code = "lead_lost"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the job asks of every artwork, and how much it lists."""

    quality: str
    then: tuple[str, ...]
    most: int | None = None  # --max-items
    most_per_model: int | None = None
    is_simulated: bool = False  # listed and recorded; no work is asked for
    is_deep: bool = False
    stages: Mapping[str, Any] = field(default_factory=dict)  # how each of `then` is to be done

    @property
    def may_stop_at_known(self) -> bool:
        """Whether a walk from the newest on may end where everything is known."""
        return not self.is_deep

    @property
    def spec(self) -> dict[str, object]:
        """For the work rows."""
        spec: dict[str, object] = {"quality": self.quality}
        if self.then:
            spec |= {"then": list(self.then), "stages": dict(self.stages)}
        return spec


class Askable(Protocol):
    """An artwork that may have to be fetched."""

    @property
    def id(self) -> int: ...

    @property
    def download_status(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SavedPage:
    """`is_full`: the job has as many artworks as it was asked for. `is_known`: nothing on the
    page was new, and none of its groups lacks anything. `waiting` counts the job's work."""

    artworks: list[SavedArtwork]
    is_full: bool
    is_known: bool
    waiting: int


def _require_lead(connection: Connection, lead: Lead) -> None:
    if not jobs.is_led_by(connection, lead.job_id, lead.owner, lead.epoch):
        raise LeadLost(f"Job {lead.job_id} is led by another instance now.")


def save_plan(
    connection: Connection, lead: Lead, target_id: int, plan: Plan, wanted: Wanted
) -> None:
    """Write down what is to be walked; lists that only grow begin where they ended."""
    _require_lead(connection, lead)
    ledger.save_plan(
        connection,
        target_id,
        title=plan.title,
        site_claims=plan.site_claims,
        site_claims_what=plan.site_claims_what,
        unreachable=plan.unreachable,
    )
    planned = [_walk(listing) for listing in plan.listings]
    walking.open_walks(connection, target_id, lead.job_id, planned)
    if wanted.is_deep:
        return
    for row in walks.listings_of(connection, target_id, lead.job_id):
        walk = NewWalk(row.path, row.value, row.options)
        found = walks.last_whole(connection, target_id, walk)
        if found is None:
            continue
        earlier, whole_at = found
        is_long = earlier.before > 0 or earlier.pages >= _PAGES_WORTH_SKIPPING
        if earlier.tail and is_long and datetime.now(UTC) - whole_at < _WHOLE_AGAIN:
            walking.begin_at(connection, row.id, earlier.tail, whole_at)


def _walk(one: Listing) -> NewWalk:
    return NewWalk(
        one.path, one.value, one.options, one.proves_end, one.is_optional, one.claims
    )


def save_page(
    connection: Connection,
    lead: Lead,
    row: ListingRow,
    page: Page,
    target: TargetRow,
    wanted: Wanted,
    lost: dict[int, str],
    packed: Mapping[str, Packed],
    *,
    is_repeating: bool,
    tail: Tail | None = None,
) -> SavedPage:
    """One page, whole: artworks, memberships, work, counts and the next cursor."""
    _require_lead(connection, lead)
    was_told = groups.expected(connection, target.asked.site, page.groups)
    saved = artworks.save_artworks(connection, page.artworks, page.groups, packed)
    mark_lost(connection, lost)
    left_out = _left_out(connection, target, wanted, saved)
    left = _room_left(connection, lead.job_id, wanted)
    taken = saved
    if left is not None:
        wanted_ids = [one.id for one in saved if left_out[one.id] is None]
        inside = set(wanted_ids[:left])
        taken = [one for one in saved if one.id in inside or left_out[one.id] is not None]
    joined = artworks.add_to_target(
        connection, target.id, lead.job_id, ((one.id, left_out[one.id]) for one in taken)
    )
    fresh = [one for one in taken if one.id in joined.first_seen]
    mine = [one for one in fresh if left_out[one.id] is None]
    ask(connection, lead.job_id, mine, wanted, restored=artworks_of(connection, lost))
    _count_left_out(connection, lead.job_id, (left_out[one.id] for one in fresh))
    further = [_walk(listing) for listing in page.listings]
    short = _walks_over_short_groups(connection, target, page)
    lacking = short
    if short and not wanted.is_deep:
        known = walks.answered(connection, target.id, short)
        lacking = [walk for walk in short if walk not in known]
    walking.open_walks(connection, target.id, lead.job_id, [*further, *lacking], parent=row)
    walking.save_progress(
        connection,
        row.id,
        cursor=row.cursor if is_repeating else page.next_cursor,
        seen=page.size,
        new=joined.new,
        repeated=len(taken) - joined.new,
        rejected=len(page.rejects),
        tail=tail,
    )
    for reject in page.rejects:
        words = f"{row.path}: item {reject.site_id or '?'}: {reject.reason} {reject.excerpt}"
        job_events.say(connection, lead.job_id, "reject", words, "warning")
    is_told_the_same = bool(page.groups) and all(
        was_told.get(group.site_id, -1) == group.expected_count for group in page.groups
    )
    waiting, _, _ = backlog.waiting(connection, lead.job_id)
    return SavedPage(
        saved,
        is_full=left is not None and len(mine) >= left,
        is_known=not page.artworks and is_told_the_same and not lacking and not further,
        waiting=waiting,
    )


def _left_out(
    connection: Connection, target: TargetRow, wanted: Wanted, saved: Sequence[SavedArtwork]
) -> dict[int, str | None]:
    """Why each of these is not wanted, or None."""
    reasons = {one.id: target.asked.filters.rejects(one.artwork) for one in saved}
    if wanted.most_per_model is None:
        return skipped.decided(connection, target.id, saved, reasons)
    of_model = artworks.count_by_model(
        connection, target.id, [one.artwork.model for one in saved], [one.id for one in saved]
    )
    for one in saved:
        model = one.artwork.model
        if model is None or reasons[one.id] is not None:
            continue
        of_model[model] += 1
        if of_model[model] > wanted.most_per_model:
            reasons[one.id] = "max_per_model"
    return skipped.decided(connection, target.id, saved, reasons)


def _count_left_out(connection: Connection, job_id: int, reasons: Iterable[str | None]) -> None:
    for reason, amount in Counter(filter(None, reasons)).items():
        jobs.count(connection, job_id, StageName.DOWNLOAD, "skipped", reason, amount=amount)


def _walks_over_short_groups(
    connection: Connection, target: TargetRow, page: Page
) -> list[NewWalk]:
    """Over the groups of a page that say to have more than we know of them."""
    if not page.group_listings:
        return []
    counts = groups.known_artworks(connection, target.id, target.asked.site, page.groups)
    return [
        _walk(page.group_listings[group.site_id])
        for group in page.groups
        if group.expected_count is None or counts.get(group.site_id, 0) < group.expected_count
    ]


def mark_lost(connection: Connection, lost: dict[int, str]) -> None:
    """Write down what became of files: missing, damaged or changed."""
    for state in ("missing", "damaged", "changed"):
        files.mark(connection, [key for key, to in lost.items() if to == state], state)


def artworks_of(connection: Connection, lost: dict[int, str]) -> set[int]:
    """The artworks whose lost files are to be fetched again."""
    fetch_again = [key for key, state in lost.items() if state != "changed"]
    return files.artworks_showing(connection, fetch_again)


def _room_left(connection: Connection, job_id: int, wanted: Wanted) -> int | None:
    if wanted.most is None:
        return None
    taken = sum(
        tally.amount
        for tally in jobs.tallies(connection, job_id)
        if tally.stage == StageName.DOWNLOAD
        and tally.outcome in ("asked", "known", "elsewhere", "would")
    )
    return max(0, wanted.most - taken)


def ask(
    connection: Connection,
    job_id: int,
    mine: Sequence[Askable],
    wanted: Wanted,
    restored: set[int],
) -> None:
    """Ask for what is not there; count what is, and what the site does not have any more."""
    count = functools.partial(jobs.count, connection, job_id, StageName.DOWNLOAD)
    if wanted.is_simulated:
        have = sum(one.download_status == Status.DONE for one in mine)
        count("known", "present", amount=have)
        count("would", amount=len(mine) - have)
        return
    ask_for: list[int] = []
    known = gone = 0
    for one in mine:
        if one.download_status == Status.DONE and one.id not in restored:
            known += 1
        elif one.download_status == Status.GONE:
            gone += 1
        else:
            ask_for.append(one.id)
    asked = work.ask(connection, ask_for, StageName.DOWNLOAD, job_id, wanted.spec)
    count("known", "present", amount=known)
    count("known", "gone", amount=gone)
    count("elsewhere", amount=asked.elsewhere)
    if restored:
        words = f"{len(restored)} files were lost from the disk and are fetched again."
        job_events.say(connection, job_id, "restored", words, "warning")


def leave_hole(
    connection: Connection,
    lead: Lead,
    listing_id: int,
    holes: Sequence[str],
    cursor: str | None,
) -> None:
    """Note the pages that could not be had, and where the walk goes on."""
    _require_lead(connection, lead)
    walking.set_holes(connection, listing_id, holes, cursor)


def restart_walk(connection: Connection, lead: Lead, listing_id: int) -> None:
    """The walk begins anew."""
    _require_lead(connection, lead)
    walking.begin_at(connection, listing_id, None, None)


def end_walk(
    connection: Connection,
    lead: Lead,
    row: ListingRow,
    ended: str,
    reason: str,
    detail: str,
    instead: Iterable[Listing] = (),
) -> None:
    """Say how a walk ended; what it did not reach, other walks try.

    An empty answer is no proof the first time: unknown, hidden, timed out look alike.
    """
    _require_lead(connection, lead)
    walking.end_listing(connection, row.id, ended, reason, detail)
    if ended == "end":
        is_empty = reason == "empty"
        since = (row.empty_at or datetime.now(UTC)) if is_empty else None
        walking.note_empty(connection, row.id, since)
    now = walks.read(connection, row.id)
    lacks = row.claims is not None and now.seen + now.rejected < row.claims
    if ended in ("cap", "error") or (ended == "end" and lacks):
        others = [_walk(listing) for listing in instead]
        if ended == "end":  # the site hides some, or did for once: asked in another way
            others = [replace(walk, is_optional=True) for walk in others]
        walking.open_walks(
            connection, row.target_id, lead.job_id, others, parent=row, instead=True
        )
    log.info("listing ended", job=lead.job_id, listing=row.id, ended=ended, reason=reason)


def stop_listing(
    connection: Connection, lead: Lead, target_id: int, reason: str, detail: str
) -> None:
    """Nothing more is to be listed for a target."""
    _require_lead(connection, lead)
    walking.stop_open(connection, target_id, lead.job_id, reason, detail)


def ask_again(
    connection: Connection,
    lead: Lead,
    target_id: int,
    members: Sequence[Member],
    wanted: Wanted,
    lost: dict[int, str],
) -> None:
    """The same for members of a target that the job did not list again."""
    _require_lead(connection, lead)
    mark_lost(connection, lost)
    ledger.mark_seen(connection, target_id, lead.job_id, [one.id for one in members])
    mine = [one for one in members if one.skipped is None]
    ask(connection, lead.job_id, mine, wanted, restored=artworks_of(connection, lost))
    _count_left_out(connection, lead.job_id, (one.skipped for one in members))


def close_target(connection: Connection, lead: Lead, target_id: int) -> None:
    """Keep what the groups of a target say to hold in all: what the site claims.

    Fewer than were listed is no claim: without a key only some of the groups are shown.
    """
    _require_lead(connection, lead)
    amount, claimed = groups.claimed_by_site(connection, target_id)
    if amount and claimed >= ledger.counts(connection, target_id).listed:
        ledger.save_claim(connection, target_id, claimed, f"in {amount} posts")
