"""The embedder child: `python -m artkeep.media.embedder` (SE-11, SE-12, RB-4).

A request holds `library` and `path` (of the file, below it), `part`, `knowledge`,
`keeps_generation`, and `exiftool` with its `folder`; the reply says what was written. Each
child keeps an exiftool of its own open. How it talks and lives: `media.child_program`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from artkeep.errors import BadMedia, FileProblem, ItemError
from artkeep.media.child_program import failure, serve
from artkeep.media.convert_plan import knowledge_from_json
from artkeep.media.embed import write_embedding
from artkeep.media.exiftool import ExifTool
from artkeep.media.replace import require_changeable

_LONGEST_LINE = 32 * 1024 * 1024  # prompts are long
_TAKES_LONG = 64 * 1024 * 1024  # bytes that are copied, flushed and compared


class Embedder:
    """What the child does with one request after the other."""

    def __init__(self) -> None:
        self._tool: ExifTool | None = None

    def answer(self, request: dict[str, Any], on_long: Callable[[], None]) -> dict[str, Any]:
        """What was written; or `failed` (`item`, `media`, `problem` or `file`)."""
        try:
            source = require_changeable(Path(request["library"]), request["path"])
            if source.stat().st_size > _TAKES_LONG:
                on_long()
            knowledge = knowledge_from_json(request["knowledge"])
            assert knowledge is not None
            written = write_embedding(
                source,
                Path(request["part"]),
                knowledge,
                self._exiftool(request),
                keeps_generation=request["keeps_generation"],
            )
        except Exception as error:
            return _told(error)
        return asdict(written)

    def close(self) -> None:
        """End exiftool, in the middle of a file if need be."""
        if self._tool is not None:
            self._tool.close()

    def _exiftool(self, request: dict[str, Any]) -> ExifTool | None:
        if self._tool is None and request["exiftool"] is not None:
            self._tool = ExifTool(request["exiftool"], Path(request["folder"]))
        return self._tool


def _told(error: Exception) -> dict[str, Any]:
    if isinstance(error, BadMedia):
        return failure("media", error.code, error.message)
    if isinstance(error, FileProblem):
        return failure("problem", error.code, error.message) | {"advice": error.advice}
    if isinstance(error, ItemError):
        return failure("item", error.code, error.message)
    if isinstance(error, OSError) and error.errno is not None:
        return failure("file", "unreadable", error.strerror or str(error), error.errno)
    return failure("media", "damaged", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    embedder = Embedder()
    serve(embedder.answer, _LONGEST_LINE, embedder.close)
