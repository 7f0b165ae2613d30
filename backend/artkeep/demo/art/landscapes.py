"""Land under a sky: misty mountains, desert dunes, a forest in fog."""

from __future__ import annotations

import numpy as np

from artkeep.demo.art.canvas import (
    Pixels,
    Scene,
    below,
    cover,
    disc,
    distance,
    glow,
    grain,
    lighten,
    mix,
    noise,
    ridge,
    shaded,
    smooth,
    stars,
    vertical,
    vignette,
)
from artkeep.demo.art.palettes import WHITE


def mountains(scene: Scene) -> Pixels:
    """Ranges fading into mist, with a sun by day or a moon and stars by night."""
    palette, is_night = scene.palette, bool(scene.rng.random() < 0.35)
    if is_night:
        horizon = scene.shade(0.62)
        picture = vertical(scene, [scene.shade(0.02), scene.shade(0.25), horizon])
        stars(picture, scene, 260, lowest=0.6)
    else:
        horizon = mix(scene.shade(0.92), palette.accent, 0.35)
        picture = vertical(scene, [scene.shade(0.5), scene.shade(0.78), horizon, horizon])
    clouds = smooth(0.1, 0.9, noise(scene, 2.2, 4, stretch=3.0)) * 0.35
    cover(picture, mix(horizon, palette.accent, 0.5), clouds)
    sun_x = scene.between(0.2, 0.8) * scene.width
    sun_y = scene.between(0.2, 0.42) * scene.height
    radius = scene.unit * scene.between(0.05, 0.11)
    light = mix(palette.accent, WHITE, 0.4)
    glow(picture, scene, sun_x, sun_y, scene.unit * 0.28, palette.accent, 0.8)
    disc(picture, scene, sun_x, sun_y, radius, light)
    layers = int(scene.rng.integers(5, 8))
    for layer in range(layers):
        near = (layer + 1) / layers
        top = (0.4 + 0.5 * near**1.2) * scene.height
        swing = scene.unit * (0.07 + 0.09 * (1 - abs(near - 0.45)))
        line = top - ridge(scene, 2 + 2 * (1 - near), 6, 0.52) * swing
        if near > 0.8:
            line = line - _pines(scene, near)
        body = mix(horizon, scene.shade(0.02 + 0.2 * (1 - near)), 0.18 + 0.82 * near**1.1)
        depth = smooth(-0.05, 0.26, (scene.rows() - top) / scene.height)
        fog = depth * (0.75 if near < 0.95 else 0.12)
        cover(
            picture,
            np.broadcast_to(shaded(body, horizon, fog), picture.shape),
            below(scene, line),
        )
    vignette(picture, scene)
    grain(picture, scene, 0.012)
    return picture


def _pines(scene: Scene, near: float) -> Pixels:
    """Tree tops along a near ridge, in pixels above it: the tallest tree at each column."""
    x = np.arange(scene.width, dtype=np.float32)
    tops = np.zeros(scene.width, dtype=np.float32)
    size = scene.unit * (0.025 + 0.06 * (near - 0.75) * 4)
    for _ in range(int(scene.width / size * 1.7)):
        height = size * scene.between(0.45, 1.3)
        slope = np.clip(1 - np.abs(x - scene.between(0, scene.width)) / (height * 0.24), 0, 1)
        notched = slope * 0.82 + 0.18 * ((slope * 5) % 1)
        np.maximum(tops, np.where(slope > 0, notched * height, 0), out=tops)
    return tops


