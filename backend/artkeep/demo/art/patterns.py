"""Geometry: stained glass, art-deco fans, tessellations, a Bauhaus grid."""

from __future__ import annotations

import math

import numpy as np
from PIL import ImageDraw

from artkeep.demo.art.canvas import (
    Pixels,
    Scene,
    cover,
    dim,
    drawn_over,
    drifting_noise,
    flat,
    grain,
    ink,
    mix,
    noise,
    ramp,
    smooth,
    vignette,
)
from artkeep.demo.art.palettes import WHITE, rgb


def stained(scene: Scene) -> Pixels:
    """A window of coloured panes in lead, with light wandering behind it."""
    cell = scene.unit / scene.between(7, 11)
    wide, tall = math.ceil(scene.width / cell) + 4, math.ceil(scene.height / cell) + 4
    spots = scene.rng.uniform(0.1, 0.9, (tall, wide, 2)).astype(np.float32)
    tones = scene.rng.random((tall, wide)).astype(np.float32)
    x, y = scene.columns() / cell + 2, scene.rows() / cell + 2
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    nearest = np.full((scene.height, scene.width), 9, np.float32)
    second = nearest.copy()
    owner = np.zeros(nearest.shape, dtype=np.int32)
    cell_index = row * wide + column
    spot_x = (spots[..., 0] + np.arange(wide, dtype=np.float32)[None, :]).ravel()
    spot_y = (spots[..., 1] + np.arange(tall, dtype=np.float32)[:, None]).ravel()
    for down in range(-1, 2):
        for across in range(-1, 2):
            index = cell_index + (down * wide + across)
            dx, dy = x - spot_x[index], y - spot_y[index]
            far = dx * dx + dy * dy
            closer = far < nearest
            second = np.where(closer, nearest, np.minimum(second, far))
            owner = np.where(closer, index, owner)
            nearest = np.minimum(nearest, far)
    nearest, second = np.sqrt(nearest), np.sqrt(second)
    centre_y = (owner // wide - 2) * cell / scene.height
    centre_x = (owner % wide - 2) * cell / scene.width
    swirl = np.hypot(centre_x - scene.between(0.2, 0.8), centre_y - scene.between(0.2, 0.8))
    tone = tones.ravel()[owner]
    palette = scene.palette
    glass = np.vstack(
        [
            palette.accent,
            palette.shades[3],
            palette.contrast,
            palette.shades[2],
            palette.shades[1],
        ]
    )
    picture = ramp(glass, np.clip(swirl * 1.1 + (tone - 0.5) * 0.42, 0, 1))
    light = 0.82 + 0.22 * drifting_noise(scene, 1.5, 2) + 0.06 * noise(scene, 24, 2)
    dim(picture, light + 0.22 * (1 - np.clip(nearest * 1.2, 0, 1)))
    lead = 1 - smooth(0.035, 0.075, second - nearest)
    cover(picture, palette.shades[0] * 0.45, lead)
    vignette(picture, scene, 0.3)
    return np.asarray(np.clip(picture, 0, 1), dtype=np.float32)


def deco(scene: Scene) -> Pixels:
    """Overlapping fans with gold lines; their colours flow over the picture."""
    palette = scene.palette
    gold = mix(palette.accent, rgb(0.83, 0.66, 0.35), 0.55)
    radius = scene.unit / scene.between(4.5, 7.5)
    picture = flat(scene, palette.shades[0])
    slant, shift = scene.between(-0.8, 0.8), scene.between(0, 6)
    rings = int(scene.rng.integers(4, 7))

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        line = max(2, round(radius * 0.022 * factor))
        rows = math.ceil(scene.height / (radius * 0.5)) + 3
        for row in range(rows):
            y = row * radius * 0.5 - radius * 0.2
            for step in range(-1, math.ceil(scene.width / (radius * 2)) + 2):
                x = (step * 2 + row % 2) * radius
                wave = math.sin(x / scene.unit * 3 + y / scene.unit * 3 * slant + shift)
                for ring in range(rings):
                    part = 1 - ring / rings
                    place = 0.15 + 0.5 * (wave + 1) / 2 + 0.3 * (ring % 2)
                    fill = (
                        scene.shade(min(1.0, place))
                        if ring % 3 != 2
                        else mix(palette.contrast, scene.shade(place), 0.35)
                    )
                    reach = radius * part
                    box = [x - reach, y - reach, x + reach, y + reach]
                    brush.ellipse(
                        [side * factor for side in box],
                        fill=ink(fill),
                        outline=ink(gold),
                        width=line,
                    )

    picture = drawn_over(picture, draw)
    shine = 0.93 + 0.1 * noise(scene, 1.2, 2)
    dim(picture, shine)
    vignette(picture, scene, 0.25)
    grain(picture, scene, 0.015)
    return picture


def cubes(scene: Scene) -> Pixels:
    """Stacked cubes: three tones per cube, colours drifting over the sheet."""
    palette = scene.palette
    side = scene.unit / scene.between(8, 13)
    wide, tall = side * math.sqrt(3), side * 1.5
    fields = [(scene.between(1, 3), scene.between(1, 3), scene.between(0, 6)) for _ in range(2)]
    hues = np.vstack([palette.shades[1:5], palette.accent, palette.contrast])
    picture = flat(scene, palette.shades[1])

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        for row in range(-1, math.ceil(scene.height / tall) + 2):
            for column in range(-1, math.ceil(scene.width / wide) + 2):
                x, y = column * wide + (row % 2) * wide / 2, row * tall
                u, v = x / scene.unit, y / scene.unit
                wave = sum(math.sin(a * u * 2 + b * v * 2 + c) for a, b, c in fields)
                base = ramp(
                    hues, float(np.clip((wave + 2) / 4 + scene.between(-0.07, 0.07), 0, 1))
                )
                half = wide / 2
                top = [
                    (x, y - side),
                    (x + half, y - side / 2),
                    (x, y),
                    (x - half, y - side / 2),
                ]
                left = [
                    (x - half, y - side / 2),
                    (x, y),
                    (x, y + side),
                    (x - half, y + side / 2),
                ]
                right = [
                    (x + half, y - side / 2),
                    (x, y),
                    (x, y + side),
                    (x + half, y + side / 2),
                ]
                for face, tone in ((top, 1.08), (left, 0.8), (right, 0.56)):
                    brush.polygon(
                        [(a * factor, b * factor) for a, b in face], fill=ink(base * tone)
                    )

    picture = drawn_over(picture, draw)
    grain(picture, scene, 0.014)
    vignette(picture, scene, 0.2)
    return picture


def facets(scene: Scene) -> Pixels:
    """A field of triangles, low-poly: each has one tone of a smooth landscape of colour."""
    palette = scene.palette
    cell = scene.unit / scene.between(8, 13)
    wide, tall = math.ceil(scene.width / cell) + 3, math.ceil(scene.height / cell) + 3
    jitter = scene.rng.uniform(-0.36, 0.36, (tall, wide, 2))
    tone = scene.rng.uniform(-0.1, 0.1, (tall, wide, 2))
    waves = [
        (scene.between(-3, 3), scene.between(-3, 3), scene.between(0, 6)) for _ in range(3)
    ]
    picture = flat(scene, palette.shades[2])
    hues = np.vstack([palette.shades, palette.accent])

    def corner(row: int, column: int) -> tuple[float, float]:
        return (
            (column - 1 + jitter[row, column, 0]) * cell,
            (row - 1 + jitter[row, column, 1]) * cell,
        )

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        for row in range(tall - 1):
            for column in range(wide - 1):
                a, b = corner(row, column), corner(row, column + 1)
                c, d = corner(row + 1, column), corner(row + 1, column + 1)
                for index, face in enumerate(((a, b, c), (b, d, c))):
                    u = sum(point[0] for point in face) / 3 / scene.unit
                    v = sum(point[1] for point in face) / 3 / scene.unit
                    wave = sum(math.sin(p * u + q * v + s) for p, q, s in waves) / 3
                    place = 0.5 + 0.42 * wave + float(tone[row, column, index])
                    fill = ramp(hues, np.clip(place, 0, 1))
                    brush.polygon([(x * factor, y * factor) for x, y in face], fill=ink(fill))

    picture = drawn_over(picture, draw)
    grain(picture, scene, 0.01)
    return picture


def bauhaus(scene: Scene) -> Pixels:
    """A grid of quarter circles, discs, arcs and triangles in flat colours."""
    palette = scene.palette
    inks = [*palette.shades[1:4], palette.accent, palette.contrast]
    paper = mix(palette.shades[4], WHITE, 0.3)
    count = int(scene.rng.integers(4, 7))
    cell = scene.unit / count
    picture = flat(scene, paper)

    def draw(brush: ImageDraw.ImageDraw, factor: float) -> None:
        for row in range(math.ceil(scene.height / cell)):
            for column in range(math.ceil(scene.width / cell)):
                first, second = scene.rng.choice(len(inks), 2, replace=False)
                ground = ink(inks[first]) if scene.rng.random() < 0.62 else ink(paper)
                figure, size = ink(inks[second]), cell * factor
                x, y = column * size, row * size
                brush.rectangle([x, y, x + size, y + size], fill=ground)
                _figure(brush, scene, x, y, size, figure, ink(paper))

    picture = drawn_over(picture, draw)
    grain(picture, scene, 0.03)
    return picture


def _figure(
    brush: ImageDraw.ImageDraw,
    scene: Scene,
    x: float,
    y: float,
    size: float,
    fill: tuple[int, int, int],
    paper: tuple[int, int, int],
) -> None:
    """One motif inside a square cell, drawn within its borders."""
    kind, turn = int(scene.rng.integers(0, 7)), int(scene.rng.integers(0, 4))
    if kind in (0, 1):
        corner_x, corner_y = x + (turn % 2) * size, y + (turn // 2) * size
        start = {0: 0, 1: 90, 2: 270, 3: 180}[turn]
        steps = 4 if kind == 1 else 1
        for step in range(steps):
            reach = size * (1 - step / steps)
            box = [corner_x - reach, corner_y - reach, corner_x + reach, corner_y + reach]
            brush.pieslice(box, start, start + 90, fill=fill if step % 2 == 0 else paper)
    elif kind == 2:
        brush.ellipse(
            [x + size * 0.16, y + size * 0.16, x + size * 0.84, y + size * 0.84], fill=fill
        )
        brush.ellipse(
            [x + size * 0.36, y + size * 0.36, x + size * 0.64, y + size * 0.64], fill=paper
        )
    elif kind == 3:
        corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
        brush.polygon([corners[(turn + step) % 4] for step in range(3)], fill=fill)
    elif kind == 4:
        for step in range(0, 8, 2):
            upper = y + size * step / 8
            brush.rectangle([x, upper, x + size, upper + size / 8], fill=fill)
    elif kind == 5:
        for down in range(3):
            for across in range(3):
                cx, cy, reach = (
                    x + size * (across + 0.5) / 3,
                    y + size * (down + 0.5) / 3,
                    size * 0.08,
                )
                brush.ellipse([cx - reach, cy - reach, cx + reach, cy + reach], fill=fill)
    else:
        start = turn * 90
        brush.pieslice([x, y, x + size, y + size], start, start + 180, fill=fill)
