"""Animations through the converter: frames, durations and loops are kept, or it is refused.

Loops: a GIF without the extension plays once, with it n times more; APNG and WebP count plays,
0 meaning for ever (CV-1).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.convert_source import Source
from artkeep.media.picture import MOST_FRAME_PIXELS, TooLarge
from artkeep.media.proof import prove_animation, visible
from artkeep.media.refused import NotProven, Refused

_MOST_PLAYS = 65_535


def encode_animation(source: Source, plan: ConvertPlan, blocks: dict[str, bytes]) -> bytes:
    """An animated WebP. Raises Refused."""
    if plan.format != "webp":
        raise Refused("animated", "AVIF keeps no loops")
    if plan.max_side and plan.max_side < max(source.image.size):
        raise Refused("animated", "animations are not made smaller")
    if source.image.info.get("default_image"):
        raise Refused("animated", "it holds a still picture besides")
    if source.icc and source.icc[16:20] != b"RGB ":
        raise Refused("colour_profile")
    if plays(source) > _MOST_PLAYS:
        raise Refused("animated", f"it is to play {plays(source)} times")
    ends = [0]
    time = 0.0
    for _, duration in frames_of(source.reopen()):
        time += duration
        ends.append(round(time))
    written = BytesIO()
    source.reopen().save(
        written,
        "WEBP",
        save_all=True,
        duration=[end - begin for begin, end in itertools.pairwise(ends)],
        loop=plays(source),
        background=(0, 0, 0, 0),
        lossless=plan.is_lossless,
        quality=75 if plan.is_lossless else plan.quality,
        method=plan.effort,
        **blocks,
    )
    return written.getvalue()


def prove_frames(source: Source, result: Image.Image, plan: ConvertPlan) -> float:
    """The lowest PSNR of a frame. Raises NotProven."""
    if result.info.get("loop") != plays(source):
        raise NotProven("it does not play as often")
    before, after = frames_of(source.reopen()), frames_of(result)
    if plan.is_lossless:
        if source.name == "gif":
            before, after = visible(before), visible(after)
        return prove_animation(before, after, quality=None)
    return prove_animation(before, after, quality=plan.quality)


def plays(source: Source) -> int:
    """How often it is to be shown, 0 for ever."""
    loop = source.image.info.get("loop")
    if source.name != "gif":
        return int(loop or 0)
    return 1 if loop is None else int(loop) + 1 if loop else 0


def frames_of(image: Image.Image) -> Iterator[tuple[Image.Image, float]]:
    """Every frame as shown, RGB or RGBA, and its duration in milliseconds."""
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        if image.width * image.height > MOST_FRAME_PIXELS:
            raise TooLarge(f"a frame of {image.width} x {image.height} pixels")
        mode = "RGBA" if image.has_transparency_data else "RGB"
        yield image.convert(mode), float(image.info.get("duration", 0))
