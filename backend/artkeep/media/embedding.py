"""Writes what we know into copies of files, in child processes (CR-11, SE-12).

The parent reads no byte of them: `media.child`. In threads of one process the writers would
wait for each other's turn at the interpreter most of the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from artkeep.domain.embedded import Knowledge
from artkeep.errors import AppError, BadMedia, FileProblem, ItemError
from artkeep.media.child import ChildDied, ChildPool
from artkeep.media.convert_plan import knowledge_to_json
from artkeep.media.embed import Written
from artkeep.media.exiftool import find_exiftool


class EmbedderPool:
    """Up to `size` embedder children, started when first needed. One event loop only."""

    def __init__(self, size: int) -> None:
        self._children = ChildPool("artkeep.media.embedder", "embedder", size)
        self._search = asyncio.Lock()
        self._exiftool: str | None = None
        self._folder: str | None = None

    async def write(
        self,
        library: Path,
        path: str,
        part: Path,
        knowledge: Knowledge,
        *,
        keeps_generation: bool,
    ) -> Written:
        """Write `part`, flushed and proven: the file at `path` below the library with what we
        know in it, as `media.embed.write_embedding` does it. Both are absolute.

        Raises BadMedia, FileProblem, ItemError (`read_back_differs text_lost …`); JobError when
        no embedder can be started; OSError. There is no part then.
        """
        async with self._search:
            if self._folder is None:
                self._folder = await asyncio.to_thread(_private_folder)
                # its version is asked for, which takes a tenth of a second
                self._exiftool = await asyncio.to_thread(find_exiftool)
        request = {
            "library": str(library),
            "path": path,
            "part": str(part),
            "knowledge": knowledge_to_json(knowledge),
            "keeps_generation": keeps_generation,
            "exiftool": self._exiftool,
            "folder": self._folder,
        }
        try:
            reply = await self._children.ask(request)
        except ChildDied as error:
            _remove(part)
            raise BadMedia(
                f"{path} was not written into: the embedder {error}.", code="embedder_died"
            ) from error
        except BaseException:  # cancelled: the child is dead now
            _remove(part)
            raise
        if "failed" in reply:  # and the child left no part
            raise _told(path, reply)
        return Written(
            **reply | {"fields": tuple(reply["fields"]), "left_out": tuple(reply["left_out"])}
        )

    async def close(self) -> None:
        """End every child with its exiftool."""
        await self._children.close()
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _private_folder() -> str:
    return str(Path(tempfile.mkdtemp(prefix="artkeep-exiftool-")).resolve())


def _remove(part: Path) -> None:
    for left_over in part.parent.glob(f"{part.name}*"):  # exiftool has names of its own
        with contextlib.suppress(OSError):
            left_over.unlink()


def _told(path: str, reply: dict[str, Any]) -> AppError | OSError:
    kind, code, detail = reply["failed"], reply["code"], reply["message"]
    if kind == "file":
        return OSError(reply["errno"], detail, path)
    if kind == "media":
        return BadMedia(detail, code=code)
    if kind == "problem":
        return FileProblem(detail, code=code, advice=reply["advice"])
    return ItemError(detail, code=code)
