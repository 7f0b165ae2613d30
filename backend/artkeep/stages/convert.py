"""Convert: a smaller file that shows and knows the same, proven before anything is removed.

V1–V5 are `work`: the child encodes into a part, carries everything known and proves it.
`settle` is V6–V10 for many at once: intent and name, rename, the flushed transaction after
which the new file stands for its artwork, and only then the original goes into the trash. A
death between any two of them leaves at least one whole file that the database can find (CR-15):
what was renamed or proven is taken up by whoever claims the work next, and a trashed file that
still lies in its place is moved at the next start.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial as bind
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.naming import sidecar_name
from artkeep.domain.query import parse_query
from artkeep.domain.ugoira import read_frames
from artkeep.errors import FileProblem, ItemError, SkipItem
from artkeep.media.convert import Converted
from artkeep.media.embedded import read_embedded
from artkeep.media.library import (
    explain,
    flush_folders,
    leads_elsewhere,
    make_folders,
    rename_into_place,
)
from artkeep.media.replace import require_changeable, sha256_of
from artkeep.media.sidecar import about_other_file, read_sidecar, write_atomically
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.trash import Bin
from artkeep.stages._conversion import (
    Conversion,
    converted_path,
    rendering,
    saved_conversion,
)
from artkeep.stages._frames import FRAMES
from artkeep.stages._knowledge import knowledge_of, speaks_for_itself
from artkeep.stages._stage import Item, SettleFailed, Stage, StageContext
from artkeep.stages._trash import move_away
from artkeep.store import conversions, places, removal, work
from artkeep.store.conversions import Made, Source
from artkeep.store.places import Intent, Wish
from artkeep.store.work import Ending

_MOST_SUFFIXES = 1000
_ARCHIVE = "ugoira"  # of pictures: rendered, and never replaced
_FACTS = ("width", "height", "frames", "picture_hash", "perceptual_hash", "source_sha256")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A proven part; without one (`None`) the file that is wanted was there already.

    `facts` are what the converter found out about it, as they stand in the scratch.
    """

    source: Source
    to: Conversion
    part: Path | None
    sha256: str = ""
    size: int = 0
    facts: dict[str, Any] | None = None
    intent: Intent | None = None  # from before a death: the name is reserved already


