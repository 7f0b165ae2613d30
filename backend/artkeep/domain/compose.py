"""The infotext that we write for an artwork, from what its site tells about its making.

Only what is told is written: no hash, no sampler and no resource is ever made up. The names of
Civitai's `meta` are the ones that AUTOMATIC1111's text had before Civitai read it, and go back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from artkeep.domain.artwork import Artwork
from artkeep.domain.comfy import is_graph, read_graph
from artkeep.domain.generated import (
    real_number,
    short_text,
    size_in,
    whole_number,
    whole_text,
)
from artkeep.domain.infotext import Infotext, write_infotext
from artkeep.domain.loose_json import read_object
from artkeep.domain.parameters import Pair

# Their names at the site, in the order in which AUTOMATIC1111 writes them.
_ORDER: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Steps", ("steps", "Steps", "num_inference_steps", "num_steps")),
    ("Sampler", ("sampler", "Sampler", "sampler_name", "samplerName")),
    ("Schedule type", ("Schedule type", "scheduler", "schedule", "scheduleType")),
    ("CFG scale", ("cfgScale", "CFG scale", "cfg_scale", "cfg", "guidance_scale", "guidance")),
    ("Distilled CFG Scale", ("Distilled CFG Scale", "distilledCfgScale")),
    ("Seed", ("seed", "Seed")),
    ("Face restoration", ("Face restoration",)),
    ("Size", ("Size", "size")),
    ("Model hash", ("Model hash",)),
    ("Model", ("Model", "model", "checkpoint")),
    ("VAE hash", ("VAE hash",)),
    ("VAE", ("VAE", "vae")),
    ("Variation seed", ("Variation seed",)),
    ("Variation seed strength", ("Variation seed strength",)),
    ("Denoising strength", ("Denoising strength", "denoise", "denoisingStrength")),
    ("Clip skip", ("clipSkip", "Clip skip", "clip_skip")),
    ("ENSD", ("ENSD", "ensd")),
)
_TAKEN: Final = frozenset(name for _, names in _ORDER for name in names)
# Not parameters of an infotext: prompts, tables, and the site's own bookkeeping.
_LEFT_OUT: Final = frozenset((
    "prompt", "negativePrompt", "negative_prompt", "comfy", "resources", "civitaiResources",
    "additionalResources", "hashes", "Hashes", "extra", "external", "id", "meta", "width",
    "height", "nsfw", "draft", "workflow", "quantity", "engine", "process", "type", "version",
    "baseModel", "models", "vaes", "upscalers", "controlNets", "other", "effects", "software",
    "Created Date", "Version", "Civitai resources", "Civitai metadata", "disablePoi", "params",
    "fluxMode", "fluxUltraRaw", "aspectRatio", "priority", "outputFormat", "techniques",
    "tools",
    "sourceImage", "images", "image", "ecosystem", "workflowId", "transformations", "prompts",
    "Template", "Negative Template",
))  # fmt: skip
_KEY: Final = re.compile(r"[A-Za-z][\w \-/]{1,60}")
_HASH: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{8,64})")
_HASH_NAME: Final = re.compile(r"[^\"\x00-\x1f]{1,200}")
_RESOURCE_KEYS: Final = ("type", "weight", "modelVersionId", "modelName", "modelVersionName")
_CIVITAIS: Final = ("civitai", "civitai_generator")
_LONGEST_VALUE: Final = 2_000
_MOST_EXTRAS: Final = 100
# With fewer, and without steps, readers would take the line for a part of the prompt.
_FEWEST_PAIRS: Final = 3


def compose_infotext(artwork: Artwork) -> str | None:
    """The text, or None where the site tells nothing about the making.

    The prompts are whole; a line of parameters is added where there is enough for one.
    """
    meta = _with_graph(artwork.generation or {})
    prompt = whole_text(artwork.prompt) or whole_text(meta.get("prompt")) or ""
    negative = whole_text(artwork.negative_prompt) or whole_text(meta.get("negativePrompt"))
    told = tuple(_parameters(artwork, meta))
    if not prompt and not negative and not told:
        return None
    names = {name for name, _ in told}
    pairs = told if "Size" in names else _with_size(told, artwork)
    is_line = "Steps" in names or len(pairs) >= _FEWEST_PAIRS
    if not is_line and not prompt and not negative:
        return None
    return write_infotext(Infotext(prompt, negative or "", pairs if is_line else ())) or None


def _with_graph(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """With what only the ComfyUI graph says that the site keeps beside its own words."""
    comfy = read_object(meta.get("comfy"))
    graph = read_object(comfy.get("prompt")) if comfy else None
    if graph is None or not is_graph(graph):
        return meta
    told = read_graph(graph)
    fields = {
        "prompt": told.prompt,
        "negativePrompt": told.negative_prompt,
        "steps": told.steps,
        "sampler": told.sampler,
        "scheduler": told.schedule,
        "cfgScale": told.cfg,
        "seed": told.seed,
        "width": told.width,
        "height": told.height,
        "Model": told.model,
    }
    known = {name: value for name, value in meta.items() if value not in (None, "")}
    return {**fields, **known}


def _parameters(artwork: Artwork, meta: Mapping[str, Any]) -> Iterator[Pair]:
    """Every pair that is told, bare JSON last."""
    for name, keys in _ORDER:
        value = _value(name, keys, artwork, meta)
        if value is not None:
            yield name, value
    yield from _extras(meta)
    for name in ("Version", "Created Date"):
        if text := _line(meta.get(name)):
            yield name, text
    if hashes := _hashes(meta):
        yield "Hashes", _json(hashes)
    is_civitais = artwork.site in _CIVITAIS
    if is_civitais and (resources := _resources(meta.get("civitaiResources"))):
        yield "Civitai resources", _json(resources)


def _value(
    name: str, keys: tuple[str, ...], artwork: Artwork, meta: Mapping[str, Any]
) -> str | None:
    given = next((meta[key] for key in keys if meta.get(key) not in (None, "")), None)
    if name == "Seed":
        return _integer(given) or _integer(artwork.seed)
    if name == "Steps":
        return _integer(given)
    if name == "CFG scale":
        number = real_number(given)
        return None if number is None else f"{number:.12g}"
    if name == "Clip skip":
        skip = whole_number(given)
        return str(skip) if skip is not None and skip > 1 else None
    if name == "Size":
        return _size(given, meta)
    if name == "Model":
        return _model(given) or _model_of(artwork)
    if name == "Model hash":
        return _hash(given) or _hashes(meta).get("model")
    if name == "VAE hash":
        return _hash(given)
    return _line(given)


def _size(given: object, meta: Mapping[str, Any]) -> str | None:
    width, height = size_in(given)
    if not width or not height:
        width, height = whole_number(meta.get("width")), whole_number(meta.get("height"))
    return f"{width}x{height}" if width and height and width > 0 and height > 0 else None


def _with_size(pairs: tuple[Pair, ...], artwork: Artwork) -> tuple[Pair, ...]:
    """The picture's own size, where nothing says that it was made at another one."""
    is_scaled = any("hires" in name.lower() or "upscale" in name.lower() for name, _ in pairs)
    if not pairs or is_scaled or not artwork.width or not artwork.height:
        return pairs
    before = ("Steps", "Sampler", "Schedule type", "CFG scale", "Distilled CFG Scale", "Seed")
    at = sum(name in before for name, _ in pairs)
    return (*pairs[:at], ("Size", f"{artwork.width}x{artwork.height}"), *pairs[at:])


