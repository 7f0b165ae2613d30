"""A pixiv work that moves, from its link to what can be looked at."""

from __future__ import annotations

import json
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from tests.faulty_answers import json_reply, serve
from tests.media.ugoiras import archive, frame

FIXTURES = Path(__file__).parents[1] / "sites/fixtures/pixiv"
METADATA = "/v1/ugoira/metadata"
ZIP = "/img-zip-ugoira/img/2026/09/20/00/00/04/135000002_ugoira600x600.zip"
LINK = "https://www.pixiv.net/artworks/135000002"
NAMES = [f"135000002_ugoira.{ending}" for ending in ("json", "txt", "webp", "zip")]
WHOLE = archive(frame(0), frame(1), frame(2))


def told(name):
    return json.loads((FIXTURES / name).read_text("utf-8"))


@pytest.fixture
def pixiv(site):
    """The gallery's server, which also has this one work; of the archive the smaller form."""
    work = next(row for row in told("search.json")["illusts"] if row["type"] == "ugoira")
    site.server.on("/auth/token", json_reply(told("token.json")))
    site.server.on("/v1/illust/detail", json_reply({"illust": work}))
    site.server.on(METADATA, json_reply(told("ugoira.json")))
    site.server.on(ZIP, serve(WHOLE, content_type="application/zip"))
    return site.server


def configured(home, server):
    """The installation, with a login at this server."""
    home.environment = partial(
        home.environment,
        ARTKEEP_SITES__PIXIV__BASE_URL=server.origin,
        ARTKEEP_SITES__PIXIV__MEDIA_URL=server.origin,
        ARTKEEP_SITES__PIXIV__API_KEY="refresh-me",
    )
    return home


def get(home):
    code, out, err = home.run("get", LINK)
    assert code == 0, out + err


def durations_of(content):
    with Image.open(BytesIO(content)) as shown:
        found = []
        for number in range(shown.n_frames):
            shown.seek(number)
            shown.load()
            found.append(shown.info["duration"])
    return found


def test_an_ugoira_is_kept_as_it_is_and_rendered(any_home, pixiv):
    home = configured(any_home, pixiv)
    get(home)
    found = home.files()
    assert sorted(found) == NAMES
    assert found["135000002_ugoira.zip"] == WHOLE
    assert durations_of(found["135000002_ugoira.webp"]) == [100, 120, 80]
    sidecar = json.loads(found["135000002_ugoira.json"])
    assert sidecar["kind"] == "ugoira"
    assert [one["delay"] for one in sidecar["raw"]["ugoira_frames"]] == [100, 120, 80]
    files = home.rows("SELECT role, format, frames FROM files ORDER BY id")
    assert [tuple(row) for row in files] == [
        ("original", "ugoira", None),
        ("rendered", "webp", 3),
    ]
    [[kind, download, convert]] = home.rows(
        "SELECT kind, download_status, convert_status FROM artworks"
    )
    assert (kind, download, convert) == ("ugoira", "done", "done")
    shown = home.rows("SELECT site_tag_id, display FROM site_tags ORDER BY display")
    assert [tuple(row) for row in shown] == [("オリジナル", "original"), ("風景", "scenery")]
    [asked] = pixiv.requests_to(METADATA)
    assert asked.headers["authorization"] == "Bearer ACCESS"
    [login] = pixiv.requests_to("/auth/token")
    assert b"refresh_token=refresh-me" in login.body
    logs = "".join(path.read_text("utf-8") for path in home.folder.rglob("*.log"))
    assert "refresh-me" not in logs
    assert "ACCESS" not in logs

    get(home)
    assert len(pixiv.requests_to(ZIP)) == len(pixiv.requests_to(METADATA)) == 1
    assert home.files() == found


@pytest.mark.parametrize("step", ["artkeep.store.files", "artkeep.store.conversions"])
def test_a_kill_before_a_commit_costs_neither_pictures_nor_their_times(home, pixiv, step):
    home = configured(home, pixiv)
    dying = home.start_dying(step, "settle", "before", "get", LINK)
    out, err = dying.communicate(timeout=60)
    assert dying.returncode == -9, out + err
    get(home)
    found = home.files()
    assert sorted(found) == NAMES
    assert found["135000002_ugoira.zip"] == WHOLE
    assert durations_of(found["135000002_ugoira.webp"]) == [100, 120, 80]
    assert len(pixiv.requests_to(ZIP)) == len(pixiv.requests_to(METADATA)) == 1
    assert home.parts() == []