class Convert(Stage[Outcome]):
    """PNG and JPEG as WebP or AVIF, with everything that is known inside; ugoiras rendered."""

    name = StageName.CONVERT
    needs = parse_query("download:done")

    async def work(self, item: Item, context: StageContext) -> Outcome:
        """Raises SkipItem with the reason for what is left alone; ItemError, DiskFull."""
        context.require_room()
        library, claim = context.library, item.claim
        to = saved_conversion(_options(item), context.settings)
        found = await context.store.read(
            conversions.sources, [claim.artwork_id], library.root_id
        )
        source = found.get(claim.artwork_id)
        if source is None:
            raise SkipItem("There is no original to convert.", code="no_file")
        if source.format == _ARCHIVE:
            to = rendering(to)
        if not to.may_take_place_of(source):
            raise SkipItem(f"{source.path} is somebody's own file.", code="not_fetched")
        try:
            if claim.state == "verified":
                taken_up = await context.in_thread(_take_up, item, source, to, context)
                if taken_up is not None:
                    return taken_up
            if _is_made(source, to):
                return Outcome(source, to, None)
            final = await context.in_thread(_readable, source, to, context)
            knowledge = knowledge_of(item.stored.artwork)
            if await context.in_thread(_speaks, final):
                knowledge = replace(knowledge, infotext=None)
            part = library.part(claim.id, claim.epoch)
            told = (source.spec or {}).get("frames")
            frames = read_frames(told or item.stored.artwork.raw.get(FRAMES))
            made: Converted = await context.converters.convert(
                final, source.format, part, to.plan, knowledge, frames
            )
        except OSError as error:
            raise explain(error, library.path) from error
        facts = {name: getattr(made, name) for name in _FACTS}
        return Outcome(source, to, part, made.sha256, made.size, facts)

    async def settle(
        self, finished: Sequence[tuple[Item, Outcome]], context: StageContext
    ) -> None:
        """V6 to V10; see the module's words."""
        library, store = context.library, context.store
        await context.placing.run(library.require)
        wanted = [(item, done) for item, done in finished if done.part or done.intent]
        wishes = [_wish(item, done, context) for item, done in wanted if not done.intent]
        intents = {item.claim.id: done.intent for item, done in wanted if done.intent}
        if wishes:
            intents |= await store.write(places.reserve, context.owner, library.root_id, wishes)
        placed: list[Made] = []
        failures: list[tuple[Item, Exception]] = []
        for item, done in wanted:
            intent = intents.get(item.claim.id)
            if intent is None:  # the claim was lost
                await context.in_thread(_drop, done.part)
                continue
            try:
                intent = await self._place(item, done, intent, context)
                if intent is not None:
                    placed.append(_made(item, done, intent))
            except (OSError, ItemError) as error:
                await context.in_thread(_drop, done.part)
                known = explain(error, library.path) if isinstance(error, OSError) else error
                failures.append((item, known))
        if placed:
            change = bind(conversions.settle, owner=context.owner, made=placed)
            held = await context.in_thread(bind(store.transact, change, is_flushed=True))
            gone = [one for one in placed if one.replaces and one.claim.id in held]
            await context.in_thread(_remove_sources, gone, finished, context)
        there = [
            Ending(i.claim, Status.DONE, reason="nothing_new")
            for i, d in finished
            if not d.part and not d.intent
        ]
        if there:
            await store.write(work.end, context.owner, there)
        if failures:
            raise SettleFailed(failures)

    async def _place(
        self, item: Item, done: Outcome, intent: Intent, context: StageContext
    ) -> Intent | None:
        """V7: the final name, never replacing a file; a stranger's makes ours take the next
        one (CR-7). None when the claim was lost."""
        library = context.library
        for suffix in range(_MOST_SUFFIXES):
            try:
                await context.placing.run(_rename, done, intent, context)
                return intent
            except FileExistsError:
                wish = places.with_suffix(_wish(item, done, context), suffix + 1)
                moved: Intent | None = await context.store.write(
                    places.move_reservation, context.owner, item.claim, library.root_id, wish
                )
                if moved is None:
                    await context.in_thread(_drop, done.part)
                    return None
                intent = moved
        raise FileProblem(f"There are too many files like {intent.path}.", code="no_name")


def _is_made(source: Source, to: Conversion) -> bool:
    """Of an archive one rendering is enough."""
    if source.format == _ARCHIVE:
        return bool(source.made)
    return any(spec.get("plan") == to.plan.to_json() for spec in source.made)


def _options(item: Item) -> dict[str, Any]:
    stages = item.claim.spec.get("stages") or {}
    options = stages.get(StageName.CONVERT.value) or {}
    return dict(options)


def _readable(source: Source, to: Conversion, context: StageContext) -> Path:
    library = context.library
    if to.is_in_place:
        return require_changeable(library.path, source.path)
    final = library.final(source.path)
    if leads_elsewhere(library.path, final):
        raise FileProblem(
            f"{source.path} is a link, or lies behind one; it is left alone.",
            code="link_in_library",
        )
    if not final.is_file():
        raise FileProblem(f"{source.path} is not there.", code="file_missing")
    return final


def _speaks(path: Path) -> bool:
    return speaks_for_itself(read_embedded(path))


def _take_up(
    item: Item, source: Source, to: Conversion, context: StageContext
) -> Outcome | None:
    """What a death left after the intent: the file under its name, or the part."""
    scratch = item.claim.scratch
    facts = scratch.get("facts")
    if facts is None or "place_id" not in scratch:
        return None
    intent = Intent.from_json(scratch)
    part = context.library.parts / str(scratch["part"])
    final = context.library.final(intent.path)
    has_name = sha256_of(final) == intent.sha256
    if has_name or sha256_of(part) == intent.sha256:
        there = None if has_name else part
        return Outcome(source, to, there, intent.sha256, intent.size, facts, intent)
    _drop(part)
    return None


