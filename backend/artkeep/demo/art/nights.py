"""Dark skies: a city at night, nebulae, planets on their orbits."""

from __future__ import annotations

import math

import numpy as np
from PIL import ImageDraw

from artkeep.demo.art.canvas import (
    Pixels,
    Scene,
    cover,
    dim,
    disc,
    distance,
    drawn_mask,
    drawn_over,
    drifting_noise,
    glow,
    grain,
    ink,
    lighten,
    mix,
    noise,
    ramp,
    smooth,
    stars,
    vertical,
    vignette,
)
from artkeep.demo.art.palettes import WHITE


def skyline(scene: Scene) -> Pixels:
    """Towers with lit windows in three rows of depth, doubled in the river below."""
    palette = scene.palette
    haze = mix(scene.shade(0.55), palette.contrast, 0.35)
    picture = vertical(scene, [scene.shade(0.0), scene.shade(0.16), haze, haze])
    stars(picture, scene, 140, lowest=0.45)
    moon_x, moon_y = (
        scene.between(0.15, 0.85) * scene.width,
        scene.between(0.1, 0.24) * scene.height,
    )
    glow(picture, scene, moon_x, moon_y, scene.unit * 0.14, palette.accent, 0.6)
    disc(
        picture,
        scene,
        moon_x,
        moon_y,
        scene.unit * 0.055,
        mix(palette.accent, scene.shade(1), 0.5),
    )
    bank = int(scene.height * 0.8)
    for row in range(3):
        picture = _towers(picture, scene, bank, row, haze)
    depth = scene.height - bank
    wobble = (
        drifting_noise(scene, 24, 2, stretch=4.0)[bank:] * np.linspace(1, 9, depth)[:, None]
    )
    source = np.clip(bank - 1 - np.arange(depth)[:, None] * 2.2 + wobble, 0, bank - 1).astype(
        int
    )
    column = np.clip(scene.columns() + wobble * 0.5, 0, scene.width - 1).astype(int)
    picture[bank:] = picture[source, column] * 0.62 + scene.shade(0.1) * 0.12
    grain(picture, scene, 0.012)
    vignette(picture, scene, 0.3)
    return picture


def _towers(picture: Pixels, scene: Scene, bank: int, row: int, haze: Pixels) -> Pixels:
    """One row of buildings; row 0 is the farthest."""
    near = (row + 1) / 3
    wall = mix(haze, scene.shade(0.0) * 0.8, 0.4 + 0.52 * near)
    lamps = [
        scene.palette.accent,
        mix(scene.palette.accent, scene.shade(0.9), 0.5),
        scene.palette.contrast,
    ]

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        x = -scene.unit * 0.05
        pane = max(2.0, scene.unit * (0.005 + 0.004 * near))
        while x < scene.width:
            wide = scene.unit * scene.between(0.06, 0.15)
            middle = 1 - abs((x + wide / 2) / scene.width - 0.5)
            tall = scene.height * scene.between(0.16, 0.56 - 0.12 * row) * middle
            top = bank - tall
            box = [x * factor, top * factor, (x + wide) * factor, bank * factor]
            brush.rectangle(box, fill=ink(wall))
            _roof(brush, factor, x, top, wide, scene, ink(wall))
            steps_x, steps_y = int((wide - pane * 2) / (pane * 2)), int(tall / (pane * 2.6)) - 1
            lit = scene.rng.random((max(steps_y, 1), max(steps_x, 1)))
            blink = scene.rng.random(lit.shape)
            tone = scene.rng.integers(0, len(lamps), lit.shape)
            for down in range(steps_y):
                for across in range(steps_x):
                    is_on = lit[down, across] < 0.34 + 0.1 * near
                    if blink[down, across] > 0.93:
                        is_on = math.sin(scene.cycle + across + down * 2) > 0.2
                    if not is_on:
                        continue
                    left = x + pane * (1.5 + across * 2)
                    upper = top + pane * (1.6 + down * 2.6)
                    lamp = (
                        lamps[int(tone[down, across])] if lit[down, across] < 0.3 else lamps[0]
                    )
                    light = ink(mix(wall, lamp, 0.35 + 0.6 * near))
                    brush.rectangle(
                        [
                            left * factor,
                            upper * factor,
                            (left + pane) * factor,
                            (upper + pane * 1.4) * factor,
                        ],
                        fill=light,
                    )
            x += wide * scene.between(0.82, 1.15)

    return drawn_over(picture, draw)


