"""Artkeep from Python: `await artkeep.scrape(…)`, `artkeep.find(…)`. See docs/python.md.

Both use the same settings, database and library as the program, so that nothing is fetched
twice, whoever asks for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import TimeoutError as NotYet
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, overload

from artkeep.domain.artwork import Artwork
from artkeep.domain.query import parse_query
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.jobs.asked import at_site, read_targets
from artkeep.jobs.engine import Engine
from artkeep.jobs.process import is_gone
from artkeep.jobs.progress import Progress, job_progress
from artkeep.jobs.start import Options, layout_for, start_download
from artkeep.net.client import Timeouts
from artkeep.settings import Settings
from artkeep.settings.load import load_settings
from artkeep.sites._registry import adapters
from artkeep.store import embedded, failures, further, removal, training
from artkeep.store.base import Store, open_store
from artkeep.store.training import PictureFile
from artkeep.store.upgrade import ensure_schema

_LOOK_S = 0.2
_PAGE = 500


@dataclass(frozen=True, slots=True)
class FailedArtwork:
    """One that could not be had, and why. What the site could not give just now is put off, and
    tried again by the next call."""

    site: str
    site_id: str
    page_url: str
    reason: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class ScrapeResult:
    """What became of it, counted artwork by artwork.

    `new` were fetched now, `have` were here before, `gone` are no longer at the site,
    `deferred` are put off to the next call. `files` are all that the target has here,
    `failures` name what failed, is gone or put off, `reasons` say why it is not complete.
    """

    job: int
    state: str
    new: int
    have: int
    skipped: int
    failed: int
    gone: int
    deferred: int
    bytes: int
    seconds: float
    files: tuple[Path, ...]
    failures: tuple[FailedArtwork, ...]
    reasons: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Everything that was asked for is here."""
        return self.state == "completed" and not self.failed


@dataclass(frozen=True, slots=True)
class FoundArtwork:
    """An artwork of the library. `path` is None where no file of it is here."""

    site: str
    site_id: str
    kind: str
    page_url: str
    author: str | None
    title: str | None
    rating: str | None
    posted_at: datetime | None
    width: int | None
    height: int | None
    model: str | None
    prompt: str | None
    negative_prompt: str | None
    seed: str | None
    tags: tuple[str, ...]
    md5: str | None
    sha256: str | None
    path: Path | None


