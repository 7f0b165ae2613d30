"""What every style draws with: a scene, noise, ridges, glows and soft masks. No I/O.

Pictures are float32 arrays (height, width, 3) between 0 and 1 until `to_image`. Everything
random comes from the scene's generator, so the same seed gives the same picture. `phase` goes
from 0 to 1 through one loop of a video and only ever enters through sine and cosine, so that
the end meets the start.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from artkeep.demo.art.palettes import Colour, Palette, rgb

Pixels = NDArray[np.floating[Any]]
Style = Callable[["Scene"], Pixels]

_RAMP_STEPS = 1024
_COARSE_PIXELS = 8


@dataclass(slots=True)
class Scene:
    """One picture to be painted. `cycle` is the angle of the loop in radians."""

    width: int
    height: int
    palette: Palette
    rng: np.random.Generator
    phase: float = 0.0

    @property
    def cycle(self) -> float:
        return 2 * math.pi * self.phase

    @property
    def unit(self) -> float:
        """The shorter side: lengths are given in parts of it so that sizes look alike."""
        return float(min(self.width, self.height))

    def columns(self) -> Pixels:
        """Pixel x positions, shape (1, width)."""
        return np.arange(self.width, dtype=np.float32)[None, :]

    def rows(self) -> Pixels:
        """Pixel y positions, shape (height, 1)."""
        return np.arange(self.height, dtype=np.float32)[:, None]

    def shade(self, position: float) -> Colour:
        """Between the darkest shade (0) and the lightest (1)."""
        return ramp(self.palette.shades, position)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))


def ramp(colours: Pixels, position: Pixels | float) -> Pixels:
    """Colours spread evenly over 0..1, read at `position` (any shape): adds one axis of 3."""
    stops, fine = np.linspace(0, 1, len(colours)), np.linspace(0, 1, _RAMP_STEPS)
    channels = [np.interp(fine, stops, colours[:, channel]) for channel in range(3)]
    table = np.stack(channels, axis=-1).astype(np.float32)
    # A table look-up costs a fifth of interpolating each of half a million pixels.
    index = (np.clip(position, 0, 1) * (_RAMP_STEPS - 1)).astype(np.intp)
    if index.ndim < 2:
        return np.asarray(table[index])
    picture = blank(*index.shape)
    for channel in range(3):
        np.take(table[:, channel], index, out=picture[..., channel])
    return picture


def blank(height: int, width: int) -> Pixels:
    """An empty picture whose channels each lie in one piece: far quicker to work on."""
    return np.empty((3, height, width), dtype=np.float32).transpose(1, 2, 0)


def flat(scene: Scene, colour: Colour) -> Pixels:
    """A sheet of one colour."""
    picture = blank(scene.height, scene.width)
    picture[...] = colour
    return picture


def mix(first: Pixels, second: Pixels, share: float) -> Pixels:
    return np.asarray(first + (second - first) * share, dtype=np.float32)


def vertical(scene: Scene, colours: list[Colour]) -> Pixels:
    """A gradient from top to bottom through the colours given."""
    column = ramp(np.stack(colours), np.linspace(0, 1, scene.height, dtype=np.float32))
    picture = blank(scene.height, scene.width)
    picture[...] = column[:, None, :]
    return picture


def smooth(low: float, high: float, value: Pixels) -> Pixels:
    """0 below `low`, 1 above `high`, a soft step between."""
    step = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(step * step * (3 - 2 * step), dtype=np.float32)


def cover(picture: Pixels, colour: Pixels, mask: Pixels) -> None:
    """Lay a colour (or a picture) over the picture where the mask is, in place."""
    touched = np.flatnonzero(mask.any(axis=1))
    if not touched.size:
        return
    rows = slice(int(touched[0]), int(touched[-1]) + 1)
    # Channel by channel: numpy is many times slower when its innermost axis has three steps.
    for channel in range(3):
        part = picture[rows, :, channel]
        part += (
            (colour[rows, :, channel] if colour.ndim == 3 else colour[channel]) - part
        ) * mask[rows]


def shaded(dark: Colour, bright: Colour, share: Pixels) -> Pixels:
    """A picture that goes from one colour to another where `share` goes from 0 to 1."""
    picture = blank(*share.shape)
    for channel in range(3):
        picture[..., channel] = dark[channel] + (bright[channel] - dark[channel]) * share
    return picture


def lighten(picture: Pixels, colour: Colour, light: Pixels) -> None:
    """Add light without ever passing white, in place."""
    for channel in range(3):
        part = picture[..., channel]
        part += (1 - part) * (colour[channel] * light)


def dim(picture: Pixels, factor: Pixels) -> None:
    """Multiply all channels by one factor per pixel, in place."""
    for channel in range(3):
        picture[..., channel] *= factor


def noise(scene: Scene, cells: float, octaves: int = 3, stretch: float = 1.0) -> Pixels:
    """Fractal noise over the whole scene, about -1 to 1. `cells` across the shorter side.

    `stretch` above 1 draws the noise out sideways, as in water and clouds.
    """
    finest = scene.unit / (cells * 2 ** (octaves - 1))
    shrink = 2 if finest >= _COARSE_PIXELS else 1  # coarse noise is made small and drawn out
    size = (-(-scene.width // shrink), -(-scene.height // shrink))
    total = np.zeros((size[1], size[0]), dtype=np.float32)
    weight = 1.0
    for octave in range(octaves):
        scale = cells * 2**octave / scene.unit
        wide = max(2, round(scene.width * scale / stretch)) + 3
        tall = max(2, round(scene.height * scale)) + 3
        grid = scene.rng.uniform(-1, 1, (tall, wide)).astype(np.float32)
        layer = Image.fromarray(grid).resize(
            size, Image.Resampling.BICUBIC, box=(1, 1, wide - 1, tall - 1)
        )
        total += np.asarray(layer) * np.float32(weight * 0.8)
        weight *= 0.5
    np.clip(total, -1, 1, out=total)
    if shrink == 1:
        return total
    drawn = Image.fromarray(total).resize(
        (scene.width, scene.height), Image.Resampling.BILINEAR
    )
    return np.asarray(drawn)


def drifting_noise(
    scene: Scene, cells: float, octaves: int = 3, stretch: float = 1.0
) -> Pixels:
    """Noise that changes with the phase and comes back to where it began."""
    first = noise(scene, cells, octaves, stretch)
    second = noise(scene, cells, octaves, stretch)
    return np.asarray(
        first * math.cos(scene.cycle) + second * math.sin(scene.cycle), dtype=np.float32
    )


def ridge(scene: Scene, bumps: float, octaves: int = 5, roughness: float = 0.5) -> Pixels:
    """A skyline of hills, one height per column, about -1 to 1."""
    line = np.zeros(scene.width, dtype=np.float32)
    place = np.linspace(0, 1, scene.width)
    weight = 1.0
    for octave in range(octaves):
        count = max(2, round(bumps * 2**octave)) + 2
        knots = scene.rng.uniform(-1, 1, count)
        offset = scene.rng.uniform(0, 1)
        spot = place * (count - 2) + offset
        left = np.floor(spot).astype(int)
        part = spot - left
        part = part * part * (3 - 2 * part)
        line += (weight * (knots[left] * (1 - part) + knots[left + 1] * part)).astype(
            np.float32
        )
        weight *= roughness
    return line


def below(scene: Scene, line: Pixels) -> Pixels:
    """A mask of everything under a skyline given in pixel heights, with a soft edge."""
    return np.clip(scene.rows() - line[None, :] + 0.5, 0, 1)


def distance(scene: Scene, x: float, y: float) -> Pixels:
    """Distance in pixels of every pixel from a point."""
    return np.sqrt((scene.columns() - x) ** 2 + (scene.rows() - y) ** 2)


def glow(
    picture: Pixels,
    scene: Scene,
    x: float,
    y: float,
    radius: float,
    colour: Colour,
    power: float,
) -> None:
    """Light around a point, added in place; `radius` in pixels is where it has mostly faded."""
    reach = radius * 5.5  # farther out it adds less than one step of 256
    left, right = max(0, int(x - reach)), min(scene.width, int(x + reach))
    top, bottom = max(0, int(y - reach)), min(scene.height, int(y + reach))
    across = np.arange(left, right, dtype=np.float32)[None, :] - x
    down = np.arange(top, bottom, dtype=np.float32)[:, None] - y
    light = np.exp(np.sqrt(across * across + down * down) * np.float32(-1 / radius)) * power
    lighten(picture[top:bottom, left:right], colour, light)


def disc(
    picture: Pixels, scene: Scene, x: float, y: float, radius: float, fill: Pixels
) -> None:
    """A filled circle with a soft edge, in place."""
    cover(picture, fill, np.clip(radius - distance(scene, x, y) + 0.5, 0, 1))


def stars(picture: Pixels, scene: Scene, count: int, lowest: float = 1.0) -> None:
    """Twinkling points above `lowest` (part of the height), in place."""
    x = scene.rng.integers(0, scene.width, count)
    y = (scene.rng.random(count) ** 1.3 * scene.height * lowest).astype(int)
    size = scene.rng.random(count) ** 4
    twinkle = 0.75 + 0.25 * np.sin(scene.cycle + scene.rng.uniform(0, 2 * math.pi, count))
    light = ((0.25 + 0.75 * size) * twinkle).astype(np.float32)
    np.maximum.at(picture, (y, x), light[:, None] * rgb(1.0, 0.97, 0.92))
    for index in np.flatnonzero(size > 0.6):
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            row, column = y[index] + dy, x[index] + dx
            if 0 <= row < scene.height and 0 <= column < scene.width:
                picture[row, column] = np.maximum(picture[row, column], light[index] * 0.5)


def grain(picture: Pixels, scene: Scene, amount: float = 0.02) -> None:
    """A little paper tooth, the same in all three channels, in place. Still in videos."""
    tooth = scene.rng.random((scene.height, scene.width), dtype=np.float32)
    tooth -= 0.5
    tooth *= amount * 3.4  # as wide as a normal distribution of that deviation
    for channel in range(3):
        picture[..., channel] += tooth


def vignette(picture: Pixels, scene: Scene, amount: float = 0.25) -> None:
    """Darker corners, in place."""
    across = (scene.columns() / scene.width - 0.5) ** 2 + (
        scene.rows() / scene.height - 0.5
    ) ** 2
    dim(picture, 1 - amount * 2 * across)


def soften(mask: Pixels, radius: float) -> Pixels:
    """A blurred copy of a mask; done at a quarter of the size, which nobody sees."""
    height, width = mask.shape
    small = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8)).resize(
        (max(1, width // 4), max(1, height // 4)), Image.Resampling.BOX
    )
    blurred = small.filter(ImageFilter.GaussianBlur(radius / 4)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return np.asarray(blurred, dtype=np.float32) / 255


def drawn_mask(scene: Scene, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Pixels:
    """A mask from shapes drawn at twice the size; `draw` gets the brush and that factor."""
    sheet = Image.new("L", (scene.width * 2, scene.height * 2))
    draw(ImageDraw.Draw(sheet), 2.0)
    return np.asarray(sheet.reduce(2), dtype=np.float32) / 255


def drawn_over(picture: Pixels, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Pixels:
    """The picture with coloured shapes drawn on it at twice the size."""
    sheet = to_image(picture)
    sheet = sheet.resize((sheet.width * 2, sheet.height * 2), Image.Resampling.NEAREST)
    draw(ImageDraw.Draw(sheet), 2.0)
    drawn = blank(*picture.shape[:2])
    np.divide(np.asarray(sheet.reduce(2)), 255, out=drawn)
    return drawn


def ink(colour: Pixels) -> tuple[int, int, int]:
    """A colour as Pillow wants it."""
    red, green, blue = (round(float(part) * 255) for part in np.clip(colour, 0, 1))
    return red, green, blue


def to_image(picture: Pixels) -> Image.Image:
    finished = np.empty(picture.shape, dtype=np.uint8)
    for channel in range(3):
        finished[..., channel] = np.clip(picture[..., channel], 0, 1) * 255 + 0.5
    return Image.fromarray(finished)