def _roof(
    brush: ImageDraw.ImageDraw,
    factor: float,
    x: float,
    top: float,
    wide: float,
    scene: Scene,
    fill: tuple[int, int, int],
) -> None:
    """A flat roof, a step, a spire or a slope."""
    kind, centre = int(scene.rng.integers(0, 5)), x + wide / 2
    high = wide * scene.between(0.2, 0.5)
    if kind == 1:
        box = [(centre - wide * 0.3), top - high, centre + wide * 0.3, top]
        brush.rectangle([part * factor for part in box], fill=fill)
    elif kind == 2:
        brush.polygon(
            [
                (x * factor, top * factor),
                ((x + wide) * factor, top * factor),
                (centre * factor, (top - high * 1.2) * factor),
            ],
            fill=fill,
        )
    elif kind == 3:
        brush.line(
            [centre * factor, top * factor, centre * factor, (top - high * 2.2) * factor],
            fill=fill,
            width=5,
        )


def nebula(scene: Scene) -> Pixels:
    """Clouds of glowing gas with bright stars in front."""
    palette = scene.palette
    drift = drifting_noise(scene, 3.0, 2) * 0.15
    base = noise(scene, 1.6, 5) + drift
    strands = 1 - np.abs(noise(scene, 2.6, 5) + drift)
    veil = np.clip(smooth(-0.8, 0.6, base) * 0.8 + 0.35 * smooth(0.55, 1.0, strands), 0, 1)
    hot = smooth(0.0, 0.75, noise(scene, 1.3, 4) + drift)
    dark = smooth(0.15, 0.9, noise(scene, 2.2, 5))
    space = palette.shades[0] * 0.3
    picture = ramp(np.vstack([space, space, palette.shades[:4]]), veil)
    glow_colour = mix(palette.contrast, palette.accent, 0.35)
    lighten(picture, glow_colour, hot * veil * 0.95)
    dim(picture, 1 - 0.35 * dark)
    core_x, core_y = (
        scene.between(0.3, 0.7) * scene.width,
        scene.between(0.3, 0.7) * scene.height,
    )
    core = np.exp(-distance(scene, core_x, core_y) / (scene.unit * 0.25))
    lighten(picture, palette.accent, core * 0.5 * (0.35 + veil))
    stars(picture, scene, int(scene.width * scene.height / 700))
    for _ in range(int(scene.rng.integers(4, 9))):
        x, y = scene.between(0.05, 0.95) * scene.width, scene.between(0.05, 0.95) * scene.height
        _sparkle(picture, scene, x, y, scene.unit * scene.between(0.008, 0.024))
    grain(picture, scene, 0.012)
    return np.asarray(np.clip(picture, 0, 1), dtype=np.float32)


def _sparkle(picture: Pixels, scene: Scene, x: float, y: float, size: float) -> None:
    """A bright star with four spikes, in place, breathing with the phase."""
    pulse = 0.85 + 0.15 * math.sin(scene.cycle + x)
    reach = int(size * 9)
    left, right = max(0, int(x) - reach), min(scene.width, int(x) + reach)
    top, bottom = max(0, int(y) - reach), min(scene.height, int(y) + reach)
    across = np.abs(np.arange(left, right, dtype=np.float32)[None, :] - x) / size
    down = np.abs(np.arange(top, bottom, dtype=np.float32)[:, None] - y) / size
    halo = np.exp(-np.sqrt(across**2 + down**2) * 1.6)
    spikes = np.exp(-across * 0.55 - down * 7) + np.exp(-down * 0.55 - across * 7)
    light = np.clip(halo + spikes * 0.9, 0, 1) * pulse
    white = mix(scene.palette.accent, WHITE, 0.6)
    lighten(picture[top:bottom, left:right], white, light)


