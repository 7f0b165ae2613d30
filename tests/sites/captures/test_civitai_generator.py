"""Civitai's generator in its three shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sites.captures.read import FIXTURES, found_in, infotexts_of, sample, urls_of

from artkeep.domain.rating import Rating
from artkeep.sites.captures._capture import Creation, OutputKind
from artkeep.sites.captures._rows import rows_of

BLOBS = "https://orchestration.civitai.com/v2/consumer/blobs"
STEP = {"$type": "imageGen", "name": "$0", "status": "succeeded"}


def workflow(steps: list[Any], **metadata: Any) -> Creation:
    value = {
        "id": "1-2026",
        "status": "succeeded",
        "createdAt": "2026-08-02T10:15:00Z",
        "metadata": metadata,
        "steps": steps,
    }
    (creation,) = found_in(json.dumps(value)).creations
    return creation


def output(blob: str, **fields: Any) -> dict[str, Any]:
    return {"type": "image", "id": blob, "url": f"{BLOBS}/{blob}.jpeg", **fields}


def test_the_shape_of_2023() -> None:
    (creation,) = sample("civitai-generator-2023.json")
    assert creation.key == ("civitai_generator", "33112244")
    assert creation.page_url == "https://civitai.com/generate"
    assert creation.created_at == datetime(2023, 12, 5, 10, 20, 30, tzinfo=UTC)
    assert creation.is_own is True
    assert (creation.model, creation.base_model) == ("DreamShaper 8", "SD 1.5")
    assert (creation.version_id, creation.version_name) == ("128713", "8")
    folder = "https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA"
    told = [(one.id, one.position, one.seed) for one in creation.outputs]
    assert told == [("91", 1, "1220318683"), ("92", 2, "1220318684")]
    uuid = "7b1b9e0e-0a55-4d1e-9b2e-2d3c4b5a6f01"
    assert urls_of(creation.outputs[0]) == [
        (f"{folder}/{uuid}/original=true/91.jpeg", "hd"),
        (f"{folder}/{uuid}/width=512/91.jpeg", "reduced"),
    ]
    head = (
        "a brass astrolabe on a mossy stone, macro\n"
        "Negative prompt: lowres, text\n"
        "Steps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, "
    )
    tail = (
        "Size: 512x768, Model: DreamShaper 8, Clip skip: 2, Service: Civitai, "
        "Created Date: 2023-12-05T10:20:30.000Z, Civitai resources: "
        '[{"type":"checkpoint","modelVersionId":128713,"modelName":"DreamShaper",'
        '"modelVersionName":"8"},{"type":"lora","weight":0.4,"modelVersionId":87153,'
        '"modelName":"Add More Details","modelVersionName":"more_details"}]'
    )
    assert infotexts_of(creation) == [
        f"{head}Seed: 1220318683, {tail}",
        f"{head}Seed: 1220318684, {tail}",
    ]


@pytest.mark.parametrize(
    "name",
    ["civitai-generator-2024.workflow.json", "civitai-generator-2024.trpc-response.json"],
)
def test_the_shape_of_2024(name: str) -> None:
    (creation,) = sample(name)
    assert creation.id == "1234567-20241103120000000"
    assert creation.created_at == datetime(2024, 11, 3, 12, 0, tzinfo=UTC)
    assert (creation.version_id, creation.base_model) == ("290640", "Pony")
    first, second = creation.outputs
    assert urls_of(first) == [(f"{BLOBS}/N6468H8QNQWH0NCJRB6C5XVSY0", "hd")]
    assert (first.id, second.id) == ("N6468H8QNQWH0NCJRB6C5XVSY0", "CXJQSCS1TYZR1PX45C7QBVB8E0")
    assert (first.width, first.height) == (1024, 1024)
    assert first.created_at == datetime(2024, 11, 3, 12, 0, 21, tzinfo=UTC)
    assert second.created_at == datetime(2024, 11, 3, 12, 0, 22, tzinfo=UTC)
    assert infotexts_of(creation)[1] == (
        "a glass terrarium city under stars, <lora:add-detail-xl:0.8>\n"
        "Negative prompt: blurry\n"
        "Steps: 25, Sampler: Euler a, CFG scale: 5, Seed: 1311178180, Size: 1024x1024, "
        "Model: Pony Diffusion V6 XL v6 (start with this one), Clip skip: 2, "
        "Service: Civitai, Created Date: 2024-11-03T12:00:00.000Z, Civitai resources: "
        '[{"type":"checkpoint","modelVersionId":290640,"modelName":"Pony Diffusion V6 XL",'
        '"modelVersionName":"v6 (start with this one)"},{"type":"lora","weight":0.8,'
        '"modelVersionId":135867,"modelName":"Detail Tweaker XL","modelVersionName":"v1.0"}]'
    )


def test_the_shape_of_2026_with_a_video() -> None:
    creation, _ = sample("civitai-generator-2026.trpc-response.json")
    assert creation.id == "1234567-20260802101500456"
    assert creation.created_at == datetime(2026, 8, 2, 10, 15, 0, 456000, tzinfo=UTC)
    assert (creation.model, creation.base_model) == (None, "WanVideo")
    (video,) = creation.outputs
    assert (video.id, video.kind) == ("1RWAZZVXPDYN4NPD8PM312WCT0", OutputKind.VIDEO)
    assert urls_of(video) == [(f"{BLOBS}/1RWAZZVXPDYN4NPD8PM312WCT0.mp4", "hd")]
    assert video.expires_at == datetime(2026, 8, 15, tzinfo=UTC)
    assert (video.width, video.height, video.seed) == (832, 480, "9001")
    assert video.rating is Rating.PG
    assert infotexts_of(creation) == [
        "a paper boat drifting down a rain gutter, gentle camera move\n"
        "Negative prompt: shaky\n"
        "Steps: 25, CFG scale: 4, Seed: 9001, Size: 832x480, Service: Civitai, "
        "Created Date: 2026-08-02T10:15:00.456Z"
    ]


def test_the_shape_of_2026_with_an_image() -> None:
    _, creation = sample("civitai-generator-2026.trpc-response.json")
    assert creation.id == "1234567-20260801093000123"
    assert (creation.model, creation.base_model) == ("FLUX Dev", "Flux.1 D")
    assert (creation.version_id, creation.version_name) == ("691639", "Dev")
    (image,) = creation.outputs
    blob = "CXHV148Y1K72MSDW3AJ6X32FZ0"
    signed = f"{BLOBS}/{blob}.jpeg?sig=CfDJ8EXAMPLE&exp=2026-08-15T00:00:00Z"
    assert urls_of(image) == [(signed, "hd")]
    assert creation.soonest_expiry == datetime(2026, 8, 15, tzinfo=UTC)
    assert (image.raw["favorite"], image.raw["feedback"]) == (True, "liked")
    assert infotexts_of(creation) == [
        "a layered paper forest with a tiny lantern-lit bridge\n"
        "Steps: 28, Sampler: Euler, CFG scale: 3.5, Seed: 77001, Size: 1024x1536, "
        "Model: FLUX Dev, Service: Civitai, Created Date: 2026-08-01T09:30:00.123Z, "
        'Civitai resources: [{"type":"checkpoint","modelVersionId":691639,'
        '"modelName":"FLUX","modelVersionName":"Dev"},{"type":"lora","weight":0.75,'
        '"modelVersionId":810340,"modelName":"Paper Cutout","modelVersionName":"v1.0"}]'
    ]


def test_no_signature_is_stored() -> None:
    """SE-24: what is stored of a creation does not let anybody fetch it."""
    _, creation = sample("civitai-generator-2026.trpc-response.json")
    group, artworks = rows_of(creation)
    assert "CfDJ8EXAMPLE" not in f"{group} {artworks}"
    assert artworks[0].site_id == "1234567-20260801093000123/CXHV148Y1K72MSDW3AJ6X32FZ0"
    assert artworks[0].group_id == group.site_id == "1234567-20260801093000123"


def test_seeds_that_are_not_told_are_counted_up() -> None:
    creation = workflow(
        [{**STEP, "output": [output("A"), output("B", seed=5), output("C")]}],
        params={"seed": 9007199254740993, "steps": 20},
    )
    assert [one.seed for one in creation.outputs] == [
        "9007199254740993",
        "5",
        "9007199254740995",
    ]


def test_settings_of_a_step_win_over_those_of_the_workflow() -> None:
    own = {"prompt": "own", "steps": 9}
    steps = [
        {**STEP, "output": [output("A")]},
        {**STEP, "metadata": {"params": own}, "output": [output("B")]},
        {**STEP, "metadata": {"params": own, "partialParams": True}, "output": [output("C")]},
        {**STEP, "metadata": {"suppressOutput": True}, "output": [output("D")]},
    ]
    told = workflow(steps, params={"prompt": "all", "steps": 20, "sampler": "Euler"})
    artworks = rows_of(told)[1]
    assert [one.prompt for one in artworks] == ["all", "own", "own"]
    generations = [one.generation or {} for one in artworks]
    assert [one["Steps"] for one in generations] == ["20", "9", "9"]
    assert [one.get("Sampler") for one in generations] == ["Euler", None, "Euler"]


def test_a_hires_fix_keeps_the_size_it_began_with() -> None:
    params = {"width": 832, "height": 1216, "upscaleWidth": 1248, "denoise": 0.4}
    (text,) = infotexts_of(
        workflow([{**STEP, "output": [output("A", width=1248, height=1824)]}], params=params)
    )
    assert text.startswith("Size: 832x1216, Denoising strength: 0.4, Hires upscale: 1.5, ")


@pytest.mark.parametrize(("family", "skip"), [("Flux1", None), ("SDXL", "2")])
def test_flux_knows_no_clip_skip(family: str, skip: str | None) -> None:
    params = {"ecosystem": family, "clipSkip": 2}
    told = workflow([{**STEP, "output": [output("A")]}], params=params)
    assert dict(told.parameters).get("Clip skip") == skip


def test_what_cannot_be_had_is_said() -> None:
    rows = [
        output("A"),
        output("B", available=False),
        output("C", blockedReason="ChildReference"),
        {"id": "D", "type": "image", "status": "processing"},
        {"id": "E", "type": "image"},
    ]
    told = workflow([{**STEP, "output": rows}])
    assert [one.id for one in told.outputs] == ["A"]
    assert [(one.site_id, one.reason) for one in told.rejects] == [
        ("B", "unavailable"),
        ("C", "blocked"),
        ("D", "unfinished"),
        ("E", "no_url"),
    ]


def test_sound_and_3d_are_outputs_but_no_artworks() -> None:
    rows = [output("A", type="audio"), output("B", type="model3d"), output("C")]
    told = workflow([{**STEP, "output": rows}])
    assert [one.kind for one in told.outputs] == ["other", "other", "image"]
    assert [one.site_id for one in rows_of(told)[1]] == ["1-2026/C"]


def test_a_live_update_adds_to_what_is_known() -> None:
    """It has no settings, but newer outputs, and the order of the two does not count."""
    full = (FIXTURES / "civitai-generator-2024.workflow.json").read_text("utf-8")
    update = json.dumps(
        {
            "id": "1234567-20241103120000000",
            "status": "succeeded",
            "steps": [{**STEP, "output": [output("NEW")]}],
        }
    )
    for text in (full + update, update + full):
        (creation,) = found_in(text).creations
        assert len(creation.outputs) == 3
        assert creation.prompt is not None
        assert ("Steps", "25") in creation.parameters
        assert "Pony Diffusion V6 XL" in json.dumps(creation.raw)


def test_a_model_that_is_no_civitai_model_is_no_trouble() -> None:
    value = json.loads((FIXTURES / "civitai-generator-2023.json").read_text("utf-8"))
    (creation,) = found_in(json.dumps({**value, "model": "dall-e", "resources": []})).creations
    assert (creation.model, creation.version_id) == (None, None)
    assert len(creation.outputs) == 2
