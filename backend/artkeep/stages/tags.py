"""Tags: what a site's visitors call an artwork, with their votes.

Asked for in whichever way works (`_tag_choice.py`), kept whole or not at all (CR-10): beside
the file first, each sidecar replaced atomically, then in the database with the end of the work.
A death in between asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from artkeep.domain.artwork import StageName, Tag
from artkeep.domain.naming import sidecar_name
from artkeep.domain.query import parse_query
from artkeep.domain.tags import TagMethod, TagSet
from artkeep.errors import JobError, SkipItem
from artkeep.media.library import leads_elsewhere
from artkeep.media.programs import how_to_install
from artkeep.media.sidecar import about_tags, write_atomically
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.stages._retry import final, give_up
from artkeep.stages._stage import Item, Stage, StageContext
from artkeep.stages._tag_choice import WALLS, Choice
from artkeep.stages._tag_options import read_tag_options
from artkeep.store import job_events, tags
from artkeep.store.tags import Found

_THREADS = 4
_CAP_S = 30.0  # between two tries (NF-1)


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the site said, how and when."""

    tags: TagSet
    method: TagMethod
    at: datetime


class Tags(Stage[Tagged]):
    """Community tags with votes."""

    name = StageName.TAGS
    needs = parse_query("site:civitai download:done")

    async def work(self, item: Item, context: StageContext) -> Tagged:
        """Raises SkipItem where nobody tags; ItemError where the site refuses, RetryLater where
        it is in trouble; JobError: no browser, a chosen key that is rejected."""
        artwork, claim = item.stored.artwork, item.claim
        told = (claim.spec.get("stages") or {}).get(self.name.value) or {}
        options = read_tag_options(told, context.settings)

        async def ask(attempt: int) -> tuple[TagSet, TagMethod]:
            settings, adapters = context.settings, context.adapters
            desk = context.tagging.desk(artwork.site, options, adapters, settings)
            if desk is None:
                raise SkipItem(f"Nobody tags artworks of {artwork.site}.", code="no_tag_votes")
            await _say(desk.choice, claim.job_id, context)
            try:
                return await desk.ask(artwork.site_id, attempt)
            finally:
                await _say(desk.choice, claim.job_id, context)

        try:
            found, method = await with_retries(ask, cap_s=_CAP_S, time_scale=context.time_scale)
        except FetchFailed as failed:
            if failed.reason == "no_browser":
                raise no_browser(failed.detail) from failed
            if failed.reason == "unauthorized" and options.method is TagMethod.KEY:
                raise JobError(
                    failed.message,
                    code="unauthorized",
                    advice="Check the key under Settings › Sites & keys, or let the way be "
                    "chosen automatically.",
                ) from failed
            if failed.reason in WALLS:  # hours will not mend it; people may, and ask again
                raise final(failed) from failed
            raise give_up(failed, claim, context.time_scale) from failed
        return Tagged(found, method, datetime.now(UTC))

    async def settle(
        self, finished: Sequence[tuple[Item, Tagged]], context: StageContext
    ) -> None:
        """Beside the files, then into the database."""
        by_artwork = {item.claim.artwork_id: (item, done) for item, done in finished}
        places = await context.store.read(
            tags.sidecars_of, list(by_artwork), context.library.root_id
        )
        notes = [(paths, by_artwork[artwork_id]) for artwork_id, paths in places.items()]
        # Each waits for the disk: side by side.
        parts = [notes[first::_THREADS] for first in range(min(_THREADS, len(notes)))]
        await asyncio.gather(
            *(context.in_thread(_note_all, context.library.path, part) for part in parts)
        )
        found = [
            Found(item.claim, item.stored.artwork.site, done.tags, done.method, done.at)
            for item, done in finished
        ]
        await context.store.write(tags.save, context.owner, found)


async def _say(choice: Choice, job_id: int | None, context: StageContext) -> None:
    """Tell the job's log which way is gone, whenever that is another one."""
    said = context.tagging.said
    if job_id is not None and said.get(job_id) != (choice.method, choice.why):
        said[job_id] = (choice.method, choice.why)
        code = f"tags_by_{choice.method}"
        await context.store.write(job_events.say, job_id, code, choice.text)


def no_browser(detail: str) -> JobError:
    """What to do without one: the one command, or a key."""
    why = f" ({detail})" if detail else ""
    return JobError(
        f"Tags need a browser, and none can be started{why}.",
        code="no_browser",
        advice=f"Run `{how_to_install('chromium')}`, or set a key of the site: with a key no "
        "browser is needed.",
    )


def _note_all(
    library: Path, notes: Sequence[tuple[Sequence[str], tuple[Item, Tagged]]]
) -> None:
    """Files that share a sidecar (an original and what was made of it) have it written once."""
    for paths, (item, done) in notes:
        files = [library.joinpath(*path.split("/")) for path in paths]
        for beside in dict.fromkeys(file.with_name(sidecar_name(file.name)) for file in files):
            # It can be written again from the database.
            with suppress(OSError):
                _note(library, beside, item, done)


def _note(library: Path, beside: Path, item: Item, done: Tagged) -> None:
    if leads_elsewhere(library, beside):
        return
    found = _all_tags(item, done)
    content = about_tags(beside, item.stored.artwork, found, done.at, done.method.value)
    if content is not None:
        write_atomically(beside, content, beside.with_name(f".{beside.name}.part"))


def _all_tags(item: Item, done: Tagged) -> list[Tag]:
    """The new set; after a partial one also what was known before."""
    known = {tag.site_tag_id: tag for tag in item.stored.artwork.tags}
    found: dict[str | None, Tag] = {}
    for tag in done.tags.tags:
        before = known.get(tag.site_tag_id)
        if tag.name is None and before is not None:
            score = before.score if tag.score is None else tag.score
            found[tag.site_tag_id] = Tag(
                before.name,
                before.category,
                before.site_tag_id,
                score,
                before.up,
                before.down,
                before.automated,
                before.level,
                tag.display if tag.display != before.name else None,
            )
            continue
        name = tag.name if tag.name is not None else tag.display
        found[tag.site_tag_id] = Tag(
            name,
            tag.category or "",
            tag.site_tag_id,
            tag.score,
            tag.up,
            tag.down,
            tag.automated,
            tag.level,
            tag.display if tag.display != name else None,
        )
    if done.tags.is_partial:
        found = {**known, **found}
    return list(found.values())
