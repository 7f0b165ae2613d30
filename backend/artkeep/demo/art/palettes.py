"""Colour families for the generated art: five shades from dark to light and two accents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.floating[Any]]  # three values, 0 to 1


def colour(code: str) -> Colour:
    """`f4d58d` as red, green, blue between 0 and 1."""
    return rgb(*(int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)))


def rgb(red: float, green: float, blue: float) -> Colour:
    return np.array([red, green, blue], dtype=np.float32)


WHITE = rgb(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Palette:
    """`shades` go from the darkest to the lightest; `codes` are what they were written as."""

    name: str
    codes: tuple[str, ...]

    @property
    def shades(self) -> Colour:
        return np.stack([colour(code) for code in self.codes[:5]])

    @property
    def accent(self) -> Colour:
        """The light of the picture: sun, moon, windows."""
        return colour(self.codes[5])

    @property
    def contrast(self) -> Colour:
        """A second hue for the few things that should stand out."""
        return colour(self.codes[6])


def _palette(name: str, codes: str) -> Palette:
    return Palette(name, tuple(codes.split()))


PALETTES: tuple[Palette, ...] = (
    _palette("dawn", "2b2140 5a3d6b a8577e e98a7b fbd3a8 ffe9b8 6fb1c7"),
    _palette("lagoon", "07131f 0f2d43 1c5a6e 4fa3a0 bfe3d0 f4d58d e76f51"),
    _palette("fern", "10201a 1f3d2f 3f6b4f 8fb07a e4e3bd f2b25c c8553d"),
    _palette("rose", "241734 4b2a59 8d4b81 d98aa3 f9d6d2 ffd08a 7ec4cf"),
    _palette("desert", "3a1f2b 7a3b3f c46f4d e9a869 f8e0b0 fff1c9 2f6f7e"),
    _palette("arctic", "0b1d33 1f4068 4a7ba6 9cc3db eef6f9 ffd7a8 c86b98"),
    _palette("lavender", "1f1b3a 3e3670 7264a8 b3a3d6 efe6f5 f7c59f 6fcf97"),
    _palette("ember", "160d14 4a1420 94232f d9562f f7b05b ffe7a3 3a86a8"),
    _palette("moss", "15201f 2f4540 5f7f68 a7bd8a f0ecc9 e8a14f b8506a"),
    _palette("midnight", "060a18 101c3d 22386e 4f6fb0 b8c9ef ffe29a f28482"),
    _palette("coral", "0d2b3e 17566b 2f8f96 8fd0b8 fdf1d2 ffc15e f7786b"),
    _palette("ink", "14161c 33373f 6a6f78 a9adb0 f1eee6 d9a441 c8402f"),
    _palette("plum", "1a1025 43204f 7c3a6d c66a7e f4b8a0 ffe3c2 4aa3a2"),
    _palette("citrus", "12343b 2d6a5f 7fa650 e2c044 fbeec1 fff5d1 e4572e"),
)
