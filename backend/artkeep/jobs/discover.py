"""Discovery: walk a target's listings page by page into artworks and work.

A page, its cursor and the work it asks for are one transaction, so a walk that dies goes on
exactly where it was. How each walk ended is written down; what did not end cleanly is a gap.
"""

from __future__ import annotations

import asyncio
import functools
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName, Status
from artkeep.errors import AppError, JobError
from artkeep.logs import get_logger
from artkeep.media.library import Library, explain
from artkeep.media.presence import presence
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.sites._adapter import UNREADABLE_END, Listing, Page, Plan, SiteAdapter
from artkeep.stages._stage import StageContext
from artkeep.store import artworks, files, jobs, ledger, work
from artkeep.store.artworks import SavedArtwork, StoredArtwork
from artkeep.store.files import FilePlace
from artkeep.store.ledger import ListingRow, TargetRow

log = get_logger(__name__)

_API_CAP_S = 30.0
_TRIES_A_PAGE = 8
_REMEMBERED_PAGES = 5
_MOST_EMPTY_PAGES = 25
_LARGEST_BACKLOG = 500_000  # RB-6
_MOST_LISTINGS = 20_000


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


class Discovery:
    """Lists one target for one job."""

    def __init__(
        self,
        context: StageContext,
        lead: Lead,
        target: TargetRow,
        wanted: Wanted,
        *,
        may_go_on: Callable[[], Awaitable[None]],
        found_work: Callable[[], None],
    ) -> None:
        self._context = context
        self._lead = lead
        self._target = target
        self._wanted = wanted
        self._may_go_on = may_go_on
        self._found_work = found_work
        self._adapter: SiteAdapter = context.adapters[target.asked.site]

    async def run(self) -> None:
        """Walk every listing to its end. Raises LeadLost, and what the plan raises."""
        store, job_id = self._context.store, self._lead.job_id
        if not await store.read(ledger.listings_of, self._target.id, job_id):
            await self._make_plan()
        for _ in range(_MOST_LISTINGS):
            rows = await store.read(ledger.listings_of, self._target.id, job_id)
            row = next((row for row in rows if row.ended is None), None)
            if row is None or not await self._walk(row):
                return

    async def _make_plan(self) -> None:
        plan = await with_retries(
            lambda _: self._adapter.plan(self._context.client, self._target.asked),
            max_tries=_TRIES_A_PAGE,
            cap_s=_API_CAP_S,
            time_scale=self._context.time_scale,
        )
        await self._context.store.write(_save_plan, self._lead, self._target.id, plan)

    async def _walk(self, row: ListingRow) -> bool:
        """False when the answer shows that the target's other listings are pointless, too."""
        listing = Listing(row.path, row.value, row.options, row.proves_end)
        cursor, seen = row.cursor, row.seen
        cursors = {cursor}
        recent: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)
        empty_pages = 0
        has_restarted = False
        while True:
            await self._may_go_on()
            try:
                page = await self._fetch(listing, cursor)
                if _repeats(page, cursors, recent) or (not page.artworks and seen):
                    # Once more, asked differently: caches repeat themselves, and a database
                    # timeout looks like an empty end.
                    page = await self._fetch(listing, cursor, first_attempt=2)
            except FetchFailed as error:
                if error.reason == "request_refused" and cursor and not has_restarted:
                    has_restarted, cursor, cursors = True, None, {None}
                    recent.clear()
                    continue  # a stored cursor has expired: known artworks are cheap
                await self._end(row, "error", error.reason, str(error))
                return True
            except JobError as error:
                await self._end(row, "error", error.code, str(error))
                return False
            is_repeating = _repeats(page, cursors, recent)
            reached_limit = await self._store(row, page, is_repeating)
            seen += len(page.artworks)
            empty_pages = 0 if page.artworks or page.listings else empty_pages + 1
            self._found_work()
            if is_repeating:
                words = f"The source repeats itself after {seen} items."
                await self._end(row, "error", "repeats", words)
            elif reached_limit:
                await self._end(row, "stopped", "max_items", f"--max-items {self._wanted.most}")
            elif any(reject.reason == UNREADABLE_END for reject in page.rejects):
                words = "The site's answer does not say whether more follows."
                await self._end(row, "error", UNREADABLE_END, words)
            elif page.next_cursor is None:
                await self._end_cleanly(row, seen)
            elif empty_pages > _MOST_EMPTY_PAGES:
                await self._end(row, "error", "empty_pages", f"{empty_pages} empty pages")
            else:
                cursor = page.next_cursor
                cursors.add(cursor)
                recent.append(frozenset(artwork.site_id for artwork in page.artworks))
                continue
            return True

    async def _fetch(
        self, listing: Listing, cursor: str | None, first_attempt: int = 0
    ) -> Page:
        return await with_retries(
            lambda attempt: self._adapter.fetch_page(
                self._context.client,
                self._target.asked,
                listing,
                cursor,
                first_attempt + attempt,
            ),
            max_tries=_TRIES_A_PAGE,
            cap_s=_API_CAP_S,
            time_scale=self._context.time_scale,
        )

    async def _store(self, row: ListingRow, page: Page, is_repeating: bool) -> bool:
        """Commit a page; True when the job has as many artworks as it was asked for."""
        site_ids = [artwork.site_id for artwork in page.artworks]
        store, library = self._context.store, self._context.library
        lying = await store.read(files.downloaded, self._target.asked.site, site_ids)
        lost: dict[int, str] = {}
        if lying:
            await self._context.in_thread(library.require)
            try:
                lost = await self._context.in_thread(_find_lost, library, lying)
            except OSError as error:
                raise explain(error, library.path) from error
        reached, backlog, saved = await store.write(
            _save_page,
            self._lead,
            row,
            page,
            self._target,
            self._wanted,
            lost,
            is_repeating=is_repeating,
        )
        titles = {group.site_id: group.title for group in page.groups}
        self._context.recent.put(
            StoredArtwork(one.id, one.artwork, titles.get(one.artwork.group_id or ""))
            for one in saved
            if one.is_new
        )
        while backlog > _LARGEST_BACKLOG:
            await asyncio.sleep(5)
            await self._may_go_on()
            backlog, _, _ = await store.read(jobs.waiting, self._lead.job_id)
        return reached

    async def _end(self, row: ListingRow, ended: str, reason: str, detail: str) -> None:
        await self._context.store.write(_end, self._lead, row.id, ended, reason, detail)

    async def _end_cleanly(self, row: ListingRow, seen: int) -> None:
        if seen:
            await self._context.store.write(_end, self._lead, row.id, "end", "", "")
            return
        await self._context.store.write(_end_empty, self._lead, row)


