"""What a PNG's chunks say about its samples: depth, transparency, colours (CV-6, CV-11).

Pillow opens 16 bits a sample as 8 without notice, and has no part in colour, so the chunks
themselves are asked. Colours that are only given by gAMA and cHRM become an ICC profile that
says the same: then no sample changes.

Source: PNG specification, third edition (W3C, 2025), §11.3.2; ICC.1:2001-04, §6.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from artkeep.media.byte_source import ByteSource
from artkeep.media.sniff import PNG_SIGNATURE

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_SRGB_GAMMA = 45455
_SRGB_POINTS = (
    31270,
    32900,
    64000,
    33000,
    30000,
    60000,
    15000,
    6000,
)  # white, red, green, blue
_NEARLY_GAMMA, _NEARLY_POINT = 1000, 500
_SRGB_CODES = b"\x01\x0d\x00\x01"
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(slots=True)
class PngFacts:
    """`transparency` is tRNS as it stands; `gamma` and `points` are in 100 000ths."""

    depth: int = 8
    colour_type: int = 2
    transparency: bytes | None = None
    gamma: int | None = None
    points: tuple[int, ...] = _SRGB_POINTS
    says_srgb: bool = False
    has_profile: bool = False
    codes: bytes | None = None
    texts: int = 0
    has_signature: bool = False

    @property
    def has_own_colours(self) -> bool:
        """Whether gAMA and cHRM decide, and say something else than sRGB."""
        if self.has_profile or self.says_srgb or self.codes or not self.gamma:
            return False
        is_usual = abs(self.gamma - _SRGB_GAMMA) <= _NEARLY_GAMMA and all(
            abs(here - there) <= _NEARLY_POINT
            for here, there in zip(self.points, _SRGB_POINTS, strict=True)
        )
        return not is_usual

    @property
    def is_coded_otherwise(self) -> bool:
        """Whether cICP decides, and says something else than sRGB: mostly HDR."""
        return self.codes is not None and self.codes != _SRGB_CODES


def read_png_facts(file: ByteSource) -> PngFacts:
    """Of a PNG whose structure was walked already."""
    facts = PngFacts()
    position, name = len(PNG_SIGNATURE), b""
    while name != b"IEND":
        file.count_parts()
        length, name = struct.unpack(">I4s", file.read(position, 8))
        content = file.read(position + 8, min(length, 256))
        if name == b"IHDR":
            facts.depth, facts.colour_type = content[8], content[9]
        elif name == b"tRNS":
            facts.transparency = content
        elif name == b"gAMA" and length == 4:
            (facts.gamma,) = struct.unpack(">I", content)
        elif name == b"cHRM" and length == 32:
            facts.points = struct.unpack(">8I", content)
        elif name == b"cICP":
            facts.codes = content
        facts.says_srgb = facts.says_srgb or name == b"sRGB"
        facts.has_profile = facts.has_profile or name == b"iCCP"
        facts.has_signature = facts.has_signature or name == b"caBX"
        facts.texts += name in _TEXTS
        position += 12 + length
    return facts


def profile_of(gamma: int, points: tuple[int, ...]) -> bytes:
    """An ICC profile (version 2, matrix and curves) for gAMA and cHRM.

    Raises ValueError for primaries that span no colours.
    """
    pairs = [(x / 1e5, y / 1e5) for x, y in zip(points[0::2], points[1::2], strict=True)]
    if any(y <= 0 for _, y in pairs):
        raise ValueError("the primaries span no colours")
    white, *primaries = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in pairs)
    matrix = np.array(primaries).T
    if abs(np.linalg.det(matrix)) < 1e-6:
        raise ValueError("the primaries span no colours")
    matrix = matrix * np.linalg.solve(matrix, white)
    cone = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    columns = (np.linalg.inv(_BRADFORD) @ (cone[:, None] * (_BRADFORD @ matrix))).T
    curve = b"curv" + struct.pack(">IIH", 0, 1, min(65535, round(256e5 / gamma)))
    text = b"PNG gAMA and cHRM\0"
    tags = {
        b"desc": b"desc" + struct.pack(">II", 0, len(text)) + text + bytes(8 + 3 + 67),
        b"cprt": b"text" + bytes(4) + b"None\0",
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(columns[0]),
        b"gXYZ": _xyz(columns[1]),
        b"bXYZ": _xyz(columns[2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = b"", b""
    begin = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", begin + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = begin + len(body)
    header = struct.pack(">I4sI", size, bytes(4), 0x02100000) + b"mntrRGB XYZ "
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + _xyz(_D50)[8:]
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(v) * 65536) for v in values))
