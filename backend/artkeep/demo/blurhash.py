"""BlurHash strings that fit a picture's palette, without painting the picture.

Format: https://github.com/woltapp/blurhash (Algorithm.md). One column and three rows of
components are enough for the light and dark of a sky over land.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from artkeep.demo.art.canvas import Pixels, mix, ramp
from artkeep.demo.art.palettes import PALETTES

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_ROWS = 8

# How light a style is from top to bottom; where it differs from most.
_LIGHT = {
    "aurora": (0.05, 0.4, 0.1), "skyline": (0.08, 0.4, 0.1), "nebula": (0.1, 0.35, 0.15),
    "orbit": (0.05, 0.35, 0.25), "forest": (0.6, 0.7, 0.2), "lighthouse": (0.2, 0.6, 0.2),
    "watercolour": (1.0, 0.7, 0.95), "botanical": (0.95, 0.8, 0.4),
    "papercut": (0.9, 0.6, 0.15),
}  # fmt: skip
_USUAL_LIGHT = (0.55, 0.75, 0.3)


@lru_cache(maxsize=512)
def blurhash_of(style: str, palette: int) -> str:
    """A 1x3 BlurHash: always 10 characters."""
    shades = PALETTES[palette].shades
    stops = np.stack([ramp(shades, light) for light in _LIGHT.get(style, _USUAL_LIGHT)])
    stops[1] = mix(stops[1], PALETTES[palette].accent, 0.3)
    column = _linear(ramp(stops, np.linspace(0, 1, _ROWS, dtype=np.float32)))
    waves = [_component(column, order) for order in range(3)]
    biggest = max(0.001, float(np.abs(np.stack(waves[1:])).max()))
    quantised = max(0, min(82, math.floor(biggest * 166 - 0.5)))
    actual = (quantised + 1) / 166
    average = 0
    for part in waves[0]:
        average = average * 256 + _to_srgb(float(part))
    text = _base83((3 - 1) * 9, 1) + _base83(quantised, 1) + _base83(average, 4)
    return text + "".join(_base83(_packed(wave / actual), 2) for wave in waves[1:])


def _linear(colours: Pixels) -> Pixels:
    return np.asarray(
        np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    )


def _to_srgb(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    curved = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)


def _component(column: Pixels, order: int) -> Pixels:
    basis = np.cos(math.pi * order * np.arange(_ROWS) / _ROWS)
    return np.asarray((column * basis[:, None]).mean(axis=0) * (1 if order == 0 else 2))


def _packed(wave: Pixels) -> int:
    packed = 0
    for part in wave:
        root = math.copysign(math.sqrt(abs(float(part))), float(part))
        packed = packed * 19 + max(0, min(18, math.floor(root * 9 + 9.5)))
    return packed


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83 ** (length - 1 - place) % 83] for place in range(length))
