"""Discovery: walk a target's listings page by page into artworks and work.

A page, its cursor and the work it asks for are one transaction, so a walk that dies goes on
exactly where it was. How each walk ended is written down; what did not end cleanly is a gap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from artkeep.errors import JobError
from artkeep.jobs.listed import Lead, Wanted, end_empty, end_walk, save_page, save_plan
from artkeep.media.library import Library, explain
from artkeep.media.presence import presence
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.sites._adapter import UNREADABLE_END, Listing, Page, SiteAdapter
from artkeep.stages._stage import StageContext
from artkeep.store import backlog, files, walks
from artkeep.store.files import FilePlace
from artkeep.store.ledger import TargetRow
from artkeep.store.stored import StoredArtwork
from artkeep.store.walks import ListingRow

_API_CAP_S = 30.0
_TRIES_A_PAGE = 8
_REMEMBERED_PAGES = 5
_MOST_EMPTY_PAGES = 25
_LARGEST_BACKLOG = 500_000  # RB-6
_MOST_LISTINGS = 20_000


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
        if not await store.read(walks.listings_of, self._target.id, job_id):
            await self._make_plan()
        for _ in range(_MOST_LISTINGS):
            rows = await store.read(walks.listings_of, self._target.id, job_id)
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
        await self._context.store.write(save_plan, self._lead, self._target.id, plan)

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
                lost = await self._context.in_thread(find_lost, library, lying)
            except OSError as error:
                raise explain(error, library.path) from error
        reached, waiting, saved = await store.write(
            save_page,
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
        while waiting > _LARGEST_BACKLOG:
            await asyncio.sleep(5)
            await self._may_go_on()
            waiting, _, _ = await store.read(backlog.waiting, self._lead.job_id)
        return reached

    async def _end(self, row: ListingRow, ended: str, reason: str, detail: str) -> None:
        await self._context.store.write(end_walk, self._lead, row.id, ended, reason, detail)

    async def _end_cleanly(self, row: ListingRow, seen: int) -> None:
        if seen:
            await self._context.store.write(end_walk, self._lead, row.id, "end", "", "")
            return
        await self._context.store.write(end_empty, self._lead, row)


def _repeats(page: Page, cursors: set[str | None], recent: Sequence[frozenset[str]]) -> bool:
    """A cursor that was there before, or a page that is one of the last pages again."""
    if page.next_cursor is not None and page.next_cursor in cursors:
        return True
    ids = frozenset(artwork.site_id for artwork in page.artworks)
    return bool(ids) and page.next_cursor is not None and ids in recent


def find_lost(library: Library, lying: Sequence[FilePlace]) -> dict[int, str]:
    """Which files are not as they were left: file id -> missing, damaged or changed.

    Damaged bytes make room at once, for the fresh copy; what was not written down of it by a
    kill is missing the next time, and fetched then.
    """
    lost: dict[int, str] = {}
    for place in lying:
        if place.root_id != library.root_id:
            continue  # of another library folder, which may be elsewhere: no verdict (DF-8)
        state = presence(library.final(place.path), place.size, place.format)
        if state == "damaged":
            library.set_aside(place.path, place.file_id)
        if state is not None:
            lost[place.file_id] = state
    return lost
