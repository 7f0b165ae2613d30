"""The pictures of an ugoira, decoded one by one. Runs in the child processes only."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from artkeep.domain.ugoira import Frame, read_frames
from artkeep.media.picture import (
    MOST_FRAME_PIXELS,
    MOST_FRAMES,
    MOST_PIXELS,
    PLUGINS,
    Picture,
    TooLarge,
    as_shown,
    picture_of,
    read_frame,
    thumb_factor,
)
from artkeep.media.sniff import sniff
from artkeep.media.walk_ugoira import DELAYS_NAME, MOST_BYTES

_MOST_DELAYS_BYTES = 1024 * 1024


class Ugoira:
    """An open archive, whose structure has been walked already. `size` is that of its first
    picture, in pixels; `names` are its pictures in their order."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises TooLarge, or whatever zipfile and Pillow raise for what they cannot read."""
        self._zip = zipfile.ZipFile(file)
        self.names = sorted(name for name in self._zip.namelist() if name != DELAYS_NAME)
        self.size = self.frame(self.names[0]).size
        width, height = self.size
        amount = len(self.names)
        if amount > MOST_FRAMES or amount * width * height > MOST_PIXELS:
            raise TooLarge(f"{amount} frames of {width} x {height} pixels")

    def frame(self, name: str) -> Image.Image:
        """One picture, opened and not decoded yet."""
        if self._zip.getinfo(name).file_size > MOST_BYTES:
            raise TooLarge(f"a frame of {self._zip.getinfo(name).file_size} bytes")
        content = self._zip.read(name)  # which compares it with its CRC
        found = sniff(content[:4096])
        if found is None or found.name not in PLUGINS:
            raise ValueError(f"{name} is no picture")
        image = PLUGINS[found.name](BytesIO(content))
        width, height = image.size
        if width * height > MOST_FRAME_PIXELS:
            raise TooLarge(f"a frame of {width} x {height} pixels")
        return image

    def timed(self, told: Sequence[Frame]) -> list[tuple[str, int]]:
        """Each picture in its order with how long it is shown, in milliseconds: as told, else
        as a file in the archive says; nothing when neither knows all of them."""
        frames = told or self._own_frames()
        named = [frame.file for frame in frames]
        if not any(named):
            named = self.names
        if len(named) != len(frames) or not set(named) <= set(self.names):
            return []
        is_whole = set(named) == set(self.names)
        delays = [frame.delay_ms for frame in frames]
        return list(zip(named, delays, strict=True)) if is_whole else []

    def shown(self, timed: Sequence[tuple[str, int]]) -> Iterator[tuple[Image.Image, float]]:
        """Every picture as RGB or RGBA, and its duration in milliseconds."""
        for name, delay_ms in timed:
            image = self.frame(name)
            image.load()
            mode = "RGBA" if image.has_transparency_data else "RGB"
            yield image.convert(mode), float(delay_ms)

    def _own_frames(self) -> tuple[Frame, ...]:
        if DELAYS_NAME not in self._zip.namelist():
            return ()
        if self._zip.getinfo(DELAYS_NAME).file_size > _MOST_DELAYS_BYTES:
            return ()
        try:
            told = json.loads(self._zip.read(DELAYS_NAME))
        except (ValueError, RecursionError):
            return ()
        return read_frames(told.get("frames") if isinstance(told, dict) else told)


def read_ugoira(file: BinaryIO, on_animation: Callable[[], None]) -> Picture:
    """As `picture.read_picture`: every picture in the order of the names is one frame."""
    ugoira = Ugoira(file)
    on_animation()
    width, height = ugoira.size
    digest = hashlib.sha256(b"%dx%d\n" % ugoira.size)
    opened = ugoira.frame(ugoira.names[0])
    first = read_frame(opened, digest, thumb_factor(opened))
    for name in ugoira.names[1:]:
        read_frame(ugoira.frame(name), digest, None)
    shown = as_shown(first, 1)
    return picture_of(shown, width, height, len(ugoira.names), digest.hexdigest())


class Film(Image.Image):
    """The pictures as one image that a saver can seek in: only the current one is in memory."""

    def __init__(self, ugoira: Ugoira, timed: Sequence[tuple[str, int]]) -> None:
        super().__init__()
        self._ugoira = ugoira
        self._timed = timed
        self._at = -1
        self.n_frames = len(timed)
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show the frame of this number, from 0."""
        if frame == self._at:
            return
        image, _ = next(self._ugoira.shown(self._timed[frame : frame + 1]))
        self.im, self._mode, self._size = image.im, image.mode, image.size
        self._at = frame

    def tell(self) -> int:
        """The number of the frame that is shown."""
        return self._at
