"""Taking over what other programs downloaded, or what a lost database knew (CR-20, CR-21).

Files stay where they lie and as they are: the folder that holds them becomes one of our output
folders. What is committed stands; a run that was stopped goes on with the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from artkeep.domain.legacy import HD, OldEntry, OldReject
from artkeep.jobs.adopt_roots import Roots
from artkeep.jobs.adopt_sources import Collected, Old
from artkeep.media.legacy import Proven, prove
from artkeep.store import adoption, ledger
from artkeep.store.adopted_files import FoundFile
from artkeep.store.adoption import Adoptee, Known
from artkeep.store.base import Store

_AT_ONCE = 500  # artworks of one transaction
_THREADS = 4
_PROVEN_AT_ONCE = 32
_SAMPLES = 5

OnProgress = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What became of everything. `is_dry`: what would become of it."""

    sources: list[str]
    is_dry: bool
    entries: int = 0
    artworks: int = 0
    new: int = 0
    with_file: int = 0
    without_file: int = 0
    known: int = 0  # and had, or deleted on purpose: left as they are
    busy: int = 0  # being downloaded right now
    tags: int = 0
    memberships: int = 0
    bytes: int = 0
    folders: list[str] = field(default_factory=list)
    skipped: list[OldReject] = field(default_factory=list)
    notes: list[OldReject] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether there was nothing new."""
        return not (self.new or self.with_file or self.tags or self.memberships)

    def to_json(self) -> dict[str, Any]:
        """Counts, and a few examples for each reason."""
        counts = {
            name: getattr(self, name)
            for name in (
                *("sources", "is_dry", "entries", "artworks", "new", "with_file"),
                *("without_file", "known", "busy", "tags", "memberships", "bytes"),
                *("folders", "is_stopped"),
            )
        }
        return {
            **counts,
            "skipped": len(self.skipped),
            "skipped_by": by_reason(self.skipped),
            "noted_by": by_reason(self.notes),
        }


def by_reason(rows: Sequence[OldReject]) -> dict[str, dict[str, Any]]:
    """How many for each reason, the most first, with a few of them."""
    amounts = Counter(row.reason for row in rows)
    examples: dict[str, list[str]] = {}
    for row in rows:
        some = examples.setdefault(row.reason, [])
        if len(some) < _SAMPLES:
            some.append(row.key)
    return {
        reason: {"count": amount, "examples": examples[reason]}
        for reason, amount in amounts.most_common()
    }


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
    ) -> Report:
        """To the end, or until `should_stop`. Raises RootOffline, DiskFull, DatabaseError."""
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
                if should_stop() and ahead is not None:
                    self.report.is_stopped = True
                    for result in ahead.proofs:
                        result.cancel()
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
            part.proofs.append(threads.submit(lambda some: [*map(prove, some)], some))
        part.paths = paths
        return part

    def _settle(self, part: _Part) -> None:
        if not self._is_dry:
            self._save_targets(part)
        proven = part.proven()
        batch = [self._adoptee(old, proven) for _, old in part.rows]
        report = self.report
        report.artworks += len(batch)
        settled = [
            row for row in part.known.values() if row.download_status in adoption.SETTLED
        ]
        report.known += len(settled)
        if self._is_dry:
            busy = [row for row in part.known.values() if row.is_busy]
            report.new += len(batch) - len(part.known)
            report.busy += len(busy)
            with_file = sum(bool(one.files) for one in batch)
            report.with_file += with_file
        else:
            taken = self._store.transact(
                lambda connection: adoption.adopt(connection, part.site, batch)
            )
            with_file = taken.with_file
            report.new += taken.new
            report.with_file += with_file
            report.tags += taken.tags
            report.memberships += taken.memberships
            report.busy += taken.busy
            report.notes += [OldReject(path, "place_taken") for path in taken.taken_paths]
        report.without_file += len(batch) - len(settled) - with_file

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
        """By path; waits for it."""
        results = chain.from_iterable(proof.result() for proof in self.proofs)
        return dict(zip(self.paths, results, strict=True))