def _wish(item: Item, done: Outcome, context: StageContext) -> Wish:
    extension = MEDIA_TYPES[done.to.plan.format].extension
    return Wish(
        item.claim,
        lambda n: converted_path(item, done.source.path, done.to, extension, context, n),
        done.sha256,
        done.size,
        done.to.plan.format,
        done.source.quality,
        note={"part": done.part.name if done.part else "", "facts": done.facts},
    )


def _rename(done: Outcome, intent: Intent, context: StageContext) -> None:
    library = context.library
    final = library.final(intent.path)
    original = library.final(done.source.path)
    changed: list[Path] = []
    if done.part is not None:
        changed = make_folders(library.path, final.parent)
        before = original.stat()
        os.utime(done.part, ns=(before.st_atime_ns, before.st_mtime_ns))
        rename_into_place(done.part, final)
    _put_sidecar(original, final, done, intent)
    flush_folders({final.parent, *changed})


def _put_sidecar(original: Path, final: Path, done: Outcome, intent: Intent) -> None:
    """Everything known goes along. A stranger's file of that name stays; the database has it
    all, too."""
    told = read_sidecar(original.with_name(sidecar_name(original.name)))
    beside = final.with_name(sidecar_name(final.name))
    if done.source.format == _ARCHIVE:
        return  # its own sidecar has that name, and tells of both
    if told is None or (os.path.lexists(beside) and read_sidecar(beside) is None):
        return
    about = {
        "name": final.name,
        "size": intent.size,
        "sha256": intent.sha256,
        "type": MEDIA_TYPES[intent.format].mime,
        "quality": intent.quality,
        "conversion": done.to.plan.to_json(),
    }
    content = about_other_file(told, about, is_new=True)
    with suppress(OSError):
        write_atomically(beside, content, beside.with_name(f".{beside.name}.part"))


def _made(item: Item, done: Outcome, intent: Intent) -> Made:
    facts = done.facts or {}
    return Made(
        item.claim,
        done.source,
        intent,
        spec={"plan": done.to.plan.to_json(), "source_sha256": facts.get("source_sha256")},
        width=int(facts.get("width") or 0),
        height=int(facts.get("height") or 0),
        frames=int(facts.get("frames") or 1),
        picture_hash=facts.get("picture_hash"),
        perceptual_hash=facts.get("perceptual_hash"),
        replaces=done.to.is_in_place,
        is_rendered=done.source.format == _ARCHIVE,
    )


def _remove_sources(
    gone: Sequence[Made], finished: Sequence[tuple[Item, Outcome]], context: StageContext
) -> None:
    """V9 and V10: an original that was changed since it was read is kept (it comes back)."""
    library, store = context.library, context.store
    changed = [
        one
        for one in gone
        if sha256_of(library.final(one.source.path)) != one.spec["source_sha256"]
    ]
    if changed:
        kept = [one.source.file_id for one in changed]
        store.transact(lambda connection: conversions.keep(connection, kept), is_flushed=True)
    place_ids = [one.source.place_id for one in gone if one not in changed]
    with store.reading() as connection:
        trashed = removal.trashed_at(connection, place_ids)
    move_away(store, library, trashed)
    is_deleted = {item.claim.id for item, done in finished if done.to.originals == "delete"}
    files = [
        one.source.file_id for one in gone if one not in changed and one.claim.id in is_deleted
    ]
    if files:
        store.transact(
            lambda connection: conversions.forget(connection, files), is_flushed=True
        )
        bin_ = Bin(library)
        for place in trashed:
            if place.file_id in files:
                with suppress(OSError):
                    bin_.drop(bin_.entry(place.place_id, place.path, place.sha256))


def _drop(part: Path | None) -> None:
    if part is not None:
        part.unlink(missing_ok=True)
