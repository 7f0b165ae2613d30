"""The `meta` object, in the shapes it has been seen in."""

from __future__ import annotations

import pytest

from artkeep.sites.civitai.generation import read_generation, unwrap

CHECKPOINT = {"type": "checkpoint", "modelVersionId": 9003, "modelVersionName": "Lantern v2"}
LORA = {"type": "lora", "modelVersionName": "Glow"}


def model_of(meta: object, base_model: object = "") -> str | None:
    return read_generation({"meta": meta, "baseModel": base_model}).model


@pytest.mark.parametrize(
    ("meta", "inner"),
    [
        (None, None),
        ({}, None),
        ([], None),
        ("text", None),
        ({"id": 5}, None),
        ({"id": 5, "meta": None}, None),
        ({"id": 5, "meta": {}}, None),
        ({"id": 5, "meta": {"prompt": "a"}}, {"prompt": "a"}),
        ({"meta": {"id": 5, "meta": {"id": 5, "meta": {"seed": 1}}}}, {"seed": 1}),
        ({"id": 5, "url": "x", "meta": {"meta": {"Size": "1x1"}}}, {"Size": "1x1"}),
        ({"prompt": "a", "meta": {"b": 1}}, {"prompt": "a", "meta": {"b": 1}}),
        ({"Size": "1x1", "comfy": "{}"}, {"Size": "1x1", "comfy": "{}"}),
    ],
)
def test_wrappings_come_off_layer_by_layer(meta, inner):
    assert unwrap(meta) == inner


def test_endless_wrappings_are_given_up():
    endless: dict[str, object] = {}
    endless["meta"] = endless
    assert unwrap(endless) is endless


@pytest.mark.parametrize(
    ("meta", "base_model", "name"),
    [
        ({"Model": " Meadow Mix "}, "SD 1.5", "Meadow Mix"),
        ({"Model": 3}, "", "3"),
        ({"Model": ["a", "b"]}, "", "a, b"),
        ({"Model": "urn:air:sdxl:checkpoint:civitai:70@9002"}, "SDXL 1.0", "SDXL 1.0"),
        (
            {"Model": "URN:x@1", "civitaiResources": [LORA, CHECKPOINT]},
            "SDXL 1.0",
            "Lantern v2",
        ),
        ({"prompt": "a", "civitaiResources": [CHECKPOINT]}, "SDXL 1.0", "Lantern v2"),
        ({"prompt": "a", "civitaiResources": [LORA]}, "", None),
        ({"resources": [{"type": "model", "name": "Sample"}]}, "SD 1.5", "Sample"),
        ({"prompt": "a"}, "Flux.1 D", "Flux.1 D"),
        ({"prompt": "a"}, "", None),
        ({"prompt": "a", "Model": "urnborn"}, "", "urnborn"),
        ({"prompt": "a", "Model": ""}, "SD 1.5", "SD 1.5"),
        (None, "SD 1.5", None),  # without meta only the base model's own column knows it
        ({}, "SD 1.5", None),
        ({"prompt": "a", "civitaiResources": "none", "resources": {}}, "", None),
        ({"prompt": "a", "civitaiResources": [None, 5, {"type": 7}]}, "", None),
    ],
)
def test_the_model_name_is_the_first_that_fits(meta, base_model, name):
    assert model_of(meta, base_model) == name


@pytest.mark.parametrize(
    ("seed", "text"),
    [
        (2**70, str(2**70)),
        ("1215293932", "1215293932"),
        (" 7 ", "7"),
        (7.0, "7"),
        (0, "0"),
        (-1, "-1"),
        (7.5, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ({}, None),
        (None, None),
        ("", None),
    ],
)
def test_seeds_are_text_of_any_length(seed, text):
    assert read_generation({"meta": {"prompt": "a", "seed": seed}}).seed == text


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (["a", None, "b"], "a, b"),
        ("a\0b\ud800", "a\ufffdb\ufffd"),
        (5, "5"),
        ("  ", None),
        (True, None),
        ({"a": 1}, None),
    ],
)
def test_prompts_become_storable_text(prompt, text):
    assert read_generation({"meta": {"seed": 1, "prompt": prompt}}).prompt == text


def test_the_record_can_be_stored_as_json():
    meta = {"prompt": "a", "cfg": float("nan"), "big": 2**80, "bad\0key": "\ud800"}
    assert read_generation({"meta": meta}).meta == {
        "prompt": "a",
        "cfg": None,
        "big": str(2**80),
        "bad\ufffdkey": "\ufffd",
    }


@pytest.mark.parametrize(
    ("item", "remix_of"),
    [
        ({"meta": {"extra": {"remixOfId": 5}}}, "5"),
        ({"remixOfId": 6}, "6"),
        ({"generationData": {"remixOfId": 7}}, "7"),
        ({"meta": {"extra": "none"}}, None),
        ({"meta": {"extra": {"remixOfId": 0}}}, None),
    ],
)
def test_a_remix_is_told_in_three_places(item, remix_of):
    assert read_generation(item).remix_of == remix_of
