"""The art of the sample site: every picture is painted from a style, a palette and a seed."""

from __future__ import annotations

import numpy as np
from PIL import Image

from artkeep.demo.art import flows, landscapes, nights, paper, patterns, waters
from artkeep.demo.art.canvas import Scene, Style, to_image
from artkeep.demo.art.palettes import PALETTES

STYLES: dict[str, Style] = {
    "mountains": landscapes.mountains,
    "dunes": landscapes.dunes,
    "forest": landscapes.forest,
    "aurora": waters.aurora,
    "lighthouse": waters.lighthouse,
    "seascape": waters.seascape,
    "skyline": nights.skyline,
    "nebula": nights.nebula,
    "orbit": nights.orbit,
    "stained": patterns.stained,
    "deco": patterns.deco,
    "cubes": patterns.cubes,
    "facets": patterns.facets,
    "bauhaus": patterns.bauhaus,
    "papercut": paper.papercut,
    "contours": paper.contours,
    "watercolour": paper.watercolour,
    "botanical": paper.botanical,
    "silk": flows.silk,
    "drift": flows.drift,
}

# What changes with the phase of a loop; the others would make a video that stands still.
MOVING_STYLES = (
    "aurora", "lighthouse", "seascape", "skyline", "nebula", "orbit", "stained", "silk",
)  # fmt: skip


def paint(
    style: str, palette: int, seed: int, width: int, height: int, phase: float = 0.0
) -> Image.Image:
    """One picture, the same for the same arguments. `phase` 0..1 is the place in a loop."""
    scene = Scene(width, height, PALETTES[palette], np.random.default_rng(seed), phase)
    return to_image(STYLES[style](scene))