def _extras(meta: Mapping[str, Any]) -> Iterator[Pair]:
    """What AUTOMATIC1111's extensions wrote, under its own names and in its order."""
    count = 0
    for name, value in meta.items():
        if name in _TAKEN or name in _LEFT_OUT or not _KEY.fullmatch(name):
            continue
        if isinstance(value, Mapping) and name in ("Lora hashes", "TI hashes"):
            value = ", ".join(f"{key}: {part}" for key, part in value.items())
        text = _line(value)
        # Names in camel case are the site's own; those with blanks or capitals are a tool's.
        is_tools = name[0].isupper() or " " in name
        if text is not None and is_tools and count < _MOST_EXTRAS:
            count += 1
            yield name, text


def _hashes(meta: Mapping[str, Any]) -> dict[str, str]:
    told = meta.get("hashes", meta.get("Hashes"))
    told = told if isinstance(told, Mapping) else read_object(told) or {}
    found = {}
    for name, value in told.items():
        if (text := _hash(value)) and _HASH_NAME.fullmatch(str(name)):
            found[str(name)] = text
    return found


def _resources(told: object) -> list[dict[str, Any]]:
    """Civitai's reader wants objects with a version id, and takes no empty list."""
    found = []
    for row in told if isinstance(told, list) else ():
        version_id = (
            whole_number(row.get("modelVersionId")) if isinstance(row, Mapping) else None
        )
        if version_id is None or version_id <= 0:
            continue
        kept = {**row, "modelVersionId": version_id}
        found.append(
            {
                key: kept[key]
                for key in _RESOURCE_KEYS
                if isinstance(kept.get(key), str | int | float) and kept[key] != ""
            }
        )
    return found


def _json(value: object) -> str:
    """Without newlines; in one line with the rest."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _hash(value: object) -> str | None:
    found = _HASH.fullmatch(value.strip()) if isinstance(value, str) else None
    return found[1] if found else None


def _model(value: object) -> str | None:
    """Not every `Model` is a name: some are objects, or the address of a resource."""
    text = _line(value)
    return None if text is None or text.lower().startswith(("urn:", "{")) else text


def _model_of(artwork: Artwork) -> str | None:
    """The column falls back to what is no model's name: a version, or the family."""
    stand_ins = (artwork.version_name, artwork.base_model)
    return None if artwork.model in stand_ins else _model(artwork.model)


def _integer(value: object) -> str | None:
    number = whole_number(value)
    return None if number is None else str(number)


def _line(value: object) -> str | None:
    """A value that has room in a line; a flag is written as Python writes it."""
    text = str(value) if isinstance(value, bool) else short_text(value)
    is_real = not isinstance(value, float) or real_number(value) is not None
    return text if text is not None and len(text) <= _LONGEST_VALUE and is_real else None
