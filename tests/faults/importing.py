"""Somebody who imports captures, and one server in place of all media servers."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.faults.scene import SHORT, Report, Scene
from tests.faulty_answers import serve
from tests.gallery import Gallery, png
from tests.media.samples import mp4

from artkeep.jobs.captures import CaptureReader, Recognised
from artkeep.jobs.imports import ImportOptions, start_import
from artkeep.settings import Captures, Site, Sites
from artkeep.sites.captures._capture import Creation

SAMPLES = Path(__file__).parents[1] / "sites" / "captures" / "fixtures"


def reads(*captures: object) -> Recognised:
    """What is recognised in files (paths), bytes, or values that a service answered."""
    reader = CaptureReader()
    for capture in captures:
        if isinstance(capture, Path):
            reader.add_file(io.BytesIO(capture.read_bytes()), capture.name)
        elif isinstance(capture, bytes):
            reader.add_file(io.BytesIO(capture), "capture")
        else:
            reader.add_text(json.dumps(capture))
    return reader.recognised()


def of_services(scene: Scene) -> Scene:
    """The same installation, where the gallery's server stands for all media servers."""
    sites = Sites(
        civitai=Site(base_url=scene.site.url, media_url=scene.site.url),
        captures=Captures(media_url=scene.site.url),
    )
    scene.settings = scene.settings.model_copy(update={"sites": sites})
    return scene


def path_of(url: str) -> str:
    """Where the server has what a service has at this address."""
    split = urlsplit(url)
    return f"/{split.hostname}{split.path}"


def serve_media(site: Gallery, creations: Iterable[Creation]) -> dict[str, bytes]:
    """Give every address of these a picture of its own; the bytes by path."""
    urls = [u.url for one in creations for output in one.outputs for u in output.urls]
    bodies = {path_of(url): png(number + 1) for number, url in enumerate(urls)}
    for path in bodies:
        if path.endswith(".mp4"):
            bodies[path] = mp4()
        site.server.on(path, serve(bodies[path]))
    return bodies


def bring_in(scene: Scene, *captures: object, **options: Any) -> Report:
    """Import these, to the end of the job."""
    with scene.running(SHORT) as (engine, store):
        started = start_import(
            store, engine.library, reads(*captures).creations, ImportOptions(**options)
        )
        engine.run_job(started.job_id).result(timeout=60)
        return scene.report(store, started.job_id)


def har_of(*replies: dict[str, Any]) -> bytes:
    """A HAR as a browser saves it; each reply has `url` and `text`, and may have `headers`,
    `request`, `encoding`, `status` and `mime`."""
    entries = [
        {
            "startedDateTime": "2026-05-01T12:00:00.000Z",
            "request": {
                "method": "POST",
                "url": one["url"],
                "headers": [
                    {"name": name, "value": value}
                    for name, value in one.get("headers", {}).items()
                ],
                "cookies": one.get("cookies", []),
                "postData": {"mimeType": "application/json", "text": one.get("request", "")},
            },
            "response": {
                "status": one.get("status", 200),
                "headers": [],
                "content": {
                    "size": 1,
                    "mimeType": one.get("mime", "application/json; charset=utf-8"),
                    "text": one["text"],
                    **({"encoding": one["encoding"]} if "encoding" in one else {}),
                },
            },
        }
        for one in replies
    ]
    log = {"version": "1.2", "creator": {"name": "WebInspector"}, "entries": entries}
    return b"\xef\xbb\xbf" + json.dumps({"log": log}, ensure_ascii=False).encode()


def everything_written(scene: Scene) -> bytes:
    """Every byte below data folder and library, as a thief would have them."""
    with closing(scene.open()):
        pass  # the log of the database is written back when the last one closes it
    folders = (scene.settings.data_dir, scene.library)
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    return b"\n".join(path.read_bytes() for path in paths if path.is_file())
