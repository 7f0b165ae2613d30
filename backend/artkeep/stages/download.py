"""Download: the original's bytes under their final name, with the sidecar beside them.

D1 is the claim. `work` does D3–D6 for one artwork: stream into a part, verify, flush. `settle`
does D2 and D7–D9 for many at once: name and intent, rename, flush the folders, commit. See
docs/architecture.md for what a kill between any two of them costs.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

from artkeep.domain.artwork import StageName
from artkeep.domain.query import parse_query
from artkeep.errors import BadMedia, FileGone, ItemError, JobError
from artkeep.media.fetch import fetch
from artkeep.media.library import explain
from artkeep.media.part import Partial, PartWriter
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.sites._adapter import MediaSource
from artkeep.stages._body import (
    Body,
    drop,
    drop_part,
    has_hash,
    is_same,
    prove,
    put,
    put_all,
    put_beside,
    replace,
)
from artkeep.stages._found import (
    find_lying,
    find_moved,
    may_lie_there,
    recover,
    take_proven,
    take_up_part,
)
from artkeep.stages._frames import with_frames, with_told_frames
from artkeep.stages._given import REFUSALS, has_only_given, sources_of
from artkeep.stages._placing import is_back, may_replace
from artkeep.stages._retry import comes_back, give_up
from artkeep.stages._same_bytes import find_same_bytes
from artkeep.stages._source import (
    fetch_source,
    put_source,
    put_sources,
    with_told_source,
)
from artkeep.stages._stage import Item, SettleFailed, Stage, StageContext
from artkeep.stages._wishes import sent_back, settled, wish
from artkeep.store import claims, files, known_places, places
from artkeep.store.known_places import KnownPlace
from artkeep.store.places import Intent
from artkeep.store.source_images import SourceFile

_MOST_SUFFIXES = 1000
_NEXT_RUNG = frozenset({"not_found", "gone", "still_not_video", "request_refused", "not_media"})


class Download(Stage[Body]):
    """The original's bytes, proven whole, under their final name."""

    name = StageName.DOWNLOAD
    needs = parse_query("")

    async def work(self, item: Item, context: StageContext) -> Body:
        """Raises FileGone, ItemError, RetryLater; DiskFull, RootOffline for the whole job."""
        context.require_room()
        found: Body | None = None
        try:
            is_verified = item.claim.state == "verified"
            if is_verified:
                found = await context.in_thread(recover, item, context.library)
            if found is None:
                item = await with_frames(item, context)
            if not is_verified and item.claim.epoch > 1:
                found = await context.in_thread(take_proven, item, context.library)
            known = await self._known_places(item, context)
            if found is None and not may_replace(item):
                if may_lie_there(item, context):
                    found = await context.in_thread(find_lying, item, context)
                if found is None and known:
                    found = await context.in_thread(find_moved, item, known, context)
                if found is None:
                    found = await find_same_bytes(item, context)
            source = await fetch_source(item, context)
            try:
                done = found or await self._fetch_best(with_told_source(item, source), context)
            except BaseException:
                if source is not None:
                    source.part.unlink(missing_ok=True)
                raise
            whole = dataclasses.replace(with_told_frames(done, item), source=source)
            return sent_back(whole, known)
        except OSError as error:
            raise explain(error, context.library.path) from error

    async def _known_places(self, item: Item, context: StageContext) -> Sequence[KnownPlace]:
        """Where the artwork's files lie or lay, for work that is to bring one back there."""
        if not is_back(item):
            return ()
        root_id = context.library.root_id
        return await context.store.read(known_places.of_artwork, item.claim.artwork_id, root_id)

    async def _fetch_best(self, item: Item, context: StageContext) -> Body:
        """Down the ladder of URLs; at the end ask the site whether the artwork is gone."""
        artwork = item.stored.artwork
        adapter = context.adapters.get(artwork.site)
        if adapter is None:  # taken over from another program, and its file is lost
            raise ItemError(f"Artkeep cannot ask {artwork.site}.", code="no_media_url")
        quality = str(item.claim.spec.get("quality", "hd"))
        last: FetchFailed | None = None
        may_die = has_only_given(item)
        for source in sources_of(item, adapter, quality):
            try:
                return await self._fetch_one(item, source, context)
            except FetchFailed as error:
                last = error
                if error.reason not in _NEXT_RUNG | (REFUSALS if may_die else frozenset()):
                    break
        # A file that was there once is asked for, whatever an old record says.
        if last is None and not is_back(item) and (why := adapter.withheld(artwork)):
            raise FileGone(why, code="withheld")
        if last is None or (may_die and last.reason in REFUSALS):
            return await self._ask_site(item, None, context)
        if last.reason == "gone":
            raise FileGone("The site removed this file.", host=last.host, http_status=410)
        if last.reason == "not_found" and item.claim.visits > 0:
            return await self._ask_site(item, last, context)
        raise give_up(last, item.claim, context.time_scale) from last

    async def _ask_site(
        self, item: Item, last: FetchFailed | None, context: StageContext
    ) -> Body:
        """Listed without an address; or not found twice, hours apart: does the site still know
        the artwork?"""
        artwork = item.stored.artwork
        try:
            fresh = await context.adapters[artwork.site].refresh(context.client, artwork)
        except FetchFailed as error:
            raise give_up(error, item.claim, context.time_scale) from error
        if fresh is None and last is not None:
            raise FileGone("The site does not have it any more.", host=last.host, code="gone")
        if fresh and fresh.media_url and fresh.media_url != artwork.media_url:
            for source in context.adapters[artwork.site].media(fresh, "hd"):
                try:
                    return await self._fetch_one(item, source, context)
                except FetchFailed as error:
                    last = error
        if last is None:
            raise ItemError("The site lists no address for this artwork.", code="no_media_url")
        raise give_up(last, item.claim, context.time_scale) from last

    async def _fetch_one(self, item: Item, source: MediaSource, context: StageContext) -> Body:
        """One URL with its tries; a broken-off part is continued where that is safe."""
        claim = item.claim
        part = context.library.part(claim.id, claim.epoch)
        partial = Partial()
        if "part" in claim.scratch:
            partial = await context.in_thread(take_up_part, item, part, context.library)
        writer = PartWriter(part, partial)

        def note(so_far: Partial) -> None:
            scratch = so_far.to_json(part)
            # Not awaited: at worst a kill costs what was fetched since the last note.
            _keep(
                asyncio.ensure_future(
                    context.store.write(
                        claims.save_scratch, context.owner, [(claim, scratch)], state="claimed"
                    )
                )
            )

        async def attempt(number: int) -> Body:
            fetched = await fetch(
                context.client,
                source.url,
                writer,
                headers=source.headers,
                accepts=source.accepts,
                note=note,
                in_thread=context.in_thread,
            )
            try:
                return await context.in_thread(prove, item, writer, source, fetched)
            except BadMedia as error:
                writer.start_over("")  # what came is not to be continued
                part.unlink(missing_ok=True)
                reason = "checksum" if error.code == "checksum" else "damaged"
                raise FetchFailed(reason, detail=error.message) from error

        try:
            return await with_retries(
                attempt,
                max_tries=claim.spec.get("tries"),
                time_scale=context.time_scale,
                also=source.again_after,
            )
        except BaseException as error:
            writer.close()  # before it is removed: Windows wants it so
            is_over = not isinstance(error, asyncio.CancelledError) and not (
                isinstance(error, FetchFailed) and comes_back(error, claim)
            )
            if is_over or not partial.is_worth_keeping(source.url):
                drop_part(part)
            else:
                note(partial)
            raise

    async def settle(
        self, finished: Sequence[tuple[Item, Body]], context: StageContext
    ) -> None:
        """Name, rename, flush, commit; see the module's words."""
        library = context.library
        await context.placing.run(library.require)
        wishes = [wish(item, done, context) for item, done in finished if not done.intent]
        intents = {item.claim.id: done.intent for item, done in finished if done.intent}
        if wishes:
            intents |= await context.store.write(
                places.reserve, context.owner, library.root_id, wishes
            )
        mine = [(item, done, intents.get(item.claim.id)) for item, done in finished]
        placed, failures = await context.placing.run(put_all, mine, context)
        for _, done, intent in mine:
            if intent is None:  # the claim was lost
                drop(done)
        sources: dict[int, SourceFile] = {}
        if any(done.source for _, done, _ in placed):
            sources = await context.placing.run(put_sources, placed, library)
        downloads = [
            settled(item, done, intent, sources.get(item.claim.id))
            for item, done, intent in placed
        ]
        if downloads:
            await context.store.write(files.settle, context.owner, downloads)
        others: list[tuple[Item, Exception]] = []
        for item, done, error in failures:
            if isinstance(error, FileExistsError):
                try:
                    await self._make_way(item, done, intents[item.claim.id], context)
                    continue
                except (OSError, ItemError) as trouble:
                    error = trouble
            known = explain(error, library.path) if isinstance(error, OSError) else error
            if not isinstance(known, JobError):
                drop(done)  # this one has failed; a job that cannot go on keeps what it has
            others.append((item, known))
        if others:
            raise SettleFailed(others)

    async def _make_way(
        self, item: Item, done: Body, intent: Intent | None, context: StageContext
    ) -> None:
        """CR-7: the final name holds a file we do not know: the same bytes are adopted, others
        are never touched and ours takes the next free name."""
        library = context.library
        for suffix in range(_MOST_SUFFIXES):
            if intent is None:
                drop(done)
                return
            final = library.final(intent.path)
            if await context.in_thread(is_same, item, done, final, context):
                await context.in_thread(put_beside, item, done, final, context)
                drop(done)
            elif await self._is_superseded(item, intent, context):
                await context.in_thread(replace, item, done, intent, context)
            else:
                try:
                    await context.in_thread(put, item, done, intent, context)
                except FileExistsError:
                    next_wish = places.with_suffix(wish(item, done, context), suffix + 1)
                    intent = await context.store.write(
                        places.move_reservation,
                        context.owner,
                        item.claim,
                        library.root_id,
                        next_wish,
                    )
                    continue
            source = await context.in_thread(put_source, done, intent, library)
            await context.store.write(
                files.settle, context.owner, [settled(item, done, intent, source)]
            )
            return

    async def _is_superseded(self, item: Item, intent: Intent, context: StageContext) -> bool:
        """Whether what lies there is what we fetched for this artwork before, untouched since,
        and a fresh copy was asked for (DF-10)."""
        if not may_replace(item):
            return False
        there = await context.store.read(known_places.held_at, intent.place_id)
        if there is None:
            return False
        return await context.in_thread(
            has_hash, context.library.final(intent.path), there.sha256, there.size
        )


_background: set[asyncio.Future[Any]] = set()


def _keep(future: asyncio.Future[Any]) -> None:
    _background.add(future)
    future.add_done_callback(_background.discard)
