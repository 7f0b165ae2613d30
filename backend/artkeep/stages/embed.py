"""Embed: what is known about an artwork, written into its files (CR-11).

`work` makes a fresh copy of each file with the metadata in it, read back, with its picture
proven to be the same bytes. `settle` does the rest for many at once: the intents, the renames,
the commit. A file is never changed in place. A death after the intent is finished by whoever
claims the work next: the file has the new hash, or the part has it, or the copy is made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Artwork, StageName, Status
from artkeep.domain.embedded import Knowledge
from artkeep.domain.query import parse_query
from artkeep.errors import ItemError, SkipItem
from artkeep.media.library import Library, explain, flush_folders
from artkeep.media.replace import note_in_sidecar, replace_file, sha256_of
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._knowledge import digest, knowledge_of, says_exactly
from artkeep.stages._read_back import read_back
from artkeep.stages._stage import Item, SettleFailed, Stage, StageContext
from artkeep.store import claims, embedded
from artkeep.store.embedded import Rewritten, WholeFile
from artkeep.store.work import Ending

_SCRATCH = "embed"
_SPOKEN = {"parameters", "user_comment", "comment"}


@dataclass(frozen=True, slots=True)
class Written:
    """A proven part, and the file whose place it is to take: the intent (CR-11). Without a
    part (`""`) the file cannot hold anything, and what we know lies beside it."""

    file_id: int
    path: str
    others: list[str]
    part: str
    sha256: str
    size: int
    format: str
    told: dict[str, Any]


class Embed(Stage[list[Written]]):
    """Prompt, parameters, tags and origin inside the file."""

    name = StageName.EMBED
    needs = parse_query("download:done")

    async def work(self, item: Item, context: StageContext) -> list[Written]:
        """A part for each file that does not hold all of it yet.

        Raises SkipItem when there is no file; ItemError, DiskFull.
        """
        context.require_room()
        artwork_id = item.claim.artwork_id
        try:
            await self._finish_intents(item, context)
            found = await context.whole_files.get(artwork_id)
            if not found:
                raise SkipItem("There is no file to write into.", code="no_file")
            item = await read_back(item, found, context)
            knowledge = knowledge_of(item.stored.artwork)
            version = digest(knowledge)
            due = [file for file in found if _told(file).get("digest") != version]
            return await _write_all(item, due, knowledge, version, context)
        except OSError as error:
            raise explain(error, context.library.path) from error

    async def _finish_intents(self, item: Item, context: StageContext) -> None:
        """What a death left between intent and commit."""
        saved: list[dict[str, Any]] = item.claim.scratch.get(_SCRATCH) or []
        if not saved:
            return
        library = context.library
        done = [one for one in map(_from_json, saved) if one is not None]
        whole = await context.in_thread(_finish, done, library)
        entry = Rewritten(item.claim, _whole_files(whole))
        await context.store.write(embedded.note, context.owner, [entry])
        told = [(item.stored.artwork, one) for one in whole]
        await context.in_thread(_tell_sidecars, told, library)

    async def settle(
        self, finished: Sequence[tuple[Item, list[Written]]], context: StageContext
    ) -> None:
        """Intents, renames, and the commit that ends the work."""
        library, store = context.library, context.store
        await context.placing.run(library.require)
        intents = [
            (item.claim, {_SCRATCH: [asdict(one) for one in written]})
            for item, written in finished
            if written
        ]
        held: set[int] = set()
        if intents:
            held = await store.write(
                claims.save_scratch, context.owner, intents, state="verified"
            )
        mine = [(i, written) for i, written in finished if not written or i.claim.id in held]
        lost = [written for i, written in finished if written and i.claim.id not in held]
        done, failures = await context.placing.run(_put_all, mine, lost, library)
        entries = [
            Rewritten(
                item.claim,
                _whole_files(written),
                Ending(item.claim, Status.DONE, reason="" if written else "nothing_new"),
            )
            for item, written in done
        ]
        await store.write(embedded.note, context.owner, entries)
        await context.in_thread(
            _tell_sidecars,
            [(item.stored.artwork, one) for item, written in done for one in written],
            library,
        )
        if failures:
            raise SettleFailed(failures)


def _whole_files(written: Sequence[Written]) -> list[tuple[int, str, int, dict[str, Any]]]:
    """As the store notes them."""
    return [(one.file_id, one.sha256, one.size, one.told) for one in written]


def _told(file: WholeFile) -> dict[str, Any]:
    told = file.spec.get(embedded.EMBEDDED)
    return told if isinstance(told, dict) else {}


def _from_json(saved: dict[str, Any]) -> Written | None:
    try:
        return Written(**saved)
    except TypeError:  # of another version
        return None


async def _write_all(
    item: Item,
    due: Sequence[WholeFile],
    knowledge: Knowledge,
    version: str,
    context: StageContext,
) -> list[Written]:
    library, claim = context.library, item.claim
    written: list[Written] = []
    try:
        for number, file in enumerate(due):
            part = library.part(claim.id, claim.epoch, number)
            made = await _write(file, part, item.stored.artwork, knowledge, version, context)
            written.append(made)
    except BaseException:
        _drop(written, library)
        raise
    return written


async def _write(
    file: WholeFile,
    part: Path,
    artwork: Artwork,
    knowledge: Knowledge,
    version: str,
    context: StageContext,
) -> Written:
    done = await context.embedders.write(
        context.library.path,
        file.path,
        part,
        knowledge,
        # What we wrote ourselves may be written anew: a better parser may do better.
        keeps_generation=not _told(file).get("infotext"),
    )
    left_out = list(done.left_out)
    has_infotext = bool(_SPOKEN & {*done.fields})
    if knowledge.infotext and has_infotext and not says_exactly(knowledge.infotext, artwork):
        left_out.append("exact_prompt")  # the grammar cannot hold it; the sidecar does
    return Written(
        file.id,
        file.path,
        list(file.others),
        part.name if done.has_part else "",
        done.sha256,
        done.size,
        file.format,
        {"digest": version, "infotext": has_infotext, "left_out": left_out},
    )


def _put_all(
    mine: Sequence[tuple[Item, list[Written]]], lost: Sequence[list[Written]], library: Library
) -> tuple[list[tuple[Item, list[Written]]], list[tuple[Item, Exception]]]:
    """Rename for all; what belongs to lost claims is dropped."""
    done: list[tuple[Item, list[Written]]] = []
    failures: list[tuple[Item, Exception]] = []
    touched: set[Path] = set()
    for item, written in mine:
        try:
            for one in written:
                if one.part:
                    part = library.parts / one.part
                    touched |= replace_file(library, one.path, one.others, part)
        except (OSError, ItemError) as error:
            _drop(written, library)
            known = explain(error, library.path) if isinstance(error, OSError) else error
            failures.append((item, known))
        else:
            done.append((item, written))
    flush_folders(touched)
    for written in lost:
        _drop(written, library)
    return done, failures


def _finish(intents: Sequence[Written], library: Library) -> list[Written]:
    """Those whose files have the new hash, now at the latest."""
    whole: list[Written] = []
    for one in intents:
        part = library.parts / one.part
        if sha256_of(library.final(one.path)) != one.sha256:
            if not one.part or sha256_of(part) != one.sha256:
                _drop([one], library)
                continue
            flush_folders(replace_file(library, one.path, one.others, part))
        whole.append(one)
    return whole


def _tell_sidecars(written: Sequence[tuple[Artwork, Written]], library: Library) -> None:
    for artwork, one in written:
        about = {
            "size": one.size,
            "sha256": one.sha256,
            "type": MEDIA_TYPES[one.format].mime,
        }
        with suppress(OSError):  # it can be written again from the database
            note_in_sidecar(library, one.path, about, artwork)


def _drop(written: Sequence[Written], library: Library) -> None:
    for one in written:
        if one.part:
            (library.parts / one.part).unlink(missing_ok=True)
