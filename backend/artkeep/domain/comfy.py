"""What a ComfyUI graph says about its picture, in the words that other tools use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from artkeep.domain.comfy_graph import Graph
from artkeep.domain.comfy_text import Texts
from artkeep.domain.generated import short_text, whole_number

_STEP_NAMES: Final = ("steps", "total_steps", "num_steps", "num_inference_steps", "step")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a graph says; None where it does not."""

    prompt: str | None = None
    negative_prompt: str | None = None
    user_text: str | None = None
    steps: int | None = None
    sampler: str | None = None
    schedule: str | None = None
    cfg: float | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    model: str | None = None
    kinds: frozenset[str] = field(default=frozenset(), repr=False)


def is_graph(value: object) -> bool:
    """Whether an object is an API graph: most have a handful of other keys at the most."""
    if not isinstance(value, Mapping):
        return False
    return any(isinstance(node, Mapping) and "class_type" in node for node in value.values())


def read_graph(raw: Mapping[str, Any]) -> Settings:
    """The settings of the sampler that began the picture. Never raises."""
    graph = Graph(raw)
    nodes = graph.nodes
    kinds = frozenset(node.kind for node in nodes.values())
    texts = Texts(graph)
    sampler = graph.find_sampler()
    if sampler is None:
        prompt, negative = texts.without_sampler()
        model = next(filter(None, map(graph.model_named_by, nodes.values())), None)
        seed = next((n for n in map(graph.seed_of, nodes.values()) if n is not None), None)
        return Settings(prompt, negative, model=model, seed=seed, kinds=kinds)
    prompt = texts.prompt_of(sampler, "positive")
    width, height = graph.size_of(sampler)
    return Settings(
        prompt=prompt,
        negative_prompt=texts.prompt_of(sampler, "negative"),
        user_text=texts.user_text_of(sampler) if prompt is None else None,
        steps=whole_number(graph.setting(sampler, _STEP_NAMES, ("sigmas",))),
        sampler=graph.sampler_name_of(sampler),
        schedule=short_text(graph.setting(sampler, ("scheduler", "schedule"), ("sigmas",))),
        cfg=graph.cfg_of(sampler),
        seed=graph.seed_of(sampler),
        width=width,
        height=height,
        model=graph.model_of(sampler),
        kinds=kinds,
    )
