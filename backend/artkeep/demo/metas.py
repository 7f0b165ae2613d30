"""Generation records in all the forms that arrive upstream, and the text inside the files.

Everything derives from the image's id, so nothing is stored and nothing ever changes.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from artkeep.demo.records import Catalogue, ModelVersion, SiteImage
from artkeep.demo.words import LIGHT, NEGATIVE, QUALITY, WORDS

_SAMPLERS = ("DPM++ 2M Karras", "Euler a", "DPM++ SDE Karras", "DPM++ 3M SDE", "UniPC", "DDIM")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the image is said to have been made with."""

    prompt: str
    negative: str
    steps: int
    sampler: str
    cfg: float
    checkpoint: ModelVersion | None
    lora: ModelVersion | None
    lora_weight: float


def recipe_of(catalogue: Catalogue, image: SiteImage) -> Recipe:
    chance = random.Random(image.id)
    words = WORDS[image.style]
    used = [catalogue.versions[version_id] for version_id in image.version_ids]
    by_type = {catalogue.model_of(version.id).type: version for version in used}
    lora, weight = by_type.get("LORA"), chance.choice((0.5, 0.65, 0.8, 1.0))
    parts = [
        chance.choice(QUALITY),
        chance.choice(words.subjects),
        *chance.sample(words.details, min(3, len(words.details))),
        chance.choice(LIGHT),
    ]
    if lora is not None:
        parts += [*lora.trained_words, f"<lora:{_slug(catalogue, lora)}:{weight}>"]
    return Recipe(
        prompt=", ".join(part for part in parts if part),
        negative=chance.choice(NEGATIVE),
        steps=chance.choice((20, 25, 28, 30, 35, 40)),
        sampler=chance.choice(_SAMPLERS),
        cfg=chance.choice((3.5, 4, 5, 6.5, 7)),
        checkpoint=by_type.get("Checkpoint"),
        lora=lora,
        lora_weight=weight,
    )


def meta_of(catalogue: Catalogue, image: SiteImage) -> dict[str, Any] | None:
    """The flat record as it is handed out; None when there is none or its creator hides it."""
    if image.meta_shape in ("none", "hidden"):
        return None
    if image.meta_shape == "empty":
        return {}
    recipe = recipe_of(catalogue, image)
    return _SHAPES[image.meta_shape](catalogue, image, recipe)


def infotext(catalogue: Catalogue, image: SiteImage) -> str | None:
    """The AUTOMATIC1111 text for inside the file, where such a file would carry it."""
    if image.meta_shape not in ("a1111", "onsite"):
        return None
    recipe = recipe_of(catalogue, image)
    fields = [
        f"Steps: {recipe.steps}",
        f"Sampler: {recipe.sampler}",
        f"CFG scale: {recipe.cfg:g}",
        f"Seed: {image.seed}",
        f"Size: {image.width}x{image.height}",
    ]
    if recipe.checkpoint is not None:
        fields.append(f"Model hash: {_short_hash(recipe.checkpoint)}")
        fields.append(f"Model: {_file_stem(catalogue, recipe.checkpoint)}")
    if recipe.lora is not None and image.meta_shape == "a1111":
        fields.append(
            f'Lora hashes: "{_slug(catalogue, recipe.lora)}: {_lora_hash(recipe.lora)}"'
        )
    fields.append("Version: v1.10.1")
    lines = [recipe.prompt, f"Negative prompt: {recipe.negative}", ", ".join(fields)]
    return "\n".join(line for line in lines if line != "Negative prompt: ")


def comfy_graph(catalogue: Catalogue, image: SiteImage) -> dict[str, Any]:
    """A ComfyUI prompt graph: node id to class and inputs."""
    recipe = recipe_of(catalogue, image)
    name = "model" if recipe.checkpoint is None else _file_stem(catalogue, recipe.checkpoint)
    return {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "cfg": recipe.cfg, "denoise": 1, "latent_image": ["5", 0], "model": ["4", 0],
                "negative": ["7", 0], "positive": ["6", 0], "sampler_name": "dpmpp_2m",
                "scheduler": "sgm_uniform", "seed": image.seed, "steps": recipe.steps,
            },
        },
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": f"{name}.safetensors"},
        },
        "5": {
            "class_type": "EmptyLatentImage",
            "inputs": {"batch_size": 1, "height": image.height, "width": image.width},
        },
        "6": _clip_text(recipe.prompt),
        "7": _clip_text(recipe.negative),
    }  # fmt: skip


def _clip_text(text: str) -> dict[str, Any]:
    return {"class_type": "CLIPTextEncode", "inputs": {"clip": ["4", 1], "text": text}}


def _a1111(catalogue: Catalogue, image: SiteImage, recipe: Recipe) -> dict[str, Any]:
    meta: dict[str, Any] = {"Size": f"{image.width}x{image.height}", "seed": image.seed}
    hashes: dict[str, str] = {"vae": "735e4c3a44"}
    resources: list[dict[str, Any]] = []
    if recipe.lora is not None:
        slug, digest = _slug(catalogue, recipe.lora), _lora_hash(recipe.lora)
        hashes[f"lora:{slug}"] = digest
        resources.append(
            {"hash": digest, "name": slug, "type": "lora", "weight": recipe.lora_weight}
        )
    if recipe.checkpoint is not None:
        digest = _short_hash(recipe.checkpoint)
        meta |= {"Model": _file_stem(catalogue, recipe.checkpoint), "Model hash": digest}
        hashes["model"] = digest
        resources.append({"hash": digest, "name": meta["Model"], "type": "model"})
    meta |= {
        "steps": recipe.steps,
        "hashes": hashes,
        "prompt": recipe.prompt,
        "Version": "v1.10.1",
        "sampler": recipe.sampler,
        "cfgScale": recipe.cfg,
        "clipSkip": 2,
        "resources": resources,
        "Schedule type": "Karras",
        "negativePrompt": recipe.negative,
    }
    if image.id % 2:
        meta |= {"Hires steps": "12", "Hires upscale": "1.5", "Denoising strength": "0.4"}
        meta["Hires upscaler"] = "4x-UltraSharp"
    return meta


