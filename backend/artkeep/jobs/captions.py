"""Captions beside files that are there: completed, made again or merged, without fetching.

What somebody wrote or edited is never replaced unless that is asked for in so many words: what
we wrote is known by its digest (`store/captions.py`).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Tag
from artkeep.domain.caption_rules import CaptionRules
from artkeep.domain.captions import caption_name, captioner, merged
from artkeep.domain.layout import Layout
from artkeep.domain.query import parse_query
from artkeep.jobs.folders import named
from artkeep.media.library import Library, explain, leads_elsewhere
from artkeep.media.text_files import NewText, parts_folder, read_text, write_texts
from artkeep.stages._stage import StageContext
from artkeep.store import captions, removal, search
from artkeep.store.base import Store
from artkeep.store.captions import Captioned, CaptionPages, digest_of
from artkeep.store.ledger import TargetRow

_PAGE = 5000  # each is flushed once, with whatever else the disk has to write
_EXAMPLES = 5
_NEARLY_EMPTY = 8  # bytes that may all be spaces

OnProgress = Callable[[int, int], None]


class Existing(StrEnum):
    """What becomes of captions that are there. Each completes those that are missing."""

    KEEP = "keep"
    OVERWRITE = "overwrite"
    MERGE = "merge"


@dataclass(slots=True)
class CaptionReport:
    """Captions by what became of them, or would. `edited` are somebody's own that were to be
    overwritten and stay, `in_the_way` cannot be read or lie behind a link (SE-18)."""

    artworks: int = 0
    without_file: int = 0
    written: int = 0
    replaced: int = 0
    merged: int = 0
    same: int = 0
    kept: int = 0
    edited: int = 0
    in_the_way: int = 0
    is_stopped: bool = False
    examples: list[tuple[str, str]] = field(default_factory=list)
    edited_paths: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CaptionRun:
    """What is to be done. `may_replace_edited`: also what somebody wrote by hand."""

    rules: CaptionRules
    existing: Existing = Existing.KEEP
    may_replace_edited: bool = False
    is_simulated: bool = False
    target_id: int | None = None  # only what this target has …
    folder: str = ""  # … below its folder


@dataclass(frozen=True, slots=True)
class _Planned:
    """A caption that is to be written; `outcome` is where it is counted."""

    artwork_id: int
    text: NewText
    outcome: str
    is_ours: bool


def write_captions(
    store: Store,
    library: Library,
    query: str,
    run: CaptionRun,
    *,
    on_progress: OnProgress = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> CaptionReport:
    """Do it for every file of what a query means. What was done stands when it is stopped.

    Raises BadQuery, RootOffline, DiskFull, FileProblem.
    """
    report = CaptionReport()
    with store.reading() as connection:
        meant = removal.without_removed(connection, parse_query(query))
        total = search.count_matching(connection, meant)
    pages = CaptionPages(meant, library.root_id, run.target_id)
    after_id: int | None = None
    library.require()
    planner = _Planner(store, pages, library, run, report)
    try:
        with (
            parts_folder(library.parts.parent) as parts,
            ThreadPoolExecutor(1) as writer,  # files are written while the next are made up
        ):
            writing: Future[list[str]] | None = None
            while not report.is_stopped:
                with store.reading() as connection:
                    page = pages.page(connection, after_id, _PAGE)
                if not page:
                    break
                after_id = page[-1].id
                planned = planner.plan(page)
                _count_all(report, writing)
                if not run.is_simulated:
                    writing = writer.submit(_write, store, planned, parts, run)
                report.artworks += len(page)
                on_progress(report.artworks, total)
                report.is_stopped = should_stop()
            _count_all(report, writing)
    except OSError as error:
        raise explain(error, library.path) from error
    return report


async def complete_captions(
    context: StageContext, target: TargetRow, layout: Layout
) -> CaptionReport:
    """Captions by the usual rules that are missing in the folder of a target.

    Raises RootOffline, DiskFull, FileProblem.
    """
    asked = await context.store.read(named, target, layout)
    folder = layout.target_folder(asked)
    run = CaptionRun(CaptionRules(), target_id=target.id, folder=folder)
    is_over = threading.Event()
    try:
        return await asyncio.to_thread(
            write_captions, context.store, context.library, "", run, should_stop=is_over.is_set
        )
    finally:
        is_over.set()  # when this was cancelled: the page in hand is finished


class _Planner:
    """Says what is to be written beside which file. Folders are looked at once, and tags only
    where a caption is to be made."""

    def __init__(
        self,
        store: Store,
        pages: CaptionPages,
        library: Library,
        run: CaptionRun,
        report: CaptionReport,
    ) -> None:
        self._store = store
        self._pages = pages
        self._page: Sequence[Captioned] = ()
        self._tags: Mapping[int, tuple[Tag, ...]] | None = None  # of this page
        self._library = library
        self._run = run
        self._report = report
        self._captioner = captioner(run.rules)
        self._texts: dict[str, set[str] | None] = {}  # by folder; None: it leads elsewhere

    def plan(self, page: Sequence[Captioned]) -> list[_Planned]:
        """What is to be written for these artworks; the rest is counted."""
        self._page, self._tags = page, None
        planned: list[_Planned] = []
        taken: set[str] = set()  # 5.png and the 5.webp that was made of it share a caption
        for one in page:
            if not one.paths:
                self._report.without_file += 1
            for path in one.paths:
                folder, _, name = path.rpartition("/")
                if self._run.folder and folder != self._run.folder:
                    continue
                beside = caption_name(name)
                place = f"{folder}/{beside}" if folder else beside
                if place in taken:
                    continue
                taken.add(place)
                chosen = self._choose(one, folder, beside)
                if not isinstance(chosen, _Planned):
                    _count(self._report, chosen)
                    if chosen == "edited" and len(self._report.edited_paths) < _EXAMPLES:
                        self._report.edited_paths.append(place)
                    continue
                if len(self._report.examples) < _EXAMPLES:
                    self._report.examples.append((place, chosen.text.content.decode()))
                if self._run.is_simulated:
                    _count(self._report, chosen.outcome)
                planned.append(chosen)
        return planned

    def _choose(self, one: Captioned, folder: str, name: str) -> _Planned | str:
        """What is to be written, or why nothing is."""
        run = self._run
        if folder not in self._texts:
            self._texts[folder] = self._look(folder)
        texts = self._texts[folder]
        if texts is None:
            return "in_the_way"
        path = self._library.path / folder / name
        there: bytes | None = None
        if name in texts:
            try:
                if run.existing is Existing.KEEP and path.lstat().st_size > _NEARLY_EMPTY:
                    return "kept"  # without reading any
                there = read_text(path)
            except OSError:
                return "in_the_way"
        if there is None or not there.strip():  # an empty caption stops trainers: it is none
            made = self._caption(one)
            return _Planned(one.id, NewText(path, made, there), "written", is_ours=True)
        if run.existing is Existing.KEEP:
            return "kept"
        made = self._caption(one)
        if made == there:
            return "same"
        is_ours = digest_of(there) in one.ours
        if run.existing is Existing.MERGE:
            try:
                made = merged(there.decode("utf-8-sig"), made.decode()).encode()
            except UnicodeDecodeError:
                return "in_the_way"
            if made == there:
                return "same"
            return _Planned(one.id, NewText(path, made, there), "merged", is_ours)
        if is_ours or run.may_replace_edited:
            return _Planned(one.id, NewText(path, made, there), "replaced", is_ours=True)
        return "edited"

    def _caption(self, one: Captioned) -> bytes:
        if self._tags is None:
            with self._store.reading() as connection:
                ids = [other.id for other in self._page]
                self._tags = self._pages.tags_of(connection, ids)
        artwork = replace(one.artwork, tags=self._tags.get(one.id, ()))
        return self._captioner.caption(artwork).encode()

    def _look(self, folder: str) -> set[str] | None:
        """The names of the texts there."""
        path = self._library.path / folder
        if leads_elsewhere(self._library.path, path):
            return None
        try:
            with os.scandir(path) as found:
                return {entry.name for entry in found if entry.name.endswith(".txt")}
        except OSError:
            return None


def _write(
    store: Store, planned: Sequence[_Planned], parts: Path, run: CaptionRun
) -> list[str]:
    """What became of each."""
    if not planned:
        return []
    ours = [(one.artwork_id, digest_of(one.text.content)) for one in planned if one.is_ours]
    store.transact(partial(captions.remember, written=ours, rules_digest=run.rules.digest))
    there = write_texts([one.text for one in planned], parts)
    return [
        one.outcome if is_there else "kept"
        for one, is_there in zip(planned, there, strict=True)
    ]


def _count_all(report: CaptionReport, writing: Future[list[str]] | None) -> None:
    for outcome in writing.result() if writing is not None else ():
        _count(report, outcome)


def _count(report: CaptionReport, outcome: str) -> None:
    setattr(report, outcome, getattr(report, outcome) + 1)
