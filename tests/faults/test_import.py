"""Importing captures: what is recognised is fetched whole, and secrets stay nowhere."""

from __future__ import annotations

import base64
import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.faults.importing import (
    SAMPLES,
    bring_in,
    everything_written,
    har_of,
    of_services,
    path_of,
    reads,
    serve_media,
)
from tests.faults.scene import SHORT, Scene
from tests.faults.shell import artkeep
from tests.faulty_answers import json_reply, reply
from tests.gallery import Gallery

from artkeep.domain.generation import read_generation
from artkeep.jobs.imports import ImportOptions, start_import
from artkeep.media.embedded import read_embedded

STARRYAI = SAMPLES / "starryai-creationsV2.response.json"
GENERATOR = SAMPLES / "civitai-generator-2026.trpc-response.json"
CANARY = "cAnArY"
LATER = "2099-01-01T00:00:00Z"


@pytest.fixture
def home(scene: Scene) -> Scene:
    return of_services(scene)


def generator(*, expires: str = LATER, signature: str = "s1g") -> Any:
    """The newest shape of Civitai's generator, with addresses that live until then."""
    text = GENERATOR.read_text("utf-8").replace("2026-08-15T00:00:00Z", expires)
    found = json.loads(text)
    waiting = [found]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if str(part.get("url", "")).startswith("https://orchestration"):
                part["url"] = f"{part['url'].partition('?')[0]}?sig={signature}"
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return found


def files_of(scene: Scene, ending: str) -> dict[str, bytes]:
    return {name: body for name, body in scene.on_disk().items() if name.endswith(ending)}


def test_every_sample_is_fetched_whole_embedded_and_dated(home: Scene, site: Gallery) -> None:
    paths = sorted(SAMPLES.glob("*.json"))
    found = reads(*paths).creations  # Dezgo tells its pictures apart by the query only
    fresh = [one for one in found if not one.soonest_expiry and one.service != "dezgo"]
    bodies = serve_media(site, fresh)
    amount = sum(len(one.outputs) for one in fresh)
    with home.running(SHORT) as (engine, store):
        started = start_import(store, engine.library, fresh, ImportOptions())
        engine.run_job(started.job_id).result(timeout=60)
        assert home.report(store, started.job_id).state == "completed"

    pictures = files_of(home, ".png")
    sidecars = [json.loads(text) for text in files_of(home, ".json").values()]
    assert len(pictures) == len(sidecars) == amount > 15
    hashes = {one["file"]["downloaded_sha256"] for one in sidecars}
    assert len(hashes) == amount
    assert len(bodies) >= amount
    dated = [name.split("/")[1] for name in pictures]
    assert {len(month) for month in dated} == {len("2024-09")}
    (lighthouse,) = home.rows(
        "SELECT places.path, posted_at FROM places JOIN artworks ON artworks.id = artwork_id "
        "WHERE site_id LIKE '412345678/0f6a%'"
    )
    path = home.library / lighthouse[0]
    assert path.stat().st_mtime == datetime(2024, 9, 1, 9, tzinfo=UTC).timestamp()
    generation = read_generation(read_embedded(path))
    assert generation is not None
    assert generation.prompt.startswith("a paper lighthouse")
    sidecar = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert sidecar["raw"]["creation"]["id"] == "412345678"
    assert sidecar["group"]["id"] == "412345678"


def test_the_same_capture_twice_fetches_nothing_twice(home: Scene, site: Gallery) -> None:
    serve_media(site, reads(STARRYAI).creations)
    first = bring_in(home, STARRYAI)
    asked = len(site.server.requests)

    second = bring_in(home, STARRYAI, STARRYAI)

    assert (first.state, first.progress.done) == ("completed", 5)
    assert (second.state, second.progress.have) == ("completed", 5)
    assert len(site.server.requests) == asked


