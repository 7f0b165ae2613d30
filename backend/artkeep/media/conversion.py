"""One picture on its way through the converter child: read, encoded, proven (V2 to V5).

The source is read once, and never written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from artkeep.domain.embedded import Embedded, Knowledge
from artkeep.media.animation import encode_animation, frames_of, prove_frames
from artkeep.media.carry import Carried, carry, check_carried
from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.convert_source import Source, open_source, read_content, still_pixels
from artkeep.media.embedded import read_embedded
from artkeep.media.picture import (
    PLUGINS,
    as_shown,
    on_white,
    orientation_of,
    perceptual_hash,
    read_frame,
    thumb_factor,
)
from artkeep.media.proof import NO_DIFFERENCE_DB, prove_alike, prove_alpha, prove_averaged
from artkeep.media.refused import NotCarried, NotProven, Refused
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.structure import walk

_MOST_OF_SOURCE = 0.95  # CV-13
# No gross damage comes near this, while the hash of a picture of few soft shapes turns over at
# the smallest change: such a one is not refused for it.
_BEYOND_DOUBT_DB = 38.0
_EFFORT_WITHOUT_LOSS = 75  # without loss, quality means the effort


class Conversion:
    """One file on its way. `encode`, write, then `prove`."""

    def __init__(self, path: Path, name: str, plan: ConvertPlan) -> None:
        self.plan = plan
        content = read_content(path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.source: Source = open_source(content, name, plan)
        self.orientation = orientation_of(self.source.image)
        self.pixels: Image.Image | None = None  # of a still
        self.carried: Carried | None = None

    def encode(self, knowledge: Knowledge | None, on_animation: Callable[[], None]) -> bytes:
        """The new file's bytes. Raises Refused, NotCarried, or what Pillow raises."""
        source = self.source
        # texts hidden in the lowest bits of pixels do not outlive an encoder: they are carried
        embedded = read_embedded(source.content, hidden=True)
        if source.png and _png_texts(embedded) < source.png.texts:
            raise NotCarried("a text in it is damaged, or too large to be carried")
        if source.frames > 1:
            on_animation()
            self.carried = carry(embedded, source.icc, knowledge)
            encoded = encode_animation(source, self.plan, self._blocks())
        else:
            self.pixels = still_pixels(source, self.plan)
            self.carried = carry(embedded, source.icc, knowledge)
            if self.plan.format == "avif" and self.pixels.mode == "RGBA":
                raise Refused("alpha_not_kept")
            encoded = _encode_still(self.pixels, self.plan, self._blocks())
        if len(encoded) > len(source.content) * _MOST_OF_SOURCE:
            raise Refused("no_gain", f"{len(encoded)} of {len(source.content)} bytes")
        return encoded

    def prove(self, part: Path) -> dict[str, Any]:
        """Read the part from disk and compare all of it; the facts of `convert.Converted`.

        Raises NotProven, NotCarried.
        """
        assert self.carried is not None
        content = part.read_bytes()
        walk(content, MEDIA_TYPES[self.plan.format])
        checked = check_carried(self.carried, read_embedded(content))
        with PLUGINS[self.plan.format](BytesIO(content)) as result:
            expected = (self.pixels or self.source.image).size
            if result.size != expected:
                raise NotProven(f"it has {result.size} pixels instead of {expected}")
            if orientation_of(result) != self.orientation:
                raise NotProven("it is turned")  # CV-4
            if self.orientation != 1:
                checked.append("orientation")
            frames = int(getattr(result, "n_frames", 1))
            digest = hashlib.sha256(b"%dx%d\n" % result.size)
            first = read_frame(result, digest, thumb_factor(result))
            if self.pixels is None:
                for number in range(1, frames):
                    result.seek(number)
                    read_frame(result, digest, None)
                psnr, before = self._prove_moving(result)
            elif frames == 1:
                psnr, before = self._prove_still(result, first, digest.hexdigest())
            else:
                raise NotProven(f"it has {frames} frames")
            width, height = result.size if self.orientation < 5 else result.size[::-1]
        return {
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "source_sha256": self.sha256,
            "width": width,
            "height": height,
            "frames": frames,
            "picture_hash": digest.hexdigest(),
            "perceptual_hash": self._prove_looks(before, first, psnr),
            "psnr": psnr,
            "metadata": checked,
            "flags": self.source.flags,
        }

    def _prove_still(
        self, result: Image.Image, first: Image.Image, picture_hash: str
    ) -> tuple[float, Image.Image]:
        """PSNR, and the reduced source. `first` is the result, reduced."""
        assert self.pixels is not None
        factor = thumb_factor(self.pixels)
        before = self.pixels.reduce(factor)
        if not self.plan.is_lossless:
            prove_alpha(self.pixels, result)
            psnr = prove_averaged(before, first, self.plan.quality, reduced_by=factor)
            return psnr, before
        digest = hashlib.sha256(b"%dx%d\n" % self.pixels.size)
        read_frame(self.pixels, digest, None)
        if digest.hexdigest() != picture_hash:
            raise NotProven("a pixel is not the same")
        return NO_DIFFERENCE_DB, before

    def _prove_moving(self, result: Image.Image) -> tuple[float, Image.Image]:
        psnr = prove_frames(self.source, result, self.plan)
        pixels, _ = next(frames_of(self.source.reopen()))
        return psnr, pixels.reduce(thumb_factor(pixels))

    def _prove_looks(self, before: Image.Image, after: Image.Image, psnr: float) -> str:
        """The perceptual hash of the result, found to be like that of the source."""
        before, after = (
            on_white(as_shown(image, self.orientation)) for image in (before, after)
        )
        hashes = perceptual_hash(before), perceptual_hash(after)
        if psnr < _BEYOND_DOUBT_DB or self.plan.quality < 50:
            prove_alike(before, after, *hashes)
        return hashes[1]

    def _blocks(self) -> dict[str, bytes]:
        assert self.carried is not None
        return {
            "exif": self.carried.exif or b"",
            "xmp": self.carried.xmp or b"",
            "icc_profile": self.carried.icc or b"",
        }


def _encode_still(pixels: Image.Image, plan: ConvertPlan, blocks: dict[str, bytes]) -> bytes:
    written = BytesIO()
    if plan.format == "avif":
        speed = 10 - plan.effort
        options: dict[str, Any] = {"quality": plan.quality, "speed": speed}
    else:
        options = {
            "quality": _EFFORT_WITHOUT_LOSS if plan.is_lossless else plan.quality,
            "method": plan.effort,
            "lossless": plan.is_lossless,
            "exact": plan.is_lossless,  # else the colours below transparent pixels go (CV-2)
        }
    try:
        pixels.save(written, plan.format.upper(), **options, **blocks)
    except (ValueError, RuntimeError) as error:
        # the pixels are there and of a size that the format holds: what lacks is memory
        raise Refused("too_large", f"encoding it failed: {error}") from error
    return written.getvalue()


def _png_texts(embedded: Embedded) -> int:
    texts = sum(text.place.startswith("PNG:") for text in embedded.texts)
    return texts + (embedded.xmp is not None)
