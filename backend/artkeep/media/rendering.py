"""An ugoira as an animation that everything can show: rendered, proven, and read back.

The archive stays as it is; what is made of it lies beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from artkeep.domain.embedded import Embedded, Knowledge
from artkeep.domain.ugoira import Frame
from artkeep.errors import BadMedia
from artkeep.media.animation import frames_of
from artkeep.media.carry import Carried, carry, check_carried
from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.convert_source import read_content
from artkeep.media.embedded import read_embedded
from artkeep.media.picture import (
    PLUGINS,
    as_shown,
    on_white,
    perceptual_hash,
    read_frame,
    thumb_factor,
)
from artkeep.media.proof import prove_animation
from artkeep.media.refused import NotProven, Refused
from artkeep.media.sniff import MEDIA_TYPES, sniff
from artkeep.media.structure import walk
from artkeep.media.ugoira import Film, Ugoira

_MOST_SIDE = 16_383


class Rendering:
    """One archive on its way to an animated WebP. `encode`, write, then `prove`."""

    def __init__(self, path: Path, frames: Sequence[Frame], plan: ConvertPlan) -> None:
        """Raises Refused, BadMedia, TooLarge, or what zipfile and Pillow raise."""
        content = read_content(path)
        media_type = sniff(content[:4096])
        if media_type is None or media_type.name != "ugoira":
            raise BadMedia("It was an archive of pictures and is none now.", code="damaged")
        walk(content, media_type)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.plan = plan
        self._source = Ugoira(BytesIO(content))
        self._timed = self._source.timed(frames)
        if not self._timed:
            raise Refused("no_delays")
        if max(self._source.size) > _MOST_SIDE:
            raise Refused("too_large", "{} x {} pixels".format(*self._source.size))
        self._carried: Carried | None = None

    def encode(self, knowledge: Knowledge | None, on_animation: Callable[[], None]) -> bytes:
        """The new file's bytes. Raises Refused, NotCarried, or what Pillow raises."""
        on_animation()
        self._carried = carry(Embedded("ugoira"), None, knowledge)
        written = BytesIO()
        Film(self._source, self._timed).save(
            written,
            "WEBP",
            save_all=True,
            duration=[delay_ms for _, delay_ms in self._timed],
            loop=0,
            background=(0, 0, 0, 0),
            quality=self.plan.quality,
            method=self.plan.effort,
            exif=self._carried.exif or b"",
            xmp=self._carried.xmp or b"",
        )
        return written.getvalue()

    def prove(self, part: Path) -> dict[str, Any]:
        """Read the part from disk and compare every picture and how long it is shown; the facts
        of `convert.Converted`. Raises NotProven, NotCarried."""
        assert self._carried is not None
        content = part.read_bytes()
        walk(content, MEDIA_TYPES["webp"])
        checked = check_carried(self._carried, read_embedded(content))
        with PLUGINS["webp"](BytesIO(content)) as result:
            if result.size != self._source.size:
                raise NotProven(f"it has {result.size} pixels instead of {self._source.size}")
            is_moving = len(self._timed) > 1
            if is_moving and result.info.get("loop") != 0:
                raise NotProven("it does not play for ever")
            frames = int(getattr(result, "n_frames", 1))
            digest = hashlib.sha256(b"%dx%d\n" % result.size)
            first = read_frame(result, digest, thumb_factor(result))
            for number in range(1, frames):
                result.seek(number)
                read_frame(result, digest, None)
            result.seek(0)
            psnr = self._prove_frames(PLUGINS["webp"](BytesIO(content)), is_moving=is_moving)
            width, height = result.size
        return {
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "source_sha256": self.sha256,
            "width": width,
            "height": height,
            "frames": frames,
            "picture_hash": digest.hexdigest(),
            "perceptual_hash": perceptual_hash(on_white(as_shown(first, 1))),
            "psnr": psnr,
            "metadata": checked,
            "flags": [],
        }

    def _prove_frames(self, result: Any, *, is_moving: bool) -> float:
        """A single picture has no time of its own."""
        before = self._source.shown(self._timed)
        if is_moving:
            return prove_animation(before, frames_of(result), quality=self.plan.quality)
        still = ((image, 0.0) for image, _ in before)
        return prove_animation(still, frames_of(result), quality=self.plan.quality)
