"""Cheap media for benchmarks: valid PNG files of a wanted size, different for every image."""

from __future__ import annotations

import math
import random
import struct
import zlib

from artkeep.demo.records import SiteImage
from artkeep.demo.renderer import Variant

_STORED_BLOCK = 65_535  # the longest piece of uncompressed data in a zlib stream


def payload_side(payload_bytes: int) -> int:
    """The side of a square of random pixels that fills a file of about that size."""
    return max(8, round(math.sqrt(payload_bytes / 3)))


class PayloadMedia:
    """Every media answer is one PNG of noise whose first row spells the image's id."""

    def __init__(self, payload_bytes: int) -> None:
        self._side = payload_side(payload_bytes)
        row = self._side * 3
        pixels = random.Random(1).randbytes(row * (self._side - 1))
        # Filter byte 0 before each row; rows after the first are the same in all files.
        self._rest = b"".join(
            b"\0" + pixels[at : at + row] for at in range(0, len(pixels), row)
        )
        header = struct.pack(">IIBBBBB", self._side, self._side, 8, 2, 0, 0, 0)
        self._head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
        self._tail = _chunk(b"IEND", b"")

    async def load(self, image: SiteImage, variant: Variant) -> bytes:
        first = (image.id.to_bytes(8, "big") * self._side)[: self._side * 3]
        return self._head + _chunk(b"IDAT", _stored(b"\0" + first + self._rest)) + self._tail

    async def avatar(self, uuid: str) -> bytes:
        return (
            self._head
            + _chunk(b"IDAT", _stored(b"\0" * (self._side * 3 + 1) + self._rest))
            + self._tail
        )

    def known_size(self, image: SiteImage) -> int | None:
        raw = (self._side * 3 + 1) * self._side
        return (
            len(self._head)
            + len(self._tail)
            + 12
            + 6
            + raw
            + 5 * math.ceil(raw / _STORED_BLOCK)
        )

    async def close(self) -> None:
        """Nothing is held open."""


def _chunk(name: bytes, body: bytes) -> bytes:
    return (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    )


def _stored(raw: bytes) -> bytes:
    """A zlib stream without compression: as fast as copying."""
    parts = [b"\x78\x01"]
    for at in range(0, len(raw), _STORED_BLOCK):
        piece = raw[at : at + _STORED_BLOCK]
        is_last = at + _STORED_BLOCK >= len(raw)
        parts += [struct.pack("<BHH", is_last, len(piece), len(piece) ^ 0xFFFF), piece]
    return b"".join([*parts, struct.pack(">I", zlib.adler32(raw))])
