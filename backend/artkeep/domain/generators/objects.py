"""Tools that write one JSON object where AUTOMATIC1111 writes its text: SwarmUI, Fooocus,
RuinedFooocus, Hugging Face spaces, Draw Things, Easy Diffusion, Civitai's own generator …"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from artkeep.domain.comfy import is_graph
from artkeep.domain.comfy_workflow import is_workflow
from artkeep.domain.embedded import Embedded, Text
from artkeep.domain.generated import Generation, short_text
from artkeep.domain.generators.comfyui import from_graph, read_comfyui
from artkeep.domain.generators.fields import fill_gaps, read_fields
from artkeep.domain.generators.webui import find_infotext
from artkeep.domain.loose_json import read_object

_PLACES: Final = (
    "parameters", "usercomment", "comment", "stealth", "description", "imagedescription",
    "makernote", "generation_data", "parameters-json", "metadata", "geninfo", "prompt",
)  # fmt: skip
_HAS_PROMPT: Final = frozenset(("prompt", "Prompt", "positive_prompt", "positivePrompt", "c"))
_HAS_SETTINGS: Final = frozenset((
    "seed", "Seed", "steps", "Steps", "num_inference_steps", "cfg", "cfg_scale", "cfgScale",
    "guidance_scale", "sampler", "sampler_name", "scale", "width", "Width", "model", "Model",
    "negative_prompt", "negativePrompt",
))  # fmt: skip


def read_objects(embedded: Embedded) -> Generation | None:
    """The first object that some tool wrote, in the places where tools do."""
    for text, told in _objects(embedded):
        generation = _by_tool(told, text, embedded)
        if generation is not None:
            return generation
    return None


def _objects(embedded: Embedded) -> Iterator[tuple[Text, dict[str, Any]]]:
    for name in _PLACES:
        for text in reversed(embedded.texts):
            # Keys of QuickTime are com.apple.quicktime.comment.
            if re.split(r"[:.]", text.place)[-1].lower() == name:
                told = read_object(text.value)
                if told is not None:
                    yield text, told


def _by_tool(told: dict[str, Any], text: Text, embedded: Embedded) -> Generation | None:
    if "extraMetadata" in told:
        return _civitai(told, text, embedded)
    if isinstance(told.get("sui_image_params"), Mapping):
        return _swarmui(told, text)
    if text.place.endswith(":generation_data"):
        return _tensorart(told, text, embedded)
    if text.place.endswith(":parameters-json") and find_infotext(embedded) is not None:
        return None  # Stability Matrix says the same twice
    if is_graph(told) or is_workflow(told) or is_graph(read_object(told.get("prompt"))):
        return None
    if told.keys().isdisjoint(_HAS_SETTINGS):
        return None
    if told.keys().isdisjoint(_HAS_PROMPT) and not text.place.endswith(
        (":parameters", ":parameters-json")
    ):
        return None
    return read_fields(told, tool=_tool_of(told, embedded), place=text.place, raw=text.value)


def _tool_of(told: Mapping[str, Any], embedded: Embedded) -> str | None:
    software = f"{told.get('software', '')} {told.get('version', '')}".lower()
    written_by = " ".join(
        embedded.text(place) or "" for place in ("XMP:CreatorTool", "EXIF:Software")
    )
    if "ruinedfooocus" in software:
        return "RuinedFooocus"
    if (
        "fooocus" in software
        or "metadata_scheme" in told
        or "base_model" in told
        or embedded.text("PNG:fooocus_scheme")
        or "fooocus" in (embedded.text("EXIF:MakerNote") or "").lower()
        or "fooocus" in written_by.lower()
    ):
        return "Fooocus"
    if "Draw Things" in written_by or {"c", "uc"} <= told.keys():
        return "Draw Things"
    if "use_stable_diffusion_model" in told:
        return "Easy Diffusion"
    if "PositivePrompt" in told or embedded.text("PNG:smproj"):
        return "Stability Matrix"
    if "num_inference_steps" in told or {"resolution", "guidance_scale"} <= told.keys():
        return "Hugging Face Space"
    if embedded.text("PNG:GenInfo"):
        return "Dezgo"
    return None


def _civitai(told: dict[str, Any], text: Text, embedded: Embedded) -> Generation | None:
    """`extraMetadata` says it in Civitai's words; the graph beside it fills what is missing."""
    extra = read_object(told["extraMetadata"])
    tool = "Civitai generator (ComfyUI graph)" if is_graph(told) else "Civitai generator"
    if extra is None:
        return replace(from_graph(told, text, embedded), tool=tool) if is_graph(told) else None
    generation = read_fields(extra, tool=tool, place=text.place, raw=text.value)
    rows = extra.get("resources")
    resources = tuple(row for row in rows if isinstance(row, Mapping)) if rows else ()
    generation = replace(generation, civitai_resources=resources)
    if generation.prompt is None and is_graph(told):
        return fill_gaps(generation, from_graph(told, text, embedded))
    return generation


def _swarmui(told: dict[str, Any], text: Text) -> Generation:
    generation = read_fields(
        told["sui_image_params"], tool="SwarmUI", place=text.place, raw=text.value
    )
    beside = told.get("sui_extra_data")
    created = short_text(beside.get("date")) if isinstance(beside, Mapping) else None
    return replace(generation, created=created)


def _tensorart(told: dict[str, Any], text: Text, embedded: Embedded) -> Generation:
    """It keeps the seed that was asked for, −1 for any; the graph has the one that was used."""
    generation = read_fields(told, tool="TensorArt", place=text.place, raw=text.value)
    if generation.seed is not None and generation.seed < 0:
        generation = replace(generation, seed=None)
    return fill_gaps(generation, read_comfyui(embedded))
