"""What one page, and the end of a walk, change in the database: a transaction each.

Every one of them names the lead of the job: who has lost it changes nothing.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName, Status
from artkeep.errors import AppError
from artkeep.logs import get_logger
from artkeep.sites._adapter import Listing, Page, Plan
from artkeep.store import artworks, backlog, files, job_events, jobs, ledger, walks, work
from artkeep.store.artworks import SavedArtwork
from artkeep.store.ledger import TargetRow
from artkeep.store.walks import ListingRow

log = get_logger(__name__)


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
    """What the job asks of every artwork."""

    quality: str
    then: tuple[str, ...]
    most: int | None  # --max-items

    @property
    def spec(self) -> dict[str, object]:
        """For the work rows."""
        return {"quality": self.quality} | ({"then": list(self.then)} if self.then else {})


def _require_lead(connection: Connection, lead: Lead) -> None:
    if not jobs.is_led_by(connection, lead.job_id, lead.owner, lead.epoch):
        raise LeadLost(f"Job {lead.job_id} is led by another instance now.")


def save_plan(connection: Connection, lead: Lead, target_id: int, plan: Plan) -> None:
    _require_lead(connection, lead)
    ledger.save_plan(
        connection,
        target_id,
        title=plan.title,
        site_claims=plan.site_claims,
        site_claims_what=plan.site_claims_what,
        unreachable=plan.unreachable,
    )
    walks.open_listings(connection, target_id, lead.job_id, _rows(plan.listings))


def _rows(
    listings: Sequence[Listing],
) -> list[tuple[str, str, tuple[tuple[str, str], ...], bool]]:
    return [(one.path, one.value, one.options, one.proves_end) for one in listings]


def save_page(
    connection: Connection,
    lead: Lead,
    row: ListingRow,
    page: Page,
    target: TargetRow,
    wanted: Wanted,
    lost: dict[int, str],
    *,
    is_repeating: bool,
) -> tuple[bool, int, list[SavedArtwork]]:
    """One page, whole: artworks, memberships, work, counts and the next cursor."""
    _require_lead(connection, lead)
    saved = artworks.save_artworks(connection, page.artworks, page.groups)
    mark_lost(connection, lost)
    skipped = {one.id: target.asked.filters.rejects(one.artwork) for one in saved}
    left = _room_left(connection, lead.job_id, wanted)
    taken = saved
    if left is not None:
        wanted_ids = [one.id for one in saved if skipped[one.id] is None]
        inside = set(wanted_ids[:left])
        taken = [one for one in saved if one.id in inside or skipped[one.id] is not None]
    new = artworks.add_to_target(
        connection, target.id, ((one.id, skipped[one.id]) for one in taken)
    )
    mine = [one for one in taken if skipped[one.id] is None]
    ask(connection, lead.job_id, mine, wanted, restored=artworks_of(connection, lost))
    left_out = Counter(reason for one in taken if (reason := skipped[one.id]))
    for reason, amount in left_out.items():
        jobs.count(
            connection, lead.job_id, StageName.DOWNLOAD, "skipped", reason, amount=amount
        )
    walks.open_listings(connection, target.id, lead.job_id, _rows(page.listings))
    walks.save_progress(
        connection,
        row.id,
        cursor=row.cursor if is_repeating else page.next_cursor,
        seen=len(page.artworks),
        new=new,
        repeated=len(taken) - new,
        rejected=len(page.rejects),
    )
    for reject in page.rejects:
        words = f"{row.path}: item {reject.site_id or '?'}: {reject.reason} {reject.excerpt}"
        job_events.say(connection, lead.job_id, "reject", words, "warning")
    is_full = left is not None and len(mine) >= left
    waiting, _, _ = backlog.waiting(connection, lead.job_id)
    return is_full, waiting, saved


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
        and tally.outcome in ("asked", "known", "elsewhere")
    )
    return max(0, wanted.most - taken)


def ask(
    connection: Connection,
    job_id: int,
    mine: Sequence[SavedArtwork],
    wanted: Wanted,
    restored: set[int],
) -> None:
    """Ask for what is not there; count what is, and what the site does not have any more."""
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
    count = functools.partial(jobs.count, connection, job_id, StageName.DOWNLOAD)
    count("known", "present", amount=known)
    count("known", "gone", amount=gone)
    count("elsewhere", amount=asked.elsewhere)
    if restored:
        words = f"{len(restored)} files were lost from the disk and are fetched again."
        job_events.say(connection, job_id, "restored", words, "warning")


def end_walk(
    connection: Connection, lead: Lead, listing_id: int, ended: str, reason: str, detail: str
) -> None:
    _require_lead(connection, lead)
    walks.end_listing(connection, listing_id, ended, reason, detail)
    if ended == "end":
        walks.note_empty(connection, listing_id, None)
    log.info("listing ended", job=lead.job_id, listing=listing_id, ended=ended, reason=reason)


def end_empty(connection: Connection, lead: Lead, row: ListingRow) -> None:
    """An empty answer is no proof the first time: unknown, hidden, timed out look alike."""
    _require_lead(connection, lead)
    walks.end_listing(connection, row.id, "end", "empty", "The site listed nothing.")
    walks.note_empty(connection, row.id, row.empty_at or datetime.now(UTC))
