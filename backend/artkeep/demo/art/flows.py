"""Flowing lines: folds of silk, and particles drifting through a field."""

from __future__ import annotations

import math

import numpy as np
from PIL import ImageDraw

from artkeep.demo.art.canvas import (
    Pixels,
    Scene,
    cover,
    drawn_over,
    grain,
    ink,
    mix,
    noise,
    ramp,
    shaded,
    vertical,
    vignette,
)


def silk(scene: Scene) -> Pixels:
    """Broad folds of cloth lying over each other, each lit along its upper edge."""
    palette = scene.palette
    hues = np.vstack([palette.shades, palette.accent, palette.contrast, palette.shades[1]])
    picture = vertical(scene, [scene.shade(0.1), scene.shade(0.35)])
    u = np.arange(scene.width, dtype=np.float32) / scene.unit
    slope, folds = scene.between(-0.35, 0.35), int(scene.rng.integers(10, 15))
    offset = scene.between(0, 1)
    for fold in range(folds):
        place = -0.12 + 1.15 * fold / (folds - 1)
        line = place + slope * (u - 0.5) + np.zeros_like(u)
        for wave in range(3):
            size, pace = 0.085 / (wave + 1), (1.7 + 1.5 * wave) * scene.between(0.8, 1.2)
            turn = scene.cycle * (1 if wave % 2 else -1)
            line += size * np.sin(u * pace + fold * 0.55 + wave * 2 + turn)
        edge = (line * scene.height).astype(np.float32)
        top = max(0, int(edge.min()) - 1)
        if top >= scene.height:
            continue
        depth = scene.rows()[top:] - edge[None, :]
        thick = scene.height / folds * 2.6
        part = np.clip(depth / thick, 0, 1)
        tone = ramp(hues, (offset + fold / folds * 0.9) % 1.0)
        light = 1.12 - 0.75 * part**0.55 + 0.35 * np.exp(-depth / (thick * 0.035))
        light = np.clip(light, 0.2, 1.45).astype(np.float32)
        body = np.clip(shaded(tone * 0, tone, light), 0, 1)
        cover(picture[top:], body, np.clip(depth + 0.5, 0, 1))
    vignette(picture, scene, 0.25)
    grain(picture, scene, 0.012)
    return picture


def drift(scene: Scene) -> Pixels:
    """Thousands of short strokes following an invisible current."""
    palette, is_dark = scene.palette, bool(scene.rng.random() < 0.6)
    field = noise(scene, scene.between(1.2, 2.2), 2) * math.pi * scene.between(0.8, 1.4)
    heading = scene.between(0, 2 * math.pi)
    hues = np.vstack(
        [palette.shades[1 if not is_dark else 2 :], palette.accent, palette.contrast]
    )
    ground = (
        [scene.shade(0.0), scene.shade(0.12)]
        if is_dark
        else [scene.shade(1.0), scene.shade(0.93)]
    )
    picture = vertical(scene, ground)
    count, steps, stride = 800, 26, scene.unit * 0.011
    x = scene.rng.uniform(-0.1, 1.1, count) * scene.width
    y = scene.rng.uniform(-0.1, 1.1, count) * scene.height
    tone = np.clip(
        x / scene.width * 0.5 + y / scene.height * 0.5 + scene.rng.normal(0, 0.16, count), 0, 1
    )
    colours = ramp(hues, tone.astype(np.float32))
    widths = np.maximum(
        1, scene.rng.exponential(scene.unit * 0.004, count) + scene.unit * 0.002
    )
    track = np.empty((steps, count, 2), dtype=np.float32)
    for step in range(steps):
        track[step, :, 0], track[step, :, 1] = x, y
        column = np.clip(x, 0, scene.width - 1).astype(int)
        row = np.clip(y, 0, scene.height - 1).astype(int)
        angle = heading + field[row, column]
        x, y = x + np.cos(angle) * stride, y + np.sin(angle) * stride

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        for index in range(count):
            path = (track[:, index] * factor).ravel().tolist()
            brush.line(
                path,
                fill=ink(colours[index]),
                width=round(widths[index] * factor),
                joint="curve",
            )

    picture = drawn_over(picture, draw)
    picture = mix(picture, picture * scene.shade(0.9), 0.15)
    grain(picture, scene, 0.014)
    vignette(picture, scene, 0.2)
    return picture
