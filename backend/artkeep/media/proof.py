"""Proves that a converted picture is the one it was made from (CV-12).

Without loss every pixel is the same. With loss both are averaged over areas to at most 256
pixels and must agree: noise that an encoder honestly smooths averages out, while swapped
channels, a mirrored, shifted or half lost picture stay 20 levels off.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artkeep.media.refused import NotProven

_SIDE, _BLOCK = 256, 16
_LEAST_FACTOR = 4  # small pictures are averaged as well: their noise is as honest
_LEAST_PSNR, _LEAST_PSNR_BELOW_50 = 32.0, 26.0
_MOST_BLOCK_LEVELS = 8.0
_MOST_HASH_BITS = 10
_PLAIN_LEVELS = 4.0  # a picture plainer than this has no structure for a hash to be of
NO_DIFFERENCE_DB = 99.0


def prove_lossy(source: Image.Image, result: Image.Image, quality: int) -> float:
    """The PSNR in dB of the averaged pictures (RGB or RGBA). Raises NotProven."""
    prove_alpha(source, result)
    return prove_averaged(source, result, quality)


def prove_alpha(source: Image.Image, result: Image.Image) -> None:
    """Raises NotProven when size or transparency are not the same."""
    if source.size != result.size:
        raise NotProven(f"it has {result.size} pixels instead of {source.size}")
    if _alpha(source) != _alpha(result):
        raise NotProven("its transparency is not the same")


def prove_averaged(
    source: Image.Image, result: Image.Image, quality: int, *, reduced_by: int = 1
) -> float:
    """As `prove_lossy`, of pictures whose areas were averaged by this factor already."""
    difference = _averaged(source, reduced_by) - _averaged(result, reduced_by)
    error = float(np.mean(difference**2))
    psnr = min(NO_DIFFERENCE_DB, 10 * math.log10(255**2 / error)) if error else NO_DIFFERENCE_DB
    least = _LEAST_PSNR if quality >= 50 else _LEAST_PSNR_BELOW_50
    if psnr < least:
        raise NotProven(f"it differs too much: {psnr:.1f} dB of at least {least:.0f}")
    levels = float(np.abs(_block_means(difference)).max())
    if quality >= 50 and levels > _MOST_BLOCK_LEVELS:
        raise NotProven(f"a part of it is {levels:.0f} levels off")
    return round(psnr, 2)


def prove_alike(
    source: Image.Image, result: Image.Image, source_hash: str, result_hash: str
) -> None:
    """That the perceptual hashes of both (reduced, as shown, on white) agree.

    Raises NotProven. The hash of a picture that is nearly one colour is that of its noise.
    """
    if min(_spread(source), _spread(result)) < _PLAIN_LEVELS:
        return
    bits = (int(source_hash, 16) ^ int(result_hash, 16)).bit_count()
    if bits > _MOST_HASH_BITS:
        raise NotProven(f"it looks different: {bits} of 64 bits of its perceptual hash")


Frames = Iterable[tuple[Image.Image, float]]


def prove_animation(source: Frames, result: Frames, *, quality: int | None) -> float:
    """Frame by frame with durations in milliseconds, `quality` None when without loss; the
    lowest PSNR. Raises NotProven.

    A frame may only be missing when it was the same as the one before, and shown on with it.
    """
    results = iter(result)
    lowest = NO_DIFFERENCE_DB
    shown: Image.Image | None = None
    first_digest = b""
    ends = now = 0.0
    for frame, duration in source:
        digest = _digest(frame)
        if shown is None or round(now) >= round(ends):
            if round(now) != round(ends):
                raise NotProven("its frames are not shown as long")
            shown, shown_for = next(results, (None, 0.0))
            if shown is None:
                raise NotProven("it has fewer frames")
            ends, first_digest = round(now) + shown_for, digest
        elif digest != first_digest:
            raise NotProven("two different frames became one")
        if quality is not None:
            lowest = min(lowest, prove_lossy(frame, shown, quality))
        elif digest != _digest(shown):
            raise NotProven("a pixel is not the same")
        now += duration
    if next(results, None) is not None:
        raise NotProven("it has more frames")
    if round(now) != round(ends):
        raise NotProven("it is not shown as long")
    return lowest


def visible(frames: Frames) -> Iterator[tuple[Image.Image, float]]:
    """The same with one colour wherever nothing is to be seen: a GIF has none there."""
    for frame, duration in frames:
        pixels = np.array(frame.convert("RGBA"))
        pixels[pixels[..., 3] == 0] = 0
        yield Image.fromarray(pixels, "RGBA"), duration


def _digest(image: Image.Image) -> bytes:
    return hashlib.sha256(image.convert("RGBA").tobytes()).digest()


def _alpha(image: Image.Image) -> bytes | None:
    """None for a picture that is opaque everywhere, with or without an alpha channel."""
    if image.mode != "RGBA":
        return None
    alpha = image.getchannel("A")
    return (
        None if alpha.getextrema() == (255, 255) else hashlib.sha256(alpha.tobytes()).digest()
    )


def _averaged(image: Image.Image, reduced_by: int) -> NDArray[np.float32]:
    """Rows of RGB. Transparent pixels weigh as much as is to be seen of them."""
    factor = max(-(-_LEAST_FACTOR // reduced_by), -(-max(image.size) // _SIDE))
    if image.mode == "RGBA":
        image = image.convert("RGBa")
    small = image.reduce(factor)
    bands = len(small.getbands())
    samples = np.frombuffer(small.tobytes(), np.uint8).reshape(small.height, small.width, bands)
    return samples[..., :3].astype(np.float32)


def _block_means(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of 16 x 16 blocks, the last ones pushed back to be whole."""
    for axis in (0, 1):
        length = difference.shape[axis]
        block = min(_BLOCK, length)
        last = np.take(difference, range(length - block, length), axis).sum(axis, keepdims=True)
        whole = np.take(difference, range(length // block * block), axis)
        sums = np.add.reduceat(whole, range(0, whole.shape[axis], block), axis)
        difference = np.concatenate((sums, last), axis) / block
    return difference


def _spread(image: Image.Image) -> float:
    return float(np.asarray(image.convert("L"), np.float32).std())
