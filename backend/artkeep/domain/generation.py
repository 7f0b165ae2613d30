"""Which tool made a file, and what it says: the readers in the order they are asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from artkeep.domain.embedded import Embedded
from artkeep.domain.generated import Generation
from artkeep.domain.generators.chunks import (
    read_dezgo,
    read_easy_diffusion,
    read_midjourney,
)
from artkeep.domain.generators.comfyui import read_comfyui
from artkeep.domain.generators.invokeai import read_invokeai
from artkeep.domain.generators.novelai import read_novelai
from artkeep.domain.generators.objects import read_objects
from artkeep.domain.generators.webui import read_webui

__all__ = ["Generation", "read_generation"]

# An infotext goes before a graph, as at Civitai: its writer made sense of the graph already.
# Objects are known by their keys, so they go before all that could be any text.
_READERS: Final = (
    read_invokeai,
    read_novelai,
    read_objects,
    read_webui,
    read_comfyui,
    read_easy_diffusion,
    read_midjourney,
    read_dezgo,
)


def read_generation(embedded: Embedded) -> Generation | None:
    """What the file says about its making, None when it says nothing. Never raises."""
    for read in _READERS:
        found = read(embedded)
        if found is not None and found.says_something:
            if found.place == "stealth" and found.tool:
                return replace(found, tool=f"{found.tool} (stealth PNG info)")
            return found
    return None
