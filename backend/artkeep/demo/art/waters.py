"""Water under a sky: aurora over a lake, a lighthouse, the open sea at sunset. All can move."""

from __future__ import annotations

import math

import numpy as np
from PIL import ImageDraw

from artkeep.demo.art.canvas import (
    Pixels,
    Scene,
    below,
    cover,
    disc,
    distance,
    drawn_mask,
    drifting_noise,
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
from artkeep.demo.art.palettes import WHITE, rgb


def _reflect(picture: Pixels, scene: Scene, shore: int, ripple: Pixels, dim: float) -> None:
    """Fill everything under `shore` (a row) with what is above it, rippled and darker."""
    depth = scene.height - shore
    rows = np.arange(depth, dtype=np.float32)
    source = shore - 1 - rows[:, None] * (shore / max(depth, 1)) * 0.8
    wobble = ripple[shore:] * (2 + rows[:, None] * 0.12)
    row = np.clip(source + wobble, 0, shore - 1).astype(int)
    column = np.clip(scene.columns() + wobble * 0.6, 0, scene.width - 1).astype(int)
    water = picture[row, np.broadcast_to(column, row.shape)]
    fade = dim * (1 - 0.35 * rows[:, None, None] / max(depth, 1))
    picture[shore:] = water * fade + scene.shade(0.08) * (1 - fade) * 0.9


def aurora(scene: Scene) -> Pixels:
    """Curtains of light over a lake between dark hills."""
    palette = scene.palette
    picture = vertical(scene, [scene.shade(0.0) * 0.7, scene.shade(0.08), scene.shade(0.3)])
    shore = int(scene.height * scene.between(0.66, 0.74))
    stars(picture, scene, 320, lowest=0.65)
    green = mix(rgb(0.25, 0.95, 0.62), scene.shade(0.75), 0.3)
    violet = mix(rgb(0.62, 0.3, 0.9), palette.contrast, 0.3)
    x = np.arange(scene.width, dtype=np.float32) / scene.width
    for _ in range(int(scene.rng.integers(3, 5))):
        base = scene.between(0.34, 0.58) * scene.height
        drift = scene.between(0, 2 * math.pi)
        curve = ridge(scene, 1.5, 3, 0.5) + 0.35 * np.sin(5 * x + drift + math.sin(scene.cycle))
        bottom = base + curve * scene.unit * 0.1
        rays = 0.6 + 0.4 * ridge(scene, 16, 3, 0.7)
        sway = 0.75 + 0.25 * np.sin(9 * x + drift * 2 + scene.cycle)
        strength = np.clip(rays * sway, 0.05, 1.4)
        reach = scene.height * (0.13 + 0.09 * np.clip(ridge(scene, 5, 2), -0.6, 1))
        height = (bottom[None, :] - scene.rows()) / reach[None, :]
        light = np.where(
            height > 0, np.exp(-height.clip(0) * 1.4), np.exp(height.clip(None, 0) * 14)
        )
        light = light * strength
        tint = np.clip(height * 0.55, 0, 1)
        lighten(picture, green, light * (1 - tint) * 0.62)
        lighten(picture, violet, light * tint * 0.62)
    for layer in range(3):
        line = (
            shore
            - scene.unit * (0.09 - 0.03 * layer)
            - ridge(scene, 3 + layer, 6) * (scene.unit * (0.06 - 0.012 * layer))
        )
        body = mix(scene.shade(0.22), scene.shade(0.0) * 0.6, 0.35 + 0.3 * layer)
        cover(picture, body, below(scene, line))
    _reflect(picture, scene, shore, drifting_noise(scene, 20, 2, stretch=7.0) * 1.3, 0.8)
    grain(picture, scene, 0.012)
    return np.asarray(np.clip(picture, 0, 1), dtype=np.float32)


def lighthouse(scene: Scene) -> Pixels:
    """A tower on a cliff, its beam turning over a calm sea."""
    palette = scene.palette
    dusk = mix(scene.shade(0.72), palette.accent, 0.25)
    picture = vertical(scene, [scene.shade(0.05), scene.shade(0.3), dusk, dusk])
    stars(picture, scene, 130, lowest=0.4)
    clouds = smooth(0.0, 0.9, noise(scene, 2.4, 4, stretch=3.5))
    cover(picture, mix(dusk, palette.contrast, 0.25), clouds * 0.4)
    shore = int(scene.height * 0.72)
    side = 1 if scene.rng.random() < 0.5 else -1
    foot_x = scene.width * (0.5 + side * scene.between(0.16, 0.28))
    foot_y = scene.height * 0.64
    tall = scene.height * scene.between(0.3, 0.38)
    lamp_y = foot_y - tall
    glow(picture, scene, scene.width * (0.5 - side * 0.2), shore, scene.unit * 0.35, dusk, 0.6)
    distant = shore - scene.unit * 0.015 - np.maximum(ridge(scene, 3, 4), 0) * scene.unit * 0.05
    cover(picture, mix(dusk, scene.shade(0.2), 0.55), below(scene, distant))
    _reflect(picture, scene, shore, drifting_noise(scene, 16, 2, stretch=8.0) * 1.5, 0.78)
    _beams(picture, scene, foot_x, lamp_y)
    cliff = foot_y + (np.abs(np.arange(scene.width) - foot_x) / (scene.unit * 0.22)) ** 1.8 * (
        scene.unit * 0.07
    )
    cliff = cliff.astype(np.float32) - ridge(scene, 9, 4) * scene.unit * 0.012
    rock = mix(scene.shade(0.02), scene.shade(0.2), 0.4) + noise(scene, 12, 3)[..., None] * 0.03
    cover(picture, rock.astype(np.float32), below(scene, cliff))
    _tower(picture, scene, foot_x, foot_y, tall)
    glow(picture, scene, foot_x, lamp_y - tall * 0.03, scene.unit * 0.035, palette.accent, 1.0)
    vignette(picture, scene, 0.3)
    grain(picture, scene, 0.012)
    return picture


def _beams(picture: Pixels, scene: Scene, x: float, y: float) -> None:
    """Two opposite cones of light, in place; they sweep with the phase."""
    turn = scene.between(-0.35, 0.1) + 0.55 * math.sin(scene.cycle)
    angle = np.arctan2(scene.rows() - y, scene.columns() - x)
    fade = np.exp(-distance(scene, x, y) / (scene.unit * 0.65))
    for opposite, power in ((0.0, 0.75), (math.pi, 0.75)):
        off = (angle - turn - opposite + math.pi) % (2 * math.pi) - math.pi
        light = np.exp(-((off / 0.1) ** 2)) * fade * power
        lighten(picture, scene.palette.accent, light)


def _tower(picture: Pixels, scene: Scene, x: float, y: float, tall: float) -> None:
    """White tower with coloured bands, gallery and lamp house, in place."""
    foot, head = tall * 0.135, tall * 0.085

    def half_width(part: float) -> float:
        return foot + (head - foot) * part

    def body(low: float, high: float) -> Pixels:
        def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
            wide, slim = half_width(low), half_width(high)
            corners = [(x - wide, y - tall * low), (x + wide, y - tall * low)]
            corners += [(x + slim, y - tall * high), (x - slim, y - tall * high)]
            brush.polygon([(a * factor, b * factor) for a, b in corners], fill=255)

        return drawn_mask(scene, draw)

    light = np.clip((scene.columns() - x) / (foot * 2) + 0.5, 0, 1)[..., None]
    wall = mix(scene.shade(0.98), WHITE, 0.3)
    lit = (wall * (1 - 0.45 * light)).astype(np.float32)
    cover(picture, np.broadcast_to(lit, picture.shape), body(0, 0.94))
    band = (scene.palette.contrast * (1 - 0.45 * light)).astype(np.float32)
    for low in (0.14, 0.46, 0.76):
        cover(picture, np.broadcast_to(band, picture.shape), body(low, low + 0.14))

    def top(brush: ImageDraw.ImageDraw, factor: float) -> None:
        def box(left: float, upper: float, right: float, lower: float) -> None:
            brush.rectangle(
                [left * factor, upper * factor, right * factor, lower * factor], fill=255
            )

        box(x - head * 1.5, y - tall * 0.965, x + head * 1.5, y - tall * 0.935)
        roof = y - tall * 1.075
        corners = [(x - head, roof), (x + head, roof), (x, roof - head * 1.1)]
        brush.polygon([(a * factor, b * factor) for a, b in corners], fill=255)
        for post in (-0.75, 0.0, 0.75):
            box(x + head * post - 1, roof, x + head * post + 1, y - tall * 0.95)

    cover(picture, scene.shade(0.04), drawn_mask(scene, top))


def seascape(scene: Scene) -> Pixels:
    """A sun going down into the sea, with a path of light on the waves."""
    palette = scene.palette
    gold = mix(scene.shade(0.9), palette.accent, 0.6)
    picture = vertical(scene, [scene.shade(0.28), scene.shade(0.55), scene.shade(0.8), gold])
    horizon = int(scene.height * scene.between(0.54, 0.64))
    sun_x = scene.between(0.3, 0.7) * scene.width
    sun_y = horizon - scene.unit * scene.between(0.02, 0.14)
    glow(picture, scene, sun_x, sun_y, scene.unit * 0.32, palette.accent, 0.9)
    disc(picture, scene, sun_x, sun_y, scene.unit * 0.09, mix(palette.accent, gold, 0.3) + 0.1)
    clouds = noise(scene, 2.0, 5, stretch=3.2) + 0.25 * drifting_noise(scene, 4, 2, stretch=3.0)
    lit = np.clip(1 - distance(scene, sun_x, sun_y) / (scene.unit * 0.9), 0, 1)
    tint = shaded(scene.shade(0.4), mix(palette.contrast, palette.accent, 0.6), lit)
    cover(picture, tint, smooth(0.05, 0.75, clouds) * 0.7)
    depth = np.clip((scene.rows() - horizon) / (scene.height - horizon), 0, 1)
    swell = _waves(scene, horizon)
    sea = shaded(scene.shade(0.5), scene.shade(0.06), depth + 0 * swell)
    lighten(sea, WHITE, swell * (0.05 + 0.1 * depth))
    spread = scene.unit * (0.05 + 0.3 * depth)
    path = np.exp(-(((scene.columns() - sun_x) / spread) ** 2))
    glints = np.clip(smooth(0.15, 0.75, swell) * path, 0, 1)
    lighten(sea, palette.accent, glints * 0.95 + path * 0.1)
    cover(picture, sea, below(scene, np.full(scene.width, horizon, np.float32)))
    grain(picture, scene, 0.012)
    return picture


def _waves(scene: Scene, horizon: int) -> Pixels:
    """Wave heights, about -1 to 1, small near the horizon and long in front."""
    depth = np.clip(scene.rows() - horizon, 0.5, None) / (scene.height - horizon)
    far = 14 / (depth + 0.06)
    x = scene.columns() / scene.unit
    total = np.zeros((scene.height, scene.width), dtype=np.float32)
    bend = noise(scene, 5, 3, stretch=3.0) * 3
    for index in range(4):
        turn = scene.cycle * (1 if index % 2 else -1) + scene.between(0, 6)
        slope = scene.between(-9, 9)
        total += np.sin(far * (1 + 0.45 * index) + x * slope * (0.4 + depth) + bend + turn)
    return np.asarray(total / 3, dtype=np.float32)
