"""Unstability, HappyAccidents and Mage.space: what old captures of them hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tests.sites.captures.read import FIXTURES, found_in, infotexts_of, sample, urls_of


def test_unstability_of_2024() -> None:
    (creation,) = sample("unstability-2024.json")
    prefix = "3fbc9a10-52f4-4c1b-8a9e-0f1e2d3c4b5a"
    assert creation.key == ("unstability", prefix)
    assert creation.created_at == datetime(2024, 6, 28, 18, 30, tzinfo=UTC)
    (output,) = creation.outputs
    assert (output.id, output.seed, output.width) == ("1", "515151", 768)
    assert urls_of(output) == [
        (f"https://www.unstability.ai/images/{prefix}/original.png", "hd")
    ]
    assert infotexts_of(creation) == [
        "a velvet canyon at dusk\nNegative prompt: people\n"
        "Seed: 515151, Size: 768x1152, Model: Photo/Landscape, Service: Unstability, "
        "Lighting filter: Dual Color Guidance, Lighting filter color: #ff8800, "
        "Lighting filter negative color: #0033aa, Lighting filter strength: 0.6, "
        "High Frequency Detail: 0.4, Saturation: 0.5, Flat Background: True, "
        "Created Date: 2024-06-28T18:30:00.000Z"
    ]


def test_unstability_of_2023() -> None:
    (creation,) = sample("unstability-2023.json")
    assert creation.id == "9a8b7c6d-1111-4222-8333-444455556666"
    assert creation.created_at == datetime(2023, 8, 1, 10, 0, 20, tzinfo=UTC)
    told = [(one.id, one.position, urls_of(one)) for one in creation.outputs]
    images = "https://www.unstability.ai/images"
    assert told == [
        ("aa01", 1, [(f"{images}/aa01/original.png", "hd")]),
        ("aa02", 2, [(f"{images}/aa02/original.png", "hd")]),
    ]
    text = (
        "a velvet canyon at dusk\nNegative prompt: people\n"
        "Steps: 40, Size: 768x1152, Model: Photo/Landscape, Service: Unstability, "
        "Lighting filter: Dynamic Contrast, Lighting filter strength: 0.5, "
        "Created Date: 2023-08-01T10:00:20.000Z"
    )
    assert infotexts_of(creation) == [text, text]


@pytest.mark.parametrize(
    ("genre", "style", "model"),
    [
        ("Photo", "Photo/Land", "Photo/Land"),
        ("Anime", "Ink", "Anime/Ink"),
        (None, "Ink", "Ink"),
    ],
)
def test_a_style_names_its_genre_once(genre: str | None, style: str, model: str) -> None:
    value = json.loads((FIXTURES / "unstability-2024.json").read_text("utf-8"))
    value["genInfo"] |= {"genre": genre, "style": style}
    (creation,) = found_in(json.dumps(value)).creations
    assert creation.model == model


def test_happyaccidents() -> None:
    (creation,) = sample("happyaccidents-inference.json")
    assert creation.key == ("happyaccidents", "6d3f2b1a-0c9e-4f8d-a7b6-c5d4e3f2a1b0")
    assert creation.created_at == datetime(2023, 10, 12, 21, 4, 5, tzinfo=UTC)
    folder = "https://ik.imagekit.io/hb42m9hh0/users/u123/6d3f2b1a"
    first, second = creation.outputs
    assert (first.id, first.position, urls_of(first)) == (
        "f00d0001",
        1,
        [(f"{folder}/6d3f2b1a_0.png", "hd")],
    )
    assert (second.id, second.position, urls_of(second)) == (
        "f00d0002",
        2,
        [(f"{folder}/6d3f2b1a_1.png", "hd")],
    )
    assert second.created_at == datetime(2023, 10, 12, 21, 4, 6, tzinfo=UTC)
    text = (
        "a harvest moon over terraced paddies, ink wash\nNegative prompt: text\n"
        "Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 1357924680, "
        "Size: 640x960, Model: epiCRealism, VAE: vae-ft-mse-840000, Clip skip: 2, "
        "Hires upscale: 2, Service: HappyAccidents, "
        "LoRA 1: 00112233445566778899aabbccddeeff, LoRA 1 weight: 0.6, "
        "Created Date: 2023-10-12T21:04:05.000Z"
    )
    assert infotexts_of(creation) == [text, text]


def test_a_model_without_a_name_keeps_its_id() -> None:
    value = json.loads((FIXTURES / "happyaccidents-inference.json").read_text("utf-8"))
    value["inferencePayload"]["modelId"] = "f" * 32
    (creation,) = found_in(json.dumps(value)).creations
    assert creation.model is None
    assert ("Model ID", "f" * 32) in creation.parameters


@pytest.mark.parametrize("name", ["mage-creation.json", "mage-results.response.json"])
def test_mage(name: str) -> None:
    (creation,) = sample(name)
    image_id = "0123456789abcdef0123456789abcdef"
    assert creation.key == ("mage", image_id)
    assert creation.author_id == "user_cranes"
    assert creation.created_at == datetime(2023, 9, 18, 14, 22, 33, tzinfo=UTC)
    (output,) = creation.outputs
    assert (output.seed, output.width, output.height) == ("8675309", 768, 1024)
    assert urls_of(output) == [(f"https://cdn.mage.space/images/{image_id}.png", "hd")]
    assert infotexts_of(creation) == [
        "a tin robot watering bonsai\nNegative prompt: blurry\n"
        "Steps: 30, Sampler: euler, CFG scale: 7.5, Seed: 8675309, Size: 768x1024, "
        "Model: sdxl/v1.0, Refiner: True, Refiner strength: 0.25, Service: Mage.space, "
        "Created Date: 2023-09-18T14:22:33.000Z"
    ]


def test_a_refiner_that_was_not_used_is_not_told() -> None:
    value = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    value["metadata"]["use_refiner"] = False
    (creation,) = found_in(json.dumps(value)).creations
    assert not any("Refiner" in name for name, _ in creation.parameters)


def test_mage_tells_both_versions_where_they_differ() -> None:
    value = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    value["metadata"] |= {
        "model_version": "v0.9",
        "clip_skip": True,
        "denoising_frac": 0.75,
        "refiner_strength": None,
    }
    (creation,) = found_in(json.dumps(value)).creations
    assert creation.model == "sdxl/v1.0, sdxl/v0.9"
    assert ("Clip skip", "1") in creation.parameters
    assert ("Refiner denoise share", "0.25") in creation.parameters
    # A comma in a value must not cut the line for the readers of others.
    assert 'Model: "sdxl/v1.0, sdxl/v0.9"' in infotexts_of(creation)[0]
