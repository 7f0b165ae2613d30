"""One person's Artkeep against the gallery: real engine, real database, real library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.gallery import Gallery, Picture

from artkeep.domain.artwork import StageName
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.jobs.engine import Engine
from artkeep.jobs.library_job import start_over_library
from artkeep.jobs.progress import Progress, job_progress
from artkeep.jobs.start import Options, retry, start_download
from artkeep.net.client import Timeouts
from artkeep.settings import Disk, Net, Settings, Site, Sites, Workers
from artkeep.stages._conversion import read_conversion
from artkeep.store.base import Store
from artkeep.store.upgrade import ensure_schema

SHORT = Timeouts(resolve_s=2, connect_s=2, head_s=2, idle_s=0.3, rate_window_s=0.2)
MARKER = ".artkeep/root.json"


@dataclass(frozen=True)
class Report:
    """What a person is told about a job."""

    progress: Progress

    @property
    def id(self) -> int:
        return self.progress.job.id

    @property
    def state(self) -> str:
        return self.progress.job.state

    @property
    def codes(self) -> list[str]:
        """Codes of the reasons why it is not complete."""
        return [reason["code"] for reason in self.progress.job.reasons]

    @property
    def words(self) -> str:
        """The sentences of the reasons."""
        return "\n".join(reason["text"] for reason in self.progress.job.reasons)


class Scene:
    """A data folder, a library and the gallery that is asked."""

    def __init__(self, folder: Path, site: Gallery, library: Path | None = None) -> None:
        self.site = site
        self.library = library or folder / "library"
        self.settings = Settings(
            data_dir=folder / "home",
            library=self.library,
            net=Net(unlimited=True, time_scale=0.01),
            sites=Sites(civitai=Site(base_url=site.url, media_url=site.url)),
            workers=Workers(examine=0),
            disk=Disk(keep_free=0),
        )
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)

    # --- doing

    def get(
        self, *users: str, filters: Filters | None = None, examine: bool = False, **options: Any
    ) -> Report:
        """Download everything of these creators; `user` or `kind:value`."""
        return self.run(self.start(*users, filters=filters, **options), examine=examine)

    def start(self, *users: str, filters: Filters | None = None, **options: Any) -> int:
        """A job that nobody runs yet."""
        targets = [_target(user, filters or Filters()) for user in users]
        with closing(self.open()) as store:
            started = store.transact(
                lambda connection: start_download(connection, targets, Options(**options))
            )
        return started.job_id

    def over_library(self, stage: str, query: str = "", **told: Any) -> Report:
        """A job over the library, such as `convert` with what is told about it."""
        stages: dict[str, Any] = {stage: told} if told else {}
        if stage == StageName.CONVERT:
            stages = {stage: read_conversion(told, self.settings).to_json()}
        with closing(self.open()) as store:
            started = store.transact(
                lambda connection: start_over_library(
                    connection, StageName(stage), query, stages=stages
                )
            )
        return self.run(started.job_id)

    def run(self, job_id: int, *, examine: bool = False) -> Report:
        """Start the program, run a job until it is over, end the program."""
        with self.running(SHORT) as (engine, store):
            engine.run_job(job_id).result(timeout=60)
            if examine:
                engine.finish_house().result(timeout=60)
            return self.report(store, job_id)

    @contextmanager
    def running(self, timeouts: Timeouts | None = None) -> Iterator[tuple[Engine, Store]]:
        """A started program, which ends cleanly."""
        with closing(self.open()) as store:
            engine = Engine(self.settings, store, timeouts=timeouts)
            engine.start()
            try:
                yield engine, store
            finally:
                engine.stop()

    def report(self, store: Store, job_id: int) -> Report:
        """What there is to tell about a job now."""
        with store.reading() as connection:
            progress = job_progress(connection, job_id)
        assert progress is not None
        return Report(progress)

    def retry(self, report: Report, reason: str | None = None) -> Report:
        """The retry button."""
        with closing(self.open()) as store:
            store.transact(lambda connection: retry(connection, report.id, reason))
        return self.run(report.id)

    def come_back_later(self, report: Report) -> Report:
        """The day has come that deferred work waits for."""
        self.change("UPDATE work SET not_before = NULL")
        return self.run(report.id)

    def open(self) -> Store:
        store = Store(f"sqlite:///{self.settings.data_dir / 'tracking_database.sqlite'}")
        ensure_schema(store, self.settings.data_dir / "backups")
        return store

    def change(self, statement: str, **values: object) -> None:
        with closing(self.open()) as store:
            store.transact(lambda connection: connection.execute(text(statement), values))

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        with closing(self.open()) as store, store.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    # --- looking

    def status(self, picture: Picture) -> str:
        """The artwork's download status."""
        query = "SELECT download_status FROM artworks WHERE site_id = :id"
        ((status,),) = self.rows(query, id=str(picture.id))
        return str(status)

    def failure(self, picture: Picture) -> str | None:
        """The reason code of its failure."""
        query = (
            "SELECT reason FROM failures JOIN artworks ON artworks.id = artwork_id "
            "WHERE site_id = :id"
        )
        found = self.rows(query, id=str(picture.id))
        return str(found[0][0]) if found else None

    def deferred(self, picture: Picture) -> tuple[str, int]:
        """Why its download waits for a later visit, and how many visits there were."""
        query = (
            "SELECT reason, visits FROM work JOIN artworks ON artworks.id = artwork_id "
            "WHERE site_id = :id AND stage = 'download' AND not_before IS NOT NULL"
        )
        ((reason, visits),) = self.rows(query, id=str(picture.id))
        return str(reason), int(visits)

    def place(self, picture: Picture) -> Path:
        """Where the database says that its original lies."""
        query = (
            "SELECT places.path FROM places JOIN artworks ON artworks.id = places.artwork_id "
            "WHERE site_id = :id AND file_id IS NOT NULL"
        )
        ((path,),) = self.rows(query, id=str(picture.id))
        return self.library / str(path)

    def on_disk(self) -> dict[str, bytes]:
        """Everything in the library but the marker, by relative path."""
        return {
            name: path.read_bytes()
            for path in sorted(self.library.rglob("*"))
            if path.is_file() and (name := path.relative_to(self.library).as_posix()) != MARKER
        }

    def require_exactly(
        self, pictures: Iterable[Picture], *, apart: Iterable[str] = ()
    ) -> None:
        """These pictures are whole under their final names, and nothing else lies anywhere.

        `apart` names files that may lie there too.
        """
        found = {name: body for name, body in self.on_disk().items() if name not in set(apart)}
        for picture in pictures:
            path = self.place(picture)
            name = path.relative_to(self.library).as_posix()
            assert found.pop(name, None) == picture.body, f"{name} is not what the server meant"
            beside = path.with_suffix(".json").relative_to(self.library).as_posix()
            sidecar = json.loads(found.pop(beside))
            assert sidecar["id"] == str(picture.id)
        assert not found, f"stray files: {sorted(found)}"


def _target(user: str, filters: Filters) -> Target:
    kind, colon, value = user.partition(":")
    if not colon:
        return Target("civitai", TargetKind.USER, user, filters)
    return Target("civitai", TargetKind(kind), value, filters)
