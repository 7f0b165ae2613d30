"""ComfyUI: the graph, wherever its nodes and their relatives put it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from artkeep.domain.comfy import is_graph, read_graph
from artkeep.domain.comfy_workflow import is_workflow, read_workflow
from artkeep.domain.embedded import Embedded, Text
from artkeep.domain.generated import Generation, usual_parameters
from artkeep.domain.loose_json import read_object

_MARK: Final = re.compile(r"\s{0,16}(?:prompt|workflow):\s{0,16}(?=\{)", re.IGNORECASE)
_CIVITAI: Final = "Civitai generator (ComfyUI graph)"
_BY_NODE: Final = (
    ("SaveAnimatedWEBP", "ComfyUI (core Save Animated WEBP)"),
    ("SaveImageExtended", "ComfyUI (Save Image Extended)"),
    ("SaveImagePlus", "ComfyUI (Save Image Plus)"),
)


def read_comfyui(embedded: Embedded) -> Generation | None:
    """The settings in the API graph; where there is none, in the graph of the page."""
    found = _find(embedded, is_graph)
    if found is not None:
        text, graph = found
        return from_graph(graph, text, embedded)
    found = _find(embedded, is_workflow)
    if found is not None:
        text, workflow = found
        return from_graph(read_workflow(workflow), text, embedded)
    return None


def from_graph(graph: Mapping[str, Any], text: Text, embedded: Embedded) -> Generation:
    """The settings of an API graph as a Generation."""
    told = read_graph(graph)
    tool = next((tool for kind, tool in _BY_NODE if kind in told.kinds), None)
    if tool is None and text.place == "EXIF:IFD0:UserComment":
        tool = "ComfyUI (Save Image Plus)"
    if tool is None and text.place.startswith("EXIF:") and text.value.startswith("Prompt: "):
        tool = "ComfyUI (Save Image Extended)"
    if "airs" in (read_object(graph.get("extra")) or {}):
        tool = _CIVITAI
    generation = Generation(
        tool=tool or "ComfyUI",
        place=text.place,
        raw=text.value,
        prompt=told.prompt,
        negative_prompt=told.negative_prompt,
        user_text=told.user_text,
        steps=told.steps,
        sampler=told.sampler,
        schedule=told.schedule,
        cfg=told.cfg,
        seed=told.seed,
        width=told.width,
        height=told.height,
        model=told.model,
    )
    return replace(generation, parameters=usual_parameters(generation))


def _find(
    embedded: Embedded, is_it: Callable[[object], bool]
) -> tuple[Text, Mapping[str, Any]] | None:
    """The last text that holds such an object, itself or under `prompt` or `workflow`.

    A file's own `prompt` is looked at before anybody's comment.
    """
    texts = sorted(embedded.texts, key=lambda text: not text.place.lower().endswith(":prompt"))
    for text in texts:
        told = read_object(_MARK.sub("", text.value, count=1))
        if told is None:
            continue
        for value in (told, told.get("prompt"), told.get("workflow")):
            inner = read_object(value)
            if inner is not None and is_it(inner):
                return text, inner
    return None