def test_no_secret_of_a_capture_is_written_anywhere(home: Scene, site: Gallery) -> None:
    """SE-24, SE-25, SE-26"""
    token = f"eyJ{CANARY}AAAA.eyJ{CANARY}BBBB.{CANARY}CCCC"
    answered = generator(signature=f"{CANARY}sig")
    workflow = answered[0]["result"]["data"]["json"]["items"][0]
    workflow["metadata"]["session_token"] = f"{CANARY}token"
    workflow["metadata"]["odd"] = token
    har = har_of(
        {
            "url": f"https://civitai.com/api/trpc/orchestrator.queryGeneratedImages?t={CANARY}",
            "text": json.dumps(answered),
            "headers": {"Authorization": f"Bearer {CANARY}", "Cookie": f"a={CANARY}"},
            "cookies": [{"name": "a", "value": f"{CANARY}cookie"}],
            "request": json.dumps({"password": f"{CANARY}request"}),
        },
        {"url": "https://bank.example/me", "text": json.dumps({"balance": f"{CANARY}body"})},
    )
    found = reads(har)
    serve_media(site, found.creations)

    report = bring_in(home, har)

    assert report.state == "completed"
    assert found.secrets >= 2 + 2 + 3  # headers, fields, signatures
    assert found.unrecognised == 1
    assert site.server.requests[0].query == f"sig={CANARY}sig"
    assert CANARY not in str(found.samples) + str(found.problems) + str(report)
    written = everything_written(home)
    assert b"orchestrat" in written
    assert CANARY.encode() not in written
    hidden = [base64.b64encode(CANARY.encode())[:6], CANARY.encode("utf-16-le")]
    assert [one for one in hidden if one in written] == []


def test_what_has_expired_says_so_and_a_fresh_capture_completes_it(
    home: Scene, site: Gallery
) -> None:
    stale = generator(expires="2026-08-15T00:00:00Z")
    serve_media(site, reads(stale).creations)

    first = bring_in(home, stale)

    assert site.server.requests == []
    assert first.codes == ["capture_expired"]
    assert "either brings addresses that live" in first.words
    again = home.retry(first)
    assert again.codes == ["capture_expired"]
    second = bring_in(home, generator())
    assert second.state == "completed"
    assert home.rows("SELECT count(*) FROM failures") == [(0,)]
    fetched = files_of(home, ".png") | files_of(home, ".mp4")
    assert len(fetched) == len({one.path for one in site.server.requests}) == 2


def test_a_signature_that_is_refused_is_not_tried_for_days(home: Scene, site: Gallery) -> None:
    found = reads(generator()).creations
    for output in (output for one in found for output in one.outputs):
        site.server.on(path_of(output.urls[0].url), reply(b"denied", status=403))

    report = bring_in(home, generator())

    assert report.codes == ["capture_expired"]
    assert home.rows("SELECT count(*) FROM work") == [(0,)]


def test_work_that_waits_gets_the_newer_addresses(home: Scene, site: Gallery) -> None:
    found = reads(generator()).creations
    with home.running(SHORT) as (engine, store):
        for signature in ("old", "new"):
            some = reads(generator(signature=signature)).creations
            started = start_import(store, engine.library, some, ImportOptions())
        serve_media(site, found)
        engine.run_job(started.job_id).result(timeout=60)
    assert {one.query for one in site.server.requests} == {"sig=new"}
    assert home.rows("SELECT count(*) FROM jobs") == [(1,)]


def test_what_dies_first_is_fetched_first(home: Scene, site: Gallery) -> None:
    many = generator()
    items = many[0]["result"]["data"]["json"]["items"]
    first = items[0]
    for number in range(1, 6):
        later = copy.deepcopy(first)
        later["id"] = f"later-{number}"
        text = json.dumps(later).replace(LATER, f"20{60 - number}-01-01T00:00:00Z")
        text = text.replace("/blobs/", f"/blobs/x{number}-").replace(
            '"id": "1R', f'"id": "{number}1R'
        )
        items.append(json.loads(text))
    serve_media(site, reads(many).creations)

    bring_in(home, many, concurrency=1)

    order = [one.path.rpartition("/")[2][:3] for one in site.server.requests]
    wanted = [name for name in order if name.startswith("x")]
    assert wanted == sorted(wanted, reverse=True)
    assert order[0].startswith("x5")


