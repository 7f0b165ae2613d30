"""Who made a file, and what it says: every sample, and the tools that have none."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artkeep.domain.embedded import Embedded, Text
from artkeep.domain.generation import Generation, read_generation
from artkeep.errors import BadMedia
from artkeep.media.embedded import read_embedded

SAMPLES = Path(__file__).parents[1] / "fixtures" / "embedded-metadata"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
NAMES = ("negative_prompt", "user_text", "steps", "sampler", "schedule", "cfg", "seed", "size")
MORE = ("prompt", "model", "model_hash", "version", "created")


def holding(**places: object) -> Embedded:
    """A PNG with these texts; `__` stands for a colon."""
    return Embedded(
        "png",
        tuple(
            Text(
                place.replace("__", ":"),
                value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
            )
            for place, value in places.items()
        ),
    )


def read(**places: object):
    found = read_generation(holding(**places))
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_sample_says_what_it_is_known_to_say(name):
    expected = EXPECTED[name]
    if name == "sdparsers-zero-bytes.png":
        with pytest.raises(BadMedia):
            read_embedded(SAMPLES / name)
        return
    found = read_generation(read_embedded(SAMPLES / name, hidden="stealth" in name))
    if expected["tool"] is None:
        assert found is None
        return
    assert found is not None
    assert found.tool == expected["tool"]
    told = {key: getattr(found, key) for key in (*NAMES, *MORE) if key in expected}
    assert told == {key: expected[key] for key in (*NAMES, *MORE) if key in expected}
    if "civitai_resources" in expected:
        assert list(found.civitai_resources) == expected["civitai_resources"]
    for key in ("prompt", "size"):
        assert key in expected or getattr(found, key) is None
    assert found.raw


def test_there_are_samples():
    assert len(EXPECTED) > 30


LINE = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 18446744073709551616, Size: 512x768"
INFOTEXT = f"a cat\nNegative prompt: a dog\n{LINE}"


@pytest.mark.parametrize(
    ("more", "tool"),
    [
        ("Version: v1.9.4-169-ga30b19dd", "AUTOMATIC1111"),
        ("Version: 1.6.0", "AUTOMATIC1111"),
        ("Version: f2.0.1v1.10.1-previous-659-gc055f2d4", "Forge"),
        ("Version: f0.0.17v1.8.0rc-latest-276-g29be1da7", "Forge"),
        ("Version: f1.0.0v2-v1.10.1RC-latest-2498-g5120e679", "reForge"),
        ("Version: neo-2.28", "Forge Neo"),
        ("Version: classic", "Forge Classic"),
        ("Version: f1.0.0-v1.10.1RC-latest-2498", "EasyReforge"),
        ("Version: Fooocus v2.5.5", "Fooocus"),
        ("Version: ComfyUI", "ComfyUI + infotext node"),
        ("App: SD.Next, Version: 56a8aea", "SD.Next"),
        (
            'Created Date: 2026-01-01T00:00:00Z, Civitai resources: [{"a":1}]',
            "Civitai generator",
        ),
    ],
)
def test_an_infotext_is_its_writers_by_the_version(more, tool):
    found = read(PNG__parameters=f"{INFOTEXT}, {more}")
    assert (found.tool, found.prompt, found.seed) == (tool, "a cat", 2**64)
    assert (found.size, found.cfg, found.steps) == ("512x768", 7.0, 20)
    assert found.parameters[0] == ("Steps", "20")


@pytest.mark.parametrize(
    "place",
    [
        "PNG:parameters",
        "EXIF:UserComment",
        "EXIF:IFD0:UserComment",
        "JPEG:comment",
        "GIF:comment",
        "XMP:UserComment",
        "XMP:parameters",
        "MP4:Keys:comment",
        "MP4:ItemList:comment",
        "MP4:UserData:comment",
        "MP4:Keys:com.apple.quicktime.comment",
        "MP4:Keys:parameters",
        "WEBM:COMMENT",
        "WEBM:PARAMETERS",
        "stealth",
    ],
)
def test_an_infotext_is_found_wherever_tools_put_it(place):
    found = read(**{place: INFOTEXT})
    assert (found.prompt, found.place, found.raw) == ("a cat", place, INFOTEXT)


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"EXIF__UserComment": "A day in Rome"},
        {"EXIF__ImageDescription": "saved by GIMP", "EXIF__Software": "GIMP 3.0.6"},
        {"EXIF__Make": "Canon", "EXIF__Model": "EOS 5D", "JPEG__comment": "Lavc60"},
        {"PNG__Software": "gnome-screenshot", "PNG__Description": "a window"},
        {"PNG__parameters": "", "PNG__prompt": "  "},
        {"PNG__prompt": "{}", "PNG__workflow": "[]"},
        {"PNG__parameters": "{}"},
        {"EXIF__UserComment": '{"lens": 3, "comment": "x"}'},
        {"MP4__Keys__comment": "Encoded with HandBrake"},
        {"XMP__prompt": "{broken"},
    ],
)
def test_what_says_nothing_about_its_making_is_none(texts):
    assert read_generation(holding(**texts)) is None


def test_a_prompt_alone_counts_where_only_prompts_stand_and_in_our_own_files():
    assert read(PNG__parameters="a cat").prompt == "a cat"
    packet = b'<rdf xmlns:artkeep="https://artkeep.example"/>'
    ours = Embedded("jpeg", (Text("EXIF:UserComment", "a cat"),), xmp=packet)
    found = read_generation(ours)
    assert found is not None
    assert found.prompt == "a cat"


def test_the_middle_invokeai_keeps_the_negative_in_brackets():
    found = read(
        **{
            "PNG__sd-metadata": {
                "model": "stable diffusion",
                "model_weights": "anything-4",
                "model_hash": "abc123",
                "app_version": "v2.3.1",
                "image": {
                    "prompt": [{"prompt": "a cat [a dog] on a mat", "weight": 1}],
                    "steps": 30,
                    "cfg_scale": 7.5,
                    "sampler": "k_lms",
                    "seed": 9007199254740993,
                    "width": 512,
                    "height": 640,
                },
            }
        }
    )
    assert (found.tool, found.prompt, found.negative_prompt) == (
        "InvokeAI",
        "a cat  on a mat",
        "a dog",
    )
    assert (found.seed, found.size, found.model) == (9007199254740993, "512x640", "anything-4")
    assert (found.sampler, found.steps, found.cfg) == ("k_lms", 30, 7.5)


def test_the_oldest_invokeai_is_a_command_line():
    line = '"a \\"good\\" cat [a dog]" -s 50 -S 42 -W 512 -H 384 -C 7.5 -A k_lms'
    found = read(PNG__Dream=line)
    assert (found.prompt, found.negative_prompt) == ('a "good" cat', "a dog")
    assert (found.steps, found.seed, found.size, found.cfg) == (50, 42, "512x384", 7.5)
    assert found.sampler == "k_lms"


def test_novelai_in_webp_and_in_pixels_is_one_object():
    comment = {
        "steps": 28,
        "scale": 5,
        "sampler": "k_euler",
        "seed": 7,
        "uc": "bad",
        "width": 832,
        "height": 1216,
        "v4_prompt": {
            "caption": {
                "base_caption": "two girls",
                "char_captions": [{"char_caption": "girl, red hair"}],
            }
        },
    }
    whole = {"Comment": json.dumps(comment), "Description": "two girls", "Software": "NovelAI"}
    for place in ("EXIF__UserComment", "stealth"):
        found = read(**{place: whole})
        assert (found.tool or "").startswith("NovelAI")
        assert (found.prompt, found.negative_prompt) == ("two girls", "bad")
        assert (found.size, found.seed, found.cfg) == ("832x1216", 7, 5.0)
        assert found.parameters[0] == ("Character 1", "girl, red hair")


def test_fooocus_in_jpeg_says_its_scheme_in_the_makers_note():
    told = {
        "prompt": "a cat",
        "negative_prompt": "",
        "seed": "6952411511246973023",
        "steps": 30,
    }
    told |= {"resolution": "(768, 1280)", "guidance_scale": 4, "base_model": "juggernaut"}
    found = read(EXIF__UserComment=told, EXIF__MakerNote="fooocus")
    assert (found.tool, found.seed) == ("Fooocus", 6952411511246973023)
    assert (found.size, found.model, found.negative_prompt) == ("768x1280", "juggernaut", "")


def test_draw_things_is_known_by_its_creator_tool():
    told = {"c": "a cat", "uc": "a dog", "steps": 20, "sampler": "Euler A", "scale": 7.5}
    told |= {"seed": 42, "size": "512x768", "model": "sd_xl.ckpt"}
    found = read(XMP__UserComment=told, XMP__CreatorTool="Draw Things")
    assert (found.tool, found.prompt, found.negative_prompt) == (
        "Draw Things",
        "a cat",
        "a dog",
    )
    assert (found.size, found.cfg, found.model) == ("512x768", 7.5, "sd_xl.ckpt")
    both = read(
        XMP__UserComment=told, XMP__CreatorTool="Draw Things", XMP__description=INFOTEXT
    )
    assert (both.tool, both.place) == ("Draw Things", "XMP:UserComment")


def test_civitai_may_put_everything_into_the_prompt_of_a_png():
    extra = json.dumps({"prompt": "a cat", "negativePrompt": "", "steps": 25, "seed": 3})
    graph = {"1": {"class_type": "KSampler", "inputs": {"seed": 1}}, "extraMetadata": extra}
    found = read(PNG__prompt=graph)
    assert (found.tool, found.prompt) == ("Civitai generator (ComfyUI graph)", "a cat")
    assert (found.steps, found.seed) == (25, 3)


def test_easy_diffusion_has_a_text_for_each_setting_or_one_object():
    told = {
        "prompt": "a cat",
        "negative_prompt": "a dog",
        "seed": "42",
        "num_inference_steps": "25",
        "guidance_scale": "7.5",
        "sampler_name": "euler_a",
        "use_stable_diffusion_model": "sd-v1-5",
        "width": "512",
        "height": "768",
    }
    chunks = read(**{f"PNG__{name}": value for name, value in told.items()})
    in_exif = read(EXIF__UserComment=told)
    for found in (chunks, in_exif):
        assert (found.tool, found.prompt, found.negative_prompt) == (
            "Easy Diffusion",
            "a cat",
            "a dog",
        )
        assert (found.seed, found.steps, found.size) == (42, 25, "512x768")
        assert (found.model, found.sampler, found.cfg) == ("sd-v1-5", "euler_a", 7.5)


def test_midjourney_ends_its_description_with_a_job():
    found = read(
        PNG__Description="a cat --ar 16:9 --v 6.0 --no dogs "
        "Job ID: 12345678-1234-1234-1234-123456789abc"
    )
    assert (found.tool, found.prompt, found.version) == ("Midjourney", "a cat", "6.0")
    assert ("ar", "16:9") in found.parameters
    assert found.negative_prompt == "dogs"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("MP4:Keys:prompt", "{graph}"),
        ("MP4:ItemList:comment", '{{"prompt": {graph}, "workflow": {{}}}}'),
        ("MP4:Keys:com.apple.quicktime.comment", '{{"prompt": {text}, "workflow": "x"}}'),
        ("WEBM:COMMENT", '{{"prompt": {graph}}}'),
        ("WEBM:PROMPT", "{graph}"),
        ("XMP:prompt", "{graph}"),
        ("EXIF:Model", "prompt:{graph}"),
        ("EXIF:Make", "Prompt: {graph}"),
        ("EXIF:UserComment", "{graph}"),
        ("EXIF:IFD0:UserComment", '{{"prompt": {graph}}}'),
        ("stealth", '{{"prompt": {text}}}'),
    ],
)
def test_a_graph_is_found_wherever_its_nodes_put_it(place, value):
    graph = {
        "1": {
            "class_type": "KSampler",
            "inputs": {"seed": 7, "steps": 9, "model": ["3", 0], "positive": ["2", 0]},
        },
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["3", 1]}},
    }
    dumped = json.dumps(graph)
    raw = value.format(graph=dumped, text=json.dumps(dumped))
    found = read(**{place: raw})
    assert (found.tool or "").startswith("ComfyUI")
    assert (found.prompt, found.seed, found.steps) == ("a cat", 7, 9)
    assert (found.place, found.raw) == (place, raw)


def test_an_infotext_goes_before_a_graph_and_the_makers_comment_before_none():
    graph = {"1": {"class_type": "KSampler", "inputs": {"seed": 1}}}
    found = read(PNG__prompt=graph, PNG__parameters=INFOTEXT)
    assert (found.tool, found.place) == ("ComfyUI + infotext node", "PNG:parameters")


def test_an_object_of_an_unknown_tool_is_read_by_its_names():
    found = read(PNG__parameters={"Prompt": "a cat", "CFG Scale": "3,5", "Seed": 4.0})
    assert (found.tool, found.prompt, found.cfg, found.seed) == (None, "a cat", None, 4)


@pytest.mark.parametrize(
    "value",
    [
        "[" * 200_000,
        '{"prompt": ' + "[" * 900 + "]" * 900 + ', "seed": 1, "uc": [], "sampler": ""}',
        '{"1": {"class_type": "KSampler", "inputs": ' + '{"a":' * 800 + "1" + "}" * 800 + "}}",
        '{"a":' * 200_000,
        '{"prompt": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"prompt": "a", "seed": ' + "9" * 100_000 + "}",
        '{"prompt": "a", "seed": 1e999999999, "steps": NaN, "cfg": -Infinity, "width": true}',
        '{"prompt": undefined, "steps": [undefined], "seed": {}, "model": [[]]}',
        '{"1": {"class_type": "KSampler", "inputs": {"seed": NaN, "steps": Infinity}}}',
        '{"sui_image_params": {"prompt": ["a", {"b": 1}], "seed": "1e400"}}',
        '{"extraMetadata": "{broken", "1": {"class_type": "x"}}',
        '{"nodes": [{"widgets_values": [1], "type": 3}], "links": [[1], "x", [{}, 1, 2]]}',
        '{"Comment": "{\\"uc\\": 1, \\"sampler\\": [], \\"scale\\": {}, \\"v4_prompt\\": 5}"}',
        "a\ud800b\nSteps: 1",
        "\0" * 100_000,
        '"' * 100_000,
        "Steps: " + "1" * 100_000,
        "x" * 1_000_000,
    ],
)
def test_nothing_hostile_stops_the_reader(value):
    places = ("PNG:parameters", "PNG:prompt", "PNG:workflow", "EXIF:UserComment", "PNG:Comment")
    places += ("PNG:generation_data", "PNG:invokeai_metadata", "PNG:sd-metadata", "PNG:Dream")
    places += ("MP4:Keys:comment", "stealth", "PNG:Description", "PNG:GenInfo", "EXIF:Make")
    files = [Embedded("png", (Text(place, value),)) for place in places]
    files.append(Embedded("png", tuple(Text(place, value) for place in places)))
    for found in map(read_generation, files):
        assert found is None or isinstance(found, Generation)


NAMES_OF_FIELDS = st.sampled_from(
    [
        "prompt",
        "workflow",
        "class_type",
        "inputs",
        "seed",
        "steps",
        "sampler",
        "sampler_name",
        "model",
        "positive",
        "negative",
        "text",
        "nodes",
        "links",
        "widgets_values",
        "type",
        "Comment",
        "uc",
        "scale",
        "v4_prompt",
        "caption",
        "base_caption",
        "1",
        "2",
        "image",
        "extraMetadata",
        "sui_image_params",
        "sui_extra_data",
        "width",
        "height",
        "latent_image",
        "guider",
        "conditioning",
        "clip",
        "parameters",
        "software",
        "version",
        "resources",
        "_meta",
        "title",
        "on_true",
        "switch",
    ]
)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["KSampler", "CLIPTextEncode", ["1", 0], ["2", 0], "SaveImage"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES_OF_FIELDS, inner, max_size=5)
    ),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "PNG:parameters",
                    "PNG:prompt",
                    "PNG:workflow",
                    "PNG:Comment",
                    "PNG:Software",
                    "stealth",
                    "EXIF:UserComment",
                    "EXIF:Make",
                    "PNG:invokeai_metadata",
                    "PNG:sd-metadata",
                    "PNG:Dream",
                    "PNG:generation_data",
                    "PNG:parameters-json",
                    "MP4:Keys:comment",
                    "PNG:GenInfo",
                ]
            ),
            ANY_JSON.map(json.dumps) | st.text(),
        ),
        max_size=3,
    )
)
def test_no_texts_at_all_make_the_reader_stumble(texts):
    found = read_generation(Embedded("png", tuple(Text(*each) for each in texts)))
    assert found is None or found.says_something