def dunes(scene: Scene) -> Pixels:
    """Sand ridges with a lit and a shaded side, under a large low sun."""
    palette = scene.palette
    sky = [scene.shade(0.42), scene.shade(0.75), mix(scene.shade(0.95), palette.accent, 0.5)]
    picture = vertical(scene, [*sky, sky[-1]])
    sun_x = scene.between(0.25, 0.75) * scene.width
    sun_y = scene.between(0.24, 0.38) * scene.height
    glow(picture, scene, sun_x, sun_y, scene.unit * 0.3, palette.accent, 0.9)
    disc(picture, scene, sun_x, sun_y, scene.unit * scene.between(0.07, 0.15), palette.accent)
    sand = noise(scene, 26, 2, stretch=5.0)
    layers = int(scene.rng.integers(4, 7))
    for layer in range(layers):
        near = (layer + 1) / layers
        top = (0.44 + 0.44 * near**1.3) * scene.height
        line = top - ridge(scene, 1.2 + (1 - near), 3, 0.35) * scene.unit * (0.05 + 0.07 * near)
        bright = scene.shade(0.52 + 0.3 * (1 - near))
        dark = scene.shade(0.16 + 0.34 * (1 - near))
        side = 1 if sun_x > scene.width / 2 else -1
        slope = np.convolve(np.gradient(line), np.ones(25, np.float32) / 25, mode="same")
        slope = np.float32(side * 2.2) * slope.astype(np.float32)
        depth = (scene.rows() - line[None, :]) / scene.unit
        drift = ridge(scene, 2, 3, 0.4) * 0.04
        lean = np.tanh(slope[None, :] * (1 - depth * 1.5) - depth * 2.2 + drift[None, :] * 6)
        ripple = np.sin((depth + drift[None, :]) * (200 - 110 * near) + sand * 4)
        shade = np.clip(0.62 + 0.42 * lean + ripple * 0.045 * near + sand * 0.05, 0, 1)
        body = shaded(dark, bright, shade)
        cover(body, palette.accent, np.exp(-np.clip(depth, 0, None) * 90) * 0.22)
        cover(picture, body, below(scene, line))
    grain(picture, scene, 0.018)
    vignette(picture, scene, 0.2)
    return picture


def forest(scene: Scene) -> Pixels:
    """Trunks in layers of fog with light falling through from one side."""
    palette = scene.palette
    haze = mix(scene.shade(0.88), palette.accent, 0.3)
    picture = vertical(
        scene, [mix(haze, scene.shade(0.6), 0.5), haze, mix(haze, scene.shade(0.5), 0.6)]
    )
    sun_x = scene.between(0.15, 0.85) * scene.width
    glow(picture, scene, sun_x, scene.height * 0.3, scene.unit * 0.4, palette.accent, 0.9)
    mist = noise(scene, 3, 3, stretch=2.5)
    columns, layers = scene.columns()[0], 5
    for layer in range(layers):
        near = (layer + 1) / layers
        mask = np.zeros((scene.height, scene.width), dtype=np.float32)
        for _ in range(round((5 + 12 * (1 - near)) * max(1.0, scene.width / scene.height))):
            thick = scene.unit * (0.007 + 0.026 * near**1.6) * scene.between(0.7, 1.4)
            foot = scene.between(-0.05, 1.05) * scene.width
            lean = scene.between(-0.05, 0.05) * scene.height
            part = scene.rows()[:, 0] / scene.height
            centre = foot + lean * (1 - part) + np.sin(part * 5 + foot) * thick * 0.3
            width = thick * (0.55 + 0.6 * part**2)
            left = max(0, int(centre.min() - thick * 2))
            right = min(scene.width, int(centre.max() + thick * 2))
            if left >= right:
                continue
            reach = width[:, None] - np.abs(columns[None, left:right] - centre[:, None])
            np.maximum(mask[:, left:right], np.clip(reach + 0.5, 0, 1), out=mask[:, left:right])
        level = (0.7 + 0.24 * near) * scene.height
        ground = level - ridge(scene, 4, 5, 0.5) * scene.unit * 0.02
        np.maximum(mask, below(scene, ground), out=mask)
        body = mix(haze, scene.shade(0.03 + 0.1 * (1 - near)), 0.15 + 0.8 * near**1.3)
        cover(picture, body, mask)
        fog = np.clip(0.42 * (1 - near) + mist * 0.25, 0, 1) * smooth(
            0.25, 0.85, np.broadcast_to(scene.rows() / scene.height, mask.shape)
        )
        cover(picture, haze, fog * (0.7 if near < 1 else 0.25))
    _light_shafts(picture, scene, sun_x)
    vignette(picture, scene, 0.35)
    grain(picture, scene, 0.014)
    return picture


def _light_shafts(picture: Pixels, scene: Scene, sun_x: float) -> None:
    """Soft rays from above, in place."""
    top = -0.25 * scene.height
    angle = np.arctan2(scene.columns() - sun_x, scene.rows() - top)
    rays = np.zeros_like(angle)
    for _ in range(7):
        centre, width = scene.between(-0.7, 0.7), scene.between(0.015, 0.05)
        rays += np.exp(-(((angle - centre) / width) ** 2)) * scene.between(0.3, 1.0)
    fade = np.exp(-distance(scene, sun_x, top) / (0.75 * scene.height))
    light = np.clip(rays, 0, 1.2) * fade * 0.5
    lighten(picture, scene.palette.accent, light)
