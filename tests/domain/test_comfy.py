"""ComfyUI's graphs, as people wire them."""

import pytest

from artkeep.domain.comfy import is_graph, read_graph
from artkeep.domain.comfy_workflow import is_workflow, read_workflow


def node(kind: str, /, title: str = "", **inputs: object) -> dict:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title}}


def usual(**more: dict) -> dict:
    """A checkpoint, two prompts, a sampler; `more` replaces and adds nodes."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="xl.safetensors"),
        "2": node("CLIPTextEncode", text="a cat", clip=["1", 1]),
        "3": node("CLIPTextEncode", text="a dog", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "5": node(
            "KSampler",
            seed=2**63,
            steps=20,
            cfg=7,
            sampler_name="euler",
            scheduler="karras",
            model=["1", 0],
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["4", 0],
        ),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0]),
        **more,
    }


def sampler(**changed: object) -> dict:
    return {"class_type": "KSampler", "inputs": {**usual()["5"]["inputs"], **changed}}


def test_the_usual_graph_says_everything():
    told = read_graph(usual())
    assert (told.prompt, told.negative_prompt) == ("a cat", "a dog")
    assert (told.seed, told.steps, told.cfg) == (2**63, 20, 7.0)
    assert (told.sampler, told.schedule) == ("euler", "karras")
    assert (told.model, told.width, told.height) == ("xl.safetensors", 512, 768)


def test_the_custom_sampler_has_its_settings_around_it():
    graph = {
        "1": node("UNETLoader", unet_name="flux.safetensors"),
        "2": node("CLIPTextEncodeFlux", clip_l="a cat", t5xxl="a cat on a mat", clip=["9", 0]),
        "3": node("FluxGuidance", guidance=3.5, conditioning=["2", 0]),
        "4": node("BasicGuider", model=["8", 0], conditioning=["3", 0]),
        "5": node("RandomNoise", noise_seed=42),
        "6": node("BasicScheduler", scheduler="simple", steps=28, model=["1", 0]),
        "7": node("KSamplerSelect", sampler_name="euler"),
        "8": node("LoraLoaderModelOnly", lora_name="x.safetensors", model=["1", 0]),
        "10": node("EmptySD3LatentImage", width=["12", 0], height=["13", 0]),
        "11": node(
            "SamplerCustomAdvanced",
            noise=["5", 0],
            guider=["4", 0],
            sampler=["7", 0],
            sigmas=["6", 0],
            latent_image=["10", 0],
        ),
        "12": node("PrimitiveInt", value=1024),
        "13": node("INTConstant", value=640),
        "14": node("VAEDecode", samples=["11", 0]),
        "15": node("SaveImage", images=["14", 0]),
    }
    told = read_graph(graph)
    assert told.prompt == "a cat\na cat on a mat"
    assert told.negative_prompt is None
    assert (told.seed, told.steps, told.sampler, told.schedule) == (42, 28, "euler", "simple")
    assert (told.cfg, told.model) == (3.5, "flux.safetensors")
    assert (told.width, told.height) == (1024, 640)


def test_a_guider_with_two_sides_has_both():
    graph = usual()
    graph["8"] = node(
        "CFGGuider", cfg=4.5, model=["1", 0], positive=["2", 0], negative=["3", 0]
    )
    graph["5"] = node(
        "SamplerCustomAdvanced",
        noise=["9", 0],
        guider=["8", 0],
        sampler=["10", 0],
        sigmas=["11", 0],
        latent_image=["4", 0],
    )
    graph["9"] = node("RandomNoise", noise_seed=["12", 0])
    graph["10"] = node("SamplerEulerAncestral", eta=1)
    graph["11"] = node("SplitSigmas", sigmas=["13", 0], step=3)
    graph["12"] = node("Seed (rgthree)", seed=77)
    graph["13"] = node("KarrasScheduler", steps=31)
    told = read_graph(graph)
    assert (told.prompt, told.negative_prompt, told.cfg) == ("a cat", "a dog", 4.5)
    assert (told.seed, told.sampler, told.model) == (77, "euler_ancestral", "xl.safetensors")


def test_a_zeroed_conditioning_is_no_negative_prompt():
    graph = usual(**{"3": node("ConditioningZeroOut", conditioning=["2", 0])})
    assert read_graph(graph).negative_prompt is None


@pytest.mark.parametrize(
    ("joining", "prompt"),
    [
        (node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["9", 0]), "both"),
        (
            node("ConditioningConcat", conditioning_to=["2", 0], conditioning_from=["9", 0]),
            "both",
        ),
        (
            node("ConditioningAverage", conditioning_to=["2", 0], conditioning_from=["9", 0]),
            "both",
        ),
        (node("ConditioningSetArea", conditioning=["9", 0], width=64, x=0), "a hat"),
        (node("ControlNetApply", conditioning=["9", 0], control_net=["1", 0]), "a hat"),
        (node("ControlNetApplyAdvanced", positive=["9", 0], negative=["3", 0]), "a hat"),
        (node("FluxGuidance", conditioning=["9", 0], guidance=3), "a hat"),
        (node("Reroute", **{"": ["9", 0]}), "a hat"),
        (node("ReferenceLatent", conditioning=["9", 0], latent=["4", 0]), "a hat"),
    ],
)
def test_conditionings_are_followed_to_their_words(joining, prompt):
    graph = usual(
        **{
            "5": sampler(positive=["8", 0]),
            "8": joining,
            "9": node("CLIPTextEncode", text="a hat", clip=["1", 1]),
        }
    )
    assert read_graph(graph).prompt == ("a cat\na hat" if prompt == "both" else prompt)
    assert read_graph(graph).negative_prompt == "a dog"


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        (node("PrimitiveString", value="a hat"), "a hat"),
        (node("PrimitiveStringMultiline", value="a\nhat"), "a\nhat"),
        (node("String Literal", string="a hat"), "a hat"),
        (node("CR Prompt Text", prompt="a hat"), "a hat"),
        (node("ShowText|pysssss", text=["9", 0], text_0="seen"), "a bow"),
        (
            node("StringConcatenate", string_a="a", string_b=["9", 0], delimiter=" - "),
            "a - a bow",
        ),
        (node("JoinStrings", string1="a", string2="b", delimiter=", "), "a, b"),
        (node("StringReplace", string="a {x}", find="{x}", replace="hat"), "a hat"),
        (node("ComfySwitchNode", switch=True, on_true=["9", 0], on_false="x"), "a bow"),
        (node("ComfySwitchNode", switch=["10", 0], on_true="x", on_false=["9", 0]), "a bow"),
        (node("ImpactSwitch", select=2, input1="x", input2=["9", 0]), "a bow"),
        (node("ImpactWildcardProcessor", wildcard_text="{a|b}", populated_text="a"), "a"),
        (node("Reroute", **{"": ["9", 0]}), "a bow"),
        (node("CR Combine Prompt", part1="a", part2=["9", 0], separator=", "), "a, a bow"),
        (node("ShowText|pysssss", text=["11", 0], text_0="as it was made"), "as it was made"),
        (node("LLMTextGenerator", prompt="write me a prompt"), None),
    ],
)
def test_strings_are_followed_to_their_words(words, prompt):
    graph = usual(
        **{
            "2": node("CLIPTextEncode", text=["8", 0], clip=["1", 1]),
            "8": words,
            "9": node("PrimitiveString", value="a bow"),
            "10": node("PrimitiveBoolean", value=False),
            "11": node("OllamaGenerate", prompt="make one"),
        }
    )
    assert read_graph(graph).prompt == prompt


def test_what_somebody_typed_for_a_language_model_is_kept_apart():
    graph = usual(
        **{
            "2": node("CLIPTextEncode", text=["8", 0], clip=["1", 1]),
            "8": node("OllamaGenerate", prompt=["9", 0]),
            "9": node("PrimitiveString", value="a bow"),
        }
    )
    told = read_graph(graph)
    assert (told.prompt, told.user_text) == (None, "a bow")


def test_two_texts_of_sdxl_are_one_prompt():
    encoder = node("CLIPTextEncodeSDXL", text_g="a cat", text_l="a cat", clip=["1", 1])
    assert read_graph(usual(**{"2": encoder})).prompt == "a cat"


def test_a_loader_with_prompts_of_its_own_is_both_sides():
    graph = {
        "1": node(
            "Efficient Loader",
            ckpt_name="xl.safetensors",
            positive="a cat",
            negative="a dog",
            empty_latent_width=512,
            empty_latent_height=640,
        ),
        "2": node(
            "KSampler (Efficient)",
            seed=1,
            steps=9,
            cfg=5,
            sampler_name="euler",
            scheduler="normal",
            model=["1", 0],
            positive=["1", 1],
            negative=["1", 2],
            latent_image=["1", 3],
        ),
        "3": node("SaveImage", images=["2", 5]),
    }
    graph["3"] = node("SaveImage", images=["2", 5])
    told = read_graph(graph)
    assert (told.prompt, told.negative_prompt) == ("a cat", "a dog")
    assert (told.model, told.width, told.height) == ("xl.safetensors", 512, 640)


def test_rgthree_names_sizes_and_prompts_its_own_way():
    graph = usual(
        **{
            "2": node("Power Prompt (rgthree)", prompt="a hat", opt_clip=["1", 1]),
            "4": node("SDXL Empty Latent Image (rgthree)", dimensions="1024 x 768 (landscape)"),
        }
    )
    told = read_graph(graph)
    assert (told.prompt, told.width, told.height) == ("a hat", 1024, 768)


def test_videos_of_wan_have_embeds_instead_of_conditionings():
    graph = {
        "1": node("WanVideoModelLoader", model="wan2.1.safetensors"),
        "2": node("WanVideoTextEncode", positive_prompt="a cat", negative_prompt="a dog"),
        "3": node(
            "WanVideoSampler",
            steps=30,
            cfg=6.0,
            seed=1234,
            scheduler="unipc",
            model=["1", 0],
            text_embeds=["2", 0],
        ),
        "4": node("WanVideoDecode", samples=["3", 0]),
        "5": node("VHS_VideoCombine", images=["4", 0]),
    }
    told = read_graph(graph)
    assert (told.prompt, told.negative_prompt, told.sampler) == ("a cat", "a dog", "unipc")
    assert (told.model, told.seed, told.steps) == ("wan2.1.safetensors", 1234, 30)


def test_of_two_samplers_in_a_row_the_first_made_the_picture():
    graph = usual(
        **{
            "8": node("LatentUpscale", samples=["5", 0], width=1024, height=1536),
            "9": sampler(seed=2, steps=5, latent_image=["8", 0], denoise=0.4),
            "6": node("VAEDecode", samples=["9", 0], vae=["1", 2]),
        }
    )
    told = read_graph(graph)
    assert (told.seed, told.steps, told.width) == (2**63, 20, 512)


def test_a_sampler_that_leads_nowhere_is_not_asked():
    graph = {"0": sampler(seed=1, positive=["3", 0]), **usual()}
    assert read_graph(graph).prompt == "a cat"


def test_ids_of_subgraphs_are_ids():
    renamed = {
        f"30:{key}": {
            **each,
            "inputs": {
                name: [f"30:{value[0]}", value[1]] if isinstance(value, list) else value
                for name, value in each["inputs"].items()
            },
        }
        for key, each in usual().items()
    }
    assert read_graph(renamed).prompt == "a cat"


def test_a_graph_without_a_sampler_is_read_by_titles():
    graph = {
        "1": node("CLIPTextEncode", "Negative Prompt", text="a dog", clip=["9", 0]),
        "2": node("CLIPTextEncode", "Positive Prompt", text="a cat", clip=["9", 0]),
    }
    told = read_graph(graph)
    assert (told.prompt, told.negative_prompt) == ("a cat", "a dog")


def test_the_graph_of_the_page_is_read_where_there_is_no_other():
    def on_page(number, kind, values, **links):
        inputs = [{"name": name, "link": link} for name, link in links.items()]
        return {
            "id": number,
            "type": kind,
            "widgets_values": values,
            "inputs": inputs,
            "mode": 0,
        }

    workflow = {
        "nodes": [
            on_page(1, "CheckpointLoaderSimple", ["xl.safetensors"]),
            on_page(2, "CLIPTextEncode", ["a cat"], clip=1),
            on_page(3, "CLIPTextEncode", ["a dog"], clip=2),
            on_page(4, "EmptyLatentImage", [512, 768, 1]),
            on_page(
                5,
                "KSampler",
                [42, "randomize", 20, 7, "euler", "karras", 1],
                model=3,
                positive=4,
                negative=5,
                latent_image=6,
            ),
            on_page(6, "SaveImage", ["ComfyUI"], images=7),
        ],
        "links": [
            [1, 1, 1, 2, 0, "CLIP"],
            [2, 1, 1, 3, 0, "CLIP"],
            [3, 1, 0, 5, 0, "MODEL"],
            [4, 2, 0, 5, 1, "CONDITIONING"],
            [5, 3, 0, 5, 2, "CONDITIONING"],
            [6, 4, 0, 5, 3, "LATENT"],
            [7, 5, 0, 6, 0, "IMAGE"],
        ],
    }
    assert is_workflow(workflow)
    told = read_graph(read_workflow(workflow))
    assert (told.prompt, told.negative_prompt, told.seed) == ("a cat", "a dog", 42)
    assert (told.steps, told.cfg, told.sampler, told.width) == (20, 7.0, "euler", 512)
    assert told.model == "xl.safetensors"


def test_a_graph_that_bites_its_tail_is_read():
    graph = usual(
        **{
            "1": node("LoraLoader", model=["1", 0], clip=["1", 1]),
            "2": node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["8", 0]),
            "8": node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["8", 0]),
            "3": node("CLIPTextEncode", text=["9", 0], clip=["1", 1]),
            "9": node("StringConcatenate", string_a=["9", 0], string_b=["9", 0]),
            "4": node("EmptyLatentImage", width=["10", 0], height=["10", 0]),
            "10": node("PrimitiveInt", value=["10", 0]),
        }
    )
    graph["6"]["inputs"]["samples"] = ["6", 0]
    told = read_graph(graph)
    assert (told.prompt, told.negative_prompt, told.model) == (None, None, None)


def test_joins_of_joins_do_not_grow_without_end():
    graph = usual(**{"2": node("CLIPTextEncode", text=["n0", 0], clip=["1", 1])})
    for number in range(200):
        link = [f"n{number + 1}", 0]
        graph[f"n{number}"] = node("StringConcatenate", string_a=link, string_b=link)
    graph["n200"] = node("PrimitiveString", value="x" * 100_000)
    assert len(read_graph(graph).prompt or "") <= 1_000_000


def test_a_chain_of_a_hundred_thousand_nodes_is_walked_only_so_far():
    graph = usual()
    for number in range(100_000):
        graph[f"n{number}"] = node("Reroute", **{"": [f"n{number + 1}", 0]})
    graph["5"] = sampler(positive=["n0", 0], model=["n0", 0], latent_image=["n0", 0])
    assert read_graph(graph).seed == 2**63


@pytest.mark.parametrize(
    "graph",
    [
        {},
        {"1": {"class_type": "KSampler"}},
        {"1": {"class_type": "KSampler", "inputs": None, "_meta": 3}},
        {"1": {"class_type": "KSampler", "inputs": {"seed": [], "model": [None, None]}}},
        {"1": {"class_type": 3}, "2": "x", "3": None},
        {"1": node("SaveImage", images=["1", 0])},
        {"1": node("CLIPTextEncode", text={"__value__": ["a"]}, clip=[[], {}])},
        {"1": node("KSampler", seed=float("nan"), steps=float("inf"), cfg="x", model=["1", 0])},
    ],
)
def test_nothing_strange_stops_the_reader(graph):
    read_graph(graph)
    assert is_graph(graph) in (True, False)
