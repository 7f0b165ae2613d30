"""ComfyUI's API graph: node id → `class_type` and `inputs`; an input is a value or a link.

From the sampler that made the picture the links are followed to what it was set to. Graphs come
from anybody: there may be cycles, a hundred thousand nodes, or no sampler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from artkeep.domain.generated import real_number, short_text, size_in, whole_number

# Where a picture comes from, seen from a node that has worked on it.
_MEDIA: Final = (
    "images", "image", "samples", "latent_image", "latent", "latents", "pixels", "video",
    "latent_samples", "upscaled_image", "init_image", "input", "any", "source", "frames",
)  # fmt: skip
_MODEL_NAMES: Final = (
    "ckpt_name", "unet_name", "model_name", "gguf_name", "model_path", "base_ckpt_name",
    "model", "checkpoint", "diffusion_model", "transformer", "transformer_name", "ckpt", "unet",
)  # fmt: skip
_MODEL_LINKS: Final = (
    "model", "guider", "pipe", "basic_pipe", "sdxl_tuple", "model1", "model_1", "base_model",
    "any", "input", "on_false", "on_true", "transformer", "unet", "model_high_noise", "value",
    "",
)  # fmt: skip
_SEED_NAMES: Final = ("seed", "noise_seed", "rand_seed", "seed_value", "value", "int", "number")
_VALUE_NAMES: Final = (
    "value", "Value", "int", "float", "number", "string", "text", "val", "Number", "INT",
    "FLOAT", "a", "input", "any", "source", "",
)  # fmt: skip
_OUTPUTS: Final = ("save", "preview", "videocombine", "output")
_WORD_START: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_WALK: Final = 5_000


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `title` is what its user called it."""

    id: str
    kind: str
    inputs: Mapping[str, Any]
    title: str = ""


