"""The infotext that is written for an artwork, from what its site tells."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Kind, json_safe
from artkeep.domain.compose import compose_infotext
from artkeep.domain.infotext import parse_infotext

UPLOADED = {
    "Size": "832x1216",
    "seed": 2944604798,
    "Model": "sampleLandscapeXL_v10",
    "steps": 30,
    "hashes": {"vae": "735e4c3a44", "model": "afaf521da2", "lora:misty-valley": "9c783c8ce46c"},
    "prompt": "misty valley, <lora:misty-valley:0.8>",
    "Version": "v1.10.1",
    "sampler": "DPM++ 2M Karras",
    "cfgScale": 7,
    "clipSkip": 2,
    "resources": [{"hash": "9c783c8ce46c", "name": "misty-valley", "type": "lora"}],
    "Model hash": "afaf521da2",
    "Hires steps": "12",
    "Hires upscale": "1.5",
    "Schedule type": "Karras",
    "Hires upscaler": "4x-UltraSharp",
    "negativePrompt": "lowres, blurry",
    "Denoising strength": "0.4",
}
ON_SITE = {
    "seed": 1938345220,
    "steps": 25,
    "width": 832,
    "height": 1216,
    "prompt": "a ceramic teapot",
    "quantity": 4,
    "workflow": "txt2img",
    "baseModel": "SDXL",
    "sampler": "Euler a",
    "cfgScale": 4,
    "clipSkip": 2,
    "draft": False,
    "nsfw": False,
    "Created Date": "2026-07-29T21:03:11.000Z",
    "negativePrompt": "",
    "fluxMode": "urn:air:flux1:checkpoint:civitai:618692@691639",
    "civitaiResources": [
        {"type": "checkpoint", "modelVersionId": 345685, "modelVersionName": "v1.0"},
        {"type": "lora", "weight": 0.65, "modelVersionId": 249861, "modelVersionName": "v2"},
    ],
}


def artwork(generation: dict | None, **more: object) -> Artwork:
    """As the site's adapter makes it."""
    told = json_safe(generation)
    columns = {
        "prompt": told.get("prompt") if told and isinstance(told.get("prompt"), str) else None,
        "negative_prompt": told.get("negativePrompt") if told else None,
        "seed": str(told["seed"]) if told and "seed" in told else None,
        **more,
    }
    return Artwork(
        "civitai", "1", Kind.IMAGE, "https://x.example/1", generation=told, **columns
    )


def test_an_uploaded_pictures_text_is_as_its_tool_wrote_it():
    text = compose_infotext(artwork(UPLOADED))
    assert text == (
        "misty valley, <lora:misty-valley:0.8>\n"
        "Negative prompt: lowres, blurry\n"
        "Steps: 30, Sampler: DPM++ 2M Karras, Schedule type: Karras, CFG scale: 7, "
        "Seed: 2944604798, Size: 832x1216, Model hash: afaf521da2, "
        "Model: sampleLandscapeXL_v10, Denoising strength: 0.4, Clip skip: 2, "
        "Hires steps: 12, Hires upscale: 1.5, Hires upscaler: 4x-UltraSharp, Version: v1.10.1, "
        'Hashes: {"vae":"735e4c3a44","model":"afaf521da2","lora:misty-valley":"9c783c8ce46c"}'
    )


def test_what_was_made_on_the_site_names_its_resources_last():
    text = compose_infotext(artwork(ON_SITE, model="v1.0", version_name="v1.0"))
    assert text is not None
    infotext = parse_infotext(text)
    assert infotext.value("Size") == "832x1216"
    assert infotext.value("Created Date") == "2026-07-29T21:03:11.000Z"
    assert infotext.value("Model") is None  # "v1.0" is the version's name, not the model's
    assert infotext.parameters[-1][0] == "Civitai resources"
    resources = json.loads(infotext.value("Civitai resources") or "")
    assert resources[1] == {
        "type": "lora",
        "weight": 0.65,
        "modelVersionId": 249861,
        "modelVersionName": "v2",
    }
    names = {name for name, _ in infotext.parameters}
    assert not names & {"Model hash", "quantity", "workflow", "nsfw", "draft", "fluxMode"}


# The rules by which others read, as AUTOMATIC1111 and Civitai have them in their sources.
A1111_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
CIVITAI_HASHES = re.compile(r", Hashes:\s*({[^}]+})")
CIVITAI_RESOURCES = re.compile(r", Civitai resources:\s*(\[\{.*?\}\])")


@pytest.mark.parametrize("generation", [UPLOADED, ON_SITE])
def test_other_readers_find_what_we_find(generation):
    text = compose_infotext(artwork(generation))
    assert text is not None
    *words, line = text.split("\n")
    assert re.match(r"Steps: \d+, ", line)
    assert words[0] == generation["prompt"]
    assert sum(each.startswith("Steps:") for each in text.split("\n")) == 1

    pairs = dict(A1111_PAIR.findall(line))
    assert len(pairs) > 3
    for name, value in parse_infotext(text).parameters:
        if not value.startswith(("{", "[")):
            assert pairs[name] == value

    hashes, resources = CIVITAI_HASHES.search(line), CIVITAI_RESOURCES.search(line)
    assert (hashes and json.loads(hashes[1])) == generation.get("hashes")
    assert (resources and json.loads(resources[1])) == generation.get("civitaiResources")
    told = [
        value for value in parse_infotext(text).parameters if value[1].startswith(("{", "["))
    ]
    assert line.endswith(told[-1][1])