def orbit(scene: Scene) -> Pixels:
    """A banded planet with a ring, moons circling it, in the manner of an old space poster."""
    palette = scene.palette
    picture = vertical(scene, [scene.shade(0.0) * 0.8, scene.shade(0.14), scene.shade(0.3)])
    stars(picture, scene, 240)
    dust = smooth(0.1, 1.0, noise(scene, 2, 4)) * 0.25
    cover(picture, scene.shade(0.45), dust)
    x, y = scene.between(0.36, 0.64) * scene.width, scene.between(0.38, 0.56) * scene.height
    radius, tilt = scene.unit * scene.between(0.2, 0.27), scene.between(-0.5, 0.5)
    across, down = scene.columns() - x, scene.rows() - y
    turned_x = across * math.cos(tilt) + down * math.sin(tilt)
    turned_y = down * math.cos(tilt) - across * math.sin(tilt)
    far = np.sqrt(across**2 + down**2)
    for step in (1.75, 2.15, 2.6):
        lane = np.sqrt(turned_x**2 + (turned_y / 0.34) ** 2)
        cover(
            picture, scene.shade(0.7), np.clip(1.4 - np.abs(lane - radius * step), 0, 1) * 0.35
        )
    glow(picture, scene, x, y, radius * 0.7, palette.contrast, 0.7)
    bands = np.sin(
        turned_y / radius * scene.between(7, 12) + noise(scene, 4, 3, stretch=3) * 1.2
    )
    surface = ramp(
        np.stack(
            [
                palette.contrast,
                mix(palette.contrast, palette.accent, 0.5),
                palette.accent,
                scene.shade(0.85),
            ]
        ),
        (bands + 1) / 2,
    )
    facing = (across * -0.6 + down * -0.55) / radius
    bulge = np.sqrt(np.clip(1 - (far / radius) ** 2, 0, 1))
    dim(surface, np.clip(0.3 + 0.55 * facing + 0.55 * bulge, 0.08, 1.1))
    ball = np.clip(radius - far + 0.5, 0, 1)
    cover(picture, surface, ball)
    ring = np.sqrt(turned_x**2 + (turned_y / 0.26) ** 2) / radius
    strands = 0.6 + 0.4 * np.sin(ring * 55)
    band = smooth(1.22, 1.27, ring) * (1 - smooth(1.56, 1.6, ring)) * strands
    in_front = np.where(turned_y > 0, 1.0, 1 - ball)
    cover(
        picture,
        mix(palette.accent, scene.shade(0.8), 0.5),
        (band * in_front * 0.85).astype(np.float32),
    )
    for step, size, turns in ((1.75, 0.1, 1), (2.15, 0.06, -1), (2.6, 0.14, 1)):
        angle = scene.between(0, 2 * math.pi) + scene.cycle * turns
        along, off = math.cos(angle) * radius * step, math.sin(angle) * radius * step * 0.34
        moon_x = x + along * math.cos(tilt) - off * math.sin(tilt)
        moon_y = y + along * math.sin(tilt) + off * math.cos(tilt)
        if off < 0 and math.hypot(moon_x - x, moon_y - y) < radius:
            continue
        _moon(picture, scene, moon_x, moon_y, radius * size)
    grain(picture, scene, 0.022)
    return picture


def _moon(picture: Pixels, scene: Scene, x: float, y: float, radius: float) -> None:
    """A small ball lit from the upper left, in place."""

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        brush.ellipse(
            [
                (x - radius) * factor,
                (y - radius) * factor,
                (x + radius) * factor,
                (y + radius) * factor,
            ],
            fill=255,
        )

    shade = np.clip(
        0.75 - ((scene.columns() - x) + (scene.rows() - y)) / (radius * 2.6), 0.15, 1
    )
    body = (scene.shade(0.9) * shade[..., None]).astype(np.float32)
    cover(picture, body, drawn_mask(scene, draw))
