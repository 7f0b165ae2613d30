"""The converter child: `python -m artkeep.media.converter` (SE-12, RB-4).

A request holds `path`, `format` (the sniffed type the file should have), `part`, `plan`,
`knowledge` and, of an ugoira, `frames`; the reply says what was made and proven. How it talks
and lives: `media.child_program`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import ImageFile

from artkeep.domain.ugoira import read_frames
from artkeep.errors import BadMedia
from artkeep.media.child_program import failure, serve
from artkeep.media.conversion import Conversion
from artkeep.media.convert_plan import ConvertPlan, knowledge_from_json
from artkeep.media.library import full_sync
from artkeep.media.picture import TooLarge, restrict_pillow
from artkeep.media.refused import NotProven, Refused
from artkeep.media.rendering import Rendering

_LONGEST_LINE = 32 * 1024 * 1024  # prompts are long


def answer(request: dict[str, Any], on_animation: Callable[[], None]) -> dict[str, Any]:
    """What was made; or `failed` (`skip`, `item`, `media` or `file`) with code and message."""
    part = Path(request["part"])
    is_ours = False
    try:
        made = _begin(request)
        encoded = made.encode(knowledge_from_json(request["knowledge"]), on_animation)
        with part.open("xb") as file:
            is_ours = True
            file.write(encoded)
            file.flush()
            full_sync(file.fileno())
        del encoded  # what is proven is what the disk gives back
        return made.prove(part)
    except Exception as error:
        if is_ours:
            with contextlib.suppress(OSError):
                part.unlink()
        return _told(error)


def _begin(request: dict[str, Any]) -> Conversion | Rendering:
    path, plan = Path(request["path"]), ConvertPlan.from_json(request["plan"])
    if request["format"] == "ugoira":
        return Rendering(path, read_frames(request["frames"]), plan)
    return Conversion(path, request["format"], plan)


def _told(error: Exception) -> dict[str, Any]:
    """The reply for what went wrong; decoders raise anything for hostile bytes."""
    if isinstance(error, Refused):
        return failure("skip", error.code, str(error))
    if isinstance(error, NotProven):
        return failure("item", error.code, str(error))
    if isinstance(error, BadMedia):
        return failure("media", error.code, error.message)
    if isinstance(error, TooLarge | MemoryError):
        return failure("skip", "too_large", str(error) or "it needs too much memory")
    if isinstance(error, OSError) and error.errno is not None:
        return failure("file", "unreadable", error.strerror or str(error), error.errno)
    return failure("media", "damaged", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    restrict_pillow()
    ImageFile.MAXBLOCK = 1024 * 1024  # decoders are fed in fewer, larger pieces
    serve(answer, _LONGEST_LINE)
