"""Paper and paint: cut-out hills, contour maps, watercolour, leaves."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PIL import ImageDraw

from artkeep.demo.art.canvas import (
    Pixels,
    Scene,
    below,
    cover,
    dim,
    disc,
    distance,
    drawn_mask,
    flat,
    glow,
    grain,
    mix,
    noise,
    ramp,
    ridge,
    shaded,
    smooth,
    soften,
    vertical,
)
from artkeep.demo.art.palettes import WHITE, rgb


def papercut(scene: Scene) -> Pixels:
    """Hills cut from coloured sheets, each throwing a shadow on the one behind."""
    palette = scene.palette
    picture = vertical(scene, [scene.shade(0.82), scene.shade(0.98)])
    sun_x, sun_y = (
        scene.between(0.25, 0.75) * scene.width,
        scene.between(0.24, 0.36) * scene.height,
    )
    for ring in range(4):
        reach = scene.unit * (0.36 - 0.08 * ring)
        _sheet(
            picture,
            scene,
            np.clip(reach - distance(scene, sun_x, sun_y), 0, 1),
            mix(scene.shade(0.95), palette.accent, 0.3 + 0.22 * ring),
            0.18,
        )
    layers = int(scene.rng.integers(5, 8))
    for layer in range(layers):
        near = (layer + 1) / layers
        top = (0.36 + 0.5 * near) * scene.height
        line = top - ridge(scene, 1.6, 3, 0.3) * scene.unit * 0.1
        if layer % 2 == 0:
            line = line - _round_trees(scene, near)
        tone = scene.shade(0.78 * (1 - near) + 0.04)
        if layer == layers // 2:
            tone = mix(tone, palette.contrast, 0.6)
        _sheet(picture, scene, below(scene, line), tone, 0.5)
    grain(picture, scene, 0.02)
    return picture


def _sheet(picture: Pixels, scene: Scene, mask: Pixels, tone: Pixels, shadow: float) -> None:
    """Lay one sheet of paper with its shadow, in place."""
    spread = soften(mask, scene.unit * 0.02)
    drop = round(scene.unit * 0.008)
    cast = np.roll(spread, (drop, drop), axis=(0, 1))
    dim(picture, 1 - shadow * cast * (1 - mask))
    edge = np.clip(mask - np.roll(mask, 2, axis=0), 0, 1)
    cover(picture, shaded(tone, np.clip(tone + 0.12, 0, 1), edge), mask)


def _round_trees(scene: Scene, near: float) -> Pixels:
    """Balls on sticks standing on a ridge, in pixels above it."""
    x = np.arange(scene.width, dtype=np.float32)
    tops = np.zeros(scene.width, dtype=np.float32)
    for _ in range(int(scene.rng.integers(2, 6))):
        radius = scene.unit * scene.between(0.02, 0.045) * (0.6 + near * 0.6)
        off = (x - scene.between(0.05, 0.95) * scene.width) / radius
        ball = np.sqrt(np.clip(1 - off**2, 0, 1)) * radius * 1.8
        np.maximum(tops, np.where(np.abs(off) < 1, ball + radius * 0.5, 0), out=tops)
    return tops


def contours(scene: Scene) -> Pixels:
    """A relief map of stacked sheets: every level has its tone and its shadow."""
    palette = scene.palette
    height = noise(scene, scene.between(1.4, 2.2), 3)
    height = (height - height.min()) / (height.max() - height.min())
    levels = int(scene.rng.integers(7, 11))
    tones = np.vstack([palette.contrast[None, :], palette.shades, palette.accent[None, :]])
    if scene.rng.random() < 0.5:
        tones = np.vstack([palette.shades, palette.accent[None, :], WHITE[None, :]])
    picture = flat(scene, tones[0])
    for level in range(1, levels):
        mask = np.clip((height - level / levels) * scene.unit * 0.3 + 0.5, 0, 1)
        _sheet(picture, scene, mask, ramp(tones, level / (levels - 1)), 0.55)
    grain(picture, scene, 0.018)
    return picture


def watercolour(scene: Scene) -> Pixels:
    """Washes running into each other on rough paper, with a few splashes."""
    palette = scene.palette
    paper = rgb(0.985, 0.972, 0.945)
    picture = flat(scene, paper)
    paints = [*palette.shades[1:4], palette.contrast, palette.accent, palette.contrast]
    warp, fine = noise(scene, 3.2, 4), noise(scene, 14, 3)
    flow_x, flow_y = scene.between(0.3, 0.7), scene.between(0.3, 0.7)
    for _ in range(int(scene.rng.integers(9, 14))):
        x = (flow_x + scene.rng.normal(0, 0.22)) * scene.width
        y = (flow_y + scene.rng.normal(0, 0.24)) * scene.height
        radius = scene.unit * scene.between(0.12, 0.34)
        paint = paints[int(scene.rng.integers(0, len(paints)))]
        shift = int(scene.rng.integers(0, scene.width))
        edge = np.roll(warp, shift, axis=1) * 0.55 + fine * 0.07
        reach = distance(scene, x, y) / radius + edge
        body = 1 - smooth(0.93, 1.0, reach)
        rim = np.exp(-(((reach - 0.94) / 0.035) ** 2)) * 0.35
        pool = 0.38 + 0.2 * np.roll(warp, -shift, axis=0) + 0.1 * fine
        strength = np.clip(body * pool + rim * body, 0, 0.85)
        cover(picture, picture * paint, strength)

    def splashes(brush: ImageDraw.ImageDraw, factor: float) -> None:
        for _ in range(46):
            x, y = (
                scene.rng.normal(flow_x, 0.3) * scene.width,
                scene.rng.normal(flow_y, 0.3) * scene.height,
            )
            size = scene.unit * 0.014 * scene.rng.random() ** 3 + 0.8
            brush.ellipse(
                [part * factor for part in (x - size, y - size, x + size, y + size)], fill=150
            )

    cover(
        picture,
        picture * mix(palette.shades[1], palette.contrast, 0.5),
        drawn_mask(scene, splashes),
    )
    tooth = noise(scene, 90, 2)
    dim(picture, 1 + tooth * 0.035)
    return np.asarray(np.clip(picture, 0, 1), dtype=np.float32)


def botanical(scene: Scene) -> Pixels:
    """Leaves and stems in layers before a pale sun."""
    palette, is_dark = scene.palette, bool(scene.rng.random() < 0.4)
    ground = (
        [scene.shade(0.02), scene.shade(0.2)]
        if is_dark
        else [scene.shade(1.0), scene.shade(0.86)]
    )
    picture = vertical(scene, ground)
    sun_x, sun_y = (
        scene.between(0.35, 0.65) * scene.width,
        scene.between(0.3, 0.42) * scene.height,
    )
    if is_dark:
        glow(picture, scene, sun_x, sun_y, scene.unit * 0.3, palette.accent, 0.4)
    disc(
        picture,
        scene,
        sun_x,
        sun_y,
        scene.unit * scene.between(0.2, 0.28),
        mix(palette.accent, scene.shade(0.9), 0.2),
    )
    for layer in range(4):
        near = (layer + 1) / 4
        behind = scene.shade(0.35) if is_dark else scene.shade(0.72)
        front = scene.shade(0.85) if is_dark else scene.shade(0.1)
        tone = mix(behind, front, near**1.2)
        if layer == 2:
            tone = mix(tone, palette.contrast, 0.75)
        mask = drawn_mask(scene, partial(_plants, scene, near))
        cover(picture, tone, mask)
    grain(picture, scene, 0.022)
    return picture


def _plants(scene: Scene, near: float, brush: ImageDraw.ImageDraw, factor: float) -> None:
    """A handful of stems with paired leaves, growing from below."""
    for _ in range(int(scene.rng.integers(3, 6))):
        x, y = scene.between(0.0, 1.0) * scene.width, scene.height * 1.03
        heading = -math.pi / 2 + scene.between(-0.35, 0.35)
        bend = scene.between(-0.05, 0.05)
        steps = int(scene.rng.integers(9, 15))
        stride = scene.height * scene.between(0.45, 0.85) * (1.12 - 0.4 * near) / steps
        leaf, slim = stride * scene.between(1.5, 2.6), scene.between(0.16, 0.34)
        for step in range(steps):
            next_x, next_y = x + math.cos(heading) * stride, y + math.sin(heading) * stride
            thick = max(2, round(scene.unit * 0.006 * (1.4 - step / steps) * factor))
            brush.line(
                [x * factor, y * factor, next_x * factor, next_y * factor],
                fill=255,
                width=thick,
            )
            grow = math.sin(math.pi * (0.15 + 0.8 * (step + 1) / steps))
            for side in (-1, 1):
                if step > 1:
                    _leaf(
                        brush, factor, next_x, next_y, heading + side * 0.85, leaf * grow, slim
                    )
            x, y, heading = next_x, next_y, heading + bend
        _leaf(brush, factor, x, y, heading, leaf * 0.8, slim)


def _leaf(
    brush: ImageDraw.ImageDraw,
    factor: float,
    x: float,
    y: float,
    heading: float,
    length: float,
    slim: float,
) -> None:
    """A pointed oval from its stem to its tip."""
    along_x, along_y = math.cos(heading), math.sin(heading)
    outline = []
    for part, side in [(p / 8, 1) for p in range(9)] + [(p / 8, -1) for p in range(8, -1, -1)]:
        out = math.sin(math.pi * part**0.8) * length * slim * side
        outline.append(
            (
                (x + along_x * length * part - along_y * out) * factor,
                (y + along_y * length * part + along_x * out) * factor,
            )
        )
    brush.polygon(outline, fill=255)
