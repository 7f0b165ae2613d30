"""Rows for tests and benchmarks of the store, in few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, RowMapping, insert, select

from artkeep.domain.artwork import StageName
from artkeep.domain.naming import compare_key
from artkeep.domain.target import Target as AskedTarget
from artkeep.domain.target import TargetKind
from artkeep.store import artworks, claims, instances, jobs, ledger, places, work
from artkeep.store.base import Store
from artkeep.store.claims import Claim
from artkeep.store.instances import InstanceRow
from artkeep.store.models import Artwork, ArtworkFile, Failure, File, Job, Place, Work
from artkeep.store.places import Wish

P = ParamSpec("P")
T = TypeVar("T")

DOWNLOAD, EXAMINE, TAGS = StageName.DOWNLOAD, StageName.EXAMINE, StageName.TAGS
THEN = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)


class Rows:
    """Makes and shows rows of one tracking database. Every call is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def do(
        self,
        function: Callable[Concatenate[Any, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a store function in a write transaction."""
        return self.store.transact(lambda connection: function(connection, *args, **kwargs))

    def artworks(self, number: int, *, first: int = 1, **columns: Any) -> list[int]:
        """Artworks of civitai with the site ids `first`, `first + 1` …; their row ids."""
        standard = {"site": "civitai", "kind": "image", "page_url": "", "added_at": THEN}
        rows = [
            standard | {"site_id": str(site_id)} | columns
            for site_id in range(first, first + number)
        ]
        statement = insert(Artwork).returning(Artwork.id, sort_by_parameter_order=True)
        return self.store.transact(lambda connection: list(connection.scalars(statement, rows)))

    def job(self, *, state: str = "running", **columns: Any) -> int:
        """A download job."""
        values = {
            "kind": "download",
            "title": "user lena",
            "params": {},
            "signature": "",
            "state": state,
            "created_at": THEN,
        }
        statement = insert(Job).values(values | columns).returning(Job.id)
        return self.store.transact(
            lambda connection: connection.execute(statement).scalar_one()
        )

    def target(self, value: str = "lena", kind: TargetKind = TargetKind.USER) -> int:
        """A target of civitai."""
        return self.do(ledger.save_target, AskedTarget("civitai", kind, value))

    def belong(self, target_id: int, artwork_ids: Sequence[int]) -> None:
        """Note artworks as belonging to a target."""
        rows = [(id_, None) for id_ in artwork_ids]
        self.do(artworks.add_to_target, target_id, 0, rows)

    def asked(
        self,
        number: int,
        job_id: int | None,
        stage: StageName = DOWNLOAD,
        spec: dict[str, Any] | None = None,
    ) -> list[int]:
        """New artworks with one stage asked for each; their row ids."""
        first = self.store.transact(
            lambda connection: len(connection.scalars(select(Artwork.id)).all())
        )
        ids = self.artworks(number, first=first + 1)
        self.do(work.ask, ids, stage, job_id, spec)
        return ids

    def claim(
        self,
        job_id: int | None,
        owner: str = "a",
        *,
        stage: StageName = DOWNLOAD,
        limit: int = 100,
    ) -> list[Claim]:
        """Claim a batch."""
        return self.do(claims.claim_batch, job_id=job_id, stage=stage, owner=owner, limit=limit)

    def instance(self, id_: str, **fields: Any) -> InstanceRow:
        """A registered process of another host, whose end nobody here can see."""
        row = InstanceRow(
            id=id_,
            host_id=fields.get("host_id", "elsewhere"),
            host_name="elsewhere",
            pid=fields.get("pid", 1),
            process_started=fields.get("process_started", ""),
            port=None,
            version="0",
            beat=0,
            state="alive",
        )
        self.do(instances.register, row)
        return row

    def root(self) -> int:
        """An output folder."""
        return self.do(places.save_root, "marker", "/library")

    def file(self, *artwork_ids: int, path: str | None = None, **columns: Any) -> int:
        """A file that shows these artworks and lies at `path` below `root()`; its id."""
        standard = {
            "role": "original",
            "quality": "hd",
            "format": "png",
            "size": 3,
            "sha256": "ab",
            "created_at": THEN,
        }
        root_id = self.root()

        def make(connection: Connection) -> int:
            made = insert(File).values(standard | columns).returning(File.id)
            file_id: int = connection.execute(made).scalar_one()
            shows = [{"artwork_id": id_, "file_id": file_id} for id_ in artwork_ids]
            connection.execute(insert(ArtworkFile), shows)
            place = path or f"{file_id}.png"
            connection.execute(
                insert(Place).values(
                    root_id=root_id,
                    path=place,
                    compare_key=compare_key(place),
                    file_id=file_id,
                    artwork_id=artwork_ids[0],
                )
            )
            return file_id

        return self.store.transact(make)

    def work(self) -> list[RowMapping]:
        """All rows of unfinished work, by id."""
        return self.all(Work)

    def failures(self) -> list[RowMapping]:
        """All failures, by id."""
        return self.all(Failure)

    def all(self, model: type[Any]) -> list[RowMapping]:
        """All rows of a table, in the order of its key."""
        table = model.__table__
        with self.store.reading() as connection:
            found = connection.execute(select(table).order_by(*table.primary_key.columns))
            return list(found.mappings())

    def status(self, artwork_id: int, stage: StageName = DOWNLOAD) -> str:
        """One status column of an artwork."""
        column = getattr(Artwork, f"{stage}_status")
        with self.store.reading() as connection:
            found: str = connection.execute(
                select(column).where(Artwork.id == artwork_id)
            ).scalar_one()
        return found

    def tally(self, job_id: int) -> dict[tuple[str, str, str], tuple[int, int]]:
        """A job's progress: (stage, outcome, reason) to (amount, bytes)."""
        with self.store.reading() as connection:
            found = jobs.tallies(connection, job_id)
        return {(t.stage, t.outcome, t.reason): (t.amount, t.bytes) for t in found}


def wish(claim: Claim, name: str, *, sha256: str = "ab", size: int = 3) -> Wish:
    """A verified PNG that would like to lie at `name`, else `stem_2.png`, `stem_3.png` …"""
    return Wish(claim, partial(_suffixed, name), sha256, size, "png", "hd")


def _suffixed(name: str, suffix: int) -> str:
    stem, _, extension = name.rpartition(".")
    return f"{stem}_{suffix + 1}.{extension}" if suffix else name


def same_place(path: str, other: str) -> bool:
    """Whether some filesystem could take two paths for one."""
    return compare_key(path) == compare_key(other)
