"""Taking over what other programs downloaded, or what a lost database knew (CR-20, CR-21).

Files stay where they lie and as they are: the folder that holds them becomes one of our output
folders. What is committed stands; a run that was stopped goes on with the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from sqlalchemy import Connection

from artkeep.domain.legacy import HD, OldEntry, OldReject
from artkeep.jobs.adopt_report import Report
from artkeep.jobs.adopt_roots import Roots
from artkeep.jobs.adopt_sources import Collected, Old
from artkeep.media.legacy import Proven, prove
from artkeep.store import adoption, ledger
from artkeep.store.adopted_files import FoundFile
from artkeep.store.adoption import Adoptee, Known, Taken
from artkeep.store.base import Store
from artkeep.store.upgrade import back_up

_AT_ONCE = 1000  # artworks of one transaction
_THREADS = 4
_PROVEN_AT_ONCE = 32

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch brought, in artworks and in bytes of their files."""

    done: int
    known: int
    no_file: int
    busy: int
    bytes: int


def _nothing_more(connection: Connection, step: Step) -> None:
    pass


def back_up_unless_empty(store: Store, data_dir: Path) -> None:
    """What is in the database already is kept safe before much is added to it."""
    with store.reading() as connection:
        if adoption.is_empty(connection):
            return
    back_up(store, data_dir / "backups", label="before-adopt")


