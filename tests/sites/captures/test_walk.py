"""Creations are found at any depth, and only creations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.sites.captures.read import FIXTURES, found_in

from artkeep.sites.captures import _walk
from artkeep.sites.captures._capture import Document
from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._walk import Finder, Found

# How many creations each sample holds.
SAMPLES = {
    "civitai-generator-2023.json": 1,
    "civitai-generator-2024.trpc-response.json": 1,
    "civitai-generator-2024.workflow.json": 1,
    "civitai-generator-2026.trpc-response.json": 2,
    "dezgo-job-with-saved-input.json": 1,
    "dezgo-job.input-file.response.json": 0,
    "dezgo-job.json": 1,
    "happyaccidents-inference.json": 1,
    "mage-creation.json": 1,
    "mage-results.response.json": 1,
    "nightcafe-firestore-channel.raw.txt": 2,
    "nightcafe-job.json": 1,
    "nightcafe-jobs.list.json": 2,
    "nightcafe-nextdata-creation.json": 1,
    "nightcafe-upload-upscaled.json": 1,
    "nightcafe-user-liked.response.json": 1,
    "novita-flux-sync.json": 1,
    "novita-task-result.response.json": 1,
    "novita-video-task-result.response.json": 1,
    "novita-wrapped.json": 1,
    "starryai-creation-v1.json": 1,
    "starryai-creationsV2.list.json": 2,
    "starryai-creationsV2.response.json": 2,
    "starryai-likedCreationsV2.hidden-prompt.response.json": 1,
    "unstability-2023.json": 1,
    "unstability-2024.json": 1,
}
UNRELATED = (
    *sorted((FIXTURES / "unrelated").glob("*.json")),
    *sorted((Path(__file__).parents[1] / "fixtures" / "civitai").glob("*.json")),
)
# What other programs call by the same names.
NEAR = (
    {"id": 7, "status": "queued", "steps": [{"name": "checkout", "uses": "x"}]},
    {"id": "a", "status": "ok", "runtime": "python3", "algorithm": "sha256"},
    {"id": "a", "status": "done", "jobType": "upload", "bytes": 3},
    {"__typename": "Creation", "id": "1", "pot": "clay"},
    {"task": {"task_id": "1"}, "state": "done"},
    {"task": "1", "images": []},
    {"task": {"task_id": "1"}, "images": [{"url": "https://example.org/a.png"}]},
    {"id": "1", "status": "ok", "steps": [{"$type": "System.Copy", "output": []}]},
    {"id": "1", "status": "ok", "runtime": "s", "algorithm": "vqe", "output": "/a.json"},
    {"_id": "1", "type": "job", "meta": {"file": "x"}},
    {"params": {}, "resources": [], "images": [], "id": 1},
    {"metadata": {"model_version": "1"}, "model_version": "1", "id": 3},
    {"inferenceId": "1", "inferencePayload": "text"},
    {"original": "https://example.org/a.png", "prefix": "x", "genInfo": {"seed": 1}},
    {"name": "projects/p/databases/d/documents/users/1", "fields": {"id": {}}},
    {"pageProps": {"cid": "1", "initialJob": {"id": "1"}}},
)


def find(*values: Any) -> Found:
    finder = Finder()
    for value in values:
        finder.add(Document(value))
    return finder.found()


def test_every_sample_is_recognised_and_no_sample_is_forgotten() -> None:
    assert {path.name for path in FIXTURES.iterdir() if path.is_file()} == SAMPLES.keys()
    found = {
        name: len(found_in((FIXTURES / name).read_text("utf-8")).creations) for name in SAMPLES
    }
    assert found == SAMPLES


def test_nothing_is_recognised_in_what_is_none_of_theirs() -> None:
    assert len(UNRELATED) > 50
    recognised = {
        path.name: [one.key for one in found_in(path.read_text("utf-8")).creations]
        for path in UNRELATED
    }
    assert {name: keys for name, keys in recognised.items() if keys} == {}


@pytest.mark.parametrize("value", NEAR)
def test_a_likeness_is_not_enough(value: Any) -> None:
    found = find(value, [value], {"data": value})
    assert found == Found((), ())


def test_any_envelope_will_do() -> None:
    mage = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    jobs = json.loads((FIXTURES / "nightcafe-jobs.list.json").read_text("utf-8"))
    envelope = {"a": [[{"b": {"c": [mage]}}]], "items": {"x": jobs}, "n": None, "t": "text"}
    assert [one.service for one in find(envelope).creations] == [
        "mage",
        "nightcafe",
        "nightcafe",
    ]


def test_nesting_of_100_000_levels_is_no_trouble() -> None:
    mage = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": [deep]}
    found = find({"deep": deep, "deeper": [deep], "mage": mage})
    assert [one.service for one in found.creations] == ["mage"]
    assert [one.reason for one in found.rejects] == ["too_deep"]


def test_what_is_nested_deeply_within_a_creation_can_be_stored() -> None:
    mage = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": [deep]}
    (creation,) = find({**mage, "extra": deep}).creations
    group, _ = rows_of(creation)
    assert len(json.dumps(group.raw)) < 10_000


def test_a_capture_without_end_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_walk, "_MOST_VALUES", 100)
    monkeypatch.setattr(_walk, "_MOST_CREATIONS", 1)
    jobs = json.loads((FIXTURES / "nightcafe-jobs.list.json").read_text("utf-8"))
    found = find(jobs, [0] * 1000)
    assert len(found.creations) == 1
    assert [one.reason for one in found.rejects] == ["too_many", "too_many"]


def test_the_same_creation_comes_once() -> None:
    jobs = json.loads((FIXTURES / "nightcafe-jobs.list.json").read_text("utf-8"))
    once = find(jobs)
    assert find(jobs, jobs, {"pageProps": {"cid": "x", "initialJob": jobs[0]}}) == once


def test_a_list_of_likes_takes_no_prompt_away() -> None:
    """Whatever comes later: the page of a creation shows what a list does not."""
    job = json.loads((FIXTURES / "nightcafe-job.json").read_text("utf-8"))
    listed = {**job, "prompts": None, "showPrompts": False, "progressImages": None}
    listed["output"] = job["progressImages"][0]["output"]
    for values in ((job, listed), (listed, job)):
        (creation,) = find(*values).creations
        assert not creation.is_prompt_hidden
        assert creation.prompt is not None
        assert creation.prompt.startswith("a harbour")
        assert len(creation.outputs) == 3
        assert creation.raw["prompts"] == job["prompts"]


def test_what_was_missing_is_there_in_a_later_capture() -> None:
    step = {"$type": "imageGen", "output": [{"id": "A", "available": False}]}
    first = {"id": "1", "status": "succeeded", "steps": [step]}
    url = "https://orchestration.civitai.com/v2/consumer/blobs/A.jpeg"
    later = {**first, "steps": [{**step, "output": [{"id": "A", "url": url}]}]}
    assert [one.reason for one in find(first).creations[0].rejects] == ["unavailable"]
    (creation,) = find(first, later).creations
    assert (len(creation.outputs), creation.rejects) == (1, ())


def test_a_field_that_is_secret_by_its_name_is_not_stored() -> None:
    """SE-24"""
    mage = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    (creation,) = find({**mage, "user": {"access_token": "canary", "name": "kept"}}).creations
    group, artworks = rows_of(creation)
    assert "canary" not in f"{group}{artworks}"
    assert group.raw["user"] == {"name": "kept"}


@pytest.mark.parametrize(
    "text", ["{}", "[]", "null", '{"data":{"creationsV2":[]}}', '{"results":[]}', "[[],{}]"]
)
def test_an_empty_answer_is_nothing(text: str) -> None:
    assert found_in(text) == Found((), ())


def test_a_creation_without_outputs_says_so() -> None:
    value = {"id": "1", "__typename": "CreationV2", "variations": [], "title": "soon"}
    (creation,) = find(value).creations
    assert [one.reason for one in creation.rejects] == ["no_url"]


@pytest.mark.parametrize("creation_id", [None, "", [], {}, True, "a/b", "a b", "x" * 200, 1.5])
def test_an_id_that_is_none_is_a_reject(creation_id: Any) -> None:
    found = find({"id": creation_id, "__typename": "CreationV2", "variations": []})
    assert found.creations == ()
    assert [one.reason for one in found.rejects] == ["unreadable_creation"]