def test_resources_are_civitais_and_never_an_empty_list():
    rows = ON_SITE["civitaiResources"]
    for told in ([], "none", None, [{"type": "lora"}], [{"modelVersionId": -1}], [7]):
        text = compose_infotext(artwork({**ON_SITE, "civitaiResources": told}))
        assert text is not None
        assert "Civitai resources" not in text
    elsewhere = Artwork(
        "other",
        "1",
        Kind.IMAGE,
        "",
        prompt="a",
        generation={"steps": 2, "civitaiResources": rows},
    )
    assert compose_infotext(elsewhere) == "a\nSteps: 2"


def test_a_hash_is_written_only_when_one_is_told():
    bad = {"hashes": {"model": "none", "vae": 7, "lora:x": "0xABCDEF123456"}, "Model hash": "?"}
    text = compose_infotext(artwork({"steps": 2, "prompt": "a", **bad}))
    assert text == 'a\nSteps: 2, Hashes: {"lora:x":"ABCDEF123456"}'
    among_others = compose_infotext(artwork({"steps": 2, "hashes": {"model": "afaf521da2"}}))
    assert among_others == 'Steps: 2, Model hash: afaf521da2, Hashes: {"model":"afaf521da2"}'


@pytest.mark.parametrize("generation", [None, {}, {"workflow": "txt2img"}, {"nsfw": True}])
def test_where_nothing_is_told_nothing_is_written(generation):
    assert compose_infotext(artwork(generation, width=512, height=512)) is None


def test_a_prompt_alone_is_something():
    assert compose_infotext(artwork(None, prompt="a cat")) == "a cat"
    assert compose_infotext(artwork({"negativePrompt": "a dog"})) == "Negative prompt: a dog"


def test_few_pairs_are_left_out_where_readers_would_take_them_for_prompt():
    assert compose_infotext(artwork({"prompt": "a", "sampler": "Euler"})) == "a"
    three = artwork({"prompt": "a", "seed": 7, "sampler": "Euler"}, width=512, height=640)
    assert compose_infotext(three) == "a\nSampler: Euler, Seed: 7, Size: 512x640"


def test_the_pictures_size_is_not_the_size_before_upscaling():
    told = {"prompt": "a", "steps": 2, "Hires upscale": "2"}
    text = compose_infotext(artwork(told, width=2048, height=2048))
    assert text == "a\nSteps: 2, Hires upscale: 2"


def test_the_graph_fills_what_the_site_does_not_say():
    graph = {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 5,
                "steps": 25,
                "cfg": 3.5,
                "model": ["4", 0],
                "positive": ["6", 0],
            },
        },
        "4": {"class_type": "UNETLoader", "inputs": {"unet_name": "chroma.safetensors"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "paint", "clip": ["4", 1]}},
    }
    comfy = f'{{"prompt": {json.dumps(graph)}, "workflow": undefined}}'
    text = compose_infotext(artwork({"comfy": comfy, "sampler": "DPM++ 2M"}))
    assert text == (
        "paint\nSteps: 25, Sampler: DPM++ 2M, CFG scale: 3.5, Seed: 5, "
        "Model: chroma.safetensors"
    )


def test_strange_values_are_left_out_or_quoted():
    told = {
        "prompt": "a",
        "steps": "30",
        "seed": 2**70,
        "Model": {"basil_mix_7": "3mix"},
        "cfgScale": "7.50",
        "sampler": "a, b: c",
        "RNG": True,
        "TI hashes": {"negativeXL": "fff5d51ab655"},
        "parameters": "a\nSteps: 30",
        "": "unnamed",
        "ETA": None,
        "a\nb": "c",
    }
    assert compose_infotext(artwork(told)) == (
        'a\nSteps: 30, Sampler: "a, b: c", CFG scale: 7.5, '
        'Seed: 1180591620717411303424, RNG: True, TI hashes: "negativeXL: fff5d51ab655"'
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = (
    st.sampled_from([*UPLOADED, *ON_SITE, "comfy", "Lora hashes", "ADetailer model"])
    | st.text()
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=8), st.text(), st.text())
def test_whatever_is_told_the_text_is_one(generation, prompt, negative):
    safe = json_safe(generation)
    work = Artwork(
        "civitai",
        "1",
        Kind.IMAGE,
        "",
        prompt=prompt,
        negative_prompt=negative,
        generation=safe,
        width=512,
        height=512,
    )
    text = compose_infotext(work)
    assert text is None or text == text.strip()
    if text is not None and "steps" in generation and isinstance(generation["steps"], int):
        last = text.rpartition("\n")[2]
        if not isinstance(generation["steps"], bool) and generation["steps"] >= 0:
            assert re.match(r"Steps: \d+", last)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_prompt_is_read_back(prompt):
    work = artwork({**UPLOADED, "prompt": "", "negativePrompt": ""}, prompt=prompt)
    text = compose_infotext(work)
    assert text is not None
    back = parse_infotext(text)
    whole = prompt.replace("\r\n", "\n").strip("\0\ufeff \n\r\t\f\v").strip().strip("\0")
    if not whole.lower().startswith(("parameters:", "negative prompt:")):
        assert back.prompt.replace("\r\n", "\n").strip("\0") == whole.strip().strip("\0")
    assert back.value("Seed") == "2944604798"
