"""What one page, and the end of a walk, change in the database: a transaction each.

Every one of them names the lead of the job: who has lost it changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.errors import AppError
from artkeep.jobs import limits
from artkeep.jobs.asking import Wanted, artworks_of, ask, given_of, mark_lost, renewed_of
from artkeep.jobs.coverage import Coverage
from artkeep.jobs.folders import by_folder, named
from artkeep.logs import get_logger
from artkeep.sites._adapter import Listing, Page, Plan
from artkeep.store import (
    artworks,
    backlog,
    groups,
    job_events,
    jobs,
    ledger,
    skipped,
    walking,
    walks,
)
from artkeep.store.artworks import SavedArtwork
from artkeep.store.ledger import Member, TargetRow
from artkeep.store.records import Packed
from artkeep.store.walks import ListingRow, NewWalk, Tail

log = get_logger(__name__)

# Late publication and new ratings put old items into a list; where others are taken out at the
# same time, few pages do not tell. So now and then it is walked whole.
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
        earlier = walks.last_whole(connection, target_id, walk)
        if earlier is None or earlier.whole_at is None:
            continue
        if datetime.now(UTC) - earlier.whole_at < _WHOLE_AGAIN:
            is_long = earlier.before > 0 or earlier.pages >= _PAGES_WORTH_SKIPPING
            # What a walk passes over is looked after without looking at the limits.
            tail = earlier.tail if is_long and not wanted.is_limited else None
            walking.begin_at(connection, row.id, tail, earlier.whole_at)


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
    poor: Collection[int] = (),
) -> SavedPage:
    """One page, whole: artworks, memberships, work, counts and the next cursor.

    Of `lost` files the states are given by their ids; `poor` artworks are here in a lower
    quality than is wanted.
    """
    _require_lead(connection, lead)
    was_told = groups.expected(connection, target.asked.site, page.groups)
    saved = artworks.save_artworks(connection, page.artworks, page.groups, packed)
    mark_lost(connection, lost)
    restored = artworks_of(connection, lost)
    renewed = renewed_of(saved, wanted, poor) - restored
    again = restored | renewed
    left_out = _left_out(connection, lead.job_id, row, target, wanted, saved, again)
    left = limits.room_left(connection, lead.job_id, wanted)
    counting = [
        one.id
        for one in saved
        if left_out[one.id] is None and limits.uses_up(one, wanted, again)
    ]
    beyond = set() if left is None else set(counting[left:])
    taken = [one for one in saved if one.id not in beyond]
    joined = artworks.add_to_target(
        connection, target.id, lead.job_id, ((one.id, left_out[one.id]) for one in taken)
    )
    fresh = [
        one for one in taken if one.id in joined.first_seen or one.id in joined.taken_after_all
    ]
    mine = [one for one in fresh if left_out[one.id] is None]
    asked = named(connection, target, wanted.layout)
    folder = wanted.layout.target_folder(asked, dict(row.options).get("model_id"))
    ask(
        connection,
        lead.job_id,
        mine,
        wanted,
        folder,
        restored=restored,
        renewed=renewed,
        given=given_of(mine, page.given),
    )
    _count_left_out(connection, lead.job_id, (left_out[one.id] for one in fresh))
    counted = len({one.id for one in mine}.intersection(counting))
    if wanted.limits_this_run:
        limits.count_by_listed_model(connection, lead.job_id, row, counted, left_out, fresh)
        limits.count_taken_after_all(connection, lead.job_id, len(joined.taken_after_all))
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
        is_full=left is not None and counted >= left,
        is_known=not page.artworks and is_told_the_same and not lacking and not further,
        waiting=waiting,
    )


def _left_out(
    connection: Connection,
    job_id: int,
    row: ListingRow,
    target: TargetRow,
    wanted: Wanted,
    saved: Sequence[SavedArtwork],
    restored: set[int],
) -> dict[int, str | None]:
    """Why each of these is not wanted, or None."""
    reasons = {one.id: target.asked.filters.rejects(one.artwork) for one in saved}
    limits.leave_out_over_model(
        connection, job_id, target.id, row, wanted, saved, restored, reasons
    )
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


def note_unreached(connection: Connection, lead: Lead, row: ListingRow) -> None:
    """No other way is left: say which part of a list that was cut off nothing reached."""
    _require_lead(connection, lead)
    coverage = Coverage(walks.listings_of(connection, row.target_id, lead.job_id))
    begun = coverage.begun_by(row)
    parts = coverage.unreached(begun)
    if parts:
        words = "; ".join(f"{low:%Y-%m-%d %H:%M} to {to:%Y-%m-%d %H:%M}" for low, to in parts)
        detail = f"{begun.detail or ''} Not reached: {words} UTC.".strip()
        walking.set_detail(connection, begun.id, detail)


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
    poor: Collection[int] = (),
) -> None:
    """The same for members of a target that the job did not list again."""
    _require_lead(connection, lead)
    mark_lost(connection, lost)
    ledger.mark_seen(connection, target_id, lead.job_id, [one.id for one in members])
    mine = [one for one in members if one.skipped is None]
    restored = artworks_of(connection, lost)
    renewed = renewed_of(mine, wanted, poor) - restored
    for folder, some in by_folder(connection, target_id, mine, wanted.layout).items():
        ask(
            connection,
            lead.job_id,
            some,
            wanted,
            folder,
            restored=restored.intersection(one.id for one in some),
            renewed=renewed,
        )
    _count_left_out(connection, lead.job_id, (one.skipped for one in members))


def close_target(connection: Connection, lead: Lead, target_id: int) -> None:
    """Keep what the groups of a target say to hold in all: what the site claims.

    Fewer than were listed is no claim: without a key only some of the groups are shown.
    """
    _require_lead(connection, lead)
    amount, claimed = groups.claimed_by_site(connection, target_id)
    if amount and claimed >= ledger.counts(connection, target_id).listed:
        ledger.save_claim(connection, target_id, claimed, f"in {amount} posts")