class Adoption:
    """Takes over what was collected, a few hundred artworks at a time."""

    def __init__(
        self, store: Store, library: Path, collected: Collected, *, is_dry: bool = False
    ) -> None:
        self._store = store
        self._collected = collected
        self._roots = Roots(store, library, collected.folders, is_dry=is_dry)
        self._is_dry = is_dry
        self._targets: dict[str, int] = {}
        self.report = Report(
            [str(one) for one in collected.sources],
            is_dry,
            entries=collected.entries,
            skipped=list(collected.rejects),
            notes=list(collected.notes),
        )

    def run(
        self,
        on_progress: OnProgress = lambda done, total: None,
        should_stop: Callable[[], bool] = lambda: False,
        also: Callable[[Connection, Step], None] = _nothing_more,
    ) -> Report:
        """To the end, or until `should_stop`, which several threads ask before each file.

        `also` belongs to the transaction of each batch. Raises RootOffline, DiskFull,
        DatabaseError.
        """
        self._should_stop, self._also = should_stop, also
        total = len(self._collected.artworks)
        on_progress(0, total)
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="adopt") as threads:
            parts = self._parts()
            ahead = self._begin(next(parts, None), threads)
            while ahead is not None:
                # The next files are proven while these are committed.
                now, ahead = ahead, self._begin(next(parts, None), threads)
                self._settle(now)
                on_progress(self.report.artworks, total)
                if self.report.is_stopped or (ahead is not None and should_stop()):
                    self.report.is_stopped = True
                    break
        self.report.folders = self._roots.used
        return self.report

    def _parts(self) -> Iterator[_Part]:
        """Artworks of one site each, a few hundred at a time."""
        waiting: dict[str, list[tuple[str, Old]]] = {}
        for (site, site_id), old in self._collected.artworks.items():
            rows = waiting.setdefault(site, [])
            rows.append((site_id, old))
            if len(rows) == _AT_ONCE:
                yield _Part(site, waiting.pop(site))
        for site, rows in waiting.items():
            yield _Part(site, rows)

    def _begin(self, part: _Part | None, threads: ThreadPoolExecutor) -> _Part | None:
        if part is None:
            return None
        with self._store.reading() as connection:
            ids = [site_id for site_id, _ in part.rows]
            part.known = adoption.known(connection, part.site, ids)
        paths: list[str] = []
        for site_id, old in part.rows:
            row = part.known.get(site_id)
            if row is None or row.download_status not in adoption.SETTLED:
                paths += old.files
        for first in range(0, len(paths), _PROVEN_AT_ONCE):
            some = paths[first : first + _PROVEN_AT_ONCE]
            part.proofs.append(threads.submit(self._prove, some))
        part.paths = paths
        return part

    def _prove(self, paths: Sequence[str]) -> list[Proven | str]:
        return [prove(path) for path in takewhile(lambda _: not self._should_stop(), paths)]

    def _settle(self, part: _Part) -> None:
        proven = part.proven()
        if len(proven) < len(part.paths):  # stopped: what is whole by then is taken over
            self.report.is_stopped = True
            left = set(part.paths).difference(proven)
            part.rows = [(id_, old) for id_, old in part.rows if left.isdisjoint(old.files)]
        if not self._is_dry:
            self._save_targets(part)
        before = self.report.bytes
        batch = [self._adoptee(old, proven) for _, old in part.rows]
        report = self.report
        report.artworks += len(batch)
        here = [part.known[site_id] for site_id, _ in part.rows if site_id in part.known]
        settled = [row for row in here if row.download_status in adoption.SETTLED]
        size = report.bytes - before
        report.known += len(settled)
        if self._is_dry:
            busy = [row for row in here if row.is_busy]
            report.new += len(batch) - len(here)
            report.busy += len(busy)
            with_file = sum(bool(one.files) for one in batch)
            report.with_file += with_file
        else:
            taken = self._store.transact(
                lambda connection: self._adopt(connection, part.site, batch, len(settled), size)
            )
            with_file = taken.with_file
            report.new += taken.new
            report.with_file += with_file
            report.tags += taken.tags
            report.memberships += taken.memberships
            report.busy += taken.busy
            report.notes += [OldReject(path, "place_taken") for path in taken.taken_paths]
        report.without_file += len(batch) - len(settled) - with_file

    def _adopt(
        self,
        connection: Connection,
        site: str,
        batch: Sequence[Adoptee],
        settled: int,
        size: int,
    ) -> Taken:
        taken = adoption.adopt(connection, site, batch)
        no_file = len(batch) - settled - taken.with_file - taken.busy
        step = Step(taken.with_file, settled, no_file, taken.busy, size)
        self._also(connection, step)
        return taken

    def _save_targets(self, part: _Part) -> None:
        new = {
            target.key: target
            for _, old in part.rows
            for target in old.targets
            if target.key not in self._targets
        }
        if new:
            self._targets |= self._store.transact(
                lambda connection: {
                    key: ledger.save_target(connection, target) for key, target in new.items()
                }
            )

    def _adoptee(self, old: Old, proven: Mapping[str, Proven | str]) -> Adoptee:
        dates = [one.downloaded_at for one in old.entries if one.downloaded_at is not None]
        voted = [one.voted_at for one in old.entries if one.voted_at is not None]
        ids = (self._targets.get(target.key) for target in old.targets)
        return Adoptee(
            old.artwork,
            self._files(old, proven),
            downloaded_at=min(dates, default=None),
            tags=old.tags,
            target_ids=tuple(id_ for id_ in ids if id_ is not None),
            group=next((one.group for one in old.entries if one.group is not None), None),
            voted_at=max(voted, default=None),
        )

    def _files(self, old: Old, proven: Mapping[str, Proven | str]) -> tuple[FoundFile, ...]:
        """The same bytes in several places are one file; the original in the best quality, or
        what was made of it, comes last."""
        by_bytes: dict[str, tuple[Proven, OldEntry, list[tuple[int, str]]]] = {}
        for path, entry in old.files.items():
            found = proven.get(path)
            if found is None:
                continue
            if isinstance(found, str):
                self.report.notes.append(OldReject(path, f"file_{found}"))
                continue
            place = self._roots.place_of(path)
            if isinstance(place, str):
                self.report.notes.append(OldReject(path, place))
                continue
            self.report.bytes += found.size
            first = by_bytes.setdefault(found.sha256, (found, entry, []))
            first[2].append(place)
        files = [
            FoundFile(
                role=entry.role,
                quality=entry.quality,
                format=found.format,
                kind=found.kind,
                size=found.size,
                sha256=found.sha256,
                downloaded_sha256=entry.downloaded_sha256 or found.sha256,
                width=found.width,
                height=found.height,
                places=tuple(places),
            )
            for found, entry, places in by_bytes.values()
        ]
        files.sort(key=lambda one: (one.role == "converted", one.quality == HD, one.size))
        return tuple(files)


@dataclass(slots=True)
class _Part:
    """Artworks of one site, what is known of them, and their files while they are proven."""

    site: str
    rows: list[tuple[str, Old]]
    known: dict[str, Known] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    proofs: list[Future[list[Proven | str]]] = field(default_factory=list)  # of the paths

    def proven(self) -> dict[str, Proven | str]:
        """By path; waits for it. Not all of them when it was stopped."""
        found: dict[str, Proven | str] = {}
        for at, proof in enumerate(self.proofs):
            first = at * _PROVEN_AT_ONCE
            paths = self.paths[first : first + _PROVEN_AT_ONCE]
            found.update(zip(paths, proof.result(), strict=False))
        return found
