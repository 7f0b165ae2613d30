"""The child that makes pictures for training: `python -m artkeep.media.training_child` (SE-12).

A request holds `path`, `type`, `part`, `size` (two numbers, or null) and `flatten`; the picture
is decoded whole, turned as it is shown, and written as PNG. Without a `part` it is decoded and
nothing else. How it talks and lives: `media.child_program`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from artkeep.media.child_program import MOST_FILE_BYTES, failure, serve
from artkeep.media.picture import MOST_FRAME_PIXELS, PLUGINS, TooLarge, restrict_pillow
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.structure import walk

_LONGEST_LINE = 64 * 1024


def answer(request: dict[str, Any], on_animation: Callable[[], None]) -> dict[str, Any]:
    """Size and SHA-256 of what was made; or `failed` with code and message."""
    part = Path(request["part"]) if request["part"] else None
    content = b""
    try:
        picture, profile = _read(Path(request["path"]), request["type"])
        if part is not None:
            content = _png(picture, profile, request)
            with part.open("xb") as file:
                file.write(content)
    except (TooLarge, MemoryError) as error:
        return failure("media", "too_large", str(error) or "it needs too much memory")
    except OSError as error:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
        if error.errno is not None:
            return failure("file", "unreadable", error.strerror or "", error.errno)
        return failure("media", "damaged", str(error))
    except Exception as error:  # decoders raise anything for hostile bytes
        return failure("media", "damaged", f"{type(error).__name__}: {error}")
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _read(path: Path, name: str) -> tuple[Image.Image, bytes | None]:
    """The picture as it is shown, and its colour profile."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or name not in PLUGINS:
            raise ValueError("not a picture file")
        if status.st_size > MOST_FILE_BYTES:
            raise TooLarge(f"{status.st_size} bytes")
        content = file.read()
    walk(content, MEDIA_TYPES[name])  # decoders overlook what is damaged at the end
    with PLUGINS[name](BytesIO(content)) as opened:
        if opened.width * opened.height > MOST_FRAME_PIXELS:
            raise TooLarge(f"{opened.width} x {opened.height} pixels")
        opened.load()
        return ImageOps.exif_transpose(opened), opened.info.get("icc_profile")


def _png(picture: Image.Image, profile: bytes | None, request: dict[str, Any]) -> bytes:
    if picture.mode not in ("RGB", "RGBA", "L"):
        is_clear = "A" in picture.getbands() or "transparency" in picture.info
        picture = picture.convert("RGBA" if is_clear else "RGB")
    if request["flatten"] and picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    if request["size"]:
        picture = picture.resize(tuple(request["size"]), Image.Resampling.LANCZOS)
    written = BytesIO()
    picture.info.clear()
    picture.save(written, "PNG", compress_level=6, icc_profile=profile)
    return written.getvalue()


if __name__ == "__main__":
    restrict_pillow()
    serve(answer, _LONGEST_LINE)
