"""Layouts over HTTP: what they would make of the library, moving to one, and back."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.gallery import Gallery
from tests.web.test_conversions import got, posted
from tests.web.test_removal import lena

from artkeep.web.services import Services


@pytest.fixture
def library(client: FlaskClient, services: Services, site: Gallery) -> list[int]:
    """Three pictures that were downloaded; their site ids."""
    pictures = site.add("lena", 3)
    lena(client, services)
    return [one.id for one in pictures]


def preview(client: FlaskClient, layout: str, **more: Any) -> dict[str, Any]:
    return posted(client, "/api/layouts/preview", layout=layout, **more)


def test_a_preview_counts_what_would_move_and_shows_real_paths(
    client: FlaskClient, services: Services, library: list[int]
) -> None:
    told = preview(client, "template:{author}/{date} {id}")

    assert (told["artworks"], told["looked_at"], told["files"], told["moving"]) == (3, 3, 3, 3)
    assert (told["colliding"], told["shortened"], told["unplaced"]) == (0, 0, 0)
    assert told["is_unique"]
    assert [one["new"] for one in told["examples"]] == [
        f"lena/2026-05-01 {site_id}.png" for site_id in library
    ]
    assert all(one["old"].startswith("CivitAI_Browse/") for one in told["examples"])
    root = len(str(services.settings.library))
    assert told["longest"] == root + 1 + len(told["longest_path"]) <= told["most_characters"]
    examples = {one["name"]: one["example"] for one in told["fields"]}
    assert (examples["author"], examples["sfw"], examples["ext"]) == ("lena", "SFW", "png")
    assert preview(client, "organized")["moving"] == 0


def test_a_preview_warns_of_names_that_collide_and_of_long_ones(
    client: FlaskClient, library: list[int]
) -> None:
    same = preview(client, "template:{author}")
    assert (same["colliding"], same["is_unique"]) == (2, False)

    long = preview(client, f"template:{'x' * 110}/{'y' * 110}/{{id}}")
    assert long["shortened"] == 3
    assert long["longest"] > long["most_characters"]


def test_only_a_part_of_a_large_library_is_looked_at(
    client: FlaskClient, library: list[int]
) -> None:
    told = preview(client, "dated", most=1)
    assert told["artworks"] == 3
    assert told["looked_at"] == 1
    assert preview(client, "dated", query="author:nobody")["artworks"] == 0


def test_while_nothing_is_there_the_examples_are_made_up(client: FlaskClient) -> None:
    told = preview(client, "template:{model}/{author}/{id}")

    assert (told["artworks"], told["files"]) == (0, 0)
    assert told["examples"][0] == {
        "artwork_id": 0,
        "old": "",
        "new": "Aurora/lena_paints/90210001.png",
    }


@pytest.mark.parametrize(
    ("layout", "code", "words"),
    [
        ("template:{autor}/{id}", "bad_template", "Did you mean {author}?"),
        ("template:", "bad_template", "A name is missing here"),
        ("tidy", "usage", "There is no layout called 'tidy'."),
    ],
)
def test_a_mistake_is_told_with_the_way_out(
    client: FlaskClient, layout: str, code: str, words: str
) -> None:
    reply = client.post("/api/layouts/preview", json={"layout": layout})

    assert reply.status_code == 422
    assert reply.json["code"] == code
    assert words in reply.json["message"]


def test_files_are_moved_by_a_job_and_back_by_another(
    client: FlaskClient, services: Services, library: list[int]
) -> None:
    asked = {"kind": "move", "options": {"layout": "template:{author}/{id}"}}
    reply = client.post("/api/jobs", json=asked)
    assert reply.status_code == 201, reply.json
    ended = services.engine.run_job(reply.json["id"]).result(timeout=60)
    assert ended.state == "completed"
    assert {path.name for path in (services.settings.library / "lena").glob("*.png")} == {
        f"{site_id}.png" for site_id in library
    }
    (batch,) = got(client, "/api/layouts/moves")["batches"]
    assert (batch["layout"], batch["files"], batch["left"]) == ("template:{author}/{id}", 3, 3)

    back = client.post(f"/api/layouts/moves/{batch['id']}/undo", json={})

    assert back.status_code == 201, back.json
    assert back.json["kind"] == "move"
    services.engine.run_job(back.json["id"]).result(timeout=60)
    assert not (services.settings.library / "lena").exists()
    (batch,) = got(client, "/api/layouts/moves")["batches"]
    assert (batch["files"], batch["left"]) == (3, 0)
    assert batch["undone_at"] is not None
    again = client.post(f"/api/layouts/moves/{batch['id']}/undo", json={})
    assert (again.status_code, again.json["code"]) == (409, "undone")
    assert client.post("/api/layouts/moves/99/undo", json={}).json["code"] == "no_batch"
