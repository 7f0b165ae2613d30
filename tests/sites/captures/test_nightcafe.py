"""NightCafe: every sample with all that it says; weights, edits and Firestore's values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sites.captures.read import FIXTURES, found_in, infotexts_of, sample, urls_of

from artkeep.sites.captures._capture import Creation, InitImage
from artkeep.sites.captures._firestore import plain_document

BUCKET = "https://storage.googleapis.com/nightcafe-creator.appspot.com"
HARBOUR = "gIjPNOOkjzLU4D8ITIJb"
TEAPOT = "YEU9oqRaRA1XS5Eez9ag"
HARBOUR_TEXT = (
    "a harbour full of glass boats at blue hour\nBREAK\n(cinematic lighting:0.5)\n"
    "Negative prompt: people, text\n"
)
HARBOUR_LINE = "Size: 1024x1024, Model: dreamshaper-xl-lightning, "
HARBOUR_TAIL = (
    "Service: NightCafe, Algorithm: diffusion2, Runtime: medium, "
    "Created Date: 2024-07-01T12:00:00.000Z"
)


def changed(**fields: Any) -> Creation:
    """The harbour with other fields."""
    job = json.loads((FIXTURES / "nightcafe-job.json").read_text("utf-8"))
    (creation,) = found_in(json.dumps({**job, **fields})).creations
    return creation


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("nightcafe-job.json", 0),
        ("nightcafe-jobs.list.json", 1),
        ("nightcafe-nextdata-creation.json", 0),
        ("nightcafe-firestore-channel.raw.txt", 0),
    ],
)
def test_a_job_is_the_same_in_whatever_it_came(name: str, index: int) -> None:
    creation = sample(name)[index]
    assert creation.key == ("nightcafe", HARBOUR)
    assert creation.page_url == f"https://creator.nightcafe.studio/creation/{HARBOUR}"
    assert creation.title == "Harbour of glass boats"
    assert creation.created_at == datetime(2024, 7, 1, 12, 0, tzinfo=UTC)
    assert creation.author == "papercrane"
    assert creation.author_id == "Zx9aPapercraneUserIdxxxxxxx"
    assert creation.is_own is None
    assert creation.model == "dreamshaper-xl-lightning"
    first, second, upscale = creation.outputs
    folder = f"{BUCKET}/jobs/{HARBOUR}/{HARBOUR}"
    assert urls_of(first) == [(f"{folder}--1--1j9bd.jpg", "hd")]
    assert urls_of(second) == [(f"{folder}--2--w89yf.jpg", "hd")]
    assert urls_of(upscale) == [(f"{folder}--2--w89yf_2x-clty-upscale-1mkz5.jpg", "hd")]
    told = [(one.id, one.position, one.seed, one.width) for one in creation.outputs]
    assert told == [
        ("1--1j9bd", 1, "314159265", 1024),
        ("2--w89yf", 2, "314159266", 1024),
        ("2--w89yf_2x-clty-upscale-1mkz5", 2, "314159266", 2048),
    ]
    assert (upscale.label, upscale.made_of) == ("2x-clty-upscale-1mkz5", "2--w89yf")
    assert infotexts_of(creation) == [
        f"{HARBOUR_TEXT}Seed: 314159265, {HARBOUR_LINE}{HARBOUR_TAIL}",
        f"{HARBOUR_TEXT}Seed: 314159266, {HARBOUR_LINE}{HARBOUR_TAIL}",
        f"{HARBOUR_TEXT}Seed: 314159266, {HARBOUR_LINE}Hires upscale: 2, "
        f"Hires upscaler: clty-upscale, {HARBOUR_TAIL}",
    ]


@pytest.mark.parametrize(
    ("name", "index", "day"),
    [("nightcafe-jobs.list.json", 0, 2), ("nightcafe-firestore-channel.raw.txt", 1, 1)],
)
def test_a_start_image_and_a_seed_that_asks_for_any(name: str, index: int, day: int) -> None:
    creation = sample(name)[index]
    assert (creation.id, creation.title) == (TEAPOT, "Moss teapot")
    assert creation.created_at == datetime(2024, 7, day, 12, 0, tzinfo=UTC)
    began = "7c4Yn5HiXBxcHktUES85"
    assert creation.init_image == InitImage(
        f"{BUCKET}/jobs/{began}/{began}--1--6l2s2.jpg", creation_id=began
    )
    (output,) = creation.outputs
    assert (output.id, output.seed) == ("1--30esx", "271828182")
    assert (output.width, output.height) == (1024, 768)
    assert infotexts_of(creation) == [
        "a teapot grown from moss, macro photograph\n"
        "Seed: 271828182, Size: 1024x768, Model: flux-schnell, Service: NightCafe, "
        f"Algorithm: flux, Runtime: short, Created Date: 2024-07-0{day}T12:00:00.000Z"
    ]


def test_a_like_with_hidden_prompts_has_its_title() -> None:
    (creation,) = sample("nightcafe-user-liked.response.json")
    assert (creation.author, creation.is_prompt_hidden) == ("lantern_lou", True)
    assert creation.prompt == creation.title == "Lantern whale"
    (output,) = creation.outputs
    folder = f"{BUCKET}/jobs/qxfMsSLm8ewpRdgH8MQS/qxfMsSLm8ewpRdgH8MQS"
    assert urls_of(output) == [(f"{folder}--1--iog55.jpg", "hd")]
    assert infotexts_of(creation) == [
        "Lantern whale\n"
        "Size: 1024x1024, Model: vivid, Service: NightCafe, Algorithm: dalle3, "
        "Runtime: short, Note: prompt hidden by its author, "
        "Created Date: 2024-07-01T12:00:00.000Z"
    ]


def test_an_upload_is_kept_when_it_was_scaled_up() -> None:
    (creation,) = sample("nightcafe-upload-upscaled.json")
    assert (creation.id, creation.model) == ("ZRBYrAmrU5NCHwQrdlm1", "upload")
    assert creation.created_at == datetime(2024, 7, 3, 9, 46, 40, tzinfo=UTC)
    upload, upscale = creation.outputs
    assert (upload.id, upload.width) == ("PdBpS", 640)
    assert (upscale.id, upscale.width) == ("PdBpS_4x-real-esrgan-x4-plus", 2560)
    assert (upscale.position, upscale.made_of) == (1, "PdBpS")
    assert infotexts_of(creation)[1] == (
        "My sketch\n"
        "Size: 640x640, Model: upload, Hires upscale: 4, "
        "Hires upscaler: real-esrgan-x4-plus, Service: NightCafe, "
        "Created Date: 2024-07-03T09:46:40.000Z"
    )


def test_an_upload_that_nothing_was_made_of_is_no_creation_of_its_user() -> None:
    image = {"output": f"/jobs/{HARBOUR}/{HARBOUR}-PdBpS.jpg"}
    told = changed(jobType="upload", progressImages=[image])
    assert told.outputs == ()
    assert [one.reason for one in told.rejects] == ["upload_only"]


def test_weights_order_the_prompts_and_tell_the_negative() -> None:
    told = changed(
        prompts=["light", "heavy", "no", "never", "nothing"],
        promptWeights=[0.25, 2, -0.5, -1, 0],
    )
    assert told.prompt == "(heavy:2)\nBREAK\n(light:0.25)"
    assert told.negative_prompt == "never\nBREAK\n(no:0.5)"


def test_prompts_that_the_capture_shows_are_not_hidden() -> None:
    told = changed(showPrompts=False)
    assert not told.is_prompt_hidden
    assert told.prompt is not None
    assert told.prompt.startswith("a harbour full of glass boats")


def test_a_runtime_is_steps_only_when_it_is_a_number() -> None:
    assert ("Steps", "40") in changed(runtime="40").parameters
    assert "Runtime" not in dict(changed(runtime=40).parameters)


@pytest.mark.parametrize(
    ("seed", "seeds"),
    [(-1, [None, None]), (None, [None, None]), ("77", ["77", "77"]), ([7, 8], ["7", "8"])],
)
def test_an_image_without_a_seed_has_its_jobs(seed: Any, seeds: list[str | None]) -> None:
    rows = [
        {"output": f"/jobs/{HARBOUR}/{HARBOUR}--{number}--a{number}.jpg"} for number in (1, 2)
    ]
    told = changed(seed=seed, progressImages=rows)
    assert [one.seed for one in told.outputs] == seeds


def test_sheets_are_left_out_where_there_are_single_images() -> None:
    names = ("--1--aaaa1", "--2--bbbb2", "-grid")
    rows = [
        {"output": f"/jobs/{HARBOUR}/{HARBOUR}{name}.jpg", "isGrid": "grid" in name}
        for name in names
    ]
    assert [one.id for one in changed(progressImages=rows).outputs] == ["1--aaaa1", "2--bbbb2"]
    assert [one.label for one in changed(progressImages=rows[2:]).outputs] == ["grid"]


@pytest.mark.parametrize(
    ("edit", "label"), [("-adjusted", "adjusted"), ("_bg-rmvd", "bg-rmvd")]
)
def test_an_edit_is_known_by_its_name_alone(edit: str, label: str) -> None:
    names = (f"{HARBOUR}--4--aaaa1", f"{HARBOUR}--4--aaaa1{edit}")
    rows = [{"output": f"/jobs/{HARBOUR}/{name}.jpg", "seed": None} for name in names]
    first, second = changed(progressImages=rows).outputs
    assert (second.position, second.label, second.made_of) == (4, label, first.id)


def test_an_edit_without_a_factor_keeps_its_name() -> None:
    name = f"/jobs/{HARBOUR}/{HARBOUR}--3--cc3cc_adetailer-face_yolov8n.mp4"
    (output,) = changed(progressImages=[{"output": name}]).outputs
    assert (output.position, output.label) == (3, "adetailer-face_yolov8n")
    assert output.parameters == (("Edit", "adetailer-face_yolov8n"),)
    assert output.kind == "video"


def test_the_later_of_two_documents_wins() -> None:
    text = (FIXTURES / "nightcafe-firestore-channel.raw.txt").read_text("utf-8")
    twice = found_in(text + text.replace("Moss teapot", "Mossy teapot"))
    assert [one.title for one in twice.creations] == ["Harbour of glass boats", "Mossy teapot"]


def test_every_type_of_value_is_read() -> None:
    """Also the four that other programs stop at."""
    document = {
        "name": "projects/p/databases/(default)/documents/jobs/abc",
        "fields": {
            "text": {"stringValue": "a"},
            "yes": {"booleanValue": False},
            "big": {"integerValue": "9007199254740993"},
            "real": {"doubleValue": 0.5},
            "time": {"timestampValue": "2024-07-01T12:00:00Z"},
            "list": {"arrayValue": {"values": [{"nullValue": None}, {"integerValue": "1"}]}},
            "none": {"arrayValue": {}},
            "map": {"mapValue": {"fields": {"inner": {"stringValue": "b"}}}},
            "nothing": {"nullValue": None},
            "to": {"referenceValue": "projects/p/x"},
            "place": {"geoPointValue": {"latitude": 1, "longitude": 2}},
            "bytes": {"bytesValue": "AAEC"},
            "new": {"vectorValue": [1]},
        },
    }
    assert plain_document(document) == {
        "text": "a",
        "yes": False,
        "big": 9007199254740993,
        "real": 0.5,
        "time": "2024-07-01T12:00:00Z",
        "list": [None, 1],
        "none": [],
        "map": {"inner": "b"},
        "nothing": None,
        "to": "projects/p/x",
        "place": {"latitude": 1, "longitude": 2},
        "bytes": "AAEC",
        "new": None,
        "id": "abc",
    }
