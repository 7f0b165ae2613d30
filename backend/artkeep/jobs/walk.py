"""One walk over a listing, page by page, until it ends.

A page, its cursor and the work it asks for are one transaction, so a walk that dies goes on
exactly where it was. While one page is being stored the next is already on its way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from artkeep.jobs.listed import (
    SavedPage,
    end_walk,
    leave_hole,
    note_unreached,
    restart_walk,
    save_page,
)
from artkeep.jobs.lost import look_for_lost, poor_of
from artkeep.jobs.reach import WINDOW, Span, spans_of
from artkeep.jobs.same_again import begins_with, shows, turn_of
from artkeep.jobs.task import (
    API_CAP_S,
    NO_ANSWER,
    NOT_OFFERED,
    TRIES_A_PAGE,
    TROUBLE_OF_HOST,
    Task,
)
from artkeep.jobs.trail import Trail, ids_of
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.sites._adapter import UNREADABLE_END, Listing, Page
from artkeep.store import backlog, files, records, walks
from artkeep.store.stored import StoredArtwork
from artkeep.store.walks import ListingRow, Tail

_REMEMBERED_PAGES = 5
_MOST_EMPTY_PAGES = 25
_LARGEST_BACKLOG = 500_000  # RB-6
_MOST_HOLES = 20
_TRIES_BEHIND_HOLE = 2
_TRIES_OF_LOOK = 2  # at a page that was listed before
_MOST_RESTARTS = 8
_NEAR_CAP = 0.02  # what the site hides is missing from the count


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A page, and the replies on it that are new, ready to be kept."""

    page: Page
    packed: Mapping[str, records.Packed]