class FoundArtworks(Sequence[FoundArtwork]):
    """What a query means, the oldest first."""

    def __init__(self, rows: Sequence[FoundArtwork]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> FoundArtwork: ...
    @overload
    def __getitem__(self, index: slice) -> FoundArtworks: ...
    def __getitem__(self, index: int | slice) -> FoundArtwork | FoundArtworks:
        if isinstance(index, slice):
            return FoundArtworks(self._rows[index])
        return self._rows[index]

    def __repr__(self) -> str:
        return f"<{len(self)} artworks>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Plain rows, for tables of any kind."""
        return [asdict(row) for row in self._rows]

    def to_dataframe(self) -> Any:
        """A pandas DataFrame. Raises ImportError where pandas is not installed."""
        pandas = import_module("pandas")  # no requirement of ours
        columns = list(FoundArtwork.__dataclass_fields__)
        return pandas.DataFrame(self.to_dicts(), columns=columns)


async def scrape(
    what: str,
    *,
    site: str | None = None,
    kind: str | None = None,
    max_items: int | None = None,
    folder: str | Path | None = None,
    workers: int | None = None,
    timeout_s: float | None = None,
    layout: str | None = None,
    data_dir: str | Path | None = None,
) -> ScrapeResult:
    """Download what a link, a name or a tag query means, complete, and tell exactly what came.

    `folder` is the library to use instead of the usual one; `workers` go from 1 to 20;
    `timeout_s` is how long a silent server is waited for. When the awaiting task is cancelled,
    what runs is finished and given back; the same call goes on there. Raises UsageError,
    AuthRequired and other AppErrors.
    """
    settings = _settings(data_dir, folder)
    usual = Timeouts()
    timeouts = (
        replace(usual, connect_s=timeout_s, head_s=timeout_s, idle_s=timeout_s)
        if timeout_s is not None
        else None
    )
    sites = adapters(settings)
    wanted = TargetKind(kind) if kind is not None else None
    targets = read_targets(sites, [(at_site(sites, site, what, wanted), wanted)], Filters())
    options = Options(
        concurrency=workers,
        max_items=max_items,
        layout=layout_for(settings, layout, targets),
    )
    is_over = threading.Event()
    try:
        return await asyncio.to_thread(_run, settings, targets, options, timeouts, is_over)
    finally:
        is_over.set()


def find(
    query: str = "", *, limit: int | None = None, data_dir: str | Path | None = None
) -> FoundArtworks:
    """The artworks of the library that a query means, as in the page's search box.

    Raises BadQuery.
    """
    settings = _settings(data_dir, None)
    rows: list[FoundArtwork] = []
    with _database(settings) as store:
        with store.reading() as connection:
            meant = removal.without_removed(connection, parse_query(query))
        for one, file in training.candidates(store, meant):
            if limit is not None and len(rows) >= limit:
                break
            rows.append(_found(one.artwork, file))
    return FoundArtworks(rows)


def _found(artwork: Artwork, file: PictureFile | None) -> FoundArtwork:
    return FoundArtwork(
        site=artwork.site,
        site_id=artwork.site_id,
        kind=artwork.kind.value,
        page_url=artwork.page_url,
        author=artwork.author,
        title=artwork.title,
        rating=artwork.rating.label if artwork.rating is not None else None,
        posted_at=artwork.posted_at,
        width=artwork.width,
        height=artwork.height,
        model=artwork.model,
        prompt=artwork.prompt,
        negative_prompt=artwork.negative_prompt,
        seed=artwork.seed,
        tags=tuple(tag.name for tag in artwork.tags),
        md5=artwork.md5,
        sha256=file.sha256 if file else None,
        path=Path(file.path) if file else None,
    )


def _settings(data_dir: str | Path | None, folder: str | Path | None) -> Settings:
    given = {
        "data_dir": str(data_dir) if data_dir is not None else None,
        "library": str(folder) if folder is not None else None,
    }
    settings = load_settings(given)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings.database_url, settings.data_dir)) as store:
        ensure_schema(store, settings.data_dir / "backups", is_gone)
        yield store


def _run(
    settings: Settings,
    targets: Sequence[Target],
    options: Options,
    timeouts: Timeouts | None,
    is_over: threading.Event,
) -> ScrapeResult:
    with _database(settings) as store:
        started = store.transact(
            lambda connection: start_download(connection, targets, options)
        )
        engine = Engine(settings, store, timeouts=timeouts)
        engine.start()
        try:
            running = engine.run_job(started.job_id)
            while not is_over.is_set():
                with contextlib.suppress(NotYet):
                    running.result(timeout=_LOOK_S)
                    break
            root_id = engine.library.root_id
        finally:
            engine.stop()
        return _result(store, started.job_id, root_id, settings.library)


def _result(store: Store, job_id: int, root_id: int, library: Path) -> ScrapeResult:
    with store.reading() as connection:
        progress = job_progress(connection, job_id)
        assert progress is not None
        failed = [
            FailedArtwork(row.site, row.site_id, row.page_url, row.reason, row.detail)
            for row in failures.of_job(connection, job_id, limit=2**31)
        ]
        put_off = [FailedArtwork(*row) for row in failures.put_off(connection, job_id)]
    return ScrapeResult(
        *(job_id, progress.job.state, progress.done, progress.have, progress.skipped),
        *(progress.failed, progress.gone, progress.deferred, progress.bytes),
        seconds=progress.seconds,
        files=tuple(_files(store, progress, root_id, library)),
        failures=(*failed, *put_off),
        reasons=tuple(str(reason.get("text", "")) for reason in progress.job.reasons),
    )


def _files(store: Store, progress: Progress, root_id: int, library: Path) -> Iterator[Path]:
    for target in progress.targets:
        after = 0
        while True:
            with store.reading() as connection:
                ids = further.members(connection, target.id, after, _PAGE)
                found = embedded.files_of(connection, ids, root_id)
            for artwork_id in ids:
                yield from (library / file.path for file in found.get(artwork_id, ()))
            if len(ids) < _PAGE:
                break
            after = ids[-1]
