"""Move: the files of an artwork where another layout wants them, or back to where they were.

Four steps for many artworks at once, a death between any two of which loses nothing:

 M1  the new names are reserved and noted in the work's scratch
 M2  each file and its sidecars get their new names, as further hard links; folders are flushed
 M3  commit, flushed in full: the files lie there from now on; what was moved is remembered
 M4  the old names go, and folders in which nothing is left; the work is over

After a death, whoever claims the work next drops the new names where M3 was not reached, and
the old ones where it was. At no moment does the database name a place without its file (CR-15).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.layout import Layout
from artkeep.domain.query import parse_query
from artkeep.domain.target import Target
from artkeep.errors import AppError, FileProblem, ItemError, SkipItem
from artkeep.logs import get_logger
from artkeep.media.library import Library, explain, flush_folders
from artkeep.media.moving import is_free, lay, let_go, remove_emptied, take_back
from artkeep.stages._moving import OpenRoots, needs_targets, paths_of
from artkeep.stages._stage import Item, SettleFailed, Stage, StageContext
from artkeep.store import claims, movable, move_batches, moves, work
from artkeep.store.movable import Movable
from artkeep.store.move_batches import Settled
from artkeep.store.moves import MoveWish, Reserved, Step
from artkeep.store.work import Ending

log = get_logger(__name__)

UNDO = "undo"  # what a move is told: the batch that it takes back …
LAYOUT = "layout"  # … or how files are to be laid out


class Move(Stage[None]):
    """All of it happens where work is settled: names are reserved for many files at once."""

    name = StageName.MOVE
    needs = parse_query("download:done")

    async def work(self, item: Item, context: StageContext) -> None:
        """Nothing by itself."""

    async def settle(
        self, finished: Sequence[tuple[Item, None]], context: StageContext
    ) -> None:
        """M1 to M4; see the module's words."""
        items = [item for item, _ in finished]
        await context.placing.run(context.library.require)
        run = _Run(context, _options(items[0]))
        await run.clear_up(items)
        await run.move(items)
        if run.failures:
            raise SettleFailed(run.failures)


def _options(item: Item) -> dict[str, Any]:
    stages = item.claim.spec.get("stages") or {}
    return dict(stages.get(StageName.MOVE.value) or {})


@dataclass(slots=True)
class _Entry:
    """One artwork on its way: `left` are its steps, in front those that were not laid yet."""

    item: Item
    wishes: list[MoveWish]
    steps: list[Step] = field(default_factory=list)
    laid: list[Step] = field(default_factory=list)
    taken: Step | None = None  # its new name is a stranger's
    error: Exception | None = None