class Walk:
    """One row of the ledger on its way to its end."""

    def __init__(self, task: Task, row: ListingRow) -> None:
        self._task = task
        self._row = row
        self._listing = Listing(
            row.path, row.value, row.options, row.proves_end, row.is_optional, row.claims
        )
        self._cursor = row.cursor
        self._seen = row.seen
        self._before = row.before
        self._tail = row.tail if row.pages == 0 else None  # to be recognised first
        self._trail = self._new_trail()
        self._may_stop_at_known = task.wanted.may_stop_at_known and row.whole_at is not None
        self._holes = list(row.holes)
        self._after_hole: str | None = None
        self._hole_error: FetchFailed | None = None
        self._is_outage = False
        self._cursors: set[str | None] = {row.cursor}
        self._recent: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)
        self._empty_pages = 0
        self._restarts = 0
        self._next: asyncio.Task[_Fetched] | None = None

    def _new_trail(self, others: Sequence[Span] = ()) -> Trail:
        items_before = partial(self._task.adapter.items_before, self._listing)
        return Trail(items_before, self._row.tail, others)

    async def run(self) -> bool:
        """To its end; False when the job has as many artworks as it was asked for.

        Raises JobError when the site does not know the target, or is not itself any more.
        """
        task = self._task
        if self._row.is_substitute:
            others = await task.context.store.read(walks.instead_of, self._row)
            self._trail = self._new_trail(spans_of(others))
        try:
            while True:
                await task.may_go_on()
                fetched = await self._fetch_next()
                if fetched is None:
                    return True
                goes_on = await self._take(fetched)
                if goes_on is not None:
                    return goes_on
        finally:
            if self._next is not None:
                self._next.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await self._next

    async def _fetch_next(self) -> _Fetched | None:
        """The page at the cursor, or None when the walk has broken off there."""
        while True:
            ahead, self._next = self._next, None
            try:
                fetched = await (ahead or self._fetch(self._cursor))
                if self._repeats(fetched.page) or (self._seen and not fetched.page.size):
                    # Once more, asked differently: caches repeat themselves, and a database
                    # timeout looks like an empty end.
                    fetched = await self._fetch(self._cursor, first_attempt=2)
            except FetchFailed as error:
                if not await self._survive(error):
                    return None
                continue
            if self._tail is not None and not await self._is_same_again(self._tail, fetched):
                await self._restart()  # something was put in before: from the beginning
                continue
            self._tail = None
            return fetched

    async def _is_same_again(self, tail: Tail, fetched: _Fetched) -> bool:
        """Whether what lies before the place where the walk begins is what it was."""
        if not begins_with(ids_of(fetched.page), tail):
            return False
        mark = turn_of(tail)
        if mark is None:
            return True
        try:
            looked_at = await self._fetch(mark.cursor or None, max_tries=_TRIES_OF_LOOK)
        except FetchFailed:
            return True  # the next run looks at it again
        self._trail.count_look()
        return shows(ids_of(looked_at.page), mark)

    async def _survive(self, error: FetchFailed) -> bool:
        """Whether the walk can go on in spite of a page that cannot be had."""
        row, task = self._row, self._task
        may_restart = self._restarts < _MOST_RESTARTS
        if error.reason == "request_refused" and self._cursor and may_restart:
            await self._restart()  # a cursor of another back end: known artworks are cheap
            return True
        if row.is_optional and self._cursor is None and error.reason in NOT_OFFERED:
            await self._end("stopped", "not_offered", str(error))
            return False
        task.shape.judge_failure(error)
        over = self._step_over()
        if over is not None and error.reason == "server_error":
            self._holes.append(self._cursor or "")
            self._after_hole = self._cursor = over
            self._hole_error = error
            self._cursors.add(over)
            await task.context.store.write(leave_hole, task.lead, row.id, self._holes, over)
            return True
        if self._hole_error is not None and self._after_hole == self._cursor:
            # Not one bad page but an outage: the next visit begins before it.
            before, error = self._holes.pop(), self._hole_error
            self._is_outage = True
            await task.context.store.write(
                leave_hole, task.lead, row.id, self._holes, before or None
            )
        await self._end("error", error.reason, str(error))
        return False

    def _step_over(self) -> str | None:
        if self._cursor is None or len(self._holes) >= _MOST_HOLES:
            return None
        if self._cursor == self._after_hole:
            return None
        return self._task.adapter.step_over(self._listing, self._cursor)

    async def _restart(self) -> None:
        """From the beginning of the list."""
        self._restarts += 1
        self._tail, self._cursor, self._before = None, None, 0
        self._may_stop_at_known = False
        self._trail.forget()
        self._cursors = {None}
        self._recent.clear()
        await self._task.context.store.write(restart_walk, self._task.lead, self._row.id)

    async def _take(self, fetched: _Fetched) -> bool | None:
        """Store a page. None: the walk goes on; else what `run` returns."""
        task, page = self._task, fetched.page
        task.shape.judge(page)
        is_repeating = self._repeats(page)
        following = None if is_repeating else page.next_cursor
        may_end_here = task.wanted.most is not None or (
            self._may_stop_at_known and not page.artworks
        )
        if following is not None and not may_end_here:
            self._next = asyncio.create_task(self._fetch(following))
        saved = await self._store(fetched, is_repeating)
        self._seen += page.size
        self._empty_pages = 0 if page.size else self._empty_pages + 1
        task.found_work()
        if is_repeating:
            words = f"The source repeats itself after {self._seen} items."
            await self._end("error", "repeats", words)
        elif saved.is_full:
            await self._end("stopped", "max_items", f"--max-items {task.wanted.most}")
            return False
        elif any(reject.reason == UNREADABLE_END for reject in page.rejects):
            words = "The site's answer does not say whether more follows."
            await self._end("error", UNREADABLE_END, words)
        elif saved.is_known and self._may_stop_at_known:
            await self._end("end", "known", "A whole page of what is known.")
        elif (has_met := self._trail.has_met(page)) or following is None:
            await self._end_of_list(has_met=has_met)
        elif self._empty_pages > _MOST_EMPTY_PAGES:
            await self._end("error", "empty_pages", f"{self._empty_pages} empty pages")
        else:
            if self._is_other_back_end(following):
                self._restarts += 1
                self._cursors = {None}
                self._recent.clear()
            self._cursor = following
            self._cursors.add(following)
            self._recent.append(_ids(page))
            return None
        return True

    async def _end_of_list(self, *, has_met: bool) -> None:
        """Nothing more to ask for: look at what was stepped over, then say how it ended."""
        for hole in list(self._holes):
            await self._task.may_go_on()
            try:
                fetched = await self._fetch(hole or None, first_attempt=2)
            except FetchFailed:
                continue
            self._holes.remove(hole)
            await self._store(fetched, is_repeating=True)
            await self._task.context.store.write(
                leave_hole, self._task.lead, self._row.id, self._holes, self._cursor
            )
        most = self._task.adapter.most_items(self._listing)
        if self._holes:
            words = f"{len(self._holes)} pages could not be had."
            await self._end("error", "stepped_over", words)
        elif has_met:
            await self._end("end", "met", "What follows was listed from the other end.")
        elif most is not None and self._is_near(most):
            site = self._task.adapter.name.capitalize()
            await self._end("cap", "cap", f"{site} ends such a list at about {most}.")
        elif not self._before + self._seen:
            await self._end("end", "empty", "The site listed nothing.")
        else:
            await self._end("end", "", "")

    def _is_near(self, most: int) -> bool:
        """A list that goes on far behind the cap has none."""
        in_all = self._before + self._seen
        return most * (1 - _NEAR_CAP) <= in_all <= most * (1 + _NEAR_CAP)

    async def _fetch(
        self, cursor: str | None, first_attempt: int = 0, max_tries: int = TRIES_A_PAGE
    ) -> _Fetched:
        task = self._task
        page = await with_retries(
            lambda attempt: task.adapter.fetch_page(
                task.context.client,
                task.target.asked,
                self._listing,
                cursor,
                first_attempt + attempt,
            ),
            max_tries=_TRIES_BEHIND_HOLE if self._is_behind_hole(cursor) else max_tries,
            cap_s=API_CAP_S,
            time_scale=task.context.time_scale,
            also=NO_ANSWER,
        )
        packed = await task.context.store.read(records.pack_new, page.artworks)
        return _Fetched(page, packed)

    async def _store(self, fetched: _Fetched, is_repeating: bool) -> SavedPage:
        """Commit a page."""
        task, page = self._task, fetched.page
        store = task.context.store
        site_ids = [artwork.site_id for artwork in page.artworks]
        lying = await store.read(files.downloaded, task.target.asked.site, site_ids)
        lost = await look_for_lost(task.context, lying)
        saved = await store.write(
            save_page,
            task.lead,
            self._row,
            page,
            task.target,
            task.wanted,
            lost,
            fetched.packed,
            is_repeating=is_repeating,
            poor=poor_of(lying, task.wanted.quality),
            tail=None if is_repeating else self._trail.tail_at(page, self._cursor),
        )
        titles = {group.site_id: group.title for group in page.groups}
        if not task.wanted.is_simulated:
            task.context.recent.put(
                StoredArtwork(one.id, one.artwork, titles.get(one.artwork.group_id or ""))
                for one in saved.artworks
                if one.is_new
            )
        waiting = saved.waiting
        while waiting > _LARGEST_BACKLOG:
            await asyncio.sleep(5)
            await task.may_go_on()
            waiting, _, _ = await store.read(backlog.waiting, task.lead.job_id)
        return saved

    async def _end(self, ended: str, reason: str, detail: str) -> None:
        """Where a list was cut off, narrower ones reach further. Where it broke off, another
        way may not break; when that breaks as well, the trouble is not the way."""
        task, adapter, is_cut = self._task, self._task.adapter, ended == "cap"
        is_trouble_of_host = self._is_outage or reason in TROUBLE_OF_HOST
        is_worth_it = ended != "error" or (
            bool(self._seen) and not self._row.is_substitute and not is_trouble_of_host
        )
        if ended in ("end", "cap") and adapter.is_window(self._listing):
            # It began in the middle: what it reached counts, that it ended proves nothing.
            ended, reason, is_worth_it = "cap", WINDOW, is_cut
        instead = adapter.substitutes(self._listing) if is_worth_it else ()
        await task.context.store.write(
            end_walk, task.lead, self._row, ended, reason, detail, instead
        )
        if ended != "end" and not instead and self._trail.has_others:
            await task.context.store.write(note_unreached, task.lead, self._row)

    def _is_behind_hole(self, cursor: str | None) -> bool:
        return cursor is not None and cursor == self._after_hole

    def _repeats(self, page: Page) -> bool:
        """A cursor that was there before, or a page that is one of the last pages again."""
        if page.next_cursor is None or self._is_other_back_end(page.next_cursor):
            return False
        if page.next_cursor in self._cursors:
            return True
        ids = _ids(page)
        return bool(ids) and ids in self._recent

    def _is_other_back_end(self, following: str) -> bool:
        """A back end that could not read our cursor began anew: its walk is as good as ours."""
        if self._cursor is None or self._restarts >= _MOST_RESTARTS:
            return False
        counts = self._task.adapter.items_before(self._listing, self._cursor) is not None
        return counts != (self._task.adapter.items_before(self._listing, following) is not None)


def _ids(page: Page) -> frozenset[str]:
    return frozenset(one.site_id for one in page.artworks or page.groups)