def test_a_poorer_capture_takes_nothing_away_and_a_richer_one_is_embedded(
    home: Scene, site: Gallery
) -> None:
    rich = json.loads(STARRYAI.read_text("utf-8"))
    poor = copy.deepcopy(rich)
    for creation in poor["data"]["creationsV2"]:
        creation.update(prompts=[], prompt=None, negativePrompt=None, iterations=None)
        creation.update(model=None, modelName=None, title="only a title")
    serve_media(site, reads(rich).creations)
    prompts = "SELECT site_id, prompt, generation FROM artworks ORDER BY site_id"

    bring_in(home, poor)
    before = home.rows(prompts)
    second = bring_in(home, rich)
    after = home.rows(prompts)
    third = bring_in(home, poor)

    assert before != after
    assert second.progress.have == 5
    assert home.rows(prompts) == after
    assert third.state == "completed"
    (path,) = {name for name in files_of(home, ".png") if "0f6a1d2e" in name}
    generation = read_generation(read_embedded(home.library / path))
    assert generation is not None
    assert generation.prompt.startswith("a paper lighthouse")
    beside = (home.library / path).with_suffix(".json").read_text("utf-8")
    assert json.loads(beside)["prompt"].startswith("a paper lighthouse")


def test_what_was_deleted_is_not_fetched_again(home: Scene, site: Gallery) -> None:
    serve_media(site, reads(STARRYAI).creations)
    bring_in(home, STARRYAI)
    home.change("UPDATE artworks SET download_status = 'skipped'")

    report = bring_in(home, STARRYAI)

    assert report.state == "completed"
    assert len(site.server.requests) == 6  # five outputs and the picture one began with


def test_a_file_that_was_lost_comes_again(home: Scene, site: Gallery) -> None:
    serve_media(site, reads(STARRYAI).creations)
    bring_in(home, STARRYAI)
    lost = next(iter(home.library.rglob("*.png")))
    lost.unlink()

    report = bring_in(home, STARRYAI)

    assert report.state == "completed"
    assert lost.is_file()


def test_the_command_line_imports_and_says_how_it_went(home: Scene, site: Gallery) -> None:
    serve_media(site, reads(STARRYAI).creations)
    words = ("import", str(STARRYAI), "-", "--json", "--then", "")
    media = {"ARTKEEP_SITES__CAPTURES__MEDIA_URL": site.url}

    looked = artkeep(home, *words, "--simulate", stdin=STARRYAI.read_text("utf-8"), **media)
    first = artkeep(home, *words, stdin="{}", **media)
    nothing = artkeep(home, "import", "-", stdin='{"a": 1}')
    broken = artkeep(home, "import", "-", stdin='{"a": ')
    missing = artkeep(home, "import", "nowhere.har")

    assert (looked.code, looked.lines[0]["new"]) == (0, 5)
    assert len(site.server.requests) == 6  # five outputs and the picture one began with
    assert [line["event"] for line in first.lines] == ["recognised", "started", "ended"]
    assert (first.code, first.lines[-1]["done"]) == (0, 5)
    assert (nothing.code, broken.code, missing.code) == (4, 2, 4)
    assert "Known are StarryAI" in nothing.err
    assert "It ends in the middle, at line 1" in broken.err
    assert "nowhere.har cannot be read" in missing.err


def test_a_copied_request_is_asked_about_first(home: Scene, site: Gallery) -> None:
    """Where nobody can be asked, nothing is sent without --send."""
    liked = json.loads((SAMPLES / "nightcafe-user-liked.response.json").read_text("utf-8"))
    path = "/api.nightcafe.studio/creations"
    site.server.on(path, json_reply({"results": liked["results"]}))
    text = 'fetch("https://api.nightcafe.studio/creations", {"headers": {"a": "b"}});'
    media = {"ARTKEEP_SITES__CAPTURES__MEDIA_URL": site.url}

    silent = artkeep(home, "import", "-", "-s", stdin=text, **media)
    asked_before = len(site.server.requests)
    sent = artkeep(home, "import", "-", "-s", "--send", stdin=text, **media)

    assert (silent.code, asked_before) == (4, 0)
    assert "api.nightcafe.studio were not sent" in silent.err
    assert (sent.code, len(site.server.requests_to(path))) == (0, 1)
    assert "NightCafe: 1 creations" in sent.out
