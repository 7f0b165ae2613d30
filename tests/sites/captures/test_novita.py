"""Novita: bare results, wrapped ones, and results that find their request in a HAR."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sites.captures.read import FIXTURES, found_in, infotexts_of, sample, urls_of

from artkeep.sites.captures._capture import Creation, Document, InitImage, OutputKind
from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._walk import Finder

BUCKET = "https://faas-output-image.s3.ap-southeast-1.amazonaws.com/prod"
TASK = "b7855daf-bffd-49a8-92a9-c6fdbbf55e7b"
TRAM = (
    "a rain-washed tram stop, gouache\nNegative prompt: text\n"
    "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1492899925, Size: 768x768, "
    "Model: sd_xl_base_1.0.safetensors, Service: Novita, "
)
TRAM_END = "Task type: TXT_TO_IMG, Created Date: 2024-10-21T22:40:16.180Z"


def asked(**request: Any) -> Creation:
    """The wrapped result with another request."""
    value = json.loads((FIXTURES / "novita-wrapped.json").read_text("utf-8"))
    value["request"] = {**value["request"], **request}
    (creation,) = found_in(json.dumps(value)).creations
    return creation


@pytest.mark.parametrize(
    ("name", "loras"),
    [
        ("novita-task-result.response.json", ""),
        ("novita-wrapped.json", "LoRA 1: papercut_xl, LoRA 1 weight: 0.7, "),
    ],
)
def test_a_result_of_two_images(name: str, loras: str) -> None:
    (creation,) = sample(name)
    assert creation.key == ("novita", TASK)
    assert creation.created_at == datetime(2024, 10, 21, 22, 40, 16, 180000, tzinfo=UTC)
    assert creation.is_own is True
    first, second = creation.outputs
    assert (first.id, first.position) == ("9589f747bd494109903dd2606dfbf943", 1)
    assert (second.id, second.position) == ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", 2)
    assert (first.seed, second.seed) == ("1492899925", "1492899925")
    assert (first.width, first.height) == (768, 768)
    ((url, quality),) = urls_of(first)
    assert url.startswith(f"{BUCKET}/{TASK}/9589f747bd494109903dd2606dfbf943.png?X-Amz-Alg")
    assert quality == "hd"
    # The signature's own date where it is told, else the time it was finished.
    assert first.expires_at == datetime(2024, 10, 21, 23, 43, 50, tzinfo=UTC)
    assert second.expires_at == datetime(2024, 10, 21, 23, 40, 16, 180000, tzinfo=UTC)
    assert creation.soonest_expiry == second.expires_at
    assert infotexts_of(creation) == [f"{TRAM}{loras}{TRAM_END}"] * 2


def test_no_signature_is_stored() -> None:
    """SE-24"""
    (creation,) = sample("novita-task-result.response.json")
    assert "X-Amz-Signature" in creation.outputs[0].urls[0].url
    stored = f"{rows_of(creation)}"
    assert "X-Amz" not in stored
    assert "EXAMPLE" not in stored


def test_the_answer_of_an_endpoint_that_does_not_wait() -> None:
    (creation,) = sample("novita-flux-sync.json")
    assert creation.id == "0c9a8a55-1e2d-4f3b-9c77-5a5b8d1c2e3f"
    (output,) = creation.outputs
    assert (output.id, output.seed) == ("flux_0001", "271828")
    assert output.expires_at == datetime(2024, 12, 1, 1, 0, tzinfo=UTC)
    assert infotexts_of(creation) == [
        "a stone bridge of piano keys\n"
        "Steps: 4, Seed: 271828, Size: 1024x768, Model: flux-1-schnell, Service: Novita, "
        "Created Date: 2024-12-01T00:00:00.000Z"
    ]


def test_a_video() -> None:
    (creation,) = sample("novita-video-task-result.response.json")
    assert creation.id == "7d2f1c9e-aaaa-4bbb-8ccc-123456789abc"
    (video,) = creation.outputs
    assert (video.id, video.kind, video.seed) == ("clip", OutputKind.VIDEO, "5")
    assert video.expires_at == datetime(2024, 12, 2, 1, 0, tzinfo=UTC)
    assert [one.kind for one in rows_of(creation)[1]] == ["video"]


def test_sound_is_an_output_of_another_kind() -> None:
    value = json.loads((FIXTURES / "novita-video-task-result.response.json").read_text("utf-8"))
    host = "https://faas-output-audio.s3.ap-southeast-1.amazonaws.com"
    value["audios"] = [{"audio_url": f"{host}/prod/x/song.mp3", "audio_type": "mp3"}]
    (creation,) = found_in(json.dumps(value)).creations
    assert [one.kind for one in creation.outputs] == ["video", "other"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_result_finds_the_request_that_was_answered_with_its_id(is_first: bool) -> None:
    value = json.loads((FIXTURES / "novita-video-task-result.response.json").read_text("utf-8"))
    request = {"request": {"prompt": "a tram in the rain", "steps": 12, "model_name": "wan"}}
    documents = [
        Document({"task_id": value["task"]["task_id"]}, "https://api.novita.ai/v3/x", request),
        Document(value),
    ]
    finder = Finder()
    for document in documents if is_first else reversed(documents):
        finder.add(document)
    (creation,) = finder.found().creations
    assert (creation.prompt, creation.model) == ("a tram in the rain", "wan")
    assert ("Steps", "12") in creation.parameters
    assert creation.raw["request"] == request


def test_hires_fix_and_refiner_are_told() -> None:
    told = asked(
        hires_fix={"target_width": 1536, "target_height": 1536, "strength": 0.5},
        refiner={"switch_at": 0.8},
        sd_vae="vae.safetensors",
        clip_skip=2,
    )
    pairs = dict(told.parameters)
    assert pairs["Size"] == "768x768"
    assert pairs["Hires upscale"] == "2"
    assert pairs["Hires resize"] == "1536x1536"
    assert (pairs["Denoising strength"], pairs["Refiner switch at"]) == ("0.5", "0.8")
    assert (pairs["VAE"], pairs["Clip skip"]) == ("vae.safetensors", "2")
    assert told.outputs[0].width == 1536


def test_an_init_image_lies_beside_and_not_in_the_record() -> None:
    told = asked(image_base64="QUJD")
    assert told.init_image == InitImage(base64="QUJD")
    assert "QUJD" not in json.dumps(told.raw)