class _Run:
    """One batch of artworks that are moved together."""

    def __init__(self, context: StageContext, told: dict[str, Any]) -> None:
        self.failures: list[tuple[Item, Exception]] = []
        self._context = context
        self._store = context.store
        self._undone: int | None = told.get(UNDO)
        self._layout = Layout.from_json(told.get(LAYOUT) or {})
        self._roots = OpenRoots(context.library)
        self._touched: set[Path] = set()

    async def clear_up(self, items: Sequence[Item]) -> None:
        """What a death left: either the new names go, or the old ones."""
        begun = [(item, moves.steps_of(item.claim)) for item in items]
        steps = [step for _, some in begun for step in some]
        if not steps:
            return
        now = await self._store.read(moves.lying_at, [step.place_id for step in steps])
        for root in await self._store.read(movable.roots_of, {step.root_id for step in steps}):
            self._roots.open(*root)
        for item, some in begun:
            if not some:
                continue
            await self._context.placing.run(self._clear_up, some, now)
            await self._store.write(moves.give_up, self._context.owner, item.claim, some)

    async def move(self, items: Sequence[Item]) -> None:
        """M1 to M4."""
        context, store, owner = self._context, self._store, self._context.owner
        entries = await self._entries(items)
        wishes = [wish for entry in entries for wish in entry.wishes]
        told = await store.write(moves.reserve, owner, wishes)
        entries = await self._with_names(entries, told)
        await context.placing.run(self._lay_all, entries)
        for entry in entries:
            while entry.taken is not None:
                await self._take_another_name(entry)
        await self._drop_failed(entries)
        on_way = [entry for entry in entries if entry.laid and entry.error is None]
        moved: set[int] = set()
        if on_way:
            await context.placing.run(flush_folders, self._touched)
            change = partial(
                move_batches.settle,
                owner=owner,
                laid=[(entry.item.claim, entry.laid) for entry in on_way],
                undone=self._undone,
            )
            settled = await context.in_thread(partial(store.transact, change, is_flushed=True))
            moved = {claim.id for claim, _ in settled.done}
            await context.placing.run(self._drop_names, on_way, settled)
        endings = [
            Ending(entry.item.claim, Status.DONE)
            if entry.item.claim.id in moved
            else Ending(entry.item.claim, Status.SKIPPED, reason="in_place")
            for entry in entries
            if entry.error is None
        ]
        await store.write(work.end, owner, endings)

    async def _entries(self, items: Sequence[Item]) -> list[_Entry]:
        """What each artwork's files want; those that want nothing have no wishes."""
        store, claimed = self._store, [item.claim for item in items]
        ids = [claim.artwork_id for claim in claimed]
        files = await store.read(movable.files_of, ids)
        busy = await store.read(movable.in_other_hands, ids)
        targets = await store.read(movable.targets_of, needs_targets(self._layout, ids))
        back: dict[int, tuple[str, str]] = {}
        if self._undone is not None:
            back = await store.read(move_batches.ways_back, self._undone, claimed)
        entries = []
        for item in items:
            mine = files.get(item.claim.artwork_id, [])
            try:
                self._require_movable(item, mine, busy)
                if self._undone is None:
                    found = targets.get(item.claim.artwork_id, [])
                    wishes = self._forward(item, mine, found)
                else:
                    wishes = self._backward(item, mine, back)
            except AppError as error:
                self.failures.append((item, error))
            else:
                entries.append(_Entry(item, wishes))
        return entries

    def _require_movable(
        self, item: Item, files: Sequence[Movable], busy: Collection[int]
    ) -> None:
        if not files:
            raise SkipItem("There is no file to move.", code="no_file")
        if item.claim.artwork_id in busy:
            raise ItemError("Another job is about to use names of it.", code="work_unfinished")
        for file in files:
            self._roots.open(file.root_id, file.root, file.marker)

    def _forward(
        self, item: Item, files: Sequence[Movable], targets: Sequence[Target]
    ) -> list[MoveWish]:
        safe = self._context.safe_ratings
        wanted = list(paths_of(item.stored, files, self._layout, targets, safe))
        for _, path in wanted:
            path(0)  # one that fits nowhere fails here, and not while names are reserved
        return [MoveWish(item.claim, file, path) for file, path in wanted]

    def _backward(
        self, item: Item, files: Sequence[Movable], back: dict[int, tuple[str, str]]
    ) -> list[MoveWish]:
        wishes = []
        for file in files:
            new, old = back.get(file.place_id, (file.path, file.path))
            if file.path != new:
                raise SkipItem(f"{file.path} was moved again since.", code="moved_again")
            wishes.append(MoveWish(item.claim, file, partial(_only, old), is_exact=True))
        return wishes

    async def _with_names(self, entries: Sequence[_Entry], told: Reserved) -> list[_Entry]:
        """Those whose files have a name each; the others let go of theirs."""
        taken = {wish.claim.id for wish in told.taken}
        waiting = {wish.claim.id for wish in told.waiting}
        named = []
        for entry in entries:
            claim = entry.item.claim
            entry.steps = told.steps.get(claim.id, [])
            if entry.wishes and claim.id not in told.held:
                continue  # somebody else has it now
            if claim.id not in taken | waiting:
                named.append(entry)
                continue
            await self._store.write(moves.give_up, self._context.owner, claim, entry.steps)
            if claim.id in taken:
                self.failures.append((entry.item, _name_taken(entry.wishes[0].path(0))))
            else:  # it comes again, after the file that has its name now
                await self._store.write(claims.release, self._context.owner, [claim])
        return named

    def _lay_all(self, entries: Sequence[_Entry]) -> None:
        """M2."""
        for entry in entries:
            self._lay(entry)

    def _lay(self, entry: _Entry) -> None:
        for step in entry.steps[len(entry.laid) :]:
            library = self._roots[step.root_id]
            try:
                self._touched |= lay(library, step.old, step.new)
            except FileExistsError:
                entry.taken = step
                return
            except (OSError, ItemError) as error:
                known = explain(error, library.path) if isinstance(error, OSError) else error
                entry.error = known
                return
            entry.laid.append(step)

    async def _take_another_name(self, entry: _Entry) -> None:
        """A stranger's file lies there: the next free name (CR-7)."""
        step = entry.taken
        assert step is not None
        entry.taken = None
        wish = next(one for one in entry.wishes if one.file.place_id == step.place_id)
        if wish.is_exact:
            entry.error = _name_taken(step.new)
            return
        library = self._roots[step.root_id]

        def is_taken(suffix: int) -> bool:
            return not is_free(library, step.old, wish.path(suffix))

        suffix = await self._context.placing.run(moves.next_free, is_taken, 0)
        others = [one for one in entry.steps if one is not step]
        another = await self._store.write(
            moves.reserve_another,
            self._context.owner,
            replace(wish, first_suffix=suffix),
            step,
            others,
        )
        at = len(entry.laid)
        entry.steps[at : at + 1] = [another] if another else []
        await self._context.placing.run(self._lay, entry)

    async def _drop_failed(self, entries: Sequence[_Entry]) -> None:
        for entry in entries:
            if entry.error is not None:
                await self._context.placing.run(self._clear_up, entry.steps, {})
                await self._store.write(
                    moves.give_up, self._context.owner, entry.item.claim, entry.steps
                )
                self.failures.append((entry.item, entry.error))

    def _drop_names(self, entries: Sequence[_Entry], settled: Settled) -> None:
        """M4; what does not count is taken back."""
        done = {step.place_id: step.new for _, step in settled.done}
        held = [entry for entry in entries if entry.item.claim.id in settled.held]
        self._clear_up([step for entry in held for step in entry.laid], done)

    def _clear_up(self, steps: Sequence[Step], now: dict[int, str]) -> None:
        """Of two names each leave the one that counts; `now` says where files lie, by place."""
        emptied: dict[Path, Library] = {}
        for step in steps:
            library = self._roots[step.root_id]
            counts = now.get(step.place_id) == step.new
            try:
                if counts:
                    let_go(library, step.old, step.new)
                else:
                    take_back(library, step.old, step.new)
            except (OSError, ItemError) as error:
                log.warning("a name was not dropped", path=step.old, why=str(error))
            emptied[library.final(step.old if counts else step.new).parent] = library
        with suppress(OSError):  # a folder that somebody has removed meanwhile
            flush_folders([folder for folder in emptied if folder.is_dir()])
        for folder, library in emptied.items():
            remove_emptied(library, [folder])


def _only(path: str, _: int) -> str:
    return path


def _name_taken(path: str) -> FileProblem:
    return FileProblem(f"Something else lies at {path} now.", code="name_taken")
