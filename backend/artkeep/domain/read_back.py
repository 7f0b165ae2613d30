"""What a file says about its making, for an artwork of which nobody told it. Pure data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from artkeep.domain.artwork import Artwork, json_safe
from artkeep.domain.generated import Generation, usual_parameters


def with_reading(artwork: Artwork, found: Generation) -> Artwork | None:
    """The artwork with what its file says, in the shape in which sites tell it; None where its
    prompt is known already, or nothing new is said. What is known stays as it is."""
    if artwork.prompt or artwork.negative_prompt:
        return None
    prompt = found.prompt or found.user_text or None
    negative = found.negative_prompt or None
    told: dict[str, Any] = {
        "prompt": prompt,
        "negativePrompt": negative,
        **dict(found.parameters),
        **dict(usual_parameters(found)),
        "civitaiResources": [dict(row) for row in found.civitai_resources],
    }
    said = json_safe({name: value for name, value in told.items() if value})
    generation = {**said, **(artwork.generation or {})}
    if not said or generation == artwork.generation:
        return None
    return replace(
        artwork,
        prompt=prompt,
        negative_prompt=negative,
        seed=artwork.seed or (str(found.seed) if found.seed is not None else None),
        model=artwork.model or found.model,
        generation=generation,
    )
