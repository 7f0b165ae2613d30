"""Tags against a site that refuses, blocks, lies and breaks off (CR-10)."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiohttp import web
from tests.tag_site import (
    CHALLENGE,
    LOGIN,
    TagLibrary,
    TagSite,
    refuse,
    say,
    tag_site,
)

from artkeep.cli.app import main
from artkeep.jobs.start import retry

CALLS = "/api/trpc/"
needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="no Chromium: apt install chromium"
)


@pytest.fixture
def tagged() -> Iterator[TagSite]:
    """A running site with sixty artworks."""
    with tag_site() as running:
        yield running


def library(folder: Path, site: TagSite, count: int = 20, *, key: bool = True) -> TagLibrary:
    made = TagLibrary(folder, site.url, key="a-key-of-mine" if key else None)
    made.add(site.ids[:count])
    return made


def require_true(found: TagLibrary, site: TagSite, count: int = 20) -> None:
    """The tags are those of the site, in the database and beside the files."""
    kept = found.tags()
    for site_id in site.ids[:count]:
        truth = site.truth(site_id)
        assert kept.get(site_id, {}) == truth
        beside = {
            one["id"]: (one["name"], one["score"]) for one in found.sidecar(site_id)["tags"]
        }
        assert beside == truth


def failures(found: TagLibrary) -> dict[str, int]:
    rows = found.rows("SELECT reason, count(*) FROM failures GROUP BY reason")
    return {str(reason): int(amount) for reason, amount in rows}


def waiting(found: TagLibrary) -> dict[str, int]:
    rows = found.rows("SELECT reason, count(*) FROM work WHERE stage = 'tags' GROUP BY reason")
    return {str(reason): int(amount) for reason, amount in rows}


# --- with a key: no browser


def test_a_key_asks_for_twenty_at_a_time(tmp_path: Path, tagged: TagSite) -> None:
    mine = library(tmp_path, tagged)
    progress = mine.run()
    assert (progress.job.state, progress.done) == ("completed", 20)
    require_true(mine, tagged)
    assert len(tagged.calls()) <= 3
    events = mine.rows("SELECT code, message FROM job_events ORDER BY id")
    assert ("tags_by_key", "With your key: the quickest way.") in events


def test_an_artwork_without_tags_counts_as_done_once_the_site_knows_it(
    tmp_path: Path, tagged: TagSite
) -> None:
    bare = next(one for one in tagged.ids if not tagged.truth(one))
    mine = TagLibrary(tmp_path, tagged.url, key="a-key-of-mine")
    mine.add([bare])
    assert mine.run().done == 1
    assert mine.sidecar(bare)["tags"] == []
    assert any("image.get" in path for path in tagged.asked)


def test_an_empty_list_for_an_unknown_artwork_is_a_failure(
    tmp_path: Path, tagged: TagSite
) -> None:
    mine = library(tmp_path, tagged, 1)
    mine.add(["999999999"])
    progress = mine.run()
    assert progress.done == 1
    assert (waiting(mine), failures(mine)) == ({}, {"not_found": 1})
    assert "tags_fetched" not in mine.sidecar("999999999")


def test_what_was_known_stays_when_a_later_look_fails(tmp_path: Path, tagged: TagSite) -> None:
    mine = library(tmp_path, tagged, 5)
    mine.run()
    tagged.always(
        CALLS, say('[{"result":{"data":{"json":{"odd":1}}}}]', kind="application/json")
    )
    progress = mine.run(again=True, method="key")
    assert progress.done == 0
    require_true(mine, tagged, 5)


@pytest.mark.parametrize(
    ("status", "method", "reason"),
    [
        pytest.param(401, "page", "unauthorized", marks=needs_chromium),
        (403, "key", "not_permitted"),
        (404, "key", "not_found"),
    ],
)
def test_refused_calls_are_failures_by_reason_that_can_be_asked_for_again(
    tmp_path: Path, tagged: TagSite, status: int, method: str, reason: str
) -> None:
    tagged.always(CALLS, refuse(status))
    mine = library(tmp_path, tagged, 3)
    with mine.running() as (engine, store):
        job_id = mine.start(store, method=method)
        engine.run_job(job_id).result(timeout=90)
        progress = mine.progress(store, job_id)
        assert (progress.job.state, progress.failed, waiting(mine)) == ("incomplete", 3, {})
        (group,) = progress.failures
        assert (group.reason, group.amount) == (reason, 3)
        tagged.honest()
        assert store.transact(lambda connection: retry(connection, job_id)) == 3
        engine.run_job(job_id).result(timeout=90)
        assert mine.progress(store, job_id).job.state == "completed"
    require_true(mine, tagged, 3)


def test_a_chosen_key_that_is_rejected_ends_the_job(tmp_path: Path, tagged: TagSite) -> None:
    tagged.always(CALLS, refuse(401))
    mine = library(tmp_path, tagged, 3)
    progress = mine.run(method="key")
    assert progress.job.state == "failed"
    assert [one["code"] for one in progress.job.reasons] == ["unauthorized"]


def test_too_many_requests_are_waited_for(tmp_path: Path, tagged: TagSite) -> None:
    tagged.on(CALLS, refuse(429, Retry_After="1"))
    mine = library(tmp_path, tagged)
    progress = mine.run()
    assert progress.job.state == "completed"
    require_true(mine, tagged)


@pytest.mark.parametrize(
    "body", ['[{"result":{"data":', "[]", '{"result":{"data":{"json":[]}}}', "<html>Hello"]
)
def test_a_broken_answer_is_asked_for_again(tmp_path: Path, tagged: TagSite, body: str) -> None:
    tagged.on(CALLS, say(body, kind="application/json"))
    mine = library(tmp_path, tagged)
    assert mine.run().job.state == "completed"
    require_true(mine, tagged)


def test_odd_names_are_kept_as_they_are(tmp_path: Path, tagged: TagSite) -> None:
    names = ['it\'s "quoted"', "🌊🏔️", "שלום עולם", "x" * 500, "a\u202eb", "tab\there"]

    async def odd(request: web.Request) -> web.Response:
        rows = [
            {"id": 7000 + number, "name": name, "type": "UserGenerated", "nsfwLevel": 1}
            | {"score": number, "upVotes": 1, "downVotes": 0, "automated": False}
            for number, name in enumerate(names)
        ]
        return web.json_response([{"result": {"data": {"json": rows}}}])

    tagged.on(CALLS, odd)
    mine = library(tmp_path, tagged, 1)
    assert mine.run().done == 1
    kept = {name for name, _ in mine.tags()[tagged.ids[0]].values()}
    assert kept == set(names)
    assert {one["name"] for one in mine.sidecar(tagged.ids[0])["tags"]} == set(names)


def test_thousands_of_tags_are_all_asked_for(tmp_path: Path, tagged: TagSite) -> None:
    async def many(request: web.Request) -> web.Response:
        asked = json.loads(request.query["input"])["0"]["json"]
        rows = [
            {"id": 1 + number, "name": f"tag {number}", "type": "Label", "score": 1}
            for number in range(min(2000, asked.get("take", 100)))
        ]
        return web.json_response([{"result": {"data": {"json": rows}}}])

    tagged.on(CALLS, many, many)
    mine = library(tmp_path, tagged, 1)
    assert mine.run().done == 1
    assert len(mine.tags()[tagged.ids[0]]) == 2000


def test_a_second_look_tells_what_changed(
    tmp_path: Path, tagged: TagSite, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(number: int, score: int) -> dict[str, object]:
        return {"id": number, "name": f"tag {number}", "type": "Label", "score": score}

    def answer(*rows: dict[str, object]) -> str:
        return json.dumps([{"result": {"data": {"json": list(rows)}}}])

    tagged.on(
        CALLS,
        say(answer(row(1, 5), row(2, 5)), kind="application/json"),
        say(answer(row(2, 9), row(3, 1)), kind="application/json"),
    )
    mine = library(tmp_path, tagged, 1)
    mine.run()
    mine.run(again=True)
    ((added, removed, voted),) = mine.rows("SELECT added, removed, voted FROM tag_changes")
    assert (json.loads(added), json.loads(removed)) == (["tag 3"], ["tag 1"])
    assert json.loads(voted) == [["tag 2", 5, 9]]
    assert set(mine.tags()[tagged.ids[0]]) == {"2", "3"}
    home = ("--data-dir", str(mine.settings.data_dir))
    assert main(["tags", "--changes", f"id:{tagged.ids[0]}", *home]) == 0
    said = capsys.readouterr().out
    assert said.endswith(f"  civitai {tagged.ids[0]}: +tag 3, -tag 1, tag 2 5 → 9\n")
    assert main(["tags", "--changes", "id:1", *home]) == 0
    assert capsys.readouterr().out == "No later look has found anything different.\n"


def test_without_key_and_browser_the_job_says_what_to_install(
    tmp_path: Path, tagged: TagSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.stages._tagging.find_chromium", lambda: None)
    mine = library(tmp_path, tagged, 3, key=False)
    progress = mine.run()
    assert progress.job.state == "failed"
    (reason,) = progress.job.reasons
    assert reason["code"] == "no_browser"
    assert "install" in reason["text"]
    assert tagged.calls() == []


# --- in a browser


@needs_chromium
def test_calls_from_inside_a_page_bring_the_same(tmp_path: Path, tagged: TagSite) -> None:
    mine = library(tmp_path, tagged, key=False)
    progress = mine.run()
    assert (progress.job.state, progress.done) == ("completed", 20)
    require_true(mine, tagged)
    assert {method for (method,) in mine.rows("SELECT DISTINCT method FROM artwork_tags")} == {
        "page"
    }
    home = tmp_path / "home" / "browser"
    assert (home / "civitai").stat().st_mode & 0o077 == 0


@needs_chromium
def test_refused_calls_lead_to_reading_pages(tmp_path: Path, tagged: TagSite) -> None:
    async def only_from_pages(request: web.Request) -> web.Response | None:
        if "batch=1" in request.query_string:
            return web.json_response({"error": "no"}, status=401)
        return None

    tagged.always(CALLS, only_from_pages)
    mine = library(tmp_path, tagged, 6)
    progress = mine.run()
    assert (progress.job.state, progress.done) == ("completed", 6)
    require_true(mine, tagged, 6)
    codes = [code for (code,) in mine.rows("SELECT code FROM job_events ORDER BY id")]
    assert "tags_by_read" in [code for code in codes if code.startswith("tags_")]


@needs_chromium
def test_chips_are_read_where_the_call_stays_silent(tmp_path: Path, tagged: TagSite) -> None:
    # The page asks at an address that nobody knows: all that is left is what it shows.
    async def page(request: web.Request) -> web.Response:
        site_id = request.match_info["id"]
        chips = "".join(
            f'<div class="mantine-Badge-root"><a data-activity="tag-click:image" '
            f'href="/images?tags={tag_id}&view=feed" title="Score: {score}">{name}</a></div>'
            for tag_id, (name, score) in tagged.truth(site_id).items()
        )
        return web.Response(
            text=f"<!doctype html><body><div>{chips}</div>", content_type="text/html"
        )

    tagged.always("/images/", page)
    mine = library(tmp_path, tagged, 3, key=False)
    progress = mine.run(method="read")
    assert progress.done == 3
    assert {key: set(tags) for key, tags in mine.tags().items()} == {
        one: set(tagged.truth(one)) for one in tagged.ids[:3]
    }


WALLS = {
    "login_wall": LOGIN,
    "rating_gate": say("<!doctype html><body>Mature content now lives on x"),
    "not_found": say("<!doctype html><h1>404</h1>"),
    "page_shape": say("<!doctype html><body><p>Something quite different"),
}


@needs_chromium
def test_a_page_that_is_not_the_artworks_is_a_failure(tmp_path: Path, tagged: TagSite) -> None:
    for site_id, page in zip(tagged.ids, WALLS.values(), strict=False):
        tagged.always(f"/images/{site_id}", page)
    mine = library(tmp_path, tagged, len(WALLS), key=False)
    progress = mine.run(method="read")
    assert progress.done == 0
    assert (waiting(mine), failures(mine)) == ({}, dict.fromkeys(WALLS, 1))
    assert mine.tags() == {}


@needs_chromium
def test_a_challenge_is_shown_to_the_browser_once_and_then_waited_for(
    tmp_path: Path, tagged: TagSite
) -> None:
    tagged.always("/images/", CHALLENGE)
    mine = library(tmp_path, tagged, 1, key=False)
    assert mine.run(method="read").done == 0
    assert failures(mine) == {"challenge": 1}
    tagged.honest()
    tagged.on(CALLS, CHALLENGE)  # the first call only: the browser has passed the check since
    other = library(tmp_path / "other", tagged, 5, key=False)
    assert other.run(method="page").done == 5
    assert "/" in tagged.asked


@needs_chromium
def test_a_browser_killed_three_times_costs_nothing(tmp_path: Path, tagged: TagSite) -> None:
    kills: list[int] = []

    async def kill(request: web.Request) -> web.Response | None:
        await asyncio.to_thread(_kill_browsers, kills)
        return None

    tagged.on(CALLS, kill, kill, kill)
    mine = library(tmp_path, tagged, 40, key=False)
    progress = mine.run(method="page", at_once=2)
    assert (progress.job.state, progress.done) == ("completed", 40)
    require_true(mine, tagged, 40)
    assert len(kills) == 3


def _kill_browsers(kills: list[int]) -> None:
    """The browsers that this test run started, at once and whole."""
    mine = psutil.Process().children(recursive=True)
    for process in mine:
        try:
            line = process.cmdline()
            if any("--user-data-dir=" in word for word in line) and not any(
                word.startswith("--type=") for word in line
            ):
                kills.append(process.pid)
                process.kill()
        except psutil.Error:
            continue
