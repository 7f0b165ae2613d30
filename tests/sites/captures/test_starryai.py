"""StarryAI: every sample with all that it says, and the rules about prompts and numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.sites.captures.read import FIXTURES, found_in, infotexts_of, sample, urls_of

from artkeep.sites.captures._capture import Creation, InitImage, OutputKind

IMAGES = "https://images.starryai.com"


def changed(**fields: Any) -> Creation:
    """The first creation of the list with other fields."""
    first = json.loads((FIXTURES / "starryai-creationsV2.list.json").read_text("utf-8"))[0]
    (creation,) = found_in(json.dumps({**first, **fields})).creations
    return creation


def test_a_creation_has_originals_an_upscale_and_an_enhancement() -> None:
    creation, _ = sample("starryai-creationsV2.list.json")
    assert creation.key == ("starryai", "412345678")
    assert creation.page_url == "https://starryai.com/user/papercrane/creation/412345678"
    assert creation.title == "Paper lighthouse: dawn / cliff"
    assert creation.created_at == datetime(2024, 9, 1, 9, 0, tzinfo=UTC)
    assert creation.author == "papercrane"
    assert creation.is_own is True
    assert not creation.is_prompt_hidden
    assert creation.model == "Photography XL (photo_xl)"
    assert creation.init_image is None
    told = [(one.id, one.position, one.label, one.seed) for one in creation.outputs]
    assert told == [
        ("0f6a1d2e-8b1c-4c58-9a1f-2f7f1f0b6a11", 1, "", "884213377"),
        ("5c3b7f0a-91d4-4d0b-8c5e-0d8c9a4be722", 2, "", "884213377"),
        ("9d2c64b0-0b7e-4b23-9e15-7a3c3d1f8e33", 2, "x2", "884213377"),
        ("1e7f0a55-6c1d-4f0e-b2a7-3c9f5f2d4c44", 1, "xenh2-Sharp", "884213377"),
    ]
    first, second, upscale, enhanced = creation.outputs
    assert urls_of(first) == [
        (f"{IMAGES}/creations/412345678/0f6a1d2e-8b1c-4c58-9a1f-2f7f1f0b6a11.png", "hd"),
        (f"{IMAGES}/compressed/0f6a1d2e-8b1c-4c58-9a1f-2f7f1f0b6a11.webp", "reduced"),
    ]
    assert first.thumbnail == f"{IMAGES}/compressed/0f6a1d2e-8b1c-4c58-9a1f-2f7f1f0b6a11.webp"
    assert (first.width, first.height, first.kind) == (1024, 1024, OutputKind.IMAGE)
    assert (upscale.made_of, enhanced.made_of) == (second.id, first.id)
    assert urls_of(upscale) == [
        (f"{IMAGES}/upscales/9d2c64b0-0b7e-4b23-9e15-7a3c3d1f8e33_3.png", "hd")
    ]


def test_its_infotexts_say_what_each_output_was_made_with() -> None:
    creation, _ = sample("starryai-creationsV2.list.json")
    prompts = (
        "a paper lighthouse on a cliff at dawn, layered craft paper, soft light\n"
        "Negative prompt: blurry, text, watermark\n"
        "Steps: 50, Seed: 884213377, Size: 1024x1024, Model: Photography XL (photo_xl)"
    )
    tail = "Service: StarryAI, Quality: fast, Created Date: 2024-09-01T09:00:00.000Z"
    first, second, upscale, enhanced = infotexts_of(creation)
    assert first == second == f"{prompts}, {tail}"
    assert upscale == f"{prompts}, Hires upscale: 2, {tail}"
    assert enhanced == (
        f"{prompts}, Enhance level: 2, Enhance style: Sharp, "
        f"Enhance prompt: crisper paper fibres, {tail}"
    )


def test_an_init_image_and_a_missing_seed() -> None:
    _, creation = sample("starryai-creationsV2.list.json")
    assert creation.id == "412345901"
    assert creation.page_url == "https://starryai.com/app/my-creations/412345901"
    assert (creation.title, creation.author) == (None, None)
    assert creation.created_at == datetime(2024, 9, 2, 9, 0, tzinfo=UTC)
    assert creation.init_image == InitImage(f"{IMAGES}/inits/7b0f1a2c-heron-sketch.jpg")
    (output,) = creation.outputs
    assert (output.id, output.position) == ("aa11bb22-cc33-44dd-85ee-66ff77008899", 1)
    assert (output.seed, output.width, output.height) == (None, 832, 1216)
    assert infotexts_of(creation) == [
        "a clockwork heron wading in a silver marsh\n"
        "Steps: 100, Size: 832x1216, Model: Photography XL (photo_xl), "
        "Denoising strength: 0.4, Service: StarryAI, Quality: standard, "
        "Init image mode: color, Created Date: 2024-09-02T09:00:00.000Z"
    ]


def test_the_reply_holds_what_its_list_holds() -> None:
    whole = sample("starryai-creationsV2.response.json")
    assert whole == sample("starryai-creationsV2.list.json")


def test_the_first_shape_keeps_upscales_in_a_list_of_their_own() -> None:
    (creation,) = sample("starryai-creation-v1.json")
    assert creation.id == "201122334"
    assert creation.created_at == datetime(2023, 1, 1, 12, 30, tzinfo=UTC)
    assert (creation.author, creation.is_own, creation.title) == ("papercrane", True, None)
    original, upscale = creation.outputs
    assert original.id == "b1b2b3b4-aaaa-4bbb-8ccc-ddddeeeeffff"
    assert [url for url, _ in urls_of(original)] == [
        f"{IMAGES}/creations/201122334/b1b2b3b4-aaaa-4bbb-8ccc-ddddeeeeffff.png",
        f"{IMAGES}/compressed/b1b2b3b4-aaaa-4bbb-8ccc-ddddeeeeffff.webp",
    ]
    assert upscale.id == "0a0b0c0d-1111-4222-8333-444455556666"
    assert (upscale.position, upscale.label, upscale.made_of) == (1, "x4", original.id)
    assert upscale.created_at == datetime(2023, 1, 1, 13, 33, 20, tzinfo=UTC)
    prompts = "an origami fox in snow\nNegative prompt: photo, blur\n"
    line = "Steps: 150, Seed: 42424242, Size: 1024x1024, Model: Orion (orion)"
    tail = "Service: StarryAI, Quality: detailed, Created Date: 2023-01-01T12:30:00.000Z"
    assert infotexts_of(creation) == [
        f"{prompts}{line}, {tail}",
        f"{prompts}{line}, Hires upscale: 4, {tail}",
    ]


def test_a_hidden_prompt_is_said_to_be_hidden() -> None:
    (creation,) = sample("starryai-likedCreationsV2.hidden-prompt.response.json")
    assert creation.id == "398877665"
    assert (creation.author, creation.author_id) == ("tidepool_tess", "u_77120")
    assert (creation.is_own, creation.is_prompt_hidden) == (False, True)
    assert creation.prompt == creation.title == "Tidepool atlas"
    assert creation.created_at == datetime(2024, 6, 10, 6, 13, 20, tzinfo=UTC)
    (output,) = creation.outputs
    assert output.id == "c0ffee00-1234-4abc-9def-001122334455"
    assert urls_of(output) == [
        (f"{IMAGES}/compressed/c0ffee00-1234-4abc-9def-001122334455.webp", "reduced")
    ]
    assert infotexts_of(creation) == [
        "Tidepool atlas\n"
        "Steps: 150, Size: 1024x1024, Model: Illustration V3 (illustration_v3), "
        "Service: StarryAI, Quality: detailed, Note: prompt hidden by its author, "
        "Created Date: 2024-06-10T06:13:20.000Z"
    ]


def test_the_heaviest_prompt_is_the_prompt_and_the_lightest_the_negative() -> None:
    rows = [("low", -2), ("high", 3), ("middle", 0.5)]
    told = changed(prompts=[{"prompt": text, "weight": weight} for text, weight in rows])
    assert (told.prompt, told.negative_prompt) == ("high", "low")
    assert ("Prompt 2", "middle") in told.parameters


def test_prompts_without_weights_come_in_their_order() -> None:
    told = changed(prompts=[{"prompt": text, "weight": None} for text in ("a", "b")])
    assert (told.prompt, told.negative_prompt) == ("a", "b")


def test_single_fields_fill_what_the_list_of_prompts_lacks() -> None:
    told = changed(prompts=None, prompt="one", negativePrompt="no")
    assert (told.prompt, told.negative_prompt) == ("one", "no")
    assert changed(prompts=[], prompt="").prompt == "Paper lighthouse: dawn / cliff"


def test_an_expired_address_says_when_it_died() -> None:
    variation = {"id": "og-1-1", "url": f"{IMAGES}/a.png", "expiresAt": 1725181200000}
    (output,) = changed(variations=[variation]).outputs
    assert output.expires_at == datetime(2024, 9, 1, 9, 0, tzinfo=UTC)


def test_what_is_still_made_is_not_finished() -> None:
    told = changed(variations=[{"id": "og-412345678-1", "url": None, "status": "processing"}])
    assert told.outputs == ()
    assert [(one.reason, one.site_id) for one in told.rejects] == [
        ("unfinished", "og-412345678-1")
    ]


def test_another_type_of_the_same_name_is_nobody() -> None:
    assert found_in('{"__typename": "Creation", "id": "7", "name": "a pot"}').creations == ()
