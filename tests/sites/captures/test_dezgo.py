"""Dezgo: jobs of the account, with the settings that come in a file of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sites.captures.read import FIXTURES, found_in, infotexts_of, sample, urls_of

from artkeep.sites.captures._capture import Creation, Document, InitImage
from artkeep.sites.captures._walk import Finder

FILE = "https://api.dezgo.com/account/file?id=4c2e4fe7-7036-4805-86b5-7e75f4b61f03"


def job(function: str, **told: Any) -> Creation:
    value = json.loads((FIXTURES / "dezgo-job.json").read_text("utf-8"))
    value["meta"]["job.function"] = function
    (creation,) = found_in(json.dumps({**value, "input": told})).creations
    return creation


def test_a_job_of_the_list_wants_its_settings() -> None:
    (creation,) = sample("dezgo-job.json")
    assert creation.key == ("dezgo", "4c2e4fe7-7036-4805-86b5-7e75f4b61f03")
    assert creation.created_at == datetime(2023, 11, 8, 5, 22, 53, 569000, tzinfo=UTC)
    assert creation.is_own is True
    assert creation.wants == f"{FILE}/input"
    assert (creation.model, creation.prompt) == ("juggernautxl_1024px", None)
    assert [urls_of(one) for one in creation.outputs] == [
        [(f"{FILE}/output&offset=0", "hd")],
        [(f"{FILE}/output&offset=1", "hd")],
    ]


def test_the_settings_are_added_when_they_come() -> None:
    finder = Finder()
    for name, url in (("job.input-file.response", f"{FILE}/input"), ("job", None)):
        text = (FIXTURES / f"dezgo-{name}.json").read_text("utf-8")
        finder.add(Document(json.loads(text), url))
    (creation,) = finder.found().creations
    assert creation.wants is None
    assert [one.seed for one in creation.outputs] == ["3644259088", "3644259089"]
    assert infotexts_of(creation)[1] == (
        "a copper greenhouse in the rain\nNegative prompt: text, people\n"
        "Steps: 30, Sampler: auto, CFG scale: 7, Seed: 3644259089, Size: 832x1216, "
        "Model: juggernautxl_1024px, Refiner: True, Service: Dezgo, "
        "Function: text2image_sdxl, Created Date: 2023-11-08T05:22:53.569Z"
    )


def test_a_saved_job_has_its_settings() -> None:
    (creation,) = sample("dezgo-job-with-saved-input.json")
    assert creation.wants is None
    told = [(one.id, one.position, one.seed, one.width) for one in creation.outputs]
    assert told == [("1", 1, "739786821", 416), ("2", 2, "739786822", 416)]
    sha256 = "82E7578994BE9CBF305606DEADAEEA05D3A86EDB79C690B1F4A47285C057A7CB"
    assert infotexts_of(creation)[0] == (
        "a copper greenhouse in the rain\nNegative prompt: text\n"
        "Steps: 30, Sampler: dpmpp_2m_karras, CFG scale: 7, Seed: 739786821, "
        "Size: 416x608, Model: icbinp, Service: Dezgo, "
        f"LoRA 1: {sha256}, LoRA 1 weight: 1, Function: text2image_sdxl, "
        "Created Date: 2023-11-08T05:22:53.569Z, "
        'Hashes: {"lora:82e7578994":"82e7578994"}'
    )


def test_a_saved_job_keeps_its_settings_whatever_comes_with_it() -> None:
    saved, listed = (
        (FIXTURES / name).read_text("utf-8")
        for name in ("dezgo-job-with-saved-input.json", "dezgo-job.json")
    )
    for text in (saved + listed, listed + saved):
        (creation,) = found_in(text).creations
        assert creation.wants is None
        assert creation.prompt == "a copper greenhouse in the rain"
        assert [one.seed for one in creation.outputs] == ["739786821", "739786822"]


@pytest.mark.parametrize(
    ("function", "told", "pairs"),
    [
        ("upscale", {"image": "QUJD"}, {"Hires upscale": "2"}),
        ("text2image", {"upscale": 2, "width": 512, "height": 512}, {"Hires upscale": "2"}),
        ("text2image", {"upscale": 1}, {"Hires upscale": None}),
        ("image2image", {"strength": 0.6}, {"Denoising strength": "0.6"}),
        ("text-inpainting", {"mask_prompt": "sky"}, {"Mask prompt": "sky"}),
        (
            "controlnet",
            {"control_model": "canny", "control_scale": 0.8, "control_preprocess": True},
            {"ControlNet 0": "Model: canny, Weight: 0.8"},
        ),
    ],
)
def test_each_function_tells_its_own(
    function: str, told: dict[str, Any], pairs: dict[str, str | None]
) -> None:
    creation = job(function, **told)
    found = dict(creation.parameters)
    assert {name: found.get(name) for name in pairs} == pairs
    assert found["Function"] == function


def test_editing_has_a_model_of_its_own() -> None:
    value = json.loads((FIXTURES / "dezgo-job.json").read_text("utf-8"))
    value["meta"] = {"job.function": "edit-image", "file.output": "abc/output"}
    (creation,) = found_in(json.dumps({**value, "input": {"image_guidance": 1.5}})).creations
    assert creation.model == "InstructPix2Pix"
    assert ("Image CFG scale", "1.5") in creation.parameters


def test_an_init_image_lies_beside_and_the_record_has_its_hash() -> None:
    told = job("image2image", init_image="QUJD", prompt="a")
    assert told.init_image == InitImage(base64="QUJD")
    assert "QUJD" not in json.dumps(told.raw)
    assert "base64 with sha256 " in told.raw["input"]["init_image"]


def test_a_count_of_a_million_is_not_believed() -> None:
    value = json.loads((FIXTURES / "dezgo-job.json").read_text("utf-8"))
    value["meta"]["file.output.count"] = "1000000"
    (creation,) = found_in(json.dumps(value)).creations
    assert len(creation.outputs) == 100