def _repeats(page: Page, cursors: set[str | None], recent: Sequence[frozenset[str]]) -> bool:
    """A cursor that was there before, or a page that is one of the last pages again."""
    if page.next_cursor is not None and page.next_cursor in cursors:
        return True
    ids = frozenset(artwork.site_id for artwork in page.artworks)
    return bool(ids) and page.next_cursor is not None and ids in recent


def _find_lost(library: Library, lying: Sequence[FilePlace]) -> dict[int, str]:
    """Which files are not as they were left: file id -> missing, damaged or changed.

    Damaged bytes make room at once, for the fresh copy; what was not written down of it by a
    kill is missing the next time, and fetched then.
    """
    lost: dict[int, str] = {}
    for place in lying:
        state = presence(library.final(place.path), place.size, place.format)
        if state == "damaged":
            library.set_aside(place.path, place.file_id)
        if state is not None:
            lost[place.file_id] = state
    return lost


def _require_lead(connection: Connection, lead: Lead) -> None:
    if not jobs.is_led_by(connection, lead.job_id, lead.owner, lead.epoch):
        raise LeadLost(f"Job {lead.job_id} is led by another instance now.")


def _save_plan(connection: Connection, lead: Lead, target_id: int, plan: Plan) -> None:
    _require_lead(connection, lead)
    ledger.save_plan(
        connection,
        target_id,
        title=plan.title,
        site_claims=plan.site_claims,
        site_claims_what=plan.site_claims_what,
        unreachable=plan.unreachable,
    )
    ledger.open_listings(connection, target_id, lead.job_id, _rows(plan.listings))


def _rows(
    listings: Sequence[Listing],
) -> list[tuple[str, str, tuple[tuple[str, str], ...], bool]]:
    return [(one.path, one.value, one.options, one.proves_end) for one in listings]


def _save_page(
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
    for state in ("missing", "damaged", "changed"):
        files.mark(connection, [key for key, to in lost.items() if to == state], state)
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
    _ask(connection, lead, mine, wanted, restored=_artworks_of(connection, lost))
    left_out = Counter(reason for one in taken if (reason := skipped[one.id]))
    for reason, amount in left_out.items():
        jobs.count(
            connection, lead.job_id, StageName.DOWNLOAD, "skipped", reason, amount=amount
        )
    ledger.open_listings(connection, target.id, lead.job_id, _rows(page.listings))
    ledger.save_progress(
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
        jobs.say(connection, lead.job_id, "reject", words, "warning")
    is_full = left is not None and len(mine) >= left
    backlog, _, _ = jobs.waiting(connection, lead.job_id)
    return is_full, backlog, saved


def _artworks_of(connection: Connection, lost: dict[int, str]) -> set[int]:
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


def _ask(
    connection: Connection,
    lead: Lead,
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
    asked = work.ask(connection, ask_for, StageName.DOWNLOAD, lead.job_id, wanted.spec)
    count = functools.partial(jobs.count, connection, lead.job_id, StageName.DOWNLOAD)
    count("known", "present", amount=known)
    count("known", "gone", amount=gone)
    count("elsewhere", amount=asked.elsewhere)
    if restored:
        words = f"{len(restored)} files were lost from the disk and are fetched again."
        jobs.say(connection, lead.job_id, "restored", words, "warning")


def _end(
    connection: Connection, lead: Lead, listing_id: int, ended: str, reason: str, detail: str
) -> None:
    _require_lead(connection, lead)
    ledger.end_listing(connection, listing_id, ended, reason, detail)
    if ended == "end":
        ledger.note_empty(connection, listing_id, None)
    log.info("listing ended", job=lead.job_id, listing=listing_id, ended=ended, reason=reason)


def _end_empty(connection: Connection, lead: Lead, row: ListingRow) -> None:
    """An empty answer is no proof the first time: unknown, hidden, timed out look alike."""
    _require_lead(connection, lead)
    ledger.end_listing(connection, row.id, "end", "empty", "The site listed nothing.")
    ledger.note_empty(connection, row.id, row.empty_at or datetime.now(UTC))
