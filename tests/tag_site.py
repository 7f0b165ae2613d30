"""The sample site with faults of its tag call and its pages, and a library of its artworks.

with tag_site() as site:
    site.on("/api/trpc/", refuse(401), refuse(401))     # the next two calls; then honest
    library = TagLibrary(tmp_path, site.url)
    library.add(site.ids[:20])
    progress = library.run(method="page")
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import SecretStr
from sqlalchemy import insert, select, text

from artkeep.demo.server import SampleSite
from artkeep.domain.artwork import Artwork, Kind, StageName
from artkeep.domain.naming import compare_key
from artkeep.jobs.engine import Engine
from artkeep.jobs.library_job import start_over_library
from artkeep.jobs.progress import Progress, job_progress
from artkeep.jobs.tag_jobs import scope_text
from artkeep.media.sidecar import sidecar_json
from artkeep.settings import Disk, Net, Settings, Site, Sites, Workers
from artkeep.store import models
from artkeep.store.base import Store
from artkeep.store.upgrade import ensure_schema

Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


class TagSite:
    """`ids` are those of its artworks that anybody may see; `asked` every path with query."""

    def __init__(self, sample: SampleSite) -> None:
        self.sample = sample
        self.url = ""
        self.asked: list[str] = []
        self._faults: list[tuple[str, list[Fault]]] = []
        images = sample.catalogue.images.values()
        self.ids = [str(one.id) for one in images if not (one.is_gone or one.is_hidden)]
        self.gone = [str(one.id) for one in images if one.is_gone or one.is_hidden]

    def on(self, prefix: str, *faults: Fault) -> None:
        """How the next requests below a path are answered, in turn; then it is honest again."""
        self._faults.append((prefix, list(faults)))

    def always(self, prefix: str, fault: Fault) -> None:
        """How every request below a path is answered."""
        self.on(prefix, *([fault] * 10_000))

    def honest(self) -> None:
        """No more faults."""
        self._faults.clear()

    def calls(self) -> list[str]:
        """The calls for tags."""
        return [path for path in self.asked if "/api/trpc/tag.getVotableTags" in path]

    def truth(self, site_id: str) -> dict[str, tuple[str, int]]:
        """The tags of an artwork: id to name and score."""
        from artkeep.demo.votes import voted_tags

        catalogue = self.sample.catalogue
        found = voted_tags(catalogue, catalogue.images[int(site_id)])
        return {str(vote.tag.id): (vote.tag.name, vote.score) for vote in found}

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        for prefix, faults in self._faults:
            if request.path.startswith(prefix) and faults:
                answer = await faults.pop(0)(request)
                if answer is not None:
                    return answer
        return await handler(request)

    def app(self) -> web.Application:
        """The site with its faults in front."""
        made = self.sample.make_app()
        made.middlewares.insert(0, self._middleware)
        return made


def refuse(status: int, **headers: str) -> Fault:
    """A bare status."""
    names = {name.replace("_", "-"): to for name, to in headers.items()}

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"error": "no"}, status=status, headers=names)

    return answer


def say(body: str, *, status: int = 200, kind: str = "text/html", **headers: str) -> Fault:
    """These words."""
    names = {name.replace("_", "-"): to for name, to in headers.items()}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status, content_type=kind, headers=names)

    return answer


CHALLENGE = say(
    "<html><title>Just a moment...</title><body>/cdn-cgi/challenge-platform/</body></html>",
    status=403,
    cf_mitigated="challenge",
)
LOGIN = say("<!doctype html><html><body><h1>Log in</h1>This content requires an account")


@contextmanager
def tag_site(*, items: int = 60, **options: Any) -> Iterator[TagSite]:
    """A running site in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        sample = SampleSite(items=items, cache_dir=Path(folder), **({"gate": False} | options))
        site = TagSite(sample)

        async def serve() -> None:
            runner = web.AppRunner(site.app(), access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            ready.set()
            await over.wait()
            await runner.cleanup()
            await sample.stop()

        def main() -> None:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(serve())

        thread = threading.Thread(target=main, daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield site
        finally:
            loop.call_soon_threadsafe(over.set)
            thread.join(10)


class TagLibrary:
    """One person's Artkeep with downloaded artworks of the site, and a sidecar beside each."""

    def __init__(self, folder: Path, url: str, *, key: str | None = None) -> None:
        secret = SecretStr(key) if key else None
        self.settings = Settings(
            data_dir=folder / "home",
            library=folder / "library",
            net=Net(unlimited=True, time_scale=0.01),
            sites=Sites(civitai=Site(base_url=url, media_url=url, api_key=secret)),
            workers=Workers(examine=0),
            disk=Disk(keep_free=0),
        )
        self.settings.data_dir.mkdir(parents=True)
        self._site_ids: list[str] = []

    def open(self) -> Store:
        store = Store(f"sqlite:///{self.settings.data_dir / 'tracking_database.sqlite'}")
        ensure_schema(store, self.settings.data_dir / "backups")
        return store

    def add(self, site_ids: Sequence[str]) -> None:
        """Downloaded artworks; the next `run` finds them."""
        self._site_ids += site_ids

    @contextmanager
    def running(self) -> Iterator[tuple[Engine, Store]]:
        """A started program, which ends cleanly."""
        with closing(self.open()) as store:
            engine = Engine(self.settings, store)
            engine.start()
            try:
                self._make(engine, store)
                yield engine, store
            finally:
                engine.stop()

    def start(
        self, store: Store, *, again: bool = False, then: Sequence[str] = (), **told: Any
    ) -> int:
        """A job that nobody runs yet."""
        return store.transact(
            lambda connection: start_over_library(
                connection,
                StageName.TAGS,
                scope_text("", again=again),
                stages={"tags": told},
                concurrency=told.get("at_once"),
                then=then,
            )
        ).job_id

    def run(self, **told: Any) -> Progress:
        """Fetch the tags of what has none."""
        with self.running() as (engine, store):
            job_id = self.start(store, **told)
            engine.run_job(job_id).result(timeout=90)
            return self.progress(store, job_id)

    def progress(self, store: Store, job_id: int) -> Progress:
        with store.reading() as connection:
            found = job_progress(connection, job_id)
        assert found is not None
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.open()) as store, store.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def tags(self) -> dict[str, dict[str, tuple[str, int]]]:
        """By artwork: tag id to name and score."""
        found: dict[str, dict[str, tuple[str, int]]] = {}
        for site_id, tag_id, name, score in self.rows(
            "SELECT a.site_id, t.site_tag_id, n.name, t.score FROM artwork_tags t "
            "JOIN artworks a ON a.id = t.artwork_id JOIN tags n ON n.id = t.tag_id"
        ):
            found.setdefault(str(site_id), {})[str(tag_id)] = (name, score)
        return found

    def sidecar(self, site_id: str) -> dict[str, Any]:
        """What lies beside an artwork's file."""
        path = self.settings.library / f"{site_id}.json"
        return dict(json.loads(path.read_text("utf-8")))

    def _make(self, engine: Engine, store: Store) -> None:
        root_id, now = engine.library.root_id, datetime.now(UTC)
        site_ids, self._site_ids = self._site_ids, []
        if not site_ids:
            return

        def make(connection: Any) -> None:
            common = {"site": "civitai", "kind": "image", "page_url": "", "added_at": now}
            connection.execute(
                insert(models.Artwork),
                [{**common, "site_id": one, "download_status": "done"} for one in site_ids],
            )
            known = select(models.Artwork.site_id, models.Artwork.id)
            ids = {site_id: row_id for site_id, row_id in connection.execute(known)}
            files, shown, places = [], [], []
            for one in site_ids:
                row_id, path = ids[one], f"{one}.png"
                about = {"role": "original", "quality": "hd", "format": "png", "size": 3}
                files.append({**about, "id": row_id, "sha256": "ab", "created_at": now})
                shown.append({"artwork_id": row_id, "file_id": row_id})
                place = {"root_id": root_id, "path": path, "compare_key": compare_key(path)}
                places.append({**place, "file_id": row_id, "artwork_id": row_id})
            connection.execute(insert(models.File), files)
            connection.execute(insert(models.ArtworkFile), shown)
            connection.execute(insert(models.Place), places)

        store.transact(make)
        for one in site_ids:
            artwork = Artwork("civitai", one, Kind.IMAGE, "", prompt="a quiet lake")
            content = sidecar_json(artwork, file={"name": f"{one}.png"}, downloaded_at=now)
            (engine.library.path / f"{one}.json").write_bytes(content)
