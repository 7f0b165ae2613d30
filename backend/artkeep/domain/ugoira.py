"""Animations that a site keeps as an archive of single pictures: in what order they are shown,
and each for how long. The archive itself does not say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_LONGEST_MS = 65_535


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of an archive. Without a `file` it is the next one by name."""

    delay_ms: int
    file: str = ""


def read_frames(rows: object) -> tuple[Frame, ...]:
    """From `[{"file", "delay"}]` or `[delay]`, in milliseconds; nothing unless all of it can be
    understood."""
    if not isinstance(rows, list):
        return ()
    frames = tuple(_read_frame(row) for row in rows)
    return tuple(frame for frame in frames if frame) if all(frames) else ()


def saved_frames(frames: Iterable[Frame]) -> list[dict[str, Any]]:
    """What `read_frames` reads again."""
    return [{"file": frame.file, "delay": frame.delay_ms} for frame in frames]


def _read_frame(row: object) -> Frame | None:
    told = row if isinstance(row, dict) else {"delay": row}
    file, delay = told.get("file", ""), told.get("delay")
    if not isinstance(file, str) or isinstance(delay, bool) or not isinstance(delay, int):
        return None
    return Frame(delay, file) if 0 < delay <= _LONGEST_MS else None
