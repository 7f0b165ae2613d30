"""ComfyUI's page keeps a graph of another shape, `workflow`: nodes with positions, a table of
links, and the values of widgets without their names. Read where there is no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_CONTROL: Final = ("fixed", "increment", "decrement", "randomize")
_MOST_NODES: Final = 20_000
_NEVER: Final = 2
_BYPASSED: Final = 4
# The order of the widgets, as the nodes declare it.
_WIDGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        "add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler", "start_at_step",
        "end_at_step", "return_with_leftover_noise",
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveNode": ("value",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "EmptyHunyuanLatentVideo": ("width", "height", "length", "batch_size"),
}  # fmt: skip


def is_workflow(value: object) -> bool:
    """Whether an object is a graph of the page."""
    if not isinstance(value, Mapping):
        return False
    nodes = value.get("nodes")
    return isinstance(nodes, list) and any(
        isinstance(node, Mapping) and "widgets_values" in node for node in nodes
    )


def read_workflow(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The same as an API graph, as far as the widgets' names are known."""
    sources = dict(_links(workflow.get("links")))
    graph = {}
    for node in workflow["nodes"][:_MOST_NODES]:
        if not isinstance(node, Mapping) or not isinstance(node.get("type"), str):
            continue
        if node.get("mode") in (_NEVER, _BYPASSED):
            continue
        inputs = dict(_widgets(node))
        slots = node.get("inputs")
        for slot in slots if isinstance(slots, list) else ():
            if isinstance(slot, Mapping) and isinstance(slot.get("link"), int):
                source = sources.get(slot["link"])
                if source is not None:
                    inputs[str(slot.get("name"))] = source
        graph[str(node.get("id"))] = {"class_type": node["type"], "inputs": inputs}
    return graph


def _links(rows: object) -> Iterator[tuple[int, list[Any]]]:
    """Each link is a row: its id, the node and the slot it comes from, and where it goes."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list) and len(row) > 2 and isinstance(row[0], int):
            yield row[0], [str(row[1]), row[2]]


def _widgets(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    values = node.get("widgets_values")
    if isinstance(values, Mapping):
        yield from ((str(name), value) for name, value in values.items())
        return
    if not isinstance(values, list):
        return
    # What becomes of a seed after a run is a widget, too, but not of the node.
    values = [value for value in values if value not in _CONTROL]
    named = _named_by_slots(node)
    names = _WIDGETS.get(node["type"], named)
    if not names and len(values) == 1:
        names = ("value",)
    yield from zip(names, values, strict=False)


def _named_by_slots(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Newer pages list every widget among the inputs, in order."""
    slots = node.get("inputs")
    return tuple(
        str(slot.get("name"))
        for slot in (slots if isinstance(slots, list) else ())
        if isinstance(slot, Mapping) and isinstance(slot.get("widget"), Mapping)
    )