def _onsite(catalogue: Catalogue, image: SiteImage, recipe: Recipe) -> dict[str, Any]:
    used: list[dict[str, Any]] = []
    if recipe.checkpoint is not None:
        used.append(
            {
                "type": "checkpoint",
                "modelVersionId": recipe.checkpoint.id,
                "modelVersionName": recipe.checkpoint.name,
            }
        )
    if recipe.lora is not None:
        used.append(
            {
                "type": "lora",
                "weight": recipe.lora_weight,
                "modelVersionId": recipe.lora.id,
                "modelVersionName": recipe.lora.name,
            }
        )
    return {
        "seed": image.seed,
        "steps": recipe.steps,
        "width": image.width,
        "height": image.height,
        "prompt": recipe.prompt,
        "quantity": 4,
        "workflow": "txt2img",
        "baseModel": "SDXL",
        "sampler": recipe.sampler,
        "cfgScale": recipe.cfg,
        "clipSkip": 2,
        "draft": False,
        "nsfw": image.level > 2,
        "aspectRatio": "2:3",
        "Created Date": "2026-07-29T21:03:11.000Z",
        "negativePrompt": recipe.negative,
        "civitaiResources": used,
    }


def _comfy(catalogue: Catalogue, image: SiteImage, recipe: Recipe) -> dict[str, Any]:
    graph = json.dumps(comfy_graph(catalogue, image), sort_keys=True)
    # Upstream hands out this text as some uploaders wrote it: not JSON, a bare `undefined`.
    workflow = "undefined" if image.id % 3 else "{}"
    return {
        "seed": image.seed,
        "vaes": ["ae.sft"],
        "comfy": f'{{"prompt": {graph}, "workflow": {workflow}}}',
        "steps": recipe.steps,
        "width": image.width,
        "height": image.height,
        "models": [graph_model(catalogue, image)],
        "prompt": recipe.prompt,
        "denoise": 1,
        "sampler": "DPM++ 2M",
        "cfgScale": recipe.cfg,
        "modelIds": [],
        "scheduler": "sgm_uniform",
        "upscalers": [],
        "versionIds": [],
        "controlNets": [],
        "negativePrompt": recipe.negative,
        "additionalResources": [],
    }


def graph_model(catalogue: Catalogue, image: SiteImage) -> str:
    name: str = comfy_graph(catalogue, image)["4"]["inputs"]["ckpt_name"]
    return name


def _odd(catalogue: Catalogue, image: SiteImage, recipe: Recipe) -> dict[str, Any]:
    """Everything of the wrong type: seen upstream, and no reason to lose a page."""
    return {
        "Size": f"{image.width}x{image.height}",
        "seed": str(image.seed),
        "Model": {"basil_mix_7": "3mix"},
        "steps": str(recipe.steps),
        "prompt": recipe.prompt.split(", "),
        "cfgScale": str(recipe.cfg),
        "hashes": {"model": "2509bd880c"},
        "clipSkip": None,
        "sampler": 12,
        "ETA": 0,
        "RNG": True,
        "resources": {},
        "civitaiResources": "none",
        "TI hashes": {"negativeXL_D": "fff5d51ab655"},
        "parameters": f"{recipe.prompt}\nSteps: {recipe.steps}, Seed: {image.seed}",
        "notes": None,
        "": "unnamed key",
    }


def _external(catalogue: Catalogue, image: SiteImage, recipe: Recipe) -> dict[str, Any]:
    return {
        "prompt": recipe.prompt,
        "external": {
            "source": {"name": "Example Studio", "homepage": "https://example.com/"},
            "details": {"quality": "high", "frames": 20, "loop": True},
            "createUrl": "https://example.com/create",
            "referenceUrl": f"https://example.com/item/{image.id}",
        },
        "engine": "wan",
        "process": "txt2vid",
        "seed": image.seed,
        "steps": recipe.steps,
        "civitaiResources": [],
    }


_SHAPES = {
    "a1111": _a1111,
    "onsite": _onsite,
    "comfy": _comfy,
    "odd": _odd,
    "external": _external,
}


def _slug(catalogue: Catalogue, version: ModelVersion) -> str:
    return catalogue.model_of(version.id).name.lower().replace(" ", "-")


def _file_stem(catalogue: Catalogue, version: ModelVersion) -> str:
    name = catalogue.model_of(version.id).name.replace(" ", "")
    return f"{name[:1].lower()}{name[1:]}_{version.name.replace('.', '').replace(' ', '-')}"


def _short_hash(version: ModelVersion) -> str:
    return version.sha256[:10].lower()


def _lora_hash(version: ModelVersion) -> str:
    return version.sha256[20:32].lower()