class Graph:
    """The nodes, and the ways from one to another. Every walk sees a node once."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.nodes = _nodes_of(raw)

    def linked(self, value: object) -> Node | None:
        """The node that an input comes from, None when it is a value."""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int):
            return self.nodes.get(str(value[0]))
        return None

    def walk(self, start: Node, names: tuple[str, ...]) -> Iterator[Node]:
        """`start` and what it comes from through these inputs, nearest first."""
        seen = {start.id}
        waiting = [start]
        for node in waiting:
            yield node
            if len(seen) > _LONGEST_WALK:
                return
            for name in names:
                source = self.linked(node.inputs.get(name))
                if source is not None and source.id not in seen:
                    seen.add(source.id)
                    waiting.append(source)

    def value(self, value: object) -> object:
        """An input's value, through primitives and reroutes; None when it is computed."""
        seen: set[str] = set()
        while (node := self.linked(value)) is not None:
            if node.id in seen:
                return None
            seen.add(node.id)
            names = (*_VALUE_NAMES, *_SEED_NAMES)
            value = next((node.inputs[name] for name in names if name in node.inputs), None)
        return value

    def find_sampler(self) -> Node | None:
        """The first sampler of the chain that ends in a saved picture."""
        outputs = [
            node
            for node in self.nodes.values()
            if any(word in node.kind.lower() for word in _OUTPUTS)
        ]
        # Saved pictures count more than previews of steps between.
        outputs.sort(key=lambda node: "preview" in node.kind.lower())
        for output in outputs[:64]:
            chain = [node for node in self.walk(output, _MEDIA) if _is_sampler(node)]
            if chain:
                return chain[-1]
        samplers = [node for node in self.nodes.values() if _is_sampler(node)]
        for node in samplers[:1]:
            return [other for other in self.walk(node, _MEDIA) if _is_sampler(other)][-1]
        return None

    def setting(
        self, sampler: Node, names: tuple[str, ...], through: tuple[str, ...]
    ) -> object:
        """The first of these inputs that has a value, at the sampler or what it is set by."""
        for node in self.walk(sampler, through):
            for name in names:
                value = self.value(node.inputs.get(name))
                if value is not None and not isinstance(value, list | Mapping):
                    return value
        return None

    def seed_of(self, node: Node) -> int | None:
        """`seed`, `noise_seed`, or the noise's."""
        for source in self.walk(node, ("noise",)):
            for name in _SEED_NAMES[:4]:
                if name in source.inputs:
                    return whole_number(self.value(source.inputs[name]))
        return None

    def sampler_name_of(self, sampler: Node) -> str | None:
        """`sampler_name`, or the name of the node that is the sampling method."""
        for node in self.walk(sampler, ("sampler", "samplers")):
            name = short_text(self.value(node.inputs.get("sampler_name")))
            if name is None and isinstance(node.inputs.get("sampler"), str):
                name = short_text(node.inputs["sampler"])
            if name is not None:
                return name
            if node is not sampler and node.kind.startswith("Sampler"):
                method = node.kind.removeprefix("Sampler")
                return _WORD_START.sub("_", method).lower() or None
        if sampler.kind == "WanVideoSampler":
            return short_text(self.value(sampler.inputs.get("scheduler")))
        return None

    def cfg_of(self, sampler: Node) -> float | None:
        """Of the sampler or its guider; else the distilled guidance of the conditioning."""
        names = ("cfg", "cfg_scale", "guidance_scale")
        told = real_number(self.setting(sampler, names, ("guider", "cfg_guider")))
        if told is not None:
            return told
        through = ("guider", "conditioning", "positive", "embeds", "text_embeds")
        return real_number(self.setting(sampler, ("guidance",), through))

    def model_of(self, sampler: Node) -> str | None:
        """What the first loader on the way from the sampler loads."""
        for node in self.walk(sampler, _MODEL_LINKS):
            if name := self.model_named_by(node):
                return name
        return None

    def model_named_by(self, node: Node) -> str | None:
        """The model that a node loads: adapters and LoRAs have other names for theirs."""
        kind = node.kind.lower()
        if "lora" in kind or "upscale" in kind or "controlnet" in kind:
            return None
        for name in _MODEL_NAMES:
            value = node.inputs.get(name)
            if name in _MODEL_NAMES[:6] and isinstance(value, list):
                value = self.value(value)
            if isinstance(value, str) and (name in _MODEL_NAMES[:6] or "load" in kind):
                return short_text(value)
        return None

    def size_of(self, sampler: Node) -> tuple[int | None, int | None]:
        """Of the empty latent, or the picture's last known scaling."""
        for node in self.walk(sampler, (*_MEDIA, "image_embeds", "pipe", "optional_latent")):
            width, height = size_in(node.inputs.get("dimensions"))  # 1024 x 1024 (square)
            if width and height:
                return width, height
            for prefix in ("", "empty_latent_"):
                width = whole_number(self.value(node.inputs.get(f"{prefix}width")))
                height = whole_number(self.value(node.inputs.get(f"{prefix}height")))
                if width and height and width > 0 and height > 0:
                    return width, height
        return None, None


def _is_sampler(node: Node) -> bool:
    names = node.inputs.keys()
    if "guider" in names and ("sigmas" in names or "noise" in names):
        return True
    has_seed = not names.isdisjoint(("seed", "noise_seed", "noise", "steps"))
    if not has_seed or names.isdisjoint(("model", "pipe", "basic_pipe", "sdxl_tuple")):
        return False
    return "sampler" in node.kind.lower() or {"positive", "steps"} <= names


def _nodes_of(raw: Mapping[str, Any]) -> dict[str, Node]:
    found = {}
    for key, value in raw.items():
        if not isinstance(value, Mapping) or not isinstance(value.get("class_type"), str):
            continue
        inputs, meta = value.get("inputs"), value.get("_meta")
        title = meta.get("title") if isinstance(meta, Mapping) else None
        found[str(key)] = Node(
            str(key),
            value["class_type"],
            inputs if isinstance(inputs, Mapping) else {},
            title if isinstance(title, str) else "",
        )
    return found
