"""Work that was put off goes on by itself in a running instance when it is due (NF-1)."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.scene import Scene
from tests.faulty_answers import serve, server_error
from tests.gallery import Gallery


def test_what_was_put_off_is_fetched_when_it_is_due(tmp_path: Path, site: Gallery) -> None:
    scene = Scene(tmp_path, site)
    (picture,) = site.add("lena")
    site.media(picture, server_error(503))
    report = scene.get("lena")
    assert (report.state, report.codes) == ("incomplete", ["deferred"])
    site.media(picture, serve(picture.body))
    pages = len(site.page_requests())
    scene.change("UPDATE work SET not_before = '2026-01-01 00:00:00.000000'")

    with scene.running() as (_, store):
        deadline = time.monotonic() + 20
        while scene.report(store, report.id).state != "completed":
            assert time.monotonic() < deadline, "nobody has picked it up"

    assert len(site.page_requests()) == pages, "its listing is not walked again"
    scene.require_exactly([picture])
