"""The decoder child: `python -m artkeep.media.decoder` (SE-12, RB-4).

A request holds `path`, `type` and `thumb`. How it talks and lives: `media.child_program`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artkeep.media.child_program import MOST_FILE_BYTES, failure, serve
from artkeep.media.picture import PLUGINS, Picture, TooLarge, read_picture, restrict_pillow
from artkeep.media.sidecar import write_atomically
from artkeep.media.ugoira import read_ugoira

_LONGEST_LINE = 64 * 1024


def answer(request: dict[str, Any], on_animation: Callable[[], None]) -> dict[str, Any]:
    """The picture's facts; or `failed` (`media` or `file`) with code, message and errno."""
    try:
        picture = _open_and_read(Path(request["path"]), request["type"], on_animation)
    except (TooLarge, MemoryError) as error:
        return failure("media", "too_large", str(error) or "it needs too much memory")
    except OSError as error:
        if error.errno is not None:  # Pillow's own OSErrors, about bad bytes, have none
            return failure("file", "unreadable", error.strerror or "", error.errno)
        return failure("media", "damaged", str(error))
    except Exception as error:  # decoders raise anything for hostile bytes
        return failure("media", "damaged", f"{type(error).__name__}: {error}")
    thumb = Path(request["thumb"])
    try:
        write_atomically(thumb, picture.thumbnail, thumb.with_name(thumb.name + ".part"))
    except OSError as error:
        return failure("file", "unwritable", error.strerror or str(error), error.errno)
    facts = picture._asdict()
    del facts["thumbnail"]
    return facts


def _open_and_read(path: Path, name: str, on_animation: Callable[[], None]) -> Picture:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or name not in (*PLUGINS, "ugoira"):
            raise ValueError("not a picture file")
        if status.st_size > MOST_FILE_BYTES:
            raise TooLarge(f"{status.st_size} bytes")
        if name == "ugoira":
            return read_ugoira(file, on_animation)
        return read_picture(file, name, on_animation)


if __name__ == "__main__":
    restrict_pillow()
    serve(answer, _LONGEST_LINE)
